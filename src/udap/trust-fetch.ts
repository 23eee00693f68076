/** Fetching what certificates point to: revocation lists, OCSP responses, issuers. */
import { CarequalityError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { parseUrl } from '../http/policies/egress.ts'
import type { Deadline } from '../lib/deadline.ts'
import { SharedWork } from '../lib/shared-work.ts'
import { DerError } from '../signers/der.ts'
import type { Bytes } from '../types.ts'
import { ByteCache } from './byte-cache.ts'

/** Something to be fetched, and how its bytes are parsed. */
export interface Fetched<T> {
  readonly kind: 'crl' | 'ocsp' | 'issuer'
  readonly accept: string
  /** Longer bodies are not read to their end; undefined for as long as the options permit. */
  readonly maxBytes?: number | undefined
  /** Throws a {@link DerError} for bytes that are none of this kind. */
  readonly read: (bytes: Bytes) => T | Promise<T>
  readonly sizeOf: (value: T) => number
  /** When the next one is due, in milliseconds since the epoch. */
  readonly expiresAt: (value: T) => number
}

/** One exchange, to its last byte. */
const ATTEMPT_MS = 10_000
/** A failure is cached this long, so that a dead address does not delay every verification. */
const FAILURE_MS = 60_000
const LONGEST_URL = 2_000

/** Fetches and caches, for all verifications of one trust store. */
export class TrustFetcher {
  readonly #http: HttpClient
  readonly #cache: ByteCache<{ readonly value: unknown }>
  readonly #work = new SharedWork<unknown>()

  constructor(http: HttpClient, maxBytes: number) {
    this.#http = http
    this.#cache = new ByteCache(maxBytes)
  }

  /** The content of the address; undefined where it cannot be fetched or parsed. */
  async get<T>(
    url: string,
    what: Fetched<T>,
    maxAgeMs: number,
    call: Call,
  ): Promise<T | undefined> {
    if (url.length > LONGEST_URL) return undefined
    const key = `${what.kind} ${url}`
    const cached = this.#cache.get(key, this.#http.now())
    const found =
      cached?.value ??
      (cached === undefined ? await this.#shared(key, url, what, maxAgeMs, call) : undefined)
    // The key includes the kind, so that its value was parsed by the same parser.
    return found as T | undefined
  }

  /** Drops a response that proved useless: anyone on the network path may have forged it. */
  forget(kind: Fetched<unknown>['kind'], url: string): void {
    const key = `${kind} ${url}`
    if (this.#cache.get(key, this.#http.now())?.value !== undefined) this.#cache.delete(key)
  }

  #shared<T>(
    key: string,
    url: string,
    what: Fetched<T>,
    maxAgeMs: number,
    call: Call,
  ): Promise<unknown> {
    const work = async (deadline: Deadline): Promise<unknown> =>
      // What certificates name is no responder: its limits do not count there.
      this.#http.shared('udap.verify', { deadline, gate: undefined }, (shared) =>
        this.#fetch(key, url, what, maxAgeMs, shared),
      )
    return this.#work.run(key, work, call.deadline)
  }

  async #fetch<T>(
    key: string,
    url: string,
    what: Fetched<T>,
    maxAgeMs: number,
    call: Call,
  ): Promise<T | undefined> {
    const { kind } = what
    const origin = parseUrl(url)?.origin
    try {
      const value: T = await what.read(await this.#bytes(url, what, call))
      const expiresAt = Math.min(what.expiresAt(value), this.#http.now() + maxAgeMs)
      const size = what.sizeOf(value)
      this.#cache.set(key, { value }, size, expiresAt)
      this.#http.emit({ type: 'trust.fetched', kind, origin, bytes: size })
      return value
    } catch (error) {
      call.deadline.throwIfOver()
      const why = reasonOf(error)
      this.#cache.set(key, { value: undefined }, 0, this.#http.now() + FAILURE_MS)
      this.#http.emit({ type: 'trust.fetch-failed', kind, origin, why })
      return undefined
    }
  }

  async #bytes<T>(url: string, { kind, accept, maxBytes }: Fetched<T>, call: Call): Promise<Bytes> {
    const response = await this.#http.exchange(
      {
        url,
        pathTemplate: `/:${kind}`,
        accept,
        maxBytes,
        kind: 'certificate',
        retry: 'never',
        attemptTimeoutMs: ATTEMPT_MS,
        plainHttp: true,
      },
      call,
    )
    if (response.status !== 200) throw new DerError('no success')
    return new Uint8Array(response.bytes)
  }
}

/**
 * What an event says about a failure. Anything but the two kinds of fetching and parsing is thrown.
 */
function reasonOf(error: unknown): string {
  if (error instanceof DerError) return 'malformed'
  if (error instanceof CarequalityError) return String(error.code)
  throw error
}
