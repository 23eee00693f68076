/** Something to be started, at an origin. */
export interface Startable {
  readonly origin: string
}

/**
 * What is started next: in the given order, but never more than so many at one origin. A crowded
 * origin holds up none of the others, and finding the next one costs the same however many wait.
 */
export class StartOrder<T extends Startable> {
  /** Those that were started are not held any longer. */
  readonly #jobs: (T | undefined)[] = []
  readonly #perOrigin: number
  #next = 0
  /** Jobs whose turn had come while their origin was crowded. */
  readonly #parked = new Map<string, T[]>()
  /** Parked jobs whose origin has room again; the room is kept for them. */
  readonly #ripe: T[] = []
  readonly #running = new Map<string, number>()

  constructor(perOrigin: number) {
    this.#perOrigin = perOrigin
  }

  /** Behind those that are there. */
  add(jobs: readonly T[]): void {
    for (const job of jobs) this.#jobs.push(job)
  }

  /** The next job, whose place at its origin is taken; undefined where none may start now. */
  take(): T | undefined {
    const ripe = this.#ripe.shift()
    if (ripe !== undefined) return ripe
    for (;;) {
      const job = this.#jobs[this.#next]
      if (job === undefined) return undefined
      this.#jobs[this.#next] = undefined
      this.#next += 1
      const { origin } = job
      const running = this.#running.get(origin) ?? 0
      if (running < this.#perOrigin) {
        this.#running.set(origin, running + 1)
        return job
      }
      const parked = this.#parked.get(origin)
      if (parked === undefined) this.#parked.set(origin, [job])
      else parked.push(job)
    }
  }

  /** A job has ended. */
  done({ origin }: T): void {
    const parked = this.#parked.get(origin)
    const next = parked?.shift()
    if (next !== undefined) {
      this.#ripe.push(next)
      return
    }
    this.#parked.delete(origin)
    const running = (this.#running.get(origin) ?? 1) - 1
    if (running === 0) this.#running.delete(origin)
    else this.#running.set(origin, running)
  }

  /** All that were not started; they will not be. */
  drain(): readonly T[] {
    const left = [
      ...this.#ripe,
      ...[...this.#parked.values()].flat(),
      ...this.#jobs.slice(this.#next).filter((job) => job !== undefined),
    ]
    this.#ripe.length = 0
    this.#parked.clear()
    this.#next = this.#jobs.length
    return left
  }
}
