/** Starts server.py where Debian's python3 has what it needs. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The Debian packages belong to Debian's own python. */
const PYTHON = '/usr/bin/python3'

/** A client as server.py takes it. */
export interface KnownClient {
  readonly client_id: string
  readonly jwk: object
  readonly scope: string
  readonly grant_types?: readonly string[]
}

/** A request as the server kept it, with what it answered. */
export interface Kept {
  readonly path: string
  readonly status: number
  readonly type: string
}

export interface AuthlibServer {
  readonly origin: string
  seen(): Promise<Kept[]>
  forgetTokens(): Promise<void>
  close(): Promise<void>
}

/** Why it cannot be started here; undefined where it can. */
export function lacking(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import authlib, flask'], { stdio: 'ignore' })
    return undefined
  } catch {
    return `${PYTHON} has not got python3-authlib and python3-flask`
  }
}

export async function startAuthlib(clients: readonly KnownClient[]): Promise<AuthlibServer> {
  const script = fileURLToPath(new URL('server.py', import.meta.url))
  const child = spawn(PYTHON, ['-B', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  child.stdin.write(`${JSON.stringify({ clients })}\n`)
  const lines = createInterface(child.stdout)
  const [line] = (await Promise.race([
    once(lines, 'line'),
    ended.then(([code]) => {
      throw new Error(`server.py ended with ${String(code)}`)
    }),
  ])) as [string]
  const { port } = JSON.parse(line) as { port: number }
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    seen: async () => (await (await fetch(`${origin}/seen`)).json()) as Kept[],
    forgetTokens: async () => {
      await fetch(`${origin}/forget-tokens`, { method: 'POST' })
    },
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
