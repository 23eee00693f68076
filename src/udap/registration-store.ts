/** Where registrations are stored, for one process or for many. */
import { requireFunction } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { clockOf } from '../lib/sources.ts'
import type { Awaitable } from '../types.ts'

/** A stored registration. Nothing in it is secret. */
export interface Registration {
  readonly clientId: string
  /** As granted. */
  readonly scope: string
  /** As granted. */
  readonly grantTypes: readonly string[]
  /** SHA-256 of the leaf certificate that was used, in base64url. */
  readonly leafThumbprint: string
  /** When it was granted, in milliseconds since the epoch. */
  readonly at: number
  /** When a registration that the server had lost was last renewed, in milliseconds since the epoch: once an hour at most, whichever process asks. */
  readonly renewedAt?: number | undefined
}

/**
 * Where registrations are kept. A server that is asked to register a client again changes or replaces
 * the registration, so that all processes that use one client URI should share one store. Each call
 * has 5 s; what a store throws is `ERR_CQ_REGISTRATION_STORE_FAILED`, and nothing is registered then.
 *
 * Keys are texts of at most some kilobytes. Every member of a registration is kept: versions to come
 * may add some. A refusal that is remembered is stored as a registration without grants.
 */
export interface RegistrationStore {
  get(key: string, options: { signal: AbortSignal }): Awaitable<Registration | undefined>
  set(key: string, registration: Registration, options: { signal: AbortSignal }): Awaitable<void>
  delete(key: string, options: { signal: AbortSignal }): Awaitable<void>
  /**
   * Lets one process register: a function that releases the lease, or undefined if another process
   * has it. It expires after `ms` milliseconds.
   */
  lease(
    key: string,
    options: { ms: number; signal: AbortSignal },
  ): Awaitable<(() => Awaitable<void>) | undefined>
}

/**
 * A {@link RegistrationStore} in memory: for one process, or for tests. A process that starts anew
 * registers anew.
 *
 * @param options `now`: milliseconds since the epoch, default `Date.now`.
 */
export function memoryRegistrations(
  options: { now?: (() => number) | undefined } = {},
): RegistrationStore {
  const { now } = ownOptions(options)
  requireFunction(now, 'now')
  const clock = clockOf(now)
  const registrations = new Map<string, Registration>()
  const leases = new Map<string, { readonly endsAt: number }>()
  return {
    get: (key) => registrations.get(key),
    set: (key, registration) => {
      registrations.set(key, Object.freeze({ ...registration }))
    },
    delete: (key) => {
      registrations.delete(key)
    },
    lease: (key, { ms }) => {
      if ((leases.get(key)?.endsAt ?? -Infinity) > clock()) return undefined
      const lease = { endsAt: clock() + ms }
      leases.set(key, lease)
      return () => {
        if (leases.get(key) === lease) leases.delete(key)
      }
    },
  }
}

/** Throws `TypeError` unless `value` has the shape of a store. */
export function requireRegistrationStore(value: unknown, option: string): void {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`"${option}" must be a registration store`)
  }
  for (const name of ['get', 'set', 'delete', 'lease'] as const) {
    requireFunction(Reflect.get(value, name), `${option}.${name}`, 'needed')
  }
}
