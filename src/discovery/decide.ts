import { shownUrl } from '../http/policies/base-url.ts'
import { describeStep, type Step } from '../lib/steps.ts'
import type { Mode } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import { applyQuirks } from './apply-quirks.ts'
import type { CapabilityFacts, OAuthUri, SmartFacts } from './documents.ts'
import { defaultScope } from './default-scope.ts'
import type { PublishedDocument } from './published-documents.ts'
import type { QuirkEffect, VendorQuirk } from './quirks.ts'

/** The extension in which servers publish their OAuth URIs ([SMART, OAuth URIs](http://hl7.org/fhir/smart-app-launch/1.0.0/conformance/index.html)). */
const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'

/** Both documents of a server. */
export interface ServerDocuments {
  readonly baseUrl: string
  readonly metadata: PublishedDocument<CapabilityFacts>
  readonly smart: PublishedDocument<SmartFacts>
}

/** What a server publishes about itself, and the token endpoint that follows from it. */
export interface ServerCapabilities {
  /** For example `4.0.1`. */
  readonly fhirVersion?: string | undefined
  /** Undefined for an open server: `ERR_CQ_NO_TOKEN_ENDPOINT` comes when a token is first needed. */
  readonly tokenEndpoint?: string | undefined
  readonly registrationEndpoint?: string | undefined
  readonly issuer?: string | undefined
  /** Algorithms that the chosen token endpoint lists; undefined where it lists none. */
  readonly signingAlgorithms?: readonly string[] | undefined
  readonly scopesSupported?: readonly string[] | undefined
  readonly oauthUris: readonly OAuthUri[]
  /** In mode `udap`: what the server publishes for it, verified. */
  readonly udap?: VerifiedMetadata | undefined
  /** Ids of the vendor quirks that applied. */
  readonly quirks: readonly string[]
  /** What was read, found and chosen, in order, in words. */
  readonly trail: readonly string[]
}

/** What a decision depends on besides the documents. */
export interface DecisionInput {
  readonly mode: Mode
  readonly oid?: string | undefined
  /** The caller's own token endpoint, which overrides all others. */
  readonly tokenEndpoint?: string | undefined
  /** In mode `udap`: what its signature proves. Nothing else names a token endpoint there. */
  readonly udap?: VerifiedMetadata | undefined
}

/** The capabilities, and what else the quirks change. */
export interface Decision {
  readonly capabilities: ServerCapabilities
  readonly effect: QuirkEffect
  /** The trail as data. */
  readonly steps: readonly Step[]
  readonly failedQuirks: readonly string[]
  /** Both token endpoints, where the documents name different ones. */
  readonly disagreement?:
    { readonly oauthUris: string; readonly smartConfiguration: string } | undefined
  /** The scope to request where the caller names none. */
  readonly defaultScope: string
}

