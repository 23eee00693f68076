const MOST = 1000

/** What next links refer to. The oldest expire, as on real servers. */
export class Listings<T> {
  readonly #kept = new Map<string, T>()
  #count = 0

  /** Returns the name by which {@link get} finds it again. */
  keep(listing: T): string {
    this.#count += 1
    const name = `sandbox-page-${this.#count}`
    this.#kept.set(name, listing)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest)
    return name
  }

  /** Undefined where it has expired or never was. */
  get(name: string): T | undefined {
    return this.#kept.get(name)
  }
}
