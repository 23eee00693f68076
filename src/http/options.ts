/** The network options of a client: checked once, and completed with their defaults. */
import { requireFunction, requireObject, requirePositive, requireText } from '../lib/arguments.ts'
import type { Emit } from '../lib/emitter.ts'
import { ownIfGiven, ownOptions } from '../lib/own.ts'
import { clockOf, identifiersOf } from '../lib/sources.ts'
import type { HttpOptions, Transport } from '../types.ts'
import { VERSION } from '../version.ts'
import type { BodyKind } from './messages.ts'
import { observerOf, watchedEmitter, type Observer } from './observer.ts'
import { UrlPolicy } from './policies/egress.ts'
import { kyTransport } from './transport/ky-transport.ts'
import { platformTransport } from './transport/platform-transport.ts'

const BODY_LIMITS: Readonly<Record<BodyKind, number>> = {
  token: 64e3,
  metadata: 8e6,
  page: 16e6,
  binary: 256e6,
  certificate: 10e6,
}

/** What every request of a client shares. */
export interface HttpSettings {
  readonly transport: Transport
  readonly policy: UrlPolicy
  readonly now: () => number
  readonly randomUUID: () => string
  readonly emit: Emit
  readonly observer: Observer | undefined
  readonly userAgent: string
  readonly timeoutMs: number
  /** Override the times of the rooms. */
  readonly attemptTimeoutMs: number | undefined
  readonly bodyLimits: Readonly<Record<BodyKind, number>>
}

/** Throws `TypeError` for a wrong option. */
export function httpSettings(given: HttpOptions, defaultTimeoutMs: number): HttpSettings {
  const options = ownOptions(given)
  checkOptions(options)
  const now = clockOf(options.now)
  const observer = observerOf(options.instrumentation)
  return {
    transport: transportOf(options),
    policy: new UrlPolicy(options),
    now,
    randomUUID: identifiersOf(options.randomUUID),
    emit: watchedEmitter(options.onEvent, observer, now),
    observer,
    userAgent: options.userAgent ?? `carequality-fhir/${VERSION}`,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    attemptTimeoutMs: options.attemptTimeoutMs,
    bodyLimits: bodyLimitsOf(options),
  }
}

function transportOf({ transport, fetch }: HttpOptions): Transport {
  return transport ?? (fetch === undefined ? platformTransport() : kyTransport(fetch))
}

function bodyLimitsOf({ bodyLimits }: HttpOptions): HttpSettings['bodyLimits'] {
  const limits = ownIfGiven(bodyLimits, 'bodyLimits')
  const limitOf = (kind: BodyKind): number =>
    requirePositive(limits?.[kind], `bodyLimits.${kind}`) ?? BODY_LIMITS[kind]
  return {
    token: limitOf('token'),
    metadata: limitOf('metadata'),
    page: limitOf('page'),
    binary: limitOf('binary'),
    certificate: limitOf('certificate'),
  }
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
}
