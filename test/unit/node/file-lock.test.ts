/** Abandoned locks, and what other processes do between two steps of one that removes them. */
import { mkdirSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { locked } from '../../../src/node/file-lock.ts'
import { fileRegistrations } from '../../../src/node/file-registrations.ts'

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
