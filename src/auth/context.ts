import {
  isRecord,
  requireObject,
  requireOneOf,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { DEEPEST, isShallow } from '../lib/depth.ts'
import { requireMode } from '../lib/modes.ts'
import { own, ownOptions } from '../lib/own.ts'
import type { Audience, JsonValue, Mode } from '../types.ts'

/**
 * Who asks, and for what. A token is only good for the context that it was asked in, so every
 * member is part of the token cache key.
 */
export interface AuthorizationContext {
  /** Default `carequality-legacy`. */
  mode?: Mode | undefined
  /** Each EHR may have registered its own. */
  clientId?: string | undefined
  /** The assertion's `iss`, where an old server wants another one than the client id. */
  iss?: string | undefined
  /** Sent verbatim. Default `system/Patient.read`, or `system/Patient.rs` where a SMART server takes only that form. */
  scope?: string | undefined
  /** The assertion's `aud`. Default `'token-endpoint'`. */
  audience?: Audience | undefined
  /** Why you ask. Tokens are kept apart by it; mode `udap` writes it into the assertion, the others have no place for it. */
  purposeOfUse?: string | readonly string[] | undefined
  /** Further claims of the assertion, for example `{ extensions: { 'hl7-b2b': … } }`. */
  claims?: Readonly<Record<string, JsonValue>> | undefined
}

/** Claims that the library itself fills. */
const PROTOCOL_CLAIMS = ['iss', 'sub', 'aud', 'iat', 'exp', 'nbf', 'jti']

/** Throws `TypeError` unless the context is well-formed. */
export function requireContext(given: AuthorizationContext, option = 'context'): void {
  const context = ownOptions(given, option)
  requireMode(context.mode)
  if (context.clientId !== undefined) requireText(context.clientId, 'clientId')
  if (context.iss !== undefined) requireText(context.iss, 'iss')
  if (context.scope !== undefined) requireScope(context.scope)
  if (context.claims !== undefined) requireClaims(context.claims)
  if (typeof context.purposeOfUse === 'string') requireText(context.purposeOfUse, 'purposeOfUse')
  else requireTexts(context.purposeOfUse, 'purposeOfUse')
  if (isRecord(context.audience)) requireText(own(context.audience).text, 'audience.text')
  else requireOneOf(context.audience, ['token-endpoint', 'issuer'], 'audience')
}

/**
 * A copy that later changes do not reach, of own members only. Throws `TypeError` unless the context
 * is well-formed.
 */
export function copyContext(given: AuthorizationContext, option = 'context'): AuthorizationContext {
  requireObject(given, option)
  const context = joinContexts(own(given))
  requireContext(context, option)
  const { audience, purposeOfUse, claims } = context
  if (isRecord(audience)) context.audience = Object.freeze({ text: audience.text })
  if (isList(purposeOfUse)) context.purposeOfUse = Object.freeze([...purposeOfUse])
  if (claims !== undefined) context.claims = jsonCopy(claims, 'claims')
  return context
}

function isList(value: AuthorizationContext['purposeOfUse']): value is readonly string[] {
  return Array.isArray(value)
}

/** The contexts joined: what a later one sets takes the place of an earlier one's, member by member. */
export function joinContexts(
  ...contexts: readonly (AuthorizationContext | undefined)[]
): AuthorizationContext {
  const joined: AuthorizationContext = own({})
  for (const context of contexts) {
    const { mode, clientId, iss, scope, audience, purposeOfUse, claims } = own(context ?? {})
    if (mode !== undefined) joined.mode = mode
    if (clientId !== undefined) joined.clientId = clientId
    if (iss !== undefined) joined.iss = iss
    if (scope !== undefined) joined.scope = scope
    if (audience !== undefined) joined.audience = audience
    if (purposeOfUse !== undefined) joined.purposeOfUse = purposeOfUse
    if (claims !== undefined) joined.claims = claims
  }
  return joined
}

/** Throws unless the text is a scope list ([RFC 6749, section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)). */
export function requireScope(value: unknown): string {
  const scope = requireText(value, 'scope')
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)) {
    throw new TypeError('"scope" must be scopes separated by single spaces')
  }
  return scope
}

/** Throws where claims would replace what the protocol fixes. */
export function requireClaims(claims: unknown): void {
  requireObject(claims, 'claims')
  const taken = PROTOCOL_CLAIMS.find((name) => Object.hasOwn(claims as object, name))
  if (taken !== undefined)
    throw new TypeError(`"claims" must not hold "${taken}", which the library sets`)
  if (!isShallow(claims))
    throw new TypeError(`"claims" must not be nested deeper than ${DEEPEST} levels`)
}

/** A copy that later changes do not reach, as it will stand on the wire: a date is its text already. */
export function jsonCopy<T extends object>(value: T, option: string): T {
  try {
    return JSON.parse(JSON.stringify(value)) as T
  } catch {
    throw new TypeError(`"${option}" must be something that JSON can carry`)
  }
}

/** Whose resources those are that a cache keeps: every member of the context counts. */
export function contextKey(context: AuthorizationContext): string {
  const { mode = null, clientId = null, iss = null, scope = null } = context
  const { audience = null, purposeOfUse = null, claims = null } = context
  return canonicalJson([mode, clientId, iss, scope, audience, purposeOfUse, claims])
}
