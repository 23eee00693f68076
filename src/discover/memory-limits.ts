import { reasonOf, type AbortSignalLike } from '../lib/abort.ts'
import type { Limits, Place, PlaceLimiter } from './limits.ts'
import { MemoryBreaker } from './memory-breaker.ts'

export const placesPerOrigin = 4
export const placesPerTokenEndpoint = 2

/** The limits of one process; `now` gives milliseconds since the epoch. */
export function memoryLimits(now: () => number): Limits {
  return {
    origins: new MemoryPlaces(placesPerOrigin),
    tokenEndpoints: new MemoryPlaces(placesPerTokenEndpoint),
    breaker: new MemoryBreaker(now),
  }
}

interface Key {
  used: number
  readonly waiting: Set<() => void>
}

/** So many places for each key; a key in which nobody is interested takes no memory. */
export class MemoryPlaces implements PlaceLimiter {
  readonly #limit: number
  readonly #keys = new Map<string, Key>()

  constructor(limit: number) {
    this.#limit = limit
  }

  acquire(name: string, signal: AbortSignalLike): Place | Promise<Place> {
    const key = this.#keys.get(name) ?? { used: 0, waiting: new Set() }
    this.#keys.set(name, key)
    if (key.used >= this.#limit) return this.#wait(name, key, signal)
    key.used += 1
    return this.#placeOf(name, key)
  }

  #wait(name: string, key: Key, signal: AbortSignalLike): Promise<Place> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        key.waiting.delete(enter)
        reject(reasonOf(signal))
      }
      const enter = (): void => {
        signal.removeEventListener('abort', leave)
        resolve(this.#placeOf(name, key))
      }
      if (signal.aborted) {
        leave()
        return
      }
      key.waiting.add(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #placeOf(name: string, key: Key): Place {
    let isHeld = true
    return {
      release: () => {
        if (!isHeld) return
        isHeld = false
        // Handed on as it is, so that one who comes now does not overtake those who wait.
        const [next] = key.waiting
        if (next !== undefined) {
          key.waiting.delete(next)
          next()
          return
        }
        key.used -= 1
        if (key.used === 0) this.#keys.delete(name)
      },
    }
  }
}
