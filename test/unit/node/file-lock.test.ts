/** Abandoned locks, and what other processes do between two steps of one that removes them. */
import type * as Fs from 'node:fs/promises'
import { mkdtemp, readdir, readFile, rm, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fileRegistrations } from '../../../src/node/index.ts'

/** Runs before a file is moved, and what then happens to the move. */
let beforeRename: (from: string) => Promise<void> = () => Promise.resolve()

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof Fs>()
  return {
    ...original,
    rename: async (from: string, to: string) => {
      await beforeRename(from)
      await original.rename(from, to)
    },
    // As ext4 does, which gives the inode of a removed file to the next one.
    stat: async (path: string) => Object.assign(await original.stat(path), { ino: 1 }),
  }
})

const registration = {
  ...{ clientId: 'cid-1', scope: 's', grantTypes: ['client_credentials'] },
  ...{ leafThumbprint: 't', at: 1 },
}
let directory: string
let path: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cq-lock-'))
  path = join(directory, 'registrations.json')
  beforeRename = () => Promise.resolve()
})
afterEach(() => rm(directory, { recursive: true }))

async function abandon(lock: string): Promise<void> {
  await writeFile(lock, 'gone')
  await utimes(lock, new Date(0), new Date(0))
}

test('a lock that another process takes while an abandoned one is removed stays its own', async () => {
  const lock = `${path}.lock`
  await abandon(lock)
  const stop = new AbortController()
  beforeRename = async (from) => {
    if (from !== lock) return
    beforeRename = () => Promise.resolve()
    await unlink(lock)
    await writeFile(lock, 'theirs')
    setTimeout(() => stop.abort(new Error('stopped')), 60)
  }
  const store = fileRegistrations(path)
  await expect(store.set('a', registration, { signal: stop.signal })).rejects.toThrow('stopped')
  expect(await readFile(lock, 'utf8')).toBe('theirs')
  expect(await readdir(directory)).toEqual(['registrations.json.lock'])
})

test('a change that took so long that another process has the lock by now leaves it to it', async () => {
  const lock = `${path}.lock`
  beforeRename = async (from) => {
    if (from === lock) return
    await unlink(lock)
    await writeFile(lock, 'theirs')
  }
  await fileRegistrations(path).set('a', registration, { signal: AbortSignal.timeout(5_000) })
  expect(await readFile(lock, 'utf8')).toBe('theirs')
})

test('a write that fails leaves no file behind', async () => {
  beforeRename = (from) =>
    from.endsWith('.lock') ? Promise.resolve() : Promise.reject(new Error('the disk is full'))
  const store = fileRegistrations(path)
  const set = store.set('a', registration, { signal: AbortSignal.timeout(5_000) })
  await expect(set).rejects.toThrow('the disk is full')
  expect(await readdir(directory)).toEqual([])
})
