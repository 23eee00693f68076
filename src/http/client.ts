import { delay, LazyAbortController } from '../lib/abort.ts'
import { CallerSignals } from '../lib/caller-signals.ts'
import type { Emit } from '../lib/emitter.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import type { ActivityResult } from '../instrumentation.ts'
import type { HttpOptions } from '../types.ts'
import {
  openCall,
  openSharedCall,
  partyOf,
  type AttachedOptions,
  type Call,
  type OpenCall,
} from './call.ts'
import { Exchanger } from './exchange.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import type { OpenObservation } from './observer.ts'
import { httpSettings, type HttpSettings } from './options.ts'
import { Blocklist, refusal } from './policies/blocklist.ts'
import type { PauseBoard } from './policies/pause-board.ts'
import type { UrlPolicy } from './policies/egress.ts'

/** How long {@link HttpClient.close} waits for a transport. */
const CLOSE_MS = 5_000

/**
 * The policy layer: where a request may go, for how long, how often, how much of a response is
 * read.
 */
export class HttpClient {
  readonly policy: UrlPolicy
  readonly now: () => number
  readonly randomUUID: () => string
  readonly emit: Emit
  /** Whether events are reported to anyone: costly ones need not be made otherwise. */
  readonly isWatched: boolean
  /** Blocked partners. */
  readonly blocklist: Blocklist
  /** For a whole call, unless the caller sets another. */
  readonly timeoutMs: number
  readonly #transport: HttpSettings['transport']
  readonly #exchanger: Exchanger
  readonly #observer: HttpSettings['observer']
  readonly #active = new Set<OpenCall>()
  readonly #callers = new CallerSignals()
  #closed = false

  /** Throws `TypeError` for a wrong option. */
  constructor(
    options: HttpOptions,
    defaultTimeoutMs = 60_000,
    blocklist: Blocklist = new Blocklist(),
    pauses?: PauseBoard,
  ) {
    const settings = httpSettings(options, defaultTimeoutMs)
    this.policy = settings.policy
    this.now = settings.now
    this.randomUUID = settings.randomUUID
    this.emit = settings.emit
    this.isWatched = options.onEvent !== undefined || settings.observer !== undefined
    this.timeoutMs = settings.timeoutMs
    this.#transport = settings.transport
    this.#observer = settings.observer
    this.#exchanger = new Exchanger(settings, blocklist, pauses)
    this.blocklist = blocklist
    blocklist.watch((block) => {
      for (const { operation, parties, deadline } of this.#active) {
        if (parties.includes(block.party)) deadline.abort(refusal(block, { operation }))
      }
    })
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#closed
  }

  /** Runs one call of a user under its deadline. */
  call<T>(
    operation: string,
    options: AttachedOptions | undefined,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    return this.#run(() => openCall(operation, options ?? {}, this.timeoutMs, this.#callers), work)
  }

  /** Runs work that several calls wait for, within what is left of their time; its requests pass the gate of the call that began it. */
  shared<T>(
    operation: string,
    begun: Pick<Call, 'deadline' | 'gate'>,
    work: (call: Call) => Promise<T>,
  ): Promise<T> {
    return this.#run(() => openSharedCall(operation, begun), work, 'shared')
  }

  /** Observes work that consists of calls, such as one responder of a run. */
  watch<T>(
    operation: string,
    runId: string | undefined,
    work: () => Promise<T>,
    describe: (result: T | undefined) => ActivityResult,
  ): Promise<T> {
    if (this.#observer === undefined) return work()
    return this.#observer.observe({ kind: 'call', operation, shared: false, runId }, work, describe)
  }

  /** The same for work that is done in pieces; undefined without an observer. */
  watchPieces(operation: string, runId: string): OpenObservation | undefined {
    return this.#observer?.open({ kind: 'call', operation, shared: false, runId })
  }

  /**
   * A call without its own deadline, for a body that is read as its consumer likes; it lives until
   * {@link release}.
   */
  openStream(operation: string, signal: AbortSignal | undefined): OpenCall {
    const call = openCall(operation, { signal }, Infinity, this.#callers)
    if (this.#closed) call.deadline.abort(closed())
    this.#active.add(call)
    // Its reader may never return.
    call.deadline.aborter.addEventListener('abort', () => this.release(call))
    return call
  }

  /** The end of {@link openStream}. */
  release(call: OpenCall): void {
    this.#active.delete(call)
    call.end()
  }

  /** Opens the call itself, so that a wrong option is a rejection and costs no extra promise. */
  async #run<T>(
    open: () => OpenCall,
    work: (call: Call) => Promise<T>,
    shared?: 'shared',
  ): Promise<T> {
    const call = open()
    const { operation, deadline, runId } = call
    if (this.#closed) deadline.abort(closed())
    this.#active.add(call)
    const run = (): Promise<T> => {
      deadline.throwIfOver()
      return deadline.race(work(call))
    }
    try {
      if (this.#observer === undefined) return await run()
      return await this.#observer.observe(
        { kind: 'call', operation, shared: shared !== undefined, runId },
        async () => run(),
        () => ({ ...partyOf(call), page: call.page }),
      )
    } finally {
      this.release(call)
    }
  }

  /** One request, retried where that is safe. Returns any whole response, whatever its status. */
  exchange(request: HttpRequest, call: Call): Promise<HttpResponse> {
    return this.#exchanger.exchange(request, call)
  }

  /**
   * Identifies the TLS client certificate that is offered to an origin; a user's transport may
   * return anything.
   */
  clientCertificate(url: string): string | undefined {
    try {
      const named: unknown = this.#transport.clientCertificate?.(url)
      ignoreRejection(named)
      return typeof named === 'string' ? named : undefined
    } catch {
      return undefined
    }
  }

  /** Aborts what is pending; later calls are rejected. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { deadline } of this.#active) deadline.abort(closed())
    // A transport that never closes must not block its owner.
    const closing = (async () => this.#transport.close?.())().catch(() => undefined)
    const patience = new LazyAbortController()
    await Promise.race([closing, delay(CLOSE_MS, patience).catch(() => undefined)])
    patience.abort(undefined)
  }
}

function closed(): Error {
  return new DOMException('the client was closed', 'AbortError')
}
