/** Time that jumps from timer to timer: a run of half a minute takes what its work takes. */
import { onTestFinished, vi } from 'vitest'
import { countCrypto } from './crypto-work.ts'

// Taken before any test can hold the time still.
const { setImmediate: nextTurn } = globalThis
const QUIET_TURNS = 3

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
      // What is ready has run; the asynchronous form would wait a real millisecond or two for it.
      vi.advanceTimersToNextTimer()
    }
  }
}
