/** The producer's side of a run: outcomes as workers write them. */
import type { OutcomeData } from '../discover/outcome.ts'
import { delay } from '../lib/abort.ts'
import { isRecord } from '../lib/arguments.ts'
import type { RunStore } from './run-store.ts'

const SHORTEST_POLL_MS = 20
const LONGEST_POLL_MS = 250
const AT_ONCE = 200
const HOLD_EVERY_MS = 5_000
/** As long as a Redis takes to come back after a restart. */
export const LOST_AFTER_MS = 15_000

/** Gives each outcome to whoever waits for its target, and keeps the run open meanwhile. */
export class OutcomeReader {
  readonly #store: RunStore
  readonly #aborter = new AbortController()
  readonly #waiting = new Map<number, (outcome: OutcomeData | 'lost') => void>()
  readonly #early = new Map<number, OutcomeData>()
  #isLost = false

  constructor(store: RunStore) {
    this.#store = store
  }

  /** Polls until {@link end}. */
  start(): void {
    void this.#poll().catch(() => undefined)
  }

  /** The outcome of a target, or 'lost' where Redis is gone. */
  outcomeOf(position: number): Promise<OutcomeData | 'lost'> {
    const early = this.#early.get(position)
    this.#early.delete(position)
    if (early !== undefined) return Promise.resolve(early)
    if (this.#isLost) return Promise.resolve('lost')
    return new Promise((resolve) => {
      this.#waiting.set(position, resolve)
    })
  }

  end(): void {
    this.#aborter.abort()
  }

  async #poll(): Promise<void> {
    let [read, pauseMs] = [0, SHORTEST_POLL_MS]
    let failingSince: number | undefined
    let heldAt = performance.now()
    for (;;) {
      await delay(pauseMs, this.#aborter.signal)
      try {
        if (performance.now() - heldAt > HOLD_EVERY_MS) {
          await this.#store.hold()
          heldAt = performance.now()
        }
        const found = await this.#store.read(read, AT_ONCE)
        read += found.length
        failingSince = undefined
        for (const { position, outcome } of found) this.#give(position, outcome)
        pauseMs = found.length > 0 ? SHORTEST_POLL_MS : Math.min(LONGEST_POLL_MS, 2 * pauseMs)
      } catch {
        failingSince ??= performance.now()
        pauseMs = LONGEST_POLL_MS
        if (performance.now() - failingSince < LOST_AFTER_MS) continue
        this.#isLost = true
        for (const resolve of this.#waiting.values()) resolve('lost')
        return
      }
    }
  }

  #give(position: number, outcome: unknown): void {
    // One that does not open was not written by us: the target waits for the run's end.
    if (!isOutcome(outcome)) return
    const resolve = this.#waiting.get(position)
    this.#waiting.delete(position)
    if (resolve === undefined) this.#early.set(position, outcome)
    else resolve(outcome)
  }
}

/** Sealed by a worker of ours. */
function isOutcome(value: unknown): value is OutcomeData {
  return isRecord(value) && typeof value.kind === 'string' && isRecord(value.target)
}
