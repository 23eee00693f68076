/** How long others had to wait for their turn, in work and not in time. */

/** The longest turn of the event loop, in milliseconds of work: time in which others had the machine does not count. */
export class Turns {
  #longest = 0
  #over = false
  #wall: number | undefined
  #cpu = process.cpuUsage()

  /** Begins with the next turn. */
  async begin(): Promise<void> {
    await new Promise((done) => setImmediate(done))
    this.#since()
    const turn = (): void => {
      if (this.#over) return
      this.#since()
      setImmediate(turn)
    }
    setImmediate(turn)
  }

  #since(): void {
    const spent = process.cpuUsage(this.#cpu)
    const worked = (spent.user + spent.system) / 1000
    if (this.#wall !== undefined)
      this.#longest = Math.max(this.#longest, Math.min(worked, performance.now() - this.#wall))
    this.#wall = performance.now()
    this.#cpu = process.cpuUsage()
  }

  end(): number {
    this.#over = true
    // The turn that ended the call is not over yet.
    this.#since()
    return this.#longest
  }
}
