/** The options of client assertions, and their checks. */
import {
  jsonCopy,
  requireBoolean,
  requireFunction,
  requireObject,
  requirePositive,
  requireSignal,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { requireMode } from '../lib/modes.ts'
import { clockOf, identifiersOf } from '../lib/sources.ts'
import { checkSigner } from '../signers/check-signer.ts'
import type { SignerSource } from '../signers/signer.ts'
import type { ClientEvent, JsonValue, Mode } from '../types.ts'
import { requireClaims } from './identity.ts'

/** How client assertions are made. */
export interface AssertionSignerOptions {
  /** `iss` and `sub` of the assertion. */
  clientId: string
  signer: SignerSource
  /** Default `carequality-legacy`; decides between `x5c` and `kid`. `udap` sends `x5c`. */
  mode?: Mode | undefined
  /** `iss` where an old server wants another one than `sub`. Default: the client id. */
  iss?: string | undefined
  /** Milliseconds between `iat` and `exp`. Default 240,000, at least 10,000, at most 300,000. */
  lifetimeMs?: number | undefined
  /** Whether the header carries the certificates. Default: in `carequality-legacy` and `udap` where the signer has some. */
  x5c?: boolean | undefined
  /** Further header members, for example `jku`, or `typ: 'client-authentication+jwt'` for servers that follow RFC 7523's successor. */
  headers?: Readonly<Record<string, JsonValue>> | undefined
  /** Further claims of every assertion. */
  claims?: Readonly<Record<string, JsonValue>> | undefined
  /** Milliseconds that a signer may take for one signature. Default 15,000. */
  signerTimeoutMs?: number | undefined
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
  /** Source of `jti`. Default `crypto.randomUUID`. */
  randomUUID?: (() => string) | undefined
  onEvent?: ((event: ClientEvent) => void) | undefined
}

/** One assertion to be signed. */
export interface AssertionRequest {
  /** `aud`: the token endpoint, exactly as published. */
  audience: string
  /** Instead of the signer's own. */
  clientId?: string | undefined
  /** Instead of the signer's own `iss`; default: the client id. */
  iss?: string | undefined
  mode?: Mode | undefined
  /** Algorithms that the server lists; undefined where it lists none. */
  algorithms?: readonly string[] | undefined
  claims?: Readonly<Record<string, JsonValue>> | undefined
  signal?: AbortSignal | undefined
}

const PROTOCOL_HEADERS = ['alg', 'kid', 'x5c', 'crit', 'b64', 'jwk']
const LONGEST_LIFE_MS = 300_000
/** `iat` is set back, so a much shorter assertion could expire before the server reads it. */
const SHORTEST_LIFE_MS = 10_000

/** The options with their defaults, copied so that later changes do not reach them. Throws `TypeError`. */
export interface AssertionSettings {
  readonly clientId: string
  readonly mode: Mode
  readonly iss: string | undefined
  readonly x5c: boolean | undefined
  readonly lifetimeS: number
  readonly signerTimeoutMs: number
  readonly headers: Readonly<Record<string, JsonValue>>
  readonly claims: Readonly<Record<string, JsonValue>>
  readonly now: () => number
  readonly randomUUID: () => string
}

/** Throws `TypeError` for a wrong option. */
export function settingsOf(options: AssertionSignerOptions): AssertionSettings {
  if (typeof options.signer !== 'function') checkSigner(options.signer, 'signer')
  requireBoolean(options.x5c, 'x5c')
  requireFunction(options.now, 'now')
  requireFunction(options.randomUUID, 'randomUUID')
  requireFunction(options.onEvent, 'onEvent')
  return {
    clientId: requireText(options.clientId, 'clientId'),
    mode: requireMode(options.mode) ?? 'carequality-legacy',
    iss: options.iss === undefined ? undefined : requireText(options.iss, 'iss'),
    x5c: options.x5c,
    lifetimeS: Math.floor(requireLifetime(options.lifetimeMs) / 1000),
    signerTimeoutMs: requirePositive(options.signerTimeoutMs, 'signerTimeoutMs') ?? 15_000,
    headers: requireHeaders(options.headers),
    claims: ownClaims(options.claims) ?? {},
    now: clockOf(options.now),
    randomUUID: identifiersOf(options.randomUUID),
  }
}

/** Throws `TypeError` unless the request is well-formed. */
export function checkRequest(request: AssertionRequest): void {
  requireObject(request, 'request')
  requireText(request.audience, 'audience')
  if (request.clientId !== undefined) requireText(request.clientId, 'clientId')
  if (request.iss !== undefined) requireText(request.iss, 'iss')
  requireMode(request.mode)
  requireTexts(request.algorithms, 'algorithms')
  requireSignal(request.signal, 'signal')
}

/** A copy of claims that the library does not fill itself. */
export function ownClaims(claims: AssertionRequest['claims']): AssertionRequest['claims'] {
  if (claims === undefined) return undefined
  requireClaims(claims)
  return jsonCopy(claims, 'claims')
}

function requireLifetime(value: unknown): number {
  const lifetimeMs = requirePositive(value, 'lifetimeMs') ?? 240_000
  if (lifetimeMs < SHORTEST_LIFE_MS || lifetimeMs > LONGEST_LIFE_MS) {
    throw new TypeError(`"lifetimeMs" must be from ${SHORTEST_LIFE_MS} to ${LONGEST_LIFE_MS}`)
  }
  return lifetimeMs
}

function requireHeaders(
  headers: AssertionSignerOptions['headers'],
): Readonly<Record<string, JsonValue>> {
  if (headers === undefined) return {}
  requireObject(headers, 'headers')
  const taken = PROTOCOL_HEADERS.find((name) => Object.hasOwn(headers, name))
  if (taken !== undefined)
    throw new TypeError(`"headers" must not hold "${taken}", which the library sets`)
  return jsonCopy(headers, 'headers')
}
