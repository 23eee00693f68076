import { ResponseError } from '../errors.ts'
import { publishedUrl } from '../http/policies/base-url.ts'
import type { HttpResponse } from '../http/messages.ts'
import { LONGEST_URL } from '../http/policies/parse-url.ts'
import { isRecord } from '../lib/arguments.ts'
import { itemsOf, textOf, textsOf } from './bounds.ts'

/** One OAuth URI of a CapabilityStatement, as published. Both of Cerner's extensions have a `token`. */
export interface OAuthUri {
  /** For example `token`, `register`, `carequality-token`. */
  readonly name: string
  /** URL of the extension that contains it. */
  readonly extension: string
  readonly url: string
}

/** What is cached of `/metadata`. */
export interface CapabilityFacts {
  /** `Conformance` is what DSTU2 called it. */
  readonly resourceType: 'CapabilityStatement' | 'Conformance'
  readonly fhirVersion?: string | undefined
  readonly software?: string | undefined
  /** `implementation.url`: the server's own address of itself. */
  readonly implementationUrl?: string | undefined
  readonly oauthUris: readonly OAuthUri[]
  /**
   * Search modes that resource types announce, in lower case; types that announce none are left
   * out.
   */
  readonly searchModes: ReadonlyMap<string, readonly string[]>
  /** Whether it lists `$match` of Patient. */
  readonly listsMatch: boolean
}

/** What is cached of a smart-configuration. */
export interface SmartFacts {
  readonly tokenEndpoint?: string | undefined
  readonly registrationEndpoint?: string | undefined
  readonly issuer?: string | undefined
  readonly signingAlgorithms?: readonly string[] | undefined
  /** `token_endpoint_auth_methods_supported`. */
  readonly authMethods?: readonly string[] | undefined
  readonly scopesSupported?: readonly string[] | undefined
  readonly capabilities: readonly string[]
}

const SEARCH_MODE = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode'

const MAX_SERVERS = 20
const MAX_RESOURCE_TYPES = 500
const MAX_EXTENSIONS = 200
const MAX_OAUTH_URIS = 100
const MAX_SEARCH_MODES = 8
const MAX_OPERATIONS = 200
const MAX_CODE_LENGTH = 64
const MAX_ALGORITHMS = 100
const MAX_SCOPES = 2_000

/**
 * Reads `{base}/metadata` from its parsed body; throws where it is neither a CapabilityStatement nor a Conformance. Real
 * documents are wrong in many places that do not matter here: a member of the wrong kind counts as
 * absent.
 */
export function readCapabilityStatement(
  body: unknown,
  answer: HttpResponse,
  baseUrl: string,
): CapabilityFacts {
  const resourceType = isRecord(body) ? body.resourceType : undefined
  const known = resourceType === 'CapabilityStatement' || resourceType === 'Conformance'
  if (!isRecord(body) || !known) {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_RESOURCE',
      '/metadata did not return a CapabilityStatement',
      answer.context,
    )
  }
  const { fhirVersion, software, implementation, rest } = body
  const servers = itemsOf(rest, MAX_SERVERS)
    .filter(isRecord)
    .filter(({ mode }) => mode !== 'client')
  return {
    resourceType,
    fhirVersion: textOf(fhirVersion),
    software: memberOf(software, 'name'),
    implementationUrl: memberOf(implementation, 'url', LONGEST_URL),
    oauthUris: oauthUrisOf(servers, baseUrl),
    searchModes: searchModesOf(servers),
    listsMatch: listsMatch(servers),
  }
}

type Member = Readonly<Record<string, unknown>>

