import { turn } from '../lib/turn.ts'
import { LazyAbortController, delay } from '../lib/abort.ts'
import type { CancelReason, OutcomeData } from './outcome.ts'
import { OutcomeQueue } from './outcome-queue.ts'
import { StartOrder, type Startable } from './order.ts'
import { SummaryBuilder, type DiscoverSummary } from './summary.ts'

/** One target of a run. */
export interface Job<O> extends Startable {
  /** Never rejects. `queuedMs`: how long it has waited. */
  ask(signal: AbortSignal, cancelReason: () => CancelReason, queuedMs: number): Promise<O>
  /** In place of asking it. */
  cancelled(reason: CancelReason, queuedMs: number): O
}

/** Some targets of a run, once they are located. */
export interface Prepared<O> {
  /** In the order in which they are to be started. */
  readonly jobs: readonly Job<O>[]
  /** Outcomes that need nobody to be asked. */
  readonly settled: readonly O[]
}

/** How a run goes. */
export interface RunSettings<O> {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How many there are; each is prepared once. */
  readonly targets: number
  readonly deadlineMs: number
  readonly concurrency: number
  readonly perOrigin: number
  readonly signal: AbortSignal | undefined
  /** Never throws; ends at once, with an outcome for each that is left, where the signal aborts. */
  readonly prepare: (
    signal: AbortSignal,
    cancelReason: () => CancelReason,
  ) => AsyncIterable<Prepared<O>>
  /** Told of each outcome, in order. */
  readonly onOutcome?: ((outcome: O, done: number) => void) | undefined
  readonly onEnd?: ((summary: DiscoverSummary) => void) | undefined
  /** Asked when the run starts; undefined where nobody watches. */
  readonly watch?: (() => RunWatch | undefined) | undefined
}

/** Whoever watches the run as a whole. */
export interface RunWatch {
  /** Does a piece of the run once, at once, so that what it starts is seen as part of the run. */
  within(work: () => void): void
  end(summary: DiscoverSummary): void
}

/** Outcomes as they come, each target exactly once, and what they add up to. */
export interface DiscoverRun<O> extends AsyncIterable<O> {
  /**
   * The outcomes, once; nothing is asked before. Leaving the loop cancels what is left. While 256
   * outcomes wait to be taken no further target is asked.
   */
  [Symbol.asyncIterator](): AsyncIterator<O, void, void>
  /** Resolves when every target has its outcome, however the run ends; reading it starts the run. */
  readonly summary: Promise<DiscoverSummary>
}

/** Milliseconds of starting targets without a turn for others. */
const LONG_MS = 10
/** Outcomes that may wait for a slow loop. */
const MOST_WAITING = 256

/** Starts targets in order, within the limits, and gives out what becomes of them. */
export class Run<O extends OutcomeData> implements DiscoverRun<O> {
  readonly #settings: RunSettings<O>
  readonly #queue: OutcomeQueue<O>
  readonly #builder = new SummaryBuilder()
  readonly #controller = new AbortController()
  readonly #deadline = new LazyAbortController()
  readonly #order: StartOrder<Job<O>>
  #summary: Promise<DiscoverSummary> | undefined
  #watch: RunWatch | undefined
  #resolve: (summary: DiscoverSummary) => void = () => undefined
  #reason: CancelReason | undefined
  #hasLoop = false
  #isOver = false
  #isPumpingLater = false
  #startedAt = 0
  #began = 0
  #running = 0
  #done = 0

  constructor(settings: RunSettings<O>) {
    this.#settings = settings
    this.#order = new StartOrder(settings.perOrigin)
    this.#queue = new OutcomeQueue(
      // Called by the loop, in the middle of whatever else its owner does.
      () => this.#within(() => this.#pump()),
      () => this.#cancel('loop-left'),
    )
  }

  get summary(): Promise<DiscoverSummary> {
    return this.#start()
  }

  [Symbol.asyncIterator](): AsyncIterator<O, void, void> {
    this.#hasLoop = true
    void this.#start()
    return this.#queue
  }

  #start(): Promise<DiscoverSummary> {
    this.#summary ??= new Promise((resolve) => {
      this.#resolve = resolve
      this.#watch = this.#settings.watch?.()
      this.#within(() => void this.#run())
    })
    return this.#summary
  }

  #within(work: () => void): void {
    if (this.#watch === undefined) work()
    else this.#watch.within(work)
  }

  async #run(): Promise<void> {
    const { signal, deadlineMs, prepare, now } = this.#settings
    this.#startedAt = now()
    this.#began = performance.now()
    delay(deadlineMs, this.#deadline).then(
      () => this.#cancel('deadline'),
      () => undefined,
    )
    if (signal?.aborted === true) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
    for await (const { jobs, settled } of prepare(this.#controller.signal, this.#cancelReason)) {
      this.#order.add(jobs)
      for (const outcome of settled) this.#give(outcome)
      if (this.#reason !== undefined) this.#giveCancelled(this.#reason)
      this.#pump()
    }
    this.#endIfDone()
  }

  readonly #onAbort = (): void => this.#cancel('signal')

  readonly #cancelReason = (): CancelReason => this.#reason ?? 'signal'

  #pump(): void {
    const { concurrency } = this.#settings
    const began = performance.now()
    while (this.#reason === undefined && this.#running < concurrency) {
      if (this.#hasLoop && this.#queue.size >= MOST_WAITING) return
      if (performance.now() - began > LONG_MS) {
        this.#pumpLater()
        return
      }
      const job = this.#order.take()
      if (job === undefined) return
      this.#running += 1
      void this.#ask(job)
    }
  }

  /** To start many at once takes long; others have a turn in between. */
  #pumpLater(): void {
    if (this.#isPumpingLater) return
    this.#isPumpingLater = true
    void turn().then(() => {
      this.#isPumpingLater = false
      this.#pump()
    })
  }

  async #ask(job: Job<O>): Promise<void> {
    const queuedMs = performance.now() - this.#began
    const outcome = await job.ask(this.#controller.signal, this.#cancelReason, queuedMs)
    this.#running -= 1
    this.#order.done(job)
    this.#give(outcome)
    this.#pump()
    this.#endIfDone()
  }

  #give(outcome: O): void {
    this.#done += 1
    this.#builder.add(outcome)
    this.#settings.onOutcome?.(outcome, this.#done)
    this.#queue.put(outcome)
  }

  #cancel(reason: CancelReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller.abort(new DOMException('the run has ended', 'AbortError'))
    this.#within(() => {
      this.#giveCancelled(reason)
      this.#endIfDone()
    })
  }

  /** Those that were not started; those that run give their own outcome. */
  #giveCancelled(reason: CancelReason): void {
    const queuedMs = performance.now() - this.#began
    for (const job of this.#order.drain()) this.#give(job.cancelled(reason, queuedMs))
  }

  #endIfDone(): void {
    if (this.#isOver || this.#done < this.#settings.targets) return
    this.#isOver = true
    this.#deadline.abort(undefined)
    this.#settings.signal?.removeEventListener('abort', this.#onAbort)
    const tookMs = performance.now() - this.#began
    const summary = this.#builder.summary(this.#startedAt, tookMs)
    this.#settings.onEnd?.(summary)
    this.#watch?.end(summary)
    this.#queue.end()
    this.#resolve(summary)
  }
}
