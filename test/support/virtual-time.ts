/** Time that jumps from timer to timer: a run of half a minute takes what its work takes. */
import { onTestFinished, vi } from 'vitest'

// Taken before any test can hold the time still.
const { setImmediate: nextTurn } = globalThis
const { subtle } = crypto
const QUIET_TURNS = 3

/** Signatures are made on other threads, and no timer says when they come back: they are counted. */
function countCrypto(): () => number {
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

/**
 * Holds timers and `performance.now`; to be called once, before anything of the test sets one. The
 * function that it gives lets as much time pass as a promise needs.
 */
export function virtualTime(): <T>(work: Promise<T>) => Promise<T> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const underway = countCrypto()
  /** Until nothing moves any more without time. */
  const quiet = async (): Promise<void> => {
    for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
      await new Promise((resolve) => void nextTurn(resolve))
      if (underway() > 0) turns = -1
    }
  }
  return async (work) => {
    const state = { isOver: false }
    const settled = work.finally(() => {
      state.isOver = true
    })
    settled.catch(() => undefined) // thrown to whoever awaits the result
    for (;;) {
      await quiet()
      if (state.isOver) return settled
      await vi.advanceTimersToNextTimerAsync()
    }
  }
}
