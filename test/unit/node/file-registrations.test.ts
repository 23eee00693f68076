import {
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
  rename,
  unlink,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fileRegistrations } from '../../../src/node/file-registrations.ts'
import type { Registration } from '../../../src/udap/registration-store.ts'
import { locked } from '../../../src/node/file-lock.ts'

describe('file registrations', () => {
  const { signal } = new AbortController()
  const registration = (clientId: string): Registration => ({
    ...{ clientId, scope: 'system/Patient.rs', grantTypes: ['client_credentials'] },
    ...{ leafThumbprint: 'abc', at: 1 },
  })

  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'cq-registrations-'))
    onTestFinished(() => rm(path, { recursive: true }))
    return path
  }

  test('a registration is there for another store over the same file, which only its owner reads', async () => {
    const path = join(await folder(), 'registrations.json')
    const store = fileRegistrations(path)
    expect(await store.get('a', { signal })).toBeUndefined()
    await store.set('a', registration('cid-1'), { signal })
    await store.set('__proto__', registration('cid-2'), { signal })
    const other = fileRegistrations(path)
    expect(await other.get('a', { signal })).toEqual(registration('cid-1'))
    expect(await other.get('__proto__', { signal })).toEqual(registration('cid-2'))
    expect(await other.get('toString', { signal })).toBeUndefined()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await other.delete('a', { signal })
    expect(await store.get('a', { signal })).toBeUndefined()
  })

  test('many changes at once lose nothing and leave nothing behind', async () => {
    const where = await folder()
    const stores = Array.from({ length: 5 }, () => fileRegistrations(join(where, 'r.json')))
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        Promise.resolve(
          stores[index % 5]?.set(`key ${index}`, registration(`cid-${index}`), {
            signal: new AbortController().signal,
          }),
        ),
      ),
    )
    for (let index = 0; index < 50; index += 1) {
      const found = await stores[0]?.get(`key ${index}`, { signal })
      expect(found?.clientId).toBe(`cid-${index}`)
    }
    expect(await readdir(where)).toEqual(['r.json'])
  })

  test('one has the lease, until it gives it back or its time is over', async () => {
    const path = join(await folder(), 'r.json')
    let now = 1_000
    const [one, other] = [0, 1].map(() => fileRegistrations(path, { now: () => now }))
    const release = await one?.lease('a', { ms: 500, signal })
    expect(release).toBeTypeOf('function')
    expect(await other?.lease('a', { ms: 500, signal })).toBeUndefined()
    expect(await other?.lease('b', { ms: 500, signal })).toBeTypeOf('function')
    await release?.()
    const theirs = await other?.lease('a', { ms: 500, signal })
    expect(theirs).toBeTypeOf('function')
    await release?.() // the first one's, again: it is not the holder any more
    expect(await one?.lease('a', { ms: 500, signal })).toBeUndefined()
    now += 500
    expect(await one?.lease('a', { ms: 500, signal })).toBeTypeOf('function')
  })

  test('a lock whose holder is gone is removed, and one that is held is waited for', async () => {
    const path = join(await folder(), 'r.json')
    const store = fileRegistrations(path)
    await writeFile(`${path}.lock`, '')
    const old = new Date(Date.now() - 60_000)
    await utimes(`${path}.lock`, old, old)
    await store.set('a', registration('cid-1'), { signal })
    await writeFile(`${path}.lock`, '')
    const waiting = store.set('a', registration('cid-2'), { signal: AbortSignal.timeout(100) })
    await expect(waiting).rejects.toThrow()
    expect((await store.get('a', { signal }))?.clientId).toBe('cid-1')
  })

  test.each(['', '{', '[]', '{"registrations":[]}'])(
    'a file that is no store is an error and stays as it is: %j',
    async (text) => {
      const path = join(await folder(), 'r.json')
      await writeFile(path, text)
      const store = fileRegistrations(path)
      await expect(store.get('a', { signal })).rejects.toThrow()
      await expect(store.set('a', registration('x'), { signal })).rejects.toThrow()
      expect(await readFile(path, 'utf8')).toBe(text)
    },
  )

  test('wrong arguments are TypeErrors', () => {
    expect(() => fileRegistrations('')).toThrow(TypeError)
    expect(() => fileRegistrations('x', { now: 1 as never })).toThrow('"now"')
  })
})

/** Abandoned locks, and what other processes do between two steps of one that removes them. */
describe('file lock', () => {
  async function folder(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'cq-lock-'))
    onTestFinished(() => rm(path, { recursive: true }))
    return path
  }

  /** Another process has it now. */
  async function taken(lock: string): Promise<void> {
    await unlink(lock)
    await writeFile(lock, 'theirs')
  }

  test('a lock that another process takes while an abandoned one is removed stays its own', async () => {
    const directory = await folder()
    const lock = join(directory, 'r.lock')
    await writeFile(lock, 'gone')
    await utimes(lock, new Date(0), new Date(0))
    const stop = new AbortController()
    const works: string[] = []
    const move = async (from: string, to: string): Promise<void> => {
      await taken(lock)
      await rename(from, to)
      stop.abort(new Error('stopped'))
    }
    const work = (): Promise<number> => Promise.resolve(works.push('ours'))
    await expect(locked(lock, stop.signal, work, move)).rejects.toThrow('stopped')
    expect(works).toEqual([])
    expect(await readFile(lock, 'utf8')).toBe('theirs')
    expect(await readdir(directory)).toEqual(['r.lock'])
  })

  test('work that took so long that another process has the lock by now leaves it to it', async () => {
    const lock = join(await folder(), 'r.lock')
    const { signal } = new AbortController()
    await locked(lock, signal, () => taken(lock))
    expect(await readFile(lock, 'utf8')).toBe('theirs')
    await unlink(lock)
    await locked(lock, signal, () => Promise.resolve())
    await expect(readFile(lock)).rejects.toThrow('ENOENT')
  })

  test('a registration that cannot be written leaves no file behind', async () => {
    const directory = await folder()
    const path = join(directory, 'r.json')
    const registration = {
      ...{ clientId: 'cid-1', scope: 's', grantTypes: [], leafThumbprint: 't', at: 1 },
      // A directory takes the file's place while it is written, so that it cannot be replaced.
      toJSON: () => {
        mkdirSync(path)
        return {}
      },
    }
    const { signal } = new AbortController()
    await expect(fileRegistrations(path).set('a', registration, { signal })).rejects.toThrow(
      /EISDIR|EPERM/,
    )
    expect(await readdir(directory)).toEqual(['r.json'])
  })
})
