/** Trust of UDAP communities: from the certificates of a JWS header to an anchor. */
import { TrustError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import { HttpClient } from '../http/client.ts'
import { requireObject, requirePositive, requireText } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'
import type { CallOptions } from '../types.ts'
import { ByteCache } from './byte-cache.ts'
import { TrustFetcher } from './trust-fetch.ts'
import {
  trustRules,
  type TrustCommunity,
  type TrustRules,
  type TrustStoreOptions,
} from './trust-options.ts'
import { TrustSources } from './trust-sources.ts'
import type { VerifiedChain } from '../udap-facts.ts'
import { ChainFacts } from './verified-chain.ts'
import type { X509Certificate } from './x509/4.1-certificate.ts'
import { SignatureChecks } from './x509/4.1.1.3-signature.ts'
import { isFailure, failure, type TrustFailure } from './x509/failure.ts'
import { revocationFailure, type RevocationCheck } from './x509/revocation.ts'
import {
  findPath,
  PathBudget,
  type PathSearch,
  type ValidPath,
} from './x509/rfc4158-path-building.ts'
import { readX5c } from './x509/x5c.ts'

const DEFAULT_CACHE_BYTES = 32e6
/** The share of the cache for certificates that were proven. */
const CERTIFICATES_PART = 1 / 8
/** A parsed certificate takes several times the memory of its DER. */
const PARSED_FACTOR = 8

/** Which chain, and for what. */
export interface VerifyOptions extends CallOptions {
  /** The community whose anchors count. May be left out where the store has only one. */
  community?: string | undefined
}

/** The result inside the library: also the proven leaf, whose key verifies what it signed. */
export interface ProvenChain {
  readonly rules: TrustRules
  readonly path: ValidPath
  readonly leaf: X509Certificate
  readonly warnings: readonly TrustFailure[]
}

/**
 * Anchors by community, and everything that verification keeps between two calls. Make one for a
 * process and share it.
 */
export class TrustStore {
  readonly #rules: readonly TrustRules[]
  readonly #http: HttpClient
  readonly #fetcher: TrustFetcher
  readonly #known: ByteCache<X509Certificate>
  readonly #facts = new ChainFacts()
  /** @internal */
  readonly checks: SignatureChecks = new SignatureChecks()

  /** @internal */
  constructor(communities: readonly TrustCommunity[], options: TrustStoreOptions) {
    requireObject(options, 'options')
    const given = ownProperties(options)
    const bytes = requirePositive(given.maxCacheBytes, 'maxCacheBytes') ?? DEFAULT_CACHE_BYTES
    this.#rules = trustRules(communities)
    this.#http = new HttpClient(given)
    this.#fetcher = new TrustFetcher(this.#http, bytes * (1 - CERTIFICATES_PART))
    this.#known = new ByteCache(bytes * CERTIFICATES_PART)
  }

  /** The URIs of its communities. */
  get communities(): readonly string[] {
    return this.#rules.map(({ community }) => community)
  }

  /**
   * Verifies the certificates of an `x5c` header, leaf first: path, validity, constraints and
   * revocation. The order of the others does not matter, and none of them is an anchor.
   *
   * @example
   * ```ts
   * const chain = await trust.verify(header.x5c, { community: 'urn:oid:2.16.840.1.113883.3.7204.1.5' })
   * console.log(chain.explanation)
   * ```
   *
   * @throws `TrustError` with step, reason and the certificate's position.
   * @see [RFC 5280, section 6](https://www.rfc-editor.org/rfc/rfc5280#section-6)
   */
  async verify(x5c: readonly string[], options: VerifyOptions = {}): Promise<VerifiedChain> {
    requireObject(options, 'options')
    const rules = this.#rulesOf(ownProperties(options).community)
    return this.#http.call('udap.verify', options, async (call) => {
      const proven = await this.prove(x5c, rules.community, call)
      if (isFailure(proven)) throw trustError(proven, 'udap.verify')
      return this.describe(proven)
    })
  }

  /**
   * @internal The same without facts, under a call of another client. `checkLeaf` comes before the
   * path is built: what a certificate did not sign is no reason to look at who issued it.
   */
  async prove(
    x5c: unknown,
    community: string,
    call: Call,
    checkLeaf?: (leaf: X509Certificate) => Promise<TrustFailure | undefined>,
  ): Promise<ProvenChain | TrustFailure> {
    const rules = this.#rulesOf(community)
    const now = this.#http.now()
    const certificates = readX5c(x5c, (text) => this.#known.get(text, now))
    if (isFailure(certificates)) return certificates
    const [leaf, ...others] = certificates
    if (leaf === undefined) return failure('x5c', 'missing', 'it carries no list of certificates')
    const unsigned = await checkLeaf?.(leaf)
    if (unsigned !== undefined) return unsigned
    const warnings: TrustFailure[] = []
    const sources = new TrustSources(this.#fetcher, rules, call)
    const search: PathSearch = {
      anchors: rules.anchors,
      pool: [...others, ...rules.intermediates],
      checks: this.checks,
      budget: new PathBudget(),
      at: now,
    }
    const check: RevocationCheck = { sources, onUnknown: rules.onUnknown, warnings, search }
    // Whatever ends this before there is an outcome, what was fetched for it is not used again.
    let inDoubt = true
    try {
      const path = await findPath(leaf, {
        ...search,
        accepts: (candidate) => {
          call.deadline.throwIfOver()
          warnings.length = 0
          return revocationFailure(candidate, check)
        },
        moreIssuers: rules.fetchIssuers
          ? (certificate) => sources.issuersOf(certificate)
          : undefined,
      })
      inDoubt = isInDoubt(path, warnings)
      if (isFailure(path)) return path
      this.#remember(x5c, certificates, path)
      return { rules, path, leaf, warnings }
    } finally {
      if (inDoubt) sources.forget()
    }
  }

  /** @internal A proven chain as callers see it. */
  describe({ rules, path, warnings }: ProvenChain): Promise<VerifiedChain> {
    return this.#facts.of(rules.community, path, warnings)
  }

  /** Aborts what is pending; later calls are rejected. */
  async close(): Promise<void> {
    await this.#http.close()
  }

  /** Only those of a proven path: a stranger's certificates must not evict others. */
  #remember(x5c: unknown, certificates: readonly X509Certificate[], path: ValidPath): void {
    if (!Array.isArray(x5c)) return
    for (const [index, certificate] of certificates.entries()) {
      const text: unknown = x5c[index]
      if (typeof text !== 'string' || !path.certificates.includes(certificate)) continue
      if (this.#known.get(text, certificate.notBefore) !== undefined) continue
      this.#known.set(
        text,
        certificate,
        PARSED_FACTOR * certificate.der.length,
        certificate.notAfter,
      )
    }
  }

  #rulesOf(community: string | undefined): TrustRules {
    if (community !== undefined) requireText(community, 'community')
    const [only, ...more] = this.#rules
    const found =
      community === undefined
        ? more.length === 0 && only
        : this.#rules.find((rules) => rules.community === community)
    if (!found) throw new TypeError('"community" must be one of the communities of the trust store')
    return found
  }
}

