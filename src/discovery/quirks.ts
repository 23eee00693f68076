import { parseUrl } from '../http/policies/egress.ts'
import type { Audience, Mode, SearchMethod } from '../types.ts'
import type { OAuthUri } from './documents.ts'
import { CERNER, isUnder } from './vendor-families.ts'

/** What a quirk may look at. */
export interface ServerFacts {
  readonly baseUrl: string
  /** OID of the directory entry through which the base was reached. */
  readonly oid?: string | undefined
  readonly mode: Mode
  readonly software?: string | undefined
  readonly oauthUris: readonly OAuthUri[]
}

/**
 * Only what changes; the protocol's own fields and headers cannot be replaced, and the URL is still
 * checked against the policy.
 */
export interface QuirkEffect {
  /** Instead of what the mode would choose. */
  tokenEndpoint?: string | undefined
  /** The assertion's `aud`, unless the caller names one. */
  audience?: Audience | undefined
  /** Instead of `application/fhir+json` on FHIR calls. */
  accept?: string | undefined
  /** Extra fields of the token form. */
  form?: Readonly<Record<string, string>> | undefined
  /** Overrides the client's own. */
  searchMethod?: SearchMethod | undefined
  /** Added to every Patient search that does not set them itself. */
  searchParameters?: Readonly<Record<string, string>> | undefined
  /** Next links may leave the base path on the same origin. */
  nextLinks?: 'same-origin' | undefined
  /** How many token requests a minute the server accepts; overrides the client's own. */
  tokenRequestsPerMinute?: number | undefined
}

/** One vendor's departure from the specification, as data with evidence. */
export interface VendorQuirk {
  /** `vendor.what`; one with the id of a built-in quirk replaces it. */
  readonly id: string
  readonly revision?: number | undefined
  /** Date (`2020-05`) from which the behaviour is known. */
  readonly since?: string | undefined
  readonly lastVerified?: string | undefined
  /** Where the behaviour is documented or was observed. */
  readonly evidence: string
  applies(server: ServerFacts): boolean
  apply(server: ServerFacts): QuirkEffect
}

const CONNECTATHON_OID = '2.16.840.1.113883.3.13.1'
const CERNER_EXTENSION = 'https://fhir-ehr.cerner.com/r4/StructureDefinition/carequality-oauth-uris'

/**
 * Cerner publishes two token endpoints and only the Carequality one issues tokens for this flow.
 * It applies for Cerner's hosts and the connectathon entry, never because a server publishes the
 * extension: anyone can do that.
 */
export const cernerCarequalityToken: VendorQuirk = {
  id: 'cerner.carequality-token',
  revision: 1,
  since: '2019-12',
  lastVerified: '2020-05',
  evidence: 'docs/quirks.md#cernercarequality-token',
  applies: ({ mode, baseUrl, oid, oauthUris }) => {
    const host = parseUrl(baseUrl)?.hostname ?? ''
    const known = oid === CONNECTATHON_OID || CERNER.some((name) => isUnder(host, name))
    return mode === 'carequality-legacy' && known && carequalityToken(oauthUris) !== undefined
  },
  apply: ({ oauthUris }) => ({ tokenEndpoint: carequalityToken(oauthUris) }),
}

function carequalityToken(uris: readonly OAuthUri[]): string | undefined {
  const separate = uris.find(
    ({ extension, name }) => extension === CERNER_EXTENSION && name === 'token',
  )
  return (separate ?? uris.find(({ name }) => name === 'carequality-token'))?.url
}

/**
 * athenahealth returns 429 for the rest of a minute after 50 token requests in production, and
 * after 5 in its preview.
 */
export const athenahealthTokenRate: VendorQuirk = {
  id: 'athenahealth.token-rate',
  revision: 1,
  lastVerified: '2026-11',
  evidence: 'https://docs.athenahealth.com/api/guides/authentication-and-url-locations',
  applies: ({ baseUrl }) => athenahealthRate(baseUrl) !== undefined,
  apply: ({ baseUrl }) => ({ tokenRequestsPerMinute: athenahealthRate(baseUrl) }),
}

function athenahealthRate(baseUrl: string): number | undefined {
  const host = parseUrl(baseUrl)?.hostname
  if (host === 'api.platform.athenahealth.com') return 50
  return host === 'api.preview.platform.athenahealth.com' ? 5 : undefined
}

/** The quirks that are on unless `disabledQuirks` names them. */
export const builtInQuirks: readonly VendorQuirk[] = [cernerCarequalityToken, athenahealthTokenRate]
