import { TransportError, type ErrorContext } from '../errors.ts'
import { Aborter, delay, untilAborted } from '../lib/abort.ts'
import { CallerSignals } from '../lib/caller-signals.ts'
import { emitter, type Emit } from '../lib/emitter.ts'
import { requireFunction, requireObject, requirePositive, requireText } from '../lib/arguments.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import { own, ownIfGiven, ownOptions } from '../lib/own.ts'
import { clockOf, fractionOf, identifiersOf } from '../lib/sources.ts'
import type { CallOptions, HttpOptions, Transport } from '../types.ts'
import { VERSION } from '../version.ts'
import { attempt, type AttemptSetup } from './attempt.ts'
import { Blocklist, refusal } from './policies/blocklist.ts'
import { Call } from './call.ts'
import type { Answer, BodyKind, Exchange } from './exchange.ts'
import { kyTransport } from './transport/ky-transport.ts'
import { StaleConnection } from './transport/network-failure.ts'
import { parseUrl } from './policies/parse-url.ts'
import { pauseKeyOf, RetryAfterPauses } from './policies/pacing.ts'
import { RetryBudget } from './policies/retry-budget.ts'
import { isPassing, mayRepeat, pauseMs } from './policies/retry.ts'
import { UrlPolicy } from './policies/egress.ts'
import { platformTransport } from './transport/platform-transport.ts'

const LIMITS: Readonly<Record<BodyKind, number>> = {
  token: 64e3,
  metadata: 8e6,
  page: 16e6,
  binary: 256e6,
  certificate: 10e6,
}

/** How long {@link HttpClient.close} waits for a transport. */
const CLOSE_MS = 5_000

/** The policy layer: where a request may go, for how long, how often, how much of an answer is read. */
export class HttpClient {
  readonly policy: UrlPolicy
  readonly now: () => number
  readonly randomUUID: () => string
  readonly emit: Emit
  /** Partners that are not spoken to any more. */
  readonly blocklist: Blocklist
  /** For a whole call, where the caller names no other. */
  readonly timeoutMs: number
  readonly #options: HttpOptions
  readonly #bodyLimits: HttpOptions['bodyLimits']
  readonly #transport: Transport
  readonly #active = new Set<Call>()
  readonly #callers = new CallerSignals()
  readonly #budget = new RetryBudget()
  readonly #pauses = new RetryAfterPauses()
  #closed = false

  constructor(
    given: HttpOptions,
    defaultTimeoutMs = 60_000,
    blocklist: Blocklist = new Blocklist(),
  ) {
    const options = ownOptions(given)
    checkOptions(options)
    this.#options = options
    this.#bodyLimits = ownIfGiven(options.bodyLimits, 'bodyLimits')
    this.timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    this.policy = new UrlPolicy(options)
    this.now = clockOf(options.now)
    this.randomUUID = identifiersOf(options.randomUUID)
    this.blocklist = blocklist
    blocklist.watch((block) => {
      for (const call of this.#active) {
        const { operation, parties } = call
        if (parties.includes(block.party)) call.abort(refusal(block, { operation }))
      }
    })
    this.emit = emitter(options.onEvent, this.now)
    this.#transport = transportOf(options)
  }

  /** Runs one call of a user under its deadline. */
  async call<T>(
    operation: string,
    options: CallOptions | undefined,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    requireObject(options ?? {}, 'options')
    return this.#run(new Call(operation, options ?? {}, this.timeoutMs, this.#callers), work)
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#closed
  }

  /** Runs work that several calls wait for: it has the time that they have left, and none of its own. */
  async shared<T>(
    operation: string,
    signal: AbortSignal,
    timeLeft: () => number,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    return this.#run(new Call(operation, { signal }, Infinity, this.#callers, timeLeft), work)
  }

