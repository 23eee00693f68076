import { encode } from 'jose/base64url'
import { ConfigurationError, SignerError } from '../errors.ts'
import { limited, untilAborted } from '../lib/abort.ts'
import {
  requireFunction,
  requireBoolean,
  requireObject,
  requireOneOf,
  requirePositive,
  requireSignal,
  requireText,
  requireTexts,
} from '../lib/arguments.ts'
import { emitter, type Emit } from '../lib/emitter.ts'
import { LocalSigner } from '../signers/local-signer.ts'
import { checkSigner, jwsSignature, SignerFacts, verifySignature } from '../signers/public-key.ts'
import type { Signer, SignerSource, SigningAlgorithm } from '../signers/signer.ts'
import type { Bytes, ClientEvent, JsonValue, Mode } from '../types.ts'
import { jsonCopy, requireClaims } from './context.ts'
import { chooseAlgorithm } from './choose-algorithm.ts'

/** How client assertions are made. */
export interface AssertionSignerOptions {
  /** `iss` and `sub` of the assertion. */
  clientId: string
  signer: SignerSource
  /** Default `carequality-legacy`; it decides between `x5c` and `kid`. */
  mode?: Mode | undefined
  /** Milliseconds between `iat` and `exp`. Default 240,000, at least 10,000, at most 300,000. */
  lifetimeMs?: number | undefined
  /** Whether the header carries the certificates. Default: in `carequality-legacy` where the signer has some. */
  x5c?: boolean | undefined
  /** Further header members, for example `typ` or `jku`. */
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
  /** `aud`: the token endpoint, with the very bytes that were published. */
  audience: string
  /** In place of the signer's own. */
  clientId?: string | undefined
  mode?: Mode | undefined
  /** Algorithms that the server lists; undefined where it lists none. */
  algorithms?: readonly string[] | undefined
  claims?: Readonly<Record<string, JsonValue>> | undefined
  signal?: AbortSignal | undefined
}

const WHERE = { operation: 'assertion.sign' }
const PROTOCOL_HEADERS = ['alg', 'kid', 'x5c', 'crit', 'b64', 'jwk']
const LONGEST_LIFE_MS = 300_000
/** With `iat` set back, anything much shorter would have ended before it is read. */
const SHORTEST_LIFE_MS = 10_000
/** `iat` lies this far back, because servers refuse one that is ahead of their clock. */
const BACKDATED_MS = 5_000

/**
 * Signs client assertions, a new one for each attempt. The key may be anywhere: what a signer other
 * than our own gives back is verified with the public key before it is used.
 *
 * @example
 * ```ts
 * const assertions = new AssertionSigner({ clientId: 'fhir.example.org', signer })
 * const jwt = await assertions.sign({ audience: 'https://as.example.org/token' })
 * ```
 *
 * @see [RFC 7523, section 3](https://www.rfc-editor.org/rfc/rfc7523#section-3)
 */
export class AssertionSigner {
  readonly clientId: string
  /** @internal */
  readonly mode: Mode
  readonly #source: SignerSource
  readonly #x5c: boolean | undefined
  readonly #lifetimeS: number
  readonly #signerTimeoutMs: number
  readonly #headers: Readonly<Record<string, JsonValue>>
  readonly #claims: Readonly<Record<string, JsonValue>>
  readonly #now: () => number
  readonly #randomUUID: () => string
  readonly #emit: Emit
  readonly #facts = new WeakMap<Signer, SignerFacts>()

  /** Throws `TypeError` for a wrong option. */
  constructor(options: AssertionSignerOptions) {
    requireObject(options, 'options')
    this.clientId = requireText(options.clientId, 'clientId')
    if (typeof options.signer !== 'function') checkSigner(options.signer, 'signer')
    this.#source = options.signer
    this.mode =
      requireOneOf(options.mode, ['carequality-legacy', 'smart-backend'], 'mode') ??
      'carequality-legacy'
    requireBoolean(options.x5c, 'x5c')
    this.#x5c = options.x5c
    this.#lifetimeS = Math.floor(requireLifetime(options.lifetimeMs) / 1000)
    this.#signerTimeoutMs = requirePositive(options.signerTimeoutMs, 'signerTimeoutMs') ?? 15_000
    this.#headers = requireHeaders(options.headers)
    this.#claims = ownClaims(options.claims) ?? {}
    requireFunction(options.now, 'now')
    requireFunction(options.randomUUID, 'randomUUID')
    requireFunction(options.onEvent, 'onEvent')
    this.#now = options.now ?? Date.now
    this.#randomUUID = options.randomUUID ?? (() => crypto.randomUUID())
    this.#emit = emitter(options.onEvent, this.#now)
    if (typeof options.signer !== 'function') this.#factsOf(options.signer) // bad certificates fail here
  }

