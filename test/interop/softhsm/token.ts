/** A SoftHSM2 token of its own for a test file, with keys that never leave it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pkcs11Module } from '../../../src/node/index.ts'

export const LABEL = 'carequality'
export const PIN = '7391-pin'
const LIBRARIES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
]

/** The keys of the token: id, label and what pkcs11-tool calls their kind. */
export const KEYS = {
  rsa: ['01', 'signing-rsa', 'rsa:2048'],
  p256: ['02', 'signing-p256', 'EC:prime256v1'],
  p384: ['03', 'signing-p384', 'EC:secp384r1'],
} as const

/** What `pkcs11js` exports, as far as it is used here. */
interface Pkcs11js {
  readonly PKCS11: new () => Pkcs11Module & {
    C_Logout(session: unknown): void
    C_CloseAllSessions(slot: unknown): void
    C_Finalize(): void
  }
}

export interface Equipment {
  readonly library: string
  readonly pkcs11js: Pkcs11js
}

/** What the suite needs, or why it cannot run. */
export async function equipment(): Promise<Equipment | string> {
  for (const command of ['softhsm2-util', 'pkcs11-tool']) {
    if (!works(command, '--help')) return `there is no ${command}`
  }
  const library = LIBRARIES.find((path) => existsSync(path))
  if (library === undefined) return 'libsofthsm2.so is nowhere'
  try {
    const name = 'pkcs11js'
    const loaded = (await import(name)) as { default: Pkcs11js }
    return { library, pkcs11js: loaded.default }
  } catch {
    return 'pkcs11js is not installed in test/interop/softhsm'
  }
}

/** Makes the token and points the library, which reads its environment once, at it. */
export function makeToken(library: string): {
  readonly folder: string
  readonly tool: (...args: string[]) => string
} {
  const folder = mkdtempSync(join(tmpdir(), 'softhsm-'))
  const tokens = join(folder, 'tokens')
  mkdirSync(tokens)
  const config = join(folder, 'softhsm2.conf')
  writeFileSync(config, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`)
  process.env.SOFTHSM2_CONF = config
  const run = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
  run(
    'softhsm2-util',
    ...['--init-token', '--free', '--label', LABEL, '--so-pin', '0000', '--pin', PIN],
  )
  const tool = (...args: string[]): string =>
    run(
      'pkcs11-tool',
      '--module',
      library,
      '--token-label',
      LABEL,
      '--login',
      '--pin',
      PIN,
      ...args,
    )
  for (const [id, label, kind] of Object.values(KEYS)) {
    tool('--keypairgen', '--key-type', kind, '--id', id, '--label', label, '--usage-sign')
  }
  return { folder, tool }
}

export function removeToken(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

function works(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT')
  }
}
