/** A terminal for tests: the command line in this process, over a sandbox, with its own folder and clock. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run } from '../../../src/cli/run.ts'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'
import type { FetchLike } from '../../../src/types.ts'

export const NOW: number = Date.parse('2026-06-01T12:00:00Z')
export const ORGANIZATION = '2.16.840.1.113883.3.13.1'

let count = 0
/** Identifiers that differ, and of which the first part makes no retry wait. */
export const randomUUID = (): string =>
  `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`

let shared: Promise<Sandbox> | undefined
/** One for all tests of a file: its keys take half a second. */
export function sandboxOf(): Promise<Sandbox> {
  return (shared ??= createSandbox({ now: () => NOW, randomUUID, directorySize: 40 }))
}

export interface Terminal {
  readonly folder: string
  readonly env: Record<string, string | undefined>
  readonly type: (line: string | readonly string[], more?: Typing) => Promise<Shown>
}

export interface Typing {
  readonly columns?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: the sandbox's; `platform` is the real network. */
  readonly fetch?: FetchLike | 'platform'
  readonly signal?: AbortSignal
  /** Of stderr, where progress is drawn. */
  readonly stderrColumns?: number
  /** Given the tick that comes each second. */
  readonly onTicking?: (tick: () => void) => void
  readonly now?: () => number
  /** Told of what is printed while the command runs. */
  readonly onOut?: (text: string) => void
}

export interface Shown {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A folder with key, certificates and API key of the sandbox, and an environment that names them. */
export async function terminal(): Promise<Terminal> {
  const sandbox = await sandboxOf()
  const folder = await mkdtemp(join(tmpdir(), 'cq-cli-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'key.pem'), sandbox.pem.key)
  await writeFile(join(folder, 'chain.pem'), sandbox.pem.certificates)
  const env: Record<string, string | undefined> = {
    CAREQUALITY_API_KEY: sandbox.options.directory.apiKey,
    CAREQUALITY_CLIENT_ID: sandbox.options.clientId,
    CAREQUALITY_KEY_FILE: 'key.pem',
    CAREQUALITY_CERTIFICATES_FILE: 'chain.pem',
    CAREQUALITY_ORGANIZATION: ORGANIZATION,
  }
  return {
    folder,
    env,
    type: async (line, more = {}) => {
      let out = ''
      let err = ''
      const args = typeof line === 'string' ? line.split(' ') : line
      const code = await run(args, {
        stdout: (text) => {
          out += text
          more.onOut?.(text)
        },
        stderr: (text) => void (err += text),
        env: { ...env, ...more.env },
        columns: more.columns,
        stderrColumns: more.stderrColumns,
        cwd: folder,
        fetch: more.fetch === 'platform' ? undefined : (more.fetch ?? sandbox.fetch),
        now: more.now ?? (() => NOW),
        everySecond: (tick) => {
          more.onTicking?.(tick)
          return () => undefined
        },
        randomUUID,
        signal: more.signal ?? new AbortController().signal,
      })
      return { code, out, err }
    },
  }
}
