/** Work of WebCrypto that is under way: no held timer says when it comes back. */
import { onTestFinished, vi } from 'vitest'

// Taken before any test can replace it.
const { subtle } = crypto

/** Counts, until the test is over, the signatures and the like that other threads work on. */
export function countCrypto(): () => number {
  let underway = 0
  const counted = async <T>(work: Promise<T>): Promise<T> => {
    underway += 1
    try {
      return await work
    } finally {
      underway -= 1
    }
  }
  const proxy = new Proxy(subtle, {
    get: (_target, name) => {
      const method: unknown = Reflect.get(subtle, name, subtle)
      if (typeof method !== 'function') return method
      return (...all: unknown[]) => counted(Reflect.apply(method, subtle, all) as Promise<unknown>)
    },
  })
  const spy = vi.spyOn(crypto, 'subtle', 'get').mockReturnValue(proxy)
  onTestFinished(() => {
    spy.mockRestore()
  })
  return () => underway
}