/** From documents to decision: pure, so that another mode or identity costs no request. */
export function decide(
  documents: ServerDocuments,
  input: DecisionInput,
  quirks: readonly VendorQuirk[],
): Decision {
  const { baseUrl, metadata, smart } = documents
  const { mode, oid, udap } = input
  const oauthUris = metadata.facts?.oauthUris ?? []
  const applied = applyQuirks(quirks, {
    baseUrl,
    oid,
    mode,
    software: metadata.facts?.software,
    oauthUris,
  })
  const published = publishedToken(oauthUris)
  const announced = smart.facts?.tokenEndpoint
  const isUdap = mode === 'udap'
  const candidates: Candidate[] = isUdap
    ? [{ url: udap?.tokenEndpoint, from: 'the signed UDAP metadata names it' }]
    : [
        { url: input.tokenEndpoint, from: 'the caller specified it' },
        {
          url: applied.effect.tokenEndpoint,
          from: describeQuirk(applied.tokenEndpointFrom),
        },
        ...inOrder(
          mode,
          { url: published, from: 'it is "token" of the CapabilityStatement' },
          { url: announced, from: 'it is "token_endpoint" of the smart-configuration' },
        ),
      ]
  const chosen = candidates.find(({ url }) => url !== undefined)
  // The list belongs to the token endpoint that it is published with, not to another one.
  const isAnnounced = !isUdap && chosen?.url !== undefined && chosen.url === announced
  const listing = isAnnounced ? smart.facts : undefined
  const steps = [
    { what: metadata.note },
    { what: smart.note },
    ...(udap?.trail ?? []).map((what) => ({ what })),
    ...oauthUris.filter(isToken).map(describeUri),
    ...(announced === undefined
      ? []
      : [{ what: `published "token_endpoint" (smart-configuration): ${shownUrl(announced)}` }]),
    describeChoice(chosen, metadata.error !== undefined || smart.error !== undefined),
    ...authMethodsStep(listing?.authMethods),
  ]
  return {
    capabilities: {
      fhirVersion: metadata.facts?.fhirVersion,
      tokenEndpoint: chosen?.url,
      registrationEndpoint:
        udap?.registrationEndpoint ??
        smart.facts?.registrationEndpoint ??
        oauthUris.find(({ name }) => name === 'register')?.url,
      issuer: smart.facts?.issuer,
      signingAlgorithms: udap?.tokenAlgorithms ?? listing?.signingAlgorithms,
      scopesSupported: udap?.scopesSupported ?? smart.facts?.scopesSupported,
      oauthUris,
      ...(udap === undefined ? {} : { udap }),
      quirks: applied.ids,
      trail: steps.map(describeStep),
    },
    effect: applied.effect,
    steps,
    failedQuirks: applied.failed,
    disagreement:
      !isUdap && published !== undefined && announced !== undefined && published !== announced
        ? { oauthUris: published, smartConfiguration: announced }
        : undefined,
    defaultScope: defaultScope(mode, smart.facts),
  }
}

interface Candidate {
  readonly url: string | undefined
  readonly from: string
}

function inOrder(mode: Mode, capability: Candidate, smart: Candidate): readonly Candidate[] {
  return mode === 'carequality-legacy' ? [capability, smart] : [smart, capability]
}

/** The `token` of the right extension, else of one whose URL is a misspelt copy of it. */
function publishedToken(uris: readonly OAuthUri[]): string | undefined {
  const tokens = uris.filter(({ name }) => name === 'token')
  const exact = tokens.find(({ extension }) => extension === OAUTH_URIS)
  return (exact ?? tokens.find(({ extension }) => extension.endsWith('/oauth-uris')))?.url
}

function isToken({ name }: OAuthUri): boolean {
  return name === 'token' || name === 'carequality-token'
}

function describeUri({ name, extension, url }: OAuthUri): Step {
  const group = extension.split('/').at(-1) ?? ''
  return { what: `published "${shown(name)}" (${shown(group)}): ${shownUrl(url)}` }
}

function shown(text: string): string {
  return text.replace(/[^\w.-]/g, '').slice(0, 60)
}

function describeQuirk(quirk: VendorQuirk | undefined): string {
  return `the quirk ${quirk?.id ?? ''} prefers it, see ${quirk?.evidence ?? ''}`
}

/** Many servers forget to list the method, so its absence is no reason not to try. */
function authMethodsStep(methods: readonly string[] | undefined): readonly Step[] {
  if (methods === undefined || methods.length === 0 || methods.includes('private_key_jwt'))
    return []
  const names = methods.slice(0, 10).map((method) => (METHODS.has(method) ? method : 'other'))
  return [
    {
      what: `warning: the token endpoint may reject signed assertions (private_key_jwt)`,
      why: `the smart-configuration lists only ${[...new Set(names)].join(', ')}`,
    },
  ]
}

/** Registered names ([OAuth Parameters, token endpoint authentication methods](https://www.iana.org/assignments/oauth-parameters/oauth-parameters.xhtml#token-endpoint-auth-method)). */
const METHODS: ReadonlySet<string> = new Set([
  ...['none', 'client_secret_post', 'client_secret_basic', 'client_secret_jwt'],
  ...['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
])

function describeChoice(chosen: Candidate | undefined, unread: boolean): Step {
  if (chosen?.url !== undefined) {
    return { what: `token endpoint ${shownUrl(chosen.url)}`, why: chosen.from }
  }
  const why = unread
    ? 'none was found, and not all could be read'
    : 'none is published: an open server'
  return { what: 'no token endpoint', why }
}
