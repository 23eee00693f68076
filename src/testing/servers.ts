import { cernerPath } from './organizations.ts'
import type { Location } from './respond.ts'

/** One FHIR server as data: what makes it differ from the others. */
export interface FhirServerProfile extends Location {
  /** `Content-Type` of FHIR answers. */
  readonly contentType: string
  /** Returns 406 with an empty body unless FHIR JSON is requested by name. */
  readonly needsAccept: boolean
  /** Accepts `POST Patient/_search`; otherwise that path is a 404 with an empty body. */
  readonly takesPostSearch: boolean
  /** Rejects a search that identifies no one. */
  readonly needsDemographics: boolean
  /** The form of next links. */
  readonly nextLinks: 'page-context' | 'getpages'
  /** Names of the oauth-uris sub-extensions, in document order. */
  readonly oauthUris: readonly (Location & { readonly name: string })[]
  /** The token endpoint whose tokens this server accepts. */
  readonly tokenEndpoint: Location
  /** Has histories, `$match`, `$everything`, documents and observations, and not Patients alone. */
  readonly hasRecords: boolean
  /** Has records, and yet no `$match`. Default false. */
  readonly lacksMatch?: boolean
  /** Publishes `.well-known/smart-configuration`. */
  readonly smart: boolean
}

const hapiLike = {
  contentType: 'application/fhir+json; charset=utf-8; fhirVersion=4.0',
  needsAccept: false,
  takesPostSearch: true,
  needsDemographics: false,
  nextLinks: 'getpages',
} as const

const cernerHost = 'fhir-ehr.stagingcerner.com'

const cernerToken: Location = { host: cernerHost, path: `${cernerPath}/Authorization/token` }

/** Cerner's first token URL: published, and closed to this flow. */
export const cernerClosedToken: Location = {
  host: 'authorization.sandboxcerner.com',
  path: `${cernerPath.replace('/beta/', '/tenants/')}/protocols/oauth2/profiles/smart-v1/token`,
}

const sunriseToken: Location = { host: 'fhir.sunrise-clinic.example', path: '/oauth2/token' }

const plainToken: Location = { host: 'ehr.plain-hospital.example', path: '/oauth/token' }

/** The FHIR servers of the network; `path` has no slash at its end. */
export const fhirServers: readonly FhirServerProfile[] = [
  {
    host: cernerHost,
    path: cernerPath,
    contentType: 'application/json+fhir',
    needsAccept: true,
    takesPostSearch: false,
    needsDemographics: true,
    nextLinks: 'page-context',
    oauthUris: [
      { name: 'token', ...cernerClosedToken },
      { name: 'carequality-token', ...cernerToken },
    ],
    tokenEndpoint: cernerToken,
    hasRecords: false,
    smart: false,
  },
  {
    ...hapiLike,
    host: sunriseToken.host,
    path: '/r4',
    oauthUris: [],
    tokenEndpoint: sunriseToken,
    hasRecords: true,
    smart: true,
  },
  {
    ...hapiLike,
    host: plainToken.host,
    path: '/fhir',
    oauthUris: [{ name: 'token', ...plainToken }],
    tokenEndpoint: plainToken,
    hasRecords: false,
    smart: false,
  },
]
