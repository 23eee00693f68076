import { PolicyError, type ErrorContext } from '../../errors.ts'
import type { TransportResponse } from '../../types.ts'
import { shownOrigin, type Screen } from '../echo.ts'
import { parseUrl } from './parse-url.ts'
import { isAtOrBelow } from './path-scope.ts'

/** 0 is the status of an opaque redirect (browsers). */
export function isRedirect(status: number): boolean {
  return status === 0 || [301, 302, 303, 307, 308].includes(status)
}

/** What decides about a redirect. */
export interface RedirectScope {
  /** The URL that was requested. */
  readonly from: string
  /**
   * Redirects out of it are not followed: the token would be sent along, and other tenants may be
   * beside it.
   */
  readonly base: string | undefined
  /** False for a POST, and after too many hops. */
  readonly mayFollow: boolean
  readonly screen: Screen
}

/** Where a redirect leads. Throws `PolicyError` where it is not followed. */
export function redirectTarget(
  { status, headers }: TransportResponse,
  { from, base, mayFollow, screen }: RedirectScope,
  context: ErrorContext,
): string {
  const location = headers.get('location')
  const target = location === null ? undefined : parseUrl(location, from)
  const refuse = (why: string): never => {
    throw new PolicyError('ERR_CQ_REDIRECT_REFUSED', `the server redirected (${status}) ${why}`, {
      ...context,
      status,
    })
  }
  if (target === undefined) return refuse('to nowhere')
  if (target.origin !== parseUrl(from)?.origin) {
    return refuse(`to another origin${shownOrigin(target, screen)}`)
  }
  if (!mayFollow) return refuse('that is not followed')
  const root = base === undefined ? undefined : parseUrl(base)
  if (root !== undefined && !isAtOrBelow(target, root)) {
    return refuse('that leaves the path of the base')
  }
  return target.href
}
