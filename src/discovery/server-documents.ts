/**
 * The two documents of a server: where they are, how long one is awaited, and when neither
 * suffices.
 */
import { DiscoveryError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import { urlBelow } from '../http/policies/base-url.ts'
import { delay, LazyAbortController } from '../lib/abort.ts'
import type { ServerDocuments } from './decide.ts'
import {
  readCapabilityStatement,
  readSmartConfiguration,
  type CapabilityFacts,
  type SmartFacts,
} from './documents.ts'
import { describeVersion } from '../hl7/fhir-version.ts'
import type { DocumentSource, PublishedDocument } from './published-documents.ts'

const ATTEMPT_MS = 10_000
/** How long the second document is awaited once the first has arrived. */
const PATIENCE_MS = 5_000

export const METADATA: DocumentSource<CapabilityFacts> = {
  name: 'CapabilityStatement',
  exchange: (baseUrl) => ({
    url: urlBelow(baseUrl, 'metadata'),
    base: baseUrl,
    pathTemplate: '/metadata',
    accept: 'application/fhir+json',
    kind: 'metadata',
    retry: 'safe',
    attemptTimeoutMs: ATTEMPT_MS,
  }),
  kind: 'fhir',
  read: readCapabilityStatement,
}

export const SMART: DocumentSource<SmartFacts> = {
  name: 'smart-configuration',
  exchange: (baseUrl) => ({
    url: urlBelow(baseUrl, '.well-known/smart-configuration'),
    base: baseUrl,
    pathTemplate: '/.well-known/smart-configuration',
    accept: 'application/json',
    kind: 'metadata',
    retry: 'safe',
    attemptTimeoutMs: ATTEMPT_MS,
  }),
  kind: 'plain',
  read: readSmartConfiguration,
}

/**
 * Both documents of a server that are being fetched. Where they are not needed (the token endpoint is
 * known from elsewhere), a server that withholds both is no failure; one that cannot be reached is.
 */
export async function bothDocuments(
  baseUrl: string,
  metadata: Promise<PublishedDocument<CapabilityFacts>>,
  smart: Promise<PublishedDocument<SmartFacts>>,
  call: Call,
  areNeeded: boolean,
): Promise<ServerDocuments> {
  const documents = {
    baseUrl,
    metadata: await withGracePeriod(METADATA.name, metadata, smart, call),
    smart: await withGracePeriod(SMART.name, smart, metadata, call),
  }
  refuseConformance(documents, call)
  const read = documents.metadata.facts ?? documents.smart.facts
  const withheld = isWithheld(documents.metadata) && isWithheld(documents.smart)
  if (read === undefined && !(withheld && !areNeeded)) throw nothingRead(documents, call)
  return documents
}

/**
 * Waits for one document, but only briefly once the other one is good: a path that hangs must not
 * delay a server that works.
 */
async function withGracePeriod<T>(
  name: string,
  wanted: Promise<PublishedDocument<T>>,
  other: Promise<PublishedDocument<unknown>>,
  call: Call,
): Promise<PublishedDocument<T>> {
  const over = new LazyAbortController()
  const patience = other.then(async ({ facts }): Promise<PublishedDocument<T>> => {
    if (facts === undefined) return wanted
    await delay(PATIENCE_MS, over)
    return { note: `${name}: no response ${PATIENCE_MS / 1000} s after the other document` }
  })
  patience.catch(() => undefined)
  try {
    return await Promise.race([wanted, patience])
  } finally {
    over.abort(call.deadline.aborter.reason)
  }
}

/**
 * The name in DSTU2. Its Patient differs from R4's, so a smart-configuration beside it does not
 * help.
 */
function refuseConformance({ metadata: { facts } }: ServerDocuments, call: Call): void {
  if (facts?.resourceType !== 'Conformance') return
  throw new DiscoveryError(
    'ERR_CQ_UNSUPPORTED_SERVER',
    `the server supports ${describeVersion(facts.fhirVersion ?? '1.0')}`,
    { operation: call.operation },
  )
}

/** Codes of errors of a server that responds but does not return the document. */
const WITHHELD: readonly string[] = [
  'ERR_CQ_UNEXPECTED_CONTENT',
  'ERR_CQ_NOT_ACCEPTABLE',
  'ERR_CQ_UNEXPECTED_RESOURCE',
  'ERR_CQ_REDIRECT_REFUSED',
]

/** Not published, behind a login, or only in another format. */
function isWithheld({ facts, error }: PublishedDocument<unknown>): boolean {
  if (facts !== undefined || error === undefined) return true
  return WITHHELD.includes(error.code) || error.status === 401 || error.status === 403
}

function nothingRead({ metadata, smart }: ServerDocuments, call: Call): Error {
  const failure = metadata.error ?? smart.error
  if (failure !== undefined) return failure
  return new DiscoveryError(
    'ERR_CQ_UNSUPPORTED_SERVER',
    'the server publishes neither a CapabilityStatement nor a smart-configuration',
    { operation: call.operation },
  )
}