/** A verified list that revokes leaves no doubt: a revoked certificate must not cost a download each time. */
function isInDoubt(path: ValidPath | TrustFailure, warnings: readonly TrustFailure[]): boolean {
  return isFailure(path)
    ? path.step === 'revocation' && path.reason !== 'certificate-revoked'
    : warnings.length > 0
}

/**
 * Whom to trust, by community. Nothing is fetched or verified until a chain is.
 *
 * @example
 * ```ts
 * const trust = trustStore([
 *   { community: 'urn:oid:2.16.840.1.113883.3.7204.1.5', anchors: [rootPem], intermediates: [caPem] },
 * ])
 * ```
 *
 * @throws TypeError for anything that is no certificate, and for anchors that cannot be one.
 */
export function trustStore(
  communities: readonly TrustCommunity[],
  options: TrustStoreOptions = {},
): TrustStore {
  return new TrustStore(communities, options)
}

/** A failure as the error that callers get. */
export function trustError(
  { step, reason, text, position }: TrustFailure,
  operation: string,
  origin?: string,
): TrustError {
  const which = position === undefined ? '' : ` of certificate ${position}`
  const what = `verification failed at step "${step}"${which}: ${text} (${reason})`
  return new TrustError('ERR_CQ_UNTRUSTED', what, { operation, origin }, { step, reason, position })
}
