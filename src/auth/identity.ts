import {
  isRecord,
  jsonCopy,
  requireObject,
  requireOneOf,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { DEEPEST, isShallow } from '../lib/depth.ts'
import { checkMembers, keyOf, membersOf, setMembers, type MemberRules } from '../lib/members.ts'
import { requireMode } from '../lib/modes.ts'
import { ownProperties, ownOptions } from '../lib/own.ts'
import type { Audience, JsonValue, Mode } from '../types.ts'
import { keyedClaims } from './keyed-claims.ts'

/**
 * Who makes a request, and why. A token is only valid for the context that it was requested in, so
 * every member is part of every cache key.
 */
export interface AuthorizationContext {
  /** Default `carequality-legacy`. */
  mode?: Mode | undefined
  /** Each EHR may have registered its own client id. */
  clientId?: string | undefined
  /** The assertion's `iss`, where an old server wants another one than the client id. */
  iss?: string | undefined
  /** Sent verbatim. Default `system/Patient.read`, or `system/Patient.rs` where a SMART server accepts only that form. */
  scope?: string | undefined
  /** The assertion's `aud`. Default `'token-endpoint'`. */
  audience?: Audience | undefined
  /**
   * Why records are requested. Tokens are separated by it; mode `udap` writes it into the
   * assertion, the others have no place for it.
   */
  purposeOfUse?: string | readonly string[] | undefined
  /** Further claims of the assertion, for example `{ extensions: { 'hl7-b2b': … } }`. */
  claims?: Readonly<Record<string, JsonValue>> | undefined
}

/** Claims that the library itself fills. */
const PROTOCOL_CLAIMS = ['iss', 'sub', 'aud', 'iat', 'exp', 'nbf', 'jti']

const asIs = (value: string | undefined): JsonValue => value ?? null

/**
 * The rules for each member: check, join, copy and every cache key follow from this table. The
 * values of `key` are what identities must not share.
 */
export const contextRules: MemberRules<AuthorizationContext> = {
  mode: { check: requireMode, key: asIs },
  clientId: { check: optional((value) => requireText(value, 'clientId')), key: asIs },
  iss: { check: optional((value) => requireText(value, 'iss')), key: asIs },
  scope: { check: optional(requireScope), key: scopeSet },
  audience: {
    check: requireAudience,
    copy: ({ audience }) => ({
      audience: isRecord(audience) ? Object.freeze({ text: audience.text }) : audience,
    }),
    key: (audience) => audience ?? null,
  },
  purposeOfUse: {
    check: requirePurposes,
    copy: ({ purposeOfUse }) => ({
      purposeOfUse: isList(purposeOfUse) ? Object.freeze([...purposeOfUse]) : purposeOfUse,
    }),
    key: (purposes) => purposes ?? null,
  },
  claims: {
    check: optional(requireClaims),
    copy: ({ claims }) => ({ claims: claims && jsonCopy(claims, 'claims') }),
    key: keyedClaims,
  },
}

/** Throws `TypeError` unless the context is well-formed. */
export function requireContext(given: AuthorizationContext, option = 'context'): void {
  checkMembers(contextRules, ownOptions(given, option))
}

/**
 * A copy that later changes do not affect, of own members only. Throws `TypeError` unless the
 * context is well-formed.
 */
export function copyContext(given: AuthorizationContext, option = 'context'): AuthorizationContext {
  requireObject(given, option)
  const context = joinContexts(ownProperties(given))
  requireContext(context, option)
  const copies = membersOf(contextRules).map((name) => contextRules[name].copy?.(context))
  return joinContexts(context, ...copies)
}

/** The contexts joined: a later one's members override an earlier one's. */
export function joinContexts(
  ...contexts: readonly (AuthorizationContext | undefined)[]
): AuthorizationContext {
  const joined: AuthorizationContext = ownProperties({})
  for (const context of contexts) setMembers(contextRules, joined, ownProperties(context ?? {}))
  return joined
}

/** Names a context in the caches of resources. */
export function contextKey(context: AuthorizationContext): string {
  return canonicalJson(keyOf(contextRules, context))
}

/** Throws unless the text is a scope list ([RFC 6749, section 3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)). */
export function requireScope(value: unknown): string {
  const scope = requireText(value, 'scope')
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)) {
    throw new TypeError('"scope" must be scopes separated by single spaces')
  }
  return scope
}

/** Throws where claims would override what the protocol fixes. */
export function requireClaims(claims: unknown): void {
  requireObject(claims, 'claims')
  const protocol = PROTOCOL_CLAIMS.find((name) => Object.hasOwn(claims as object, name))
  if (protocol !== undefined)
    throw new TypeError(`"claims" must not hold "${protocol}", which the library sets`)
  if (!isShallow(claims))
    throw new TypeError(`"claims" must not be nested deeper than ${DEEPEST} levels`)
}

function requireAudience(value: unknown): void {
  if (isRecord(value)) requireText(ownProperties(value).text, 'audience.text')
  else requireOneOf(value, ['token-endpoint', 'issuer'], 'audience')
}

function requirePurposes(value: unknown): void {
  if (typeof value === 'string') requireText(value, 'purposeOfUse')
  else requireTexts(value, 'purposeOfUse')
}

function isList(value: AuthorizationContext['purposeOfUse']): value is readonly string[] {
  return Array.isArray(value)
}

/** Scopes are compared as a set. */
function scopeSet(scope: string | undefined): JsonValue {
  return scope?.split(' ').sort() ?? null
}

function optional(check: (value: unknown) => unknown): (value: unknown) => unknown {
  return (value) => (value === undefined ? undefined : check(value))
}
