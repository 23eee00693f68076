/** Fetching, verifying and caching what servers publish at `.well-known/udap`. */
import { DiscoveryError, ResponseError } from '../errors.ts'
import { jsonOf } from '../http/body/text.ts'
import { shownUrl, urlBelow } from '../http/policies/base-url.ts'
import type { Call } from '../http/call.ts'
import type { HttpResponse } from '../http/messages.ts'
import { freshForMs } from '../http/freshness.ts'
import type { HttpClient } from '../http/client.ts'
import { unexpectedStatus, type StatusTable } from '../http/status-errors.ts'
import { isRecord } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { ownProperties } from '../lib/own.ts'
import { SharedWork } from '../lib/shared-work.ts'
import type { JsonValue } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import { listsOf } from './metadata-lists.ts'
import type { UdapProfile } from './profiles.ts'
import { verifySignedMetadata, type SignedClaims } from './signed-metadata.ts'
import { trustError, type TrustStore } from './trust-store.ts'
import { isFailure } from './x509/failure.ts'

const ATTEMPT_MS = 10_000
const LONGEST_AGE_MS = 3_600_000
const REMEMBERED = 5_000
const MAX_BYTES = 32e6

/** What discovery needs to know. */
export interface DiscoverySettings {
  readonly trust: TrustStore
  readonly community: string
  readonly profile: UdapProfile
}

/** Verified metadata of many servers; one request for many callers, failures are never cached. */
export class MetadataSource {
  readonly #http: HttpClient
  readonly #settings: DiscoverySettings
  readonly #cache = new BoundedMap<VerifiedMetadata>(REMEMBERED, { maxBytes: MAX_BYTES })
  readonly #work = new SharedWork<VerifiedMetadata>()

  constructor(http: HttpClient, settings: DiscoverySettings) {
    this.#http = http
    this.#settings = settings
  }

  /** Throws `ERR_CQ_NO_UDAP`, `ERR_CQ_UNTRUSTED`, and what the network gives. */
  async get(baseUrl: string, call: Call): Promise<VerifiedMetadata> {
    const remembered = this.remembered(baseUrl)
    if (remembered !== undefined) return remembered
    return this.#work.run(
      baseUrl,
      (deadline) =>
        this.#http.shared('udap.discover', { deadline, gate: call.gate }, (shared) =>
          this.#fetch(baseUrl, shared),
        ),
      call.deadline,
    )
  }

  /** What is cached and valid. */
  remembered(baseUrl: string): VerifiedMetadata | undefined {
    const cached = this.#cache.get(baseUrl)
    return cached !== undefined && this.#http.now() < cached.expiresAt ? cached : undefined
  }

  /** The cached metadata proved wrong. */
  forget(baseUrl: string): void {
    this.#cache.delete(baseUrl)
  }

  async #fetch(baseUrl: string, call: Call): Promise<VerifiedMetadata> {
    const { community, profile } = this.#settings
    const answer = await this.#http.exchange(
      {
        url: urlBelow(baseUrl, '.well-known/udap', `community=${encodeURIComponent(community)}`),
        base: baseUrl,
        pathTemplate: '/.well-known/udap',
        accept: 'application/json',
        kind: 'metadata',
        retry: 'safe',
        attemptTimeoutMs: ATTEMPT_MS,
      },
      call,
    )
    refuseUnpublished(answer)
    const body = await jsonOf(answer, 'plain')
    if (!isRecord(body)) {
      const what = 'the UDAP metadata is not a JSON object'
      throw new ResponseError('ERR_CQ_INVALID_RESPONSE', what, answer.context)
    }
    const document = ownProperties(body)
    const verified = await verifySignedMetadata(document, {
      ...{ ...this.#settings, baseUrl, call, policy: this.#http.policy, now: this.#http.now() },
      signedMembers: profile.signedMembers,
    })
    if (isFailure(verified)) {
      this.#http.emit({
        type: 'udap.metadata-refused',
        ...{ baseUrl: shownUrl(baseUrl), community },
        ...{ step: verified.step, reason: verified.reason },
      })
      throw trustError(verified, call.operation, answer.context.origin)
    }
    const metadata = await this.#metadataOf(baseUrl, document, verified, answer)
    this.#cache.set(baseUrl, metadata)
    return metadata
  }

  async #metadataOf(
    baseUrl: string,
    plain: Readonly<Record<string, unknown>>,
    { claims, endpoints, expiresAt, proven, warnings }: SignedClaims,
    { sentAt, headers }: HttpResponse,
  ): Promise<VerifiedMetadata> {
    const { trust, community } = this.#settings
    const chain = await trust.describe(proven)
    const longest = Math.min(LONGEST_AGE_MS, freshForMs(headers, sentAt) ?? LONGEST_AGE_MS)
    const { token_endpoint: token = '', registration_endpoint: registration = '' } = endpoints
    const document = documentOf(plain, claims)
    this.#http.emit({
      type: 'udap.metadata-verified',
      ...{ baseUrl: shownUrl(baseUrl), community },
      ...{ leaf: chain.leaf.thumbprint, warnings: warnings.map(({ reason }) => reason) },
    })
    return Object.freeze({
      ...{ baseUrl, community, tokenEndpoint: token, registrationEndpoint: registration },
      authorizationEndpoint: endpoints.authorization_endpoint,
      ...listsOf(document),
      ...{ chain, document, warnings },
      expiresAt: Math.min(expiresAt, chain.expiresAt, sentAt + longest),
      trail: [
        `udap: read for community ${community}`,
        `udap: signature verified, ${chain.explanation}`,
        ...warnings.map(({ text }) => `warning: ${text}`),
        `udap: signed token endpoint ${shownUrl(token)}`,
        `udap: signed registration endpoint ${shownUrl(registration)}`,
      ],
    })
  }
}

/** Signed claims take precedence; the signature's own claims are not metadata. */
function documentOf(
  plain: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): VerifiedMetadata['document'] {
  const isOther = ([name]: readonly [string, unknown]): boolean =>
    !/^(signed_(metadata|endpoints)|iss|sub|iat|exp|jti|x5c)$/.test(name)
  const members = [...Object.entries(plain), ...Object.entries(claims)].filter(isOther)
  // Both were parsed from JSON.
  return ownProperties(Object.fromEntries(members) as Record<string, JsonValue>)
}

const NOT_PUBLISHED = ['ERR_CQ_NO_UDAP', 'the server publishes no UDAP metadata'] as const

/** What a status means for UDAP metadata. */
const MEANINGS: StatusTable<DiscoveryError['code']> = {
  204: ['ERR_CQ_NO_UDAP', 'the server is not part of this community'],
  404: NOT_PUBLISHED,
  410: NOT_PUBLISHED,
}

function refuseUnpublished(answer: HttpResponse): void {
  const { status, context } = answer
  if (status === 200) return
  const meaning = MEANINGS[status]
  if (meaning === undefined)
    throw unexpectedStatus(answer, 'the server', { note: ' for its UDAP metadata' })
  const [code, message] = meaning
  throw new DiscoveryError(code, `${message} (${status})`, context)
}