  /**
   * A compact JWS, good for one request. Throws `ERR_CQ_CERTIFICATE_EXPIRED`,
   * `ERR_CQ_NO_COMMON_ALGORITHM`, or a `SignerError`.
   */
  async sign(request: AssertionRequest): Promise<string> {
    checkRequest(request)
    const { audience, clientId = this.clientId, algorithms, mode = this.mode } = request
    const claims = ownClaims(request.claims)
    const { signal, end } = limited(
      this.#signerTimeoutMs,
      request.signal,
      () =>
        new SignerError(
          'ERR_CQ_SIGNER_TIMEOUT',
          `the signer took longer than ${this.#signerTimeoutMs} ms`,
          WHERE,
        ),
    )
    try {
      const facts = await this.#snapshot(signal)
      this.#refuseExpired(facts)
      const alg = chooseAlgorithm(facts.signer.algorithms, algorithms, mode)
      const header = await this.#header(facts, alg, mode)
      const input = `${base64urlJson(header)}.${base64urlJson(this.#claimsFor(audience, clientId, claims))}`
      return `${input}.${await signature(facts, alg, new TextEncoder().encode(input), signal)}`
    } finally {
      end()
    }
  }

  /** @internal Names the key in caches. A rotating source counts as one key: its old tokens live on. */
  async keyName(): Promise<string> {
    if (typeof this.#source === 'function') return 'rotating'
    return this.#factsOf(this.#source).thumbprint()
  }

  /** One signer for one assertion, so that a rotated key never meets the other's certificate. */
  async #snapshot(signal: AbortSignal): Promise<SignerFacts> {
    const source = this.#source
    if (typeof source !== 'function') return this.#factsOf(source)
    const given = await untilAborted(
      (async () => source())().catch(() => {
        throw new SignerError('ERR_CQ_SIGNER_FAILED', 'the function given as "signer" threw', WHERE)
      }),
      signal,
    )
    checkSigner(given, 'signer()')
    return this.#factsOf(given)
  }

  #factsOf(signer: Signer): SignerFacts {
    const known = this.#facts.get(signer)
    if (known !== undefined) return known
    const facts = new SignerFacts(signer)
    this.#facts.set(signer, facts)
    if (facts.rootLeftOut) this.#emit('assertion.root-left-out')
    return facts
  }

  #refuseExpired({ validity }: SignerFacts): void {
    const now = this.#now()
    if (validity === undefined || (validity.notBefore <= now && now <= validity.notAfter)) return
    const when =
      now > validity.notAfter
        ? `expired on ${day(validity.notAfter)}`
        : `is not valid before ${day(validity.notBefore)}`
    throw new ConfigurationError(
      'ERR_CQ_CERTIFICATE_EXPIRED',
      `the signer's certificate ${when}`,
      WHERE,
    )
  }

  async #header(
    facts: SignerFacts,
    alg: SigningAlgorithm,
    mode: Mode,
  ): Promise<Readonly<Record<string, JsonValue>>> {
    const own = facts.signer.kid
    const kid = mode === 'smart-backend' ? (own ?? (await facts.thumbprint())) : own
    const withChain = (this.#x5c ?? mode === 'carequality-legacy') && facts.x5c.length > 0
    return {
      alg,
      ...(kid === undefined ? {} : { kid }),
      typ: 'JWT',
      ...this.#headers,
      ...(withChain ? { x5c: facts.x5c } : {}),
    }
  }

  #claimsFor(
    audience: string,
    clientId: string,
    claims: AssertionRequest['claims'],
  ): Readonly<Record<string, JsonValue>> {
    const iat = Math.floor((this.#now() - BACKDATED_MS) / 1000)
    return {
      ...this.#claims,
      ...claims,
      iss: clientId,
      sub: clientId,
      aud: audience,
      iat,
      exp: iat + this.#lifetimeS,
      jti: this.#randomUUID(),
    }
  }
}

async function signature(
  facts: SignerFacts,
  alg: SigningAlgorithm,
  data: Bytes,
  signal: AbortSignal,
): Promise<string> {
  const { signer } = facts
  const failed = (what: string): SignerError => new SignerError('ERR_CQ_SIGNER_FAILED', what, WHERE)
  const given: unknown = await untilAborted(
    // A copy: a signer may wipe or change what it is given, and what is sent is what must verify.
    (async () => signer.sign(new Uint8Array(data), { alg, signal }))().catch(() => {
      throw failed('the signer threw')
    }),
    signal,
  )
  const value = jwsSignature(alg, given)
  if (value === undefined) throw failed(`what the signer gave is no ${alg} signature`)
  // Our own keys were proven when they were made.
  if (
    !LocalSigner.owns(signer) &&
    !(await verifySignature(await facts.publicJwk(), alg, data, value))
  ) {
    throw new SignerError(
      'ERR_CQ_INVALID_SIGNATURE',
      `the signer's ${alg} signature does not verify with its public key`,
      WHERE,
    )
  }
  return encode(value)
}

function base64urlJson(value: Readonly<Record<string, JsonValue>>): string {
  return encode(new TextEncoder().encode(JSON.stringify(value)))
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
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
  return jsonCopy(headers)
}

function checkRequest(request: AssertionRequest): void {
  requireObject(request, 'request')
  requireText(request.audience, 'audience')
  if (request.clientId !== undefined) requireText(request.clientId, 'clientId')
  requireOneOf(request.mode, ['carequality-legacy', 'smart-backend'], 'mode')
  requireTexts(request.algorithms, 'algorithms')
  requireSignal(request.signal, 'signal')
}

function ownClaims(claims: AssertionRequest['claims']): AssertionRequest['claims'] {
  if (claims === undefined) return undefined
  requireClaims(claims)
  return jsonCopy(claims)
}
