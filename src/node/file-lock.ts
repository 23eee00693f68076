/** One at a time, in all processes of a machine: whoever creates the lock file has the lock. */
import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { delay } from '../lib/abort.ts'
import { isRecord } from '../lib/arguments.ts'

const POLL_MS = 20
/** The lock is held for one read and one write; older than this its holder is gone. */
const ABANDONED_MS = 10_000

type Move = (from: string, to: string) => Promise<void>

/** Does the work with the lock; waits for it until the signal aborts. `move` is the step that others may come before. */
export async function locked<T>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<T>,
  move: Move = rename,
): Promise<T> {
  const id = randomUUID()
  while (!(await created(path, id))) {
    await removeAbandoned(path, move)
    await delay(POLL_MS, signal)
  }
  try {
    return await work()
  } finally {
    // One that took so long that others thought it abandoned must not remove theirs.
    const found = await lockAt(path)
    if (found?.id === id) await remove(path, found, move)
  }
}

async function created(path: string, id: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(id)
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (isRecord(error) && error.code === 'EEXIST') return false
    throw error
  }
}

async function removeAbandoned(path: string, move: Move): Promise<void> {
  const found = await lockAt(path)
  if (found === undefined || Date.now() - found.changedAt < ABANDONED_MS) return
  await remove(path, found, move)
}

/** A lock: what its holder wrote, and when. The file's inode says nothing, because the next file may get it. */
interface Lock {
  /** Empty where the holder ended, or is interrupted, between creating and writing it. */
  readonly id: string
  readonly changedAt: number
}

async function lockAt(path: string): Promise<Lock | undefined> {
  try {
    const [id, { mtimeMs: changedAt }] = [await readFile(path, 'utf8'), await stat(path)]
    return { id, changedAt }
  } catch {
    return undefined
  }
}

/** Moved away before it is looked at again: two who find it abandoned must not remove a third one's. */
async function remove(path: string, found: Lock, move: Move): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await move(path, aside)
  } catch {
    return // somebody else was faster
  }
  const moved = await lockAt(aside)
  const isSame = moved?.id === found.id && moved.changedAt === found.changedAt
  if (!isSame) await link(aside, path).catch(() => undefined)
  await unlink(aside).catch(() => undefined)
}