function searchModesOf(servers: readonly Member[]): ReadonlyMap<string, readonly string[]> {
  const modes = new Map<string, Set<string>>()
  const resources = servers.flatMap(({ resource }) => itemsOf(resource, MAX_RESOURCE_TYPES))
  for (const resource of resources) {
    if (!isRecord(resource)) continue
    const type = textOf(resource.type, MAX_CODE_LENGTH)
    if (type === undefined || modes.size >= MAX_RESOURCE_TYPES) continue
    for (const extension of itemsOf(resource.extension, MAX_EXTENSIONS)) {
      if (!isRecord(extension) || extension.url !== SEARCH_MODE) continue
      const mode = textOf(extension.valueCode, MAX_CODE_LENGTH)?.toLowerCase()
      const own = modes.get(type) ?? new Set()
      if (mode === undefined || own.size >= MAX_SEARCH_MODES) continue
      modes.set(type, own.add(mode))
    }
  }
  return new Map([...modes].map(([type, own]) => [type, [...own]]))
}

/** By name: some write it with its `$`, and definitions are local ones as often as FHIR's. */
function listsMatch(servers: readonly Member[]): boolean {
  return servers
    .flatMap(({ resource }) => itemsOf(resource, MAX_RESOURCE_TYPES))
    .filter(isRecord)
    .filter(({ type }) => type === 'Patient')
    .flatMap(({ operation }) => itemsOf(operation, MAX_OPERATIONS))
    .some((one) => isRecord(one) && (one.name === 'match' || one.name === '$match'))
}

/**
 * Reads `{base}/.well-known/smart-configuration` from its parsed body; throws unless it is a JSON
 * object.
 */
export function readSmartConfiguration(
  body: unknown,
  answer: HttpResponse,
  baseUrl: string,
): SmartFacts {
  if (!isRecord(body)) {
    throw new ResponseError(
      'ERR_CQ_INVALID_RESPONSE',
      'the smart-configuration is not a JSON object',
      answer.context,
    )
  }
  return {
    tokenEndpoint: published(body.token_endpoint, baseUrl),
    registrationEndpoint: published(body.registration_endpoint, baseUrl),
    issuer: textOf(body.issuer, LONGEST_URL),
    signingAlgorithms: textsOf(
      body.token_endpoint_auth_signing_alg_values_supported,
      MAX_ALGORITHMS,
    ),
    authMethods: textsOf(body.token_endpoint_auth_methods_supported, MAX_ALGORITHMS),
    scopesSupported: textsOf(body.scopes_supported, MAX_SCOPES),
    capabilities: textsOf(body.capabilities, MAX_SCOPES) ?? [],
  }
}

/** Any extension that groups named URIs: some servers publish a second copy under a misspelt URL. */
function oauthUrisOf(servers: readonly Member[], baseUrl: string): readonly OAuthUri[] {
  const uris: OAuthUri[] = []
  for (const { security } of servers) {
    if (!isRecord(security)) continue
    for (const group of itemsOf(security.extension, MAX_EXTENSIONS)) {
      if (!isRecord(group)) continue
      const extension = textOf(group.url, LONGEST_URL)
      if (extension === undefined) continue
      for (const uri of itemsOf(group.extension, MAX_EXTENSIONS)) {
        const read = oauthUriOf(uri, extension, baseUrl)
        if (read !== undefined) uris.push(read)
        if (uris.length >= MAX_OAUTH_URIS) return uris
      }
    }
  }
  return uris
}

function oauthUriOf(uri: unknown, extension: string, baseUrl: string): OAuthUri | undefined {
  if (!isRecord(uri)) return undefined
  const { valueUri, valueUrl, valueString } = uri
  const name = textOf(uri.url)
  const value = [valueUri, valueUrl, valueString].find((one) => typeof one === 'string')
  const url = published(value, baseUrl)
  return name === undefined || url === undefined ? undefined : { name, extension, url }
}

function memberOf(value: unknown, name: string, maxLength?: number): string | undefined {
  return isRecord(value) ? textOf(value[name], maxLength) : undefined
}

function published(value: unknown, baseUrl: string): string | undefined {
  // A name that is too long is cut and not dropped: the server is not an open one.
  const url = typeof value === 'string' ? publishedUrl(value, baseUrl) : ''
  return url === '' ? undefined : url
}
