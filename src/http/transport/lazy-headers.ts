/**
 * Headers as undici returns them; the platform's object is only made if more than `get` and `has`
 * is needed, since it costs as much as the rest of a small response.
 */
export type RawHeaders = Readonly<Record<string, string | string[] | undefined>>

/** The platform's `Headers` over raw ones. */
export class LazyHeaders implements Headers {
  readonly #raw: RawHeaders
  #made: Headers | undefined

  /** Names in lower case. */
  constructor(raw: RawHeaders) {
    this.#raw = raw
  }

  get(name: string): string | null {
    if (this.#made !== undefined) return this.#made.get(name)
    const value = this.#raw[name.toLowerCase()]
    if (value === undefined) return null
    return typeof value === 'string' ? value.trim() : this.#all.get(name)
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  append(name: string, value: string): void {
    this.#all.append(name, value)
  }

  delete(name: string): void {
    this.#all.delete(name)
  }

  set(name: string, value: string): void {
    this.#all.set(name, value)
  }

  getSetCookie(): string[] {
    return this.#all.getSetCookie()
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void, self?: unknown): void {
    this.#all.forEach((value, key) => callback.call(self, value, key, this))
  }

  entries(): HeadersIterator<[string, string]> {
    return this.#all.entries()
  }

  keys(): HeadersIterator<string> {
    return this.#all.keys()
  }

  values(): HeadersIterator<string> {
    return this.#all.values()
  }

  [Symbol.iterator](): HeadersIterator<[string, string]> {
    return this.#all[Symbol.iterator]()
  }

  get #all(): Headers {
    if (this.#made !== undefined) return this.#made
    const made = new Headers()
    for (const [name, value] of Object.entries(this.#raw)) {
      for (const one of [value ?? []].flat()) append(made, name, one)
    }
    this.#made = made
    return made
  }
}

/** A header that no `Headers` accepts is one that could not be read anyway. */
function append(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value)
  } catch {
    // Skipped.
  }
}
