import { SignerError } from '../errors.ts'
import type { AbortSignalLike } from '../lib/abort.ts'
import { Deadline } from '../lib/deadline.ts'
import { emitter, type Emit } from '../lib/emitter.ts'
import { ownOptions } from '../lib/own.ts'
import { checkSigner } from '../signers/check-signer.ts'
import { SignerFacts } from '../signers/signer-facts.ts'
import type { Signer, SignerSource, SigningAlgorithm } from '../signers/signer.ts'
import type { JsonValue, Mode } from '../types.ts'
import {
  checkRequest,
  ownClaims,
  settingsOf,
  type AssertionRequest,
  type AssertionSettings,
  type AssertionSignerOptions,
} from './assertion-options.ts'
import { assertionSignature, signerFailure } from './assertion-signature.ts'
import { CertificateWatch } from './certificate-watch.ts'
import { chooseAlgorithm } from './choose-algorithm.ts'
import { signingInput } from './signing-input.ts'

/** `iat` is set back by this, because servers reject one that is ahead of their clock. */
const BACKDATED_MS = 5_000

/** Our own signers use no signal, so none is created for them. */
type InternalRequest = Omit<AssertionRequest, 'signal'> & {
  readonly signal?: AbortSignalLike | undefined
}

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
  readonly #settings: AssertionSettings
  readonly #emit: Emit
  readonly #watch: CertificateWatch
  readonly #facts = new WeakMap<Signer, SignerFacts>()

  /** Throws `TypeError` for a wrong option. */
  constructor(given: AssertionSignerOptions) {
    const options = ownOptions(given)
    this.#settings = settingsOf(options)
    this.clientId = this.#settings.clientId
    this.mode = this.#settings.mode
    this.#source = options.signer
    this.#emit = emitter(options.onEvent, this.#settings.now)
    this.#watch = new CertificateWatch(this.#emit, this.#settings.now)
    if (typeof options.signer !== 'function') {
      // Bad certificates fail here; those that expire soon are reported.
      this.#watch.warn(this.#factsOf(options.signer), this.clientId, this.mode)
    }
  }

  /**
   * A compact JWS, good for one request. Throws `ERR_CQ_CERTIFICATE_EXPIRED`,
   * `ERR_CQ_NO_COMMON_ALGORITHM`, or a `SignerError`.
   */
  async sign(request: AssertionRequest): Promise<string> {
    const copy = ownOptions(request, 'request')
    checkRequest(copy)
    copy.claims = ownClaims(copy.claims)
    return this.signWith(await this.current(copy.signal), copy)
  }

  /**
   * @internal One snapshot of the signer for each assertion, so that a rotated key never meets the
   * other's certificate.
   */
  async current(signal: AbortSignalLike | undefined): Promise<SignerFacts> {
    const source = this.#source
    if (typeof source !== 'function') return this.#factsOf(source)
    const given = await this.#inTime(signal, (deadline) =>
      deadline.race(
        (async () => source())().catch((error: unknown) => {
          throw signerFailure(error, 'the function given as "signer" threw')
        }),
      ),
    )
    checkSigner(given, 'signer()')
    return this.#factsOf(given)
  }

  /** @internal The clock offset is added to ours: how far the token endpoint's clock is ahead. */
  async signWith(facts: SignerFacts, request: InternalRequest, clockOffsetMs = 0): Promise<string> {
    const { clientId = this.clientId } = request
    return this.signClaims(facts, this.#claimsFor(request, clientId, clockOffsetMs), request)
  }

  /** @internal A JWT of any claims, under the same header and with the same checks. */
  async signClaims(
    facts: SignerFacts,
    claims: Readonly<Record<string, JsonValue>>,
    {
      clientId = this.clientId,
      mode = this.mode,
      algorithms,
      signal,
    }: Omit<InternalRequest, 'audience'>,
  ): Promise<string> {
    this.#watch.refuseExpired(facts)
    this.#watch.warn(facts, clientId, mode)
    const alg = chooseAlgorithm(facts.signer.algorithms, algorithms, mode)
    const header = await this.#header(facts, alg, mode)
    const { text, bytes } = signingInput(header, claims)
    const signature = await this.#inTime(signal, (deadline) =>
      assertionSignature(facts, alg, bytes, deadline),
    )
    return `${text}.${signature}`
  }

  /** @internal The signer in use. */
  get source(): SignerSource {
    return this.#source
  }

  /** @internal What every assertion contains besides what a request asks for. */
  get staticAssertionFields(): Readonly<Record<string, JsonValue>> {
    const { iss = null, headers, claims } = this.#settings
    return { iss, headers, claims }
  }

  async #inTime<T>(
    caller: AbortSignalLike | undefined,
    work: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const { signerTimeoutMs } = this.#settings
    const deadline = new Deadline(
      signerTimeoutMs,
      () =>
        new SignerError(
          'ERR_CQ_SIGNER_TIMEOUT',
          `the signer took longer than ${signerTimeoutMs} ms`,
          { operation: 'assertion.sign' },
        ),
      { aborter: caller },
    )
    try {
      return await work(deadline)
    } finally {
      deadline.end()
    }
  }

  #factsOf(signer: Signer<SigningAlgorithm>): SignerFacts {
    const known = this.#facts.get(signer)
    if (known !== undefined) return known
    const facts = new SignerFacts(signer)
    this.#facts.set(signer, facts)
    if (facts.rootLeftOut) this.#emit({ type: 'assertion.root-left-out' })
    return facts
  }

  async #header(
    facts: SignerFacts,
    alg: SigningAlgorithm,
    mode: Mode,
  ): Promise<Readonly<Record<string, JsonValue>>> {
    const { headers, x5c = mode !== 'smart-backend' } = this.#settings
    const own = facts.signer.kid
    const kid = mode === 'smart-backend' ? (own ?? (await facts.thumbprint())) : own
    return {
      alg,
      ...(kid === undefined ? {} : { kid }),
      typ: 'JWT',
      ...headers,
      ...(x5c && facts.x5c.length > 0 ? { x5c: facts.x5c } : {}),
    }
  }

  #claimsFor(
    { audience, claims, iss = this.#settings.iss }: InternalRequest,
    clientId: string,
    clockOffsetMs: number,
  ): Readonly<Record<string, JsonValue>> {
    const { now, lifetimeS, randomUUID } = this.#settings
    const iat = Math.floor((now() + clockOffsetMs - BACKDATED_MS) / 1000)
    return {
      ...this.#settings.claims,
      ...claims,
      iss: iss ?? clientId,
      sub: clientId,
      aud: audience,
      iat,
      exp: iat + lifetimeS,
      jti: randomUUID(),
    }
  }
}
