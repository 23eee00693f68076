import * as z from 'zod/mini'
import { ResponseError } from '../errors.ts'
import { publishedUrl } from '../http/base-url.ts'
import type { Answer } from '../http/exchange.ts'
import { isRecord } from '../lib/arguments.ts'

/** One OAuth URI of a CapabilityStatement, as published. Both of Cerner's extensions have a `token`. */
export interface OAuthUri {
  /** For example `token`, `register`, `carequality-token`. */
  readonly name: string
  /** URL of the extension that it stands in. */
  readonly extension: string
  readonly url: string
}

/** What is kept of a CapabilityStatement. */
export interface CapabilityFacts {
  readonly fhirVersion?: string | undefined
  readonly software?: string | undefined
  /** `implementation.url`: where the server says it is. */
  readonly implementationUrl?: string | undefined
  readonly oauthUris: readonly OAuthUri[]
  /** Search modes that resource types announce, in lower case; those that do not say are left out. */
  readonly searchModes: ReadonlyMap<string, readonly string[]>
}

/** What is kept of a smart-configuration. */
export interface SmartFacts {
  readonly tokenEndpoint?: string | undefined
  readonly registrationEndpoint?: string | undefined
  readonly issuer?: string | undefined
  readonly signingAlgorithms?: readonly string[] | undefined
  readonly scopesSupported?: readonly string[] | undefined
  readonly capabilities: readonly string[]
}

const SEARCH_MODE = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode'

// Real documents are wrong in many places that do not matter here: a member of the wrong kind counts as absent.
const text = z.catch(z.optional(z.string()), undefined)
const texts = z.catch(z.optional(z.array(z.string())), undefined)
const some = z.catch(z.array(z.unknown()), [])

const uri = z.object({ url: z.string(), valueUri: text, valueUrl: text, valueString: text })
const uriGroup = z.object({ url: z.string(), extension: some })
const searchMode = z.object({ url: z.literal(SEARCH_MODE), valueCode: z.string() })
const restResource = z.object({ type: z.string(), extension: z.array(z.unknown()) })
const rest = z.object({
  mode: text,
  security: z.catch(z.object({ extension: some }), { extension: [] }),
  resource: some,
})
const capabilityStatement = z.object({
  resourceType: z.literal('CapabilityStatement'),
  fhirVersion: text,
  software: z.catch(z.optional(z.object({ name: text })), undefined),
  implementation: z.catch(z.optional(z.object({ url: text })), undefined),
  rest: some,
})
const smartConfiguration = z.object({
  token_endpoint: text,
  registration_endpoint: text,
  issuer: text,
  token_endpoint_auth_signing_alg_values_supported: texts,
  scopes_supported: texts,
  capabilities: texts,
})

/** Reads `{base}/metadata` from the parsed body of the answer; throws where it is no CapabilityStatement. */
export function readCapabilityStatement(
  body: unknown,
  answer: Answer,
  baseUrl: string,
): CapabilityFacts {
  const read = capabilityStatement.safeParse(body)
  if (!read.success) {
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_RESOURCE',
      'the metadata is no CapabilityStatement',
      answer.context,
    )
  }
  const { fhirVersion, software, implementation } = read.data
  const servers = good(rest, read.data.rest).filter(({ mode }) => mode !== 'client')
  const resources = servers.flatMap(({ resource }) =>
    good(restResource, resource.filter(isExtended)),
  )
  return {
    fhirVersion: nonEmpty(fhirVersion),
    software: software?.name,
    implementationUrl: implementation?.url?.trim(),
    oauthUris: servers.flatMap(({ security }) => oauthUrisOf(security.extension, baseUrl)),
    searchModes: searchModesOf(resources),
  }
}

function searchModesOf(
  resources: readonly z.output<typeof restResource>[],
): ReadonlyMap<string, readonly string[]> {
  const modes = new Map<string, readonly string[]>()
  for (const { type, extension } of resources) {
    const own = good(searchMode, extension.filter(isSearchMode)).map(({ valueCode }) =>
      valueCode.toLowerCase(),
    )
    if (own.length > 0) modes.set(type, [...(modes.get(type) ?? []), ...own])
  }
  return modes
}

// A schema takes far longer over what does not fit than over what does, and most would not.
function isExtended(resource: unknown): boolean {
  return isRecord(resource) && resource.extension !== undefined
}

function isSearchMode(extension: unknown): boolean {
  return isRecord(extension) && extension.url === SEARCH_MODE
}

/** Reads `{base}/.well-known/smart-configuration` from the parsed body of the answer; throws where it is no JSON object. */
export function readSmartConfiguration(body: unknown, answer: Answer, baseUrl: string): SmartFacts {
  const read = smartConfiguration.safeParse(body)
  if (!read.success) {
    throw new ResponseError(
      'ERR_CQ_INVALID_RESPONSE',
      'the smart-configuration is no JSON object',
      answer.context,
    )
  }
  const found = read.data
  return {
    tokenEndpoint: published(found.token_endpoint, baseUrl),
    registrationEndpoint: published(found.registration_endpoint, baseUrl),
    issuer: nonEmpty(found.issuer),
    signingAlgorithms: found.token_endpoint_auth_signing_alg_values_supported,
    scopesSupported: found.scopes_supported,
    capabilities: found.capabilities ?? [],
  }
}

/** Any extension that groups named URIs: some servers publish a second copy under a misspelt URL. */
function oauthUrisOf(extensions: readonly unknown[], baseUrl: string): OAuthUri[] {
  return good(uriGroup, extensions).flatMap(({ url: extension, extension: inner }) =>
    good(uri, inner).flatMap(({ url: name, valueUri, valueUrl, valueString }) => {
      const url = published(valueUri ?? valueUrl ?? valueString, baseUrl)
      return url === undefined ? [] : [{ name: name.trim(), extension: extension.trim(), url }]
    }),
  )
}

function nonEmpty(value: string | undefined): string | undefined {
  return value?.trim() === '' ? undefined : value
}

function published(value: string | undefined, baseUrl: string): string | undefined {
  const url = value === undefined ? '' : publishedUrl(value, baseUrl)
  return url === '' ? undefined : url
}

function good<Schema extends z.ZodMiniType>(
  schema: Schema,
  items: readonly unknown[],
): z.output<Schema>[] {
  return items.flatMap((item) => {
    const read = schema.safeParse(item)
    return read.success ? [read.data] : []
  })
}
