/** Time for tests: awaited by condition, held still, or measured as work. None of it depends on how busy the machine is. */
import { onTestFinished, vi } from 'vitest'
import { countCrypto } from './crypto-work.ts'

export { cpuMs, cpuSince, ownClock } from './own-time.ts'

// Taken before any test can hold the time still.
const { setImmediate: nextTurn, setTimeout: later } = globalThis
const clock = performance.now.bind(performance)

/** Longer than any test has: what never comes true ends by the test's own time, with its title. */
const ABANDONED_MS = 180_000
const SPIN_TURNS = 2_000

/** Waits, turn by turn of the event loop, until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  const end = clock() + ABANDONED_MS
  for (let count = 0; !holds(); count += 1) {
    if (clock() > end) throw new Error('it never came true')
    // What takes many turns comes from elsewhere, which needs the processor more than this loop.
    await (count < SPIN_TURNS ? turn() : new Promise((resolve) => void later(resolve, 1)))
  }
}

/** One turn of the event loop: what is ready has run, and rejections that nobody heard have been told. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void nextTurn(resolve))
}

/** Some turns, for what must not happen to have its chance. Whatever must happen is awaited by {@link until}. */
export async function turns(count = 50): Promise<void> {
  for (let at = 0; at < count; at += 1) await turn()
  await new Promise((resolve) => void later(resolve, 1)) // timers without a time have had theirs
  await turn()
}

export interface HeldTime {
  /** Lets so many milliseconds pass; timers due on the way fire in their order. */
  readonly pass: (ms: number) => Promise<void>
  /** Lets time pass, `stepMs` (longer when much has passed) in a few turns of the event loop, until something holds. */
  readonly passUntil: (holds: () => boolean, stepMs?: number) => Promise<void>
}

/**
 * Holds timers and `performance.now` still until the test lets time pass. Sockets, signatures and the
 * event loop go on: wait for these by {@link until} before time passes; `passUntil` waits for signatures
 * by itself. `performance.now` begins anew, so that it comes first in a test. `also` holds the time of
 * day as well.
 */
export function holdTime(...also: readonly 'Date'[]): HeldTime {
  const underway = countCrypto()
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', ...also] })
  onTestFinished(() => void vi.useRealTimers())
  const pass = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms)
  }
  /** Some turns, and some more after a signature that came meanwhile: a busy machine takes its time. */
  const settle = async (): Promise<void> => {
    let [before, now] = [false, false]
    do {
      await turns(5)
      ;[before, now] = [now, underway() > 0]
    } while (before || now)
  }
  return {
    pass,
    passUntil: async (holds, stepMs = 5) => {
      const end = clock() + ABANDONED_MS
      let passed = 0
      while (!holds()) {
        if (clock() > end) throw new Error('it never came true')
        await settle()
        if (holds()) return
        // Far ends are reached in steps that grow, close ones exactly.
        const step = Math.max(stepMs, Math.min(100, passed / 20))
        await pass(step)
        passed += step
      }
    },
  }
}

/** What happened so far, as a number that grows. */
type Progress = () => number

/**
 * Lets time pass as long as nothing happens, until it is stopped: for many calls at once that wait for
 * a server's pause or for their own end. `progress` counts whatever a call in work gets on by.
 */
export function passWhileIdle(progress: Progress, stepMs = 100): { stop(): Promise<void> } {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
  const stopped = new AbortController()
  const passing = (async () => {
    while (!stopped.signal.aborted) {
      const before = progress()
      // A signature comes from another thread, which may have its processor later.
      for (let round = 0; round < 3; round += 1) await turns(10)
      if (progress() === before) await vi.advanceTimersByTimeAsync(stepMs)
    }
  })()
  return {
    stop: async () => {
      stopped.abort()
      await passing
      vi.useRealTimers()
    },
  }
}

/** Lets as much time pass as a promise needs. */
export async function settledIn<T>(time: HeldTime, promise: Promise<T>, stepMs = 5): Promise<T> {
  let over = false
  const settled = promise.finally(() => {
    over = true
  })
  await time.passUntil(() => over, stepMs)
  return settled
}
