/** Where time and randomness come from, and what is done with sources that give nonsense. */
import { ignoreRejection } from './ignore-rejection.ts'

/** The last instant that a `Date` can hold, in either direction. */
const FARTHEST_MS = 8.64e15

/** A clock that gives milliseconds or throws `TypeError`: a time that is none would end in dates that are wrong. */
export function clockOf(now: (() => number) | undefined): () => number {
  if (now === undefined) return Date.now
  return () => {
    const at: unknown = now()
    if (typeof at === 'number' && Math.abs(at) <= FARTHEST_MS) return at
    ignoreRejection(at)
    throw new TypeError('"now" must give milliseconds since the epoch')
  }
}

/** A source of identifiers that gives texts or throws `TypeError`: an empty `jti` would be one for all. */
export function identifiersOf(randomUUID: (() => string) | undefined): () => string {
  if (randomUUID === undefined) return () => crypto.randomUUID()
  return () => {
    const id: unknown = randomUUID()
    if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) return id
    ignoreRejection(id)
    throw new TypeError('"randomUUID" must give visible ASCII characters, at most 128')
  }
}

/** A number from 0 to 1 from an identifier's first digits; where those are none, the middle. */
export function fractionOf(id: string): number {
  const [digits] = /^[\da-f]{1,8}/i.exec(id) ?? []
  return digits === undefined ? 0.5 : Number.parseInt(digits, 16) / 2 ** 32
}
