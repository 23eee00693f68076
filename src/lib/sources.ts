/** Where time and randomness come from, and what is done with sources that return nonsense. */
import { ignoreRejection } from './ignore-rejection.ts'

/** The last instant that a `Date` can hold, in either direction. */
const FARTHEST_MS = 8.64e15

/**
 * A clock that returns milliseconds or throws `TypeError`: an invalid time would end in wrong
 * dates.
 */
export function clockOf(now: (() => number) | undefined): () => number {
  if (now === undefined) return Date.now
  return () => {
    const at: unknown = now()
    if (typeof at === 'number' && Math.abs(at) <= FARTHEST_MS) return at
    ignoreRejection(at)
    throw new TypeError('"now" must return milliseconds since the epoch')
  }
}

/**
 * A source of identifiers that returns texts or throws `TypeError`: with an empty `jti` all
 * assertions would have the same one.
 */
export function identifiersOf(randomUUID: (() => string) | undefined): () => string {
  if (randomUUID === undefined) return () => crypto.randomUUID()
  return () => {
    const id: unknown = randomUUID()
    if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) return id
    ignoreRejection(id)
    throw new TypeError('"randomUUID" must return visible ASCII characters, at most 128')
  }
}

/** A number from 0 to 1 from an identifier's first digits; if there are none, the middle. */
export function fractionOf(id: string): number {
  const [digits] = /^[\da-f]{1,8}/i.exec(id) ?? []
  return digits === undefined ? 0.5 : Number.parseInt(digits, 16) / 2 ** 32
}
