/** A real Redis on a free port with its own folder, append-only on. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why a suite that needs Redis cannot run, which is printed; undefined where it can. */
export function lacking(suite: string): string | undefined {
  const missing =
    spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0
      ? 'redis-server is not installed'
      : existsSync(`${import.meta.dirname}/node_modules`)
        ? undefined
        : 'test/interop/redis is not installed'
  if (missing !== undefined) console.info(`${suite}: these tests did not run, because ${missing}.`)
  return missing
}

export interface RedisServer {
  readonly port: number
  /** Ends it without warning; what was appended stays. */
  kill(): Promise<void>
  start(...settings: string[]): Promise<void>
  /** Stops it where it is: connections stay open, and nothing is answered until `resume`. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** One command and its reply, as text. */
  ask(...command: string[]): Promise<string>
  /** Everything that was ever written to it, names and values: its append-only files. */
  written(): string
  close(): Promise<void>
}

export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cq-redis-'))
  const port = await freePort()
  let child: ChildProcess | undefined
  const start = async (...own: string[]): Promise<void> => {
    const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    const kept = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '']
    child = spawn('redis-server', [...fixed, ...kept, ...settings, ...own], { stdio: 'ignore' })
    await until(async () => (await ask('PING')).startsWith('+PONG'))
  }
  const kill = async (): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
    child?.kill(name)
    return Promise.resolve()
  }
  const ask = (...command: string[]): Promise<string> => exchange(port, command)
  await start()
  return {
    port,
    kill,
    start,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    ask,
    written: () =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => join(folder, name))
        .filter((path) => statSync(path).isFile())
        .map((path) => readFileSync(path, 'latin1'))
        .join(''),
    close: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let left = 500; left > 0; left -= 1) {
    if (await holds().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('redis-server did not start')
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Redis's protocol by hand, so that a dump does not pass through the clients that are tested. */
function exchange(port: number, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, '127.0.0.1')
    const text = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')
    let reply = ''
    socket.setEncoding('latin1')
    socket.on('error', reject)
    socket.on('data', (chunk: string) => {
      reply += chunk
    })
    socket.on('close', () => resolve(reply))
    socket.write(`*${command.length}\r\n${text}*1\r\n$4\r\nQUIT\r\n`)
  })
}

/** A way to Redis that delays each piece. */
export async function slowWay(
  target: number,
  delayMs: () => number,
): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = createConnection(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.on('data', (piece) => setTimeout(() => to.write(piece), delayMs()))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
