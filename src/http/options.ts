import { requireFunction, requireObject, requirePositive, requireText } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { HttpOptions } from '../types.ts'

/** Throws `TypeError` for a wrong option. */
export function requireHttpOptions(options: HttpOptions): void {
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
