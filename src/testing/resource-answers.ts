import type { Binary, BundleEntry, FhirResource } from 'fhir/r4.js'
import { json, type Received } from './respond.ts'

/** A resource as it is read: with its `ETag`, 304 where the client has it, and a Binary as its content. */
export function resourceAnswer(
  { headers }: Received,
  resource: FhirResource,
  contentType: string,
): Response {
  const { meta } = resource
  const facts: Record<string, string> = {}
  if (meta?.versionId !== undefined) facts.etag = `W/"${meta.versionId}"`
  if (meta?.lastUpdated !== undefined) {
    facts['last-modified'] = new Date(meta.lastUpdated).toUTCString()
  }
  const known =
    headers
      .get('if-none-match')
      ?.split(',')
      .map((etag) => etag.trim()) ?? []
  if (facts.etag !== undefined && known.includes(facts.etag)) {
    return new Response(null, { status: 304, headers: facts })
  }
  const asContent =
    resource.resourceType === 'Binary' && !/fhir\+json/i.test(headers.get('accept') ?? '')
  return asContent ? content(resource, facts) : json(200, resource, contentType, facts)
}

function content({ contentType, data = '' }: Binary, facts: Record<string, string>): Response {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  return new Response(bytes, {
    headers: {
      ...facts,
      'content-type': contentType,
      'content-length': String(bytes.length),
    },
  })
}

/** A version as a history lists it, newest first. */
export function historyEntry(
  resource: FhirResource,
  index: number,
  { length }: readonly FhirResource[],
): BundleEntry<FhirResource> {
  const { resourceType: type, id = '', meta } = resource
  const isFirst = index === length - 1
  return {
    resource,
    request: { method: isFirst ? 'POST' : 'PUT', url: isFirst ? type : `${type}/${id}` },
    response: {
      status: isFirst ? '201' : '200',
      ...(meta?.versionId === undefined ? {} : { etag: `W/"${meta.versionId}"` }),
      ...(meta?.lastUpdated === undefined ? {} : { lastModified: meta.lastUpdated }),
    },
  }
}
