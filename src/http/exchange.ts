import { TransportError, type ErrorContext } from '../errors.ts'
import { ownProperties } from '../lib/own.ts'
import { fractionOf } from '../lib/sources.ts'
import { attempt, type AttemptSetup } from './attempt.ts'
import type { Call } from './call.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import type { HttpSettings } from './options.ts'
import type { Blocklist } from './policies/blocklist.ts'
import { pauseKeyOf, RetryAfterPauses } from './policies/pacing.ts'
import type { PauseBoard } from './policies/pause-board.ts'
import { parseUrl } from './policies/parse-url.ts'
import { RetryBudget } from './policies/retry-budget.ts'
import { isTransientStatus, mayRetry, retryPauseMs, type Outcome } from './policies/retry.ts'

/** Sends requests: whether and when they may be sent, and whether a failed attempt is retried. */
export class Exchanger {
  readonly #settings: HttpSettings
  readonly #blocklist: Blocklist
  readonly #budget = new RetryBudget()
  readonly #pauses: RetryAfterPauses

  constructor(settings: HttpSettings, blocklist: Blocklist, pauses?: PauseBoard) {
    this.#pauses = new RetryAfterPauses(pauses, settings.now)
    this.#settings = settings
    this.#blocklist = blocklist
  }

  async exchange(given: HttpRequest, call: Call): Promise<HttpResponse> {
    const request = ownProperties(given)
    const context = contextOf(request, call.operation)
    const { origin = '' } = context
    // All requests of a call are to the same partner, or to the directory before any partner.
    call.parties = [origin, request.organization, request.servedBy]
    this.#blocklist.refuse(call.parties, context)
    const pauses = request.pacesItself === true ? undefined : this.#pauses
    for (let number = 1; ; number += 1) {
      call.deadline.throwIfOver()
      const waiting = pauses?.wait(request.base, call, context, this.#fraction)
      const standIn = waiting && (await waiting)
      if (standIn !== undefined) return standIn
      const { form, json } = request
      const body = typeof form === 'function' ? await form() : (form ?? json)
      const sentBefore = (request.sentBefore ?? 0) + number - 1
      let outcome: Outcome
      try {
        outcome = await attemptThroughGate(
          this.#setupOf(request, sentBefore),
          request,
          body,
          call,
          context,
        )
      } catch (error) {
        outcome = retryableFailure(error, call)
      }
      if (!(outcome instanceof TransportError)) {
        request.onResponse?.(outcome)
        if (!isTransientStatus(outcome.status)) this.#budget.succeeded(origin, number - 1)
        pauses?.startFor(request.base, outcome)
      }
      const waitMs = this.#pauseBeforeRetry(request, number, outcome)
      if (waitMs === undefined || waitMs >= call.deadline.remainingMs || !this.#pay(origin)) {
        if (outcome instanceof TransportError) throw outcome
        return outcome
      }
      this.#reportRetry(call, request, origin, number, waitMs, outcome)
      await call.deadline.pause(waitMs)
    }
  }

  /** Milliseconds until the next attempt; undefined where there is none. */
  #pauseBeforeRetry({ retry }: HttpRequest, number: number, outcome: Outcome): number | undefined {
    const status = outcome instanceof TransportError ? undefined : outcome.status
    return mayRetry(retry, number, status)
      ? retryPauseMs(number, outcome, this.#fraction)
      : undefined
  }

  /**
   * Takes one retry from the origin's budget; retrying on a closed connection counts, too: some
   * servers close them all.
   */
  #pay(origin: string): boolean {
    if (this.#budget.take(origin)) return true
    this.#settings.emit({ type: 'http.retries-spent', origin })
    return false
  }

  #reportRetry(
    { operation }: Call,
    { pathTemplate }: HttpRequest,
    origin: string,
    number: number,
    waitMs: number,
    outcome: Outcome,
  ): void {
    this.#settings.emit({
      type: 'http.retry',
      ...{ operation, origin, pathTemplate },
      attempt: number,
      waitMs: Math.round(waitMs),
      why: outcome instanceof TransportError ? outcome.code : String(outcome.status),
    })
  }

  readonly #fraction = (): number => fractionOf(this.#settings.randomUUID())

  #setupOf(
    { kind, attemptTimeoutMs, maxBytes = Infinity }: HttpRequest,
    sentBefore: number,
  ): AttemptSetup {
    const { transport, policy, now, userAgent, bodyLimits, observer } = this.#settings
    return {
      transport,
      policy,
      now,
      userAgent,
      observer,
      bodyLimit: Math.min(bodyLimits[kind], maxBytes),
      timeoutMs: this.#settings.attemptTimeoutMs ?? attemptTimeoutMs,
      sentBefore,
    }
  }
}

/** An attempt, once the call's gate lets it pass. Not async: every request passes here. */
function attemptThroughGate(
  setup: AttemptSetup,
  request: HttpRequest,
  body: string | undefined,
  { gate, deadline }: Call,
  context: ErrorContext,
): Promise<HttpResponse> {
  if (gate === undefined) return attempt(setup, request, body, deadline, context)
  const { origin = '' } = context
  const base = pauseKeyOf(request.base ?? request.url, origin)
  return gate.pass({ origin, base, kind: request.kind }, deadline.aborter, () =>
    attempt(setup, request, body, deadline, context),
  )
}

/** The failure, if another attempt might succeed. Any other is thrown. */
function retryableFailure(error: unknown, call: Call): TransportError {
  call.deadline.throwIfOver()
  if (error instanceof TransportError && error.retryable) return error
  throw error
}

function contextOf(
  { url, pathTemplate, organization }: HttpRequest,
  operation: string,
): ErrorContext {
  return { operation, organization, origin: parseUrl(url)?.origin, pathTemplate }
}