  /** A call without a deadline, for a body that is read as its consumer likes; it lives until {@link release}. */
  hold(operation: string, signal: AbortSignal | undefined): Call {
    const call = new Call(operation, { signal }, Infinity, this.#callers)
    if (this.#closed) call.abort(closed())
    this.#active.add(call)
    // Its reader may never come back.
    call.aborter.addEventListener('abort', () => this.release(call))
    return call
  }

  release(call: Call): void {
    this.#active.delete(call)
    call.end()
  }

  async #run<T>(call: Call, work: (call: Call) => Promise<T>): Promise<T> {
    if (this.#closed) call.abort(closed())
    this.#active.add(call)
    try {
      call.throwIfOver()
      return await untilAborted(work(call), call.aborter)
    } finally {
      this.release(call)
    }
  }

  /** One request, repeated where that is safe. Any whole answer is given back, whatever its status. */
  async exchange(asked: Exchange, call: Call): Promise<Answer> {
    const exchange = own(asked)
    const context = contextOf(exchange, call.operation)
    const { origin = '' } = context
    // All exchanges of a call are with the same partner, or with the directory before any partner.
    call.parties = [origin, exchange.organization, exchange.servedBy]
    this.blocklist.refuse(call.parties, context)
    const setup = this.#setupOf(exchange)
    const pauseKey = pauseKeyOf(exchange.base, origin)
    let repeats = 0
    for (let number = 1; ; number += 1) {
      call.throwIfOver()
      // The token endpoint's own pauses are the token guard's, which knows them by client and key.
      if (exchange.kind !== 'token') {
        const waiting = this.#pauses.wait(pauseKey, call, context, this.#fraction)
        const refused = waiting && (await waiting)
        if (refused !== undefined) return refused
      }
      const { form, json } = exchange
      const body = typeof form === 'function' ? await form() : (form ?? json)
      const outcome = await attempt(setup, exchange, body, call.aborter, context).catch(
        (error: unknown) => {
          call.throwIfOver()
          return passing(error)
        },
      )
      const failed = outcome instanceof TransportError
      if (!failed) {
        exchange.onAnswer?.(outcome)
        if (!isPassing(outcome.status)) this.#budget.succeeded(origin, repeats)
        if (exchange.kind !== 'token') this.#pauses.heed(pauseKey, outcome)
      }
      const again = mayRepeat(exchange.repeat, number, failed ? undefined : outcome.status)
      const wait = again ? this.#pause(number, outcome) : 0
      if (!again || wait >= call.remainingMs || !this.#pays(origin)) {
        if (failed) throw outcome
        return outcome
      }
      repeats += 1
      this.emit({
        type: 'http.retry',
        operation: call.operation,
        origin,
        pathTemplate: exchange.pathTemplate,
        attempt: number,
        waitMs: Math.round(wait),
        why: failed ? outcome.code : String(outcome.status),
      })
      await delay(wait, call.aborter)
    }
  }

  /** Names the TLS client certificate that an origin is offered; a user's transport may answer anything. */
  clientCertificate(url: string): string | undefined {
    try {
      const named: unknown = this.#transport.clientCertificate?.(url)
      ignoreRejection(named)
      return typeof named === 'string' ? named : undefined
    } catch {
      return undefined
    }
  }

  /** Ends what is pending; later calls are refused. */
  async close(): Promise<void> {
    this.#closed = true
    for (const call of this.#active) call.abort(closed())
    // A transport that never lets go must not keep its owner waiting.
    const closing = (async () => this.#transport.close?.())().catch(() => undefined)
    const patience = new Aborter()
    await Promise.race([closing, delay(CLOSE_MS, patience).catch(() => undefined)])
    patience.abort(undefined)
  }

  /** Whether the origin has something left for a repeat; one for a connection that was closed before us counts, too: some servers close them all. */
  #pays(origin: string): boolean {
    if (this.#budget.take(origin)) return true
    this.emit({ type: 'http.retries-spent', origin })
    return false
  }

  readonly #fraction = (): number => fractionOf(this.randomUUID())

  #setupOf({ kind, attemptTimeoutMs }: Exchange): AttemptSetup {
    const options = this.#options
    return {
      transport: this.#transport,
      policy: this.policy,
      now: this.now,
      userAgent: options.userAgent ?? `carequality-fhir/${VERSION}`,
      bodyLimit: this.#bodyLimits?.[kind] ?? LIMITS[kind],
      timeoutMs: options.attemptTimeoutMs ?? attemptTimeoutMs,
    }
  }

  #pause(number: number, outcome: Answer | TransportError): number {
    if (outcome instanceof StaleConnection && number === 1) return 0
    const asked =
      outcome instanceof TransportError ? outcome.retryAfterMs : outcome.context.retryAfterMs
    if (asked !== undefined) return asked
    return pauseMs(number, this.#fraction())
  }
}

function transportOf({ transport, fetch }: HttpOptions): Transport {
  return transport ?? (fetch === undefined ? platformTransport() : kyTransport(fetch))
}

/** The failure that another attempt might fix. Any other is thrown. */
function passing(error: unknown): TransportError {
  if (error instanceof TransportError && error.retryable) return error
  throw error
}

function contextOf({ url, pathTemplate, organization }: Exchange, operation: string): ErrorContext {
  return { operation, organization, origin: parseUrl(url)?.origin, pathTemplate }
}

function closed(): Error {
  return new DOMException('the client was closed', 'AbortError')
}

function checkOptions(options: HttpOptions): void {
  requireFunction(options.fetch, 'fetch')
  requireFunction(options.now, 'now')
  requireFunction(options.randomUUID, 'randomUUID')
  requireFunction(options.onEvent, 'onEvent')
  requirePositive(options.timeoutMs, 'timeoutMs')
  requirePositive(options.attemptTimeoutMs, 'attemptTimeoutMs')
  if (options.userAgent !== undefined) {
    if (!/^[\x20-\x7e]+$/.test(requireText(options.userAgent, 'userAgent')))
      throw new TypeError('"userAgent" must be printable ASCII')
  }
  if (options.transport !== undefined) {
    requireObject(options.transport, 'transport')
    if (typeof options.transport.send !== 'function')
      throw new TypeError('"transport.send" must be a function')
  }
  if (options.bodyLimits !== undefined) {
    const limits = ownOptions(options.bodyLimits, 'bodyLimits')
    for (const kind of ['token', 'metadata', 'page', 'binary', 'certificate'] as const) {
      requirePositive(limits[kind], `bodyLimits.${kind}`)
    }
  }
}
