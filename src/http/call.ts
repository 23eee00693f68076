import { requirePositive, requireSignal, requireText } from '../lib/arguments.ts'
import { WithLazySignal } from '../lib/abort.ts'
import type { CallerSignals } from '../lib/caller-signals.ts'
import { Deadline } from '../lib/deadline.ts'
import { ownOptions, withMembers } from '../lib/own.ts'
import type { CallOptions } from '../types.ts'
import { callTimedOut } from './policies/deadline.ts'
import type { RequestGate } from './response.ts'

/** What the library adds to the options of its own calls. A symbol, so that no caller's option can be it. */
export const ATTACHED: unique symbol = Symbol('attached')

/** See {@link ATTACHED}. */
export interface Attachment {
  /** All requests of the call pass it, those for tokens and metadata included. */
  readonly gate?: RequestGate | undefined
  /** Sent as `X-Request-Id`. */
  readonly requestId?: string | undefined
}

/** Options of a call that may carry an {@link Attachment}. */
export interface AttachedOptions extends CallOptions {
  readonly [ATTACHED]?: Attachment | undefined
}

/**
 * One call of a user, or work that several calls share: what everything done for it needs to know.
 */
export interface Call {
  /** Its name in events and errors, for example `fhir.read`. */
  readonly operation: string
  /** Its deadline, the user's abort and the client's close in one. */
  readonly deadline: Deadline
  /** Origins and organizations that it involves. */
  parties: readonly (string | undefined)[]
  /** Each of its attempts passes it; without one none is held back. */
  readonly gate: RequestGate | undefined
  /** Which page of a search it requests, from 1. */
  page?: number | undefined
  /** Sent with its requests as `X-Request-Id`, if they are audited or sent twice. */
  requestId?: string | undefined
  /** What the caller says that it is part of. */
  readonly runId?: string | undefined
}

/** A call and how to release it. */
export interface OpenCall extends Call {
  readonly end: () => void
}

/**
 * Opens a call. The user's own signal is never passed on: long-lived ones pile up listeners. Throws
 * `TypeError` for a wrong option.
 */
export function openCall(
  operation: string,
  given: AttachedOptions,
  defaultTimeoutMs: number,
  callers: CallerSignals,
): OpenCall {
  const options = ownOptions(given)
  const timeoutMs = requirePositive(options.timeoutMs, 'timeoutMs') ?? defaultTimeoutMs
  requireSignal(options.signal, 'signal')
  const runId = requireRunId(options.runId)
  const deadline = new Deadline(timeoutMs, () => callTimedOut(operation, timeoutMs))
  const { signal } = options
  const leave = signal === undefined ? undefined : callers.follow(signal, deadline.aborter)
  const end = (): void => {
    deadline.end()
    leave?.()
  }
  const { gate, requestId } = options[ATTACHED] ?? {}
  return { operation, deadline, parties: [], gate, requestId, runId, end }
}

/**
 * Opens a call for work that several calls wait for: it has the time that they have left, and none
 * of its own.
 */
export function openSharedCall(
  operation: string,
  begun: Pick<Call, 'deadline' | 'gate'>,
): OpenCall {
  const deadline = begun.deadline.child(Infinity, () => callTimedOut(operation, Infinity))
  return { operation, deadline, parties: [], gate: begun.gate, end: () => deadline.end() }
}

/**
 * The rest of a call, with `more`, for code that accepts options. A platform signal is only made if
 * it is read.
 */
export function remainderOf<T extends object>(
  call: Call,
  more: T & { readonly signal?: never },
): Remainder & T {
  return withMembers(new RemainingOptions(call), more)
}

interface Remainder {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly [ATTACHED]?: Attachment | undefined
}

class RemainingOptions extends WithLazySignal implements Remainder {
  readonly timeoutMs: number
  readonly [ATTACHED]: Attachment | undefined

  constructor({ deadline, gate }: Call) {
    super(deadline)
    this.timeoutMs = Math.max(1, deadline.remainingMs)
    this[ATTACHED] = gate && { gate }
  }
}

/** The gate of the call that something is a part of. */
export function gateOf(remainder: AttachedOptions): RequestGate | undefined {
  return remainder[ATTACHED]?.gate
}

/** Of what was made by {@link remainderOf} what belongs to the call alone. */
export function limitsOf(remainder: AttachedOptions): AttachedOptions {
  const { signal, timeoutMs } = remainder
  return { signal, timeoutMs, [ATTACHED]: remainder[ATTACHED] }
}

/** The origin and the organization among a call's parties. */
export function partyOf({ parties }: Call): {
  readonly origin: string | undefined
  readonly organization: string | undefined
} {
  return {
    origin: parties.find((party) => party?.includes('://')),
    organization: parties.find((party) => party?.includes('://') === false),
  }
}

function requireRunId(value: unknown): string | undefined {
  if (value === undefined) return undefined
  const text = requireText(value, 'runId')
  if (/^[\x21-\x7e]{1,128}$/.test(text)) return text
  throw new TypeError('"runId" must be 1 to 128 visible ASCII characters')
}
