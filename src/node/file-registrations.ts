import { randomUUID } from 'node:crypto'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { isRecord, requireFunction, requireText } from '../lib/arguments.ts'
import { ownProperties, ownOptions } from '../lib/own.ts'
import { clockOf } from '../lib/sources.ts'
import type { Registration, RegistrationStore } from '../udap/registration-store.ts'
import { locked } from './file-lock.ts'

/** The file's content. */
interface Content {
  readonly registrations: Readonly<Record<string, unknown>>
  readonly leases: Readonly<Record<string, Lease>>
}

interface Lease {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly endsAt: number
}

/**
 * A `RegistrationStore` in one file, mode 0600, for all processes of one machine. Each change replaces
 * the file in one step, so that readers see the old one or the new one.
 *
 * @param path the file; its directory must exist. `<path>.lock` beside it is held while it changes.
 * @param options `now`: milliseconds since the epoch, default `Date.now`; the same for all processes.
 * @throws TypeError for a wrong argument.
 */
export function fileRegistrations(
  path: string,
  options: { now?: (() => number) | undefined } = {},
): RegistrationStore {
  requireText(path, 'path')
  const { now } = ownOptions(options)
  requireFunction(now, 'now')
  const clock = clockOf(now)
  const change = (signal: AbortSignal, edit: (content: Content) => Content): Promise<Content> =>
    locked(`${path}.lock`, signal, async () => {
      const before = await read(path)
      const after = edit(before)
      if (after !== before) await replace(path, after)
      return after
    })
  return {
    // The caller checks what was stored.
    get: async (key) => (await read(path)).registrations[key] as Registration | undefined,
    set: async (key, registration, { signal }) => {
      await change(signal, (content) => ({
        ...content,
        registrations: { ...content.registrations, [key]: registration },
      }))
    },
    delete: async (key, { signal }) => {
      await change(signal, (content) => ({
        ...content,
        registrations: without(content.registrations, key),
      }))
    },
    lease: async (key, { ms, signal }) => {
      const lease = { id: randomUUID(), endsAt: clock() + ms }
      const granted = await change(signal, (content) =>
        (content.leases[key]?.endsAt ?? -Infinity) > clock()
          ? content
          : { ...content, leases: { ...content.leases, [key]: lease } },
      )
      if (granted.leases[key]?.id !== lease.id) return undefined
      return async () => {
        await change(new AbortController().signal, (content) =>
          content.leases[key]?.id === lease.id
            ? { ...content, leases: without(content.leases, key) }
            : content,
        )
      }
    },
  }
}

function without<T>(all: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== key))
}

/**
 * An absent file is an empty store; one that is not a store is an error, and is not overwritten.
 */
async function read(path: string): Promise<Content> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      return { registrations: ownProperties({}), leases: ownProperties({}) }
    throw error
  }
  const content: unknown = JSON.parse(text)
  const { registrations, leases } = isRecord(content) ? content : {}
  if (!isRecord(registrations) || !isRecord(leases)) {
    throw new TypeError('the file is not a registration store')
  }
  const readable = Object.fromEntries(Object.entries(leases).filter(isLease))
  return { registrations: ownProperties(registrations), leases: ownProperties(readable) }
}

function isLease(entry: readonly [string, unknown]): entry is [string, Lease] {
  const [, lease] = entry
  return isRecord(lease) && typeof lease.id === 'string' && typeof lease.endsAt === 'number'
}

async function replace(path: string, content: Content): Promise<void> {
  const fresh = `${path}.${randomUUID()}`
  try {
    await written(fresh, `${JSON.stringify(content, undefined, 2)}\n`)
    await rename(fresh, path)
  } catch (error) {
    await unlink(fresh).catch(() => undefined)
    throw error
  }
}

/** A new file, its content on the disk. */
async function written(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

function codeOf(error: unknown): unknown {
  return isRecord(error) ? error.code : undefined
}
