import { conceptTexts, extensionTexts, list, member, text } from './tree.ts'
import { oidOf } from './oid.ts'

/** One address that an organization lists in the directory, the same for every release. */
export interface DirectoryEndpoint {
  /** As published, white space at the ends cut. */
  readonly address: string
  readonly name?: string | undefined
  /** Codes of the connection type, for example `hl7-fhir-rest` or `ihe-xcpd`. */
  readonly connectionTypes?: readonly string[] | undefined
  /** What the endpoint does, for example `FHIR REST` or `XCPD ITI-55`. */
  readonly transactions?: readonly string[] | undefined
  /** Payload types and media types, as published. */
  readonly payloads?: readonly string[] | undefined
  /** As published, for example `4.0.1`. */
  readonly fhirVersion?: string | undefined
  /** FHIR endpoint status; often absent in the legacy directory. */
  readonly status?: string | undefined
  /** Purposes that the endpoint answers to; empty where it names none. */
  readonly purposesOfUse?: readonly string[] | undefined
}

/** One organization of the directory, the same for every release. */
export interface DirectoryEntry {
  readonly id: string
  /** Bare dotted form, without `urn:oid:`. */
  readonly oid?: string | undefined
  readonly name: string
  /** Undefined where the directory does not say. */
  readonly active: boolean | undefined
  /** OID or id of the parent organization. */
  readonly partOf?: string | undefined
  readonly endpoints: readonly DirectoryEndpoint[]
  /** The resource as it came: JSON, or the XML's elements as objects. */
  readonly resource: unknown
}

/** Reads one Organization, FHIR JSON or legacy XML alike; undefined where it has no id of any kind. */
export function readEntry(resource: unknown): DirectoryEntry | undefined {
  const ownId = text(member(resource, 'id'))
  const oid = oidOf(ownId) ?? identifierOid(member(resource, 'identifier'))
  const id = ownId ?? oid
  if (id === undefined) return undefined
  return {
    id,
    oid,
    name: text(member(resource, 'name')) ?? '',
    active: flag(text(member(resource, 'active'))),
    partOf: parentOf(member(resource, 'partOf')),
    endpoints: containedEndpoints(resource).flatMap(readEndpoint),
    resource,
  }
}

/** The home community id where one is named so; entries list other OIDs, too. */
function identifierOid(identifiers: unknown): string | undefined {
  const all = list(identifiers)
  const named = all.filter((identifier) => {
    const type = member(identifier, 'type')
    return text(type) === 'HCID' || conceptTexts(type).includes('HCID')
  })
  return [...named, ...all]
    .map((identifier) => oidOf(text(member(identifier, 'value'))))
    .find((found) => found !== undefined)
}

/** FHIR wraps no resource; the legacy directory puts several `Endpoint` elements into one `contained`. */
function containedEndpoints(resource: unknown): readonly unknown[] {
  return list(member(resource, 'contained')).flatMap((contained) =>
    text(member(contained, 'resourceType')) === 'Endpoint'
      ? [contained]
      : list(member(contained, 'Endpoint')),
  )
}

function readEndpoint(endpoint: unknown): DirectoryEndpoint[] {
  const address = text(member(endpoint, 'address'))
  if (address === undefined) return []
  return [
    {
      address,
      name: text(member(endpoint, 'name')),
      connectionTypes: list(member(endpoint, 'connectionType')).flatMap(conceptTexts),
      transactions: extensionTexts(endpoint, 'Transaction'),
      payloads: ['payloadType', 'payloadMimeType']
        .flatMap((name) => list(member(endpoint, name)))
        .flatMap(conceptTexts),
      fhirVersion: extensionTexts(endpoint, 'Version')[0],
      status: text(member(endpoint, 'status')),
      purposesOfUse: extensionTexts(endpoint, 'PurposesOfUse'),
    },
  ]
}

function flag(value: string | undefined): boolean | undefined {
  if (value === 'true') return true
  return value === 'false' ? false : undefined
}

function parentOf(partOf: unknown): string | undefined {
  const reference = idOf(text(member(partOf, 'reference')))
  return oidOf(reference) ?? reference ?? identifierOid(member(partOf, 'identifier'))
}

function idOf(reference: string | undefined): string | undefined {
  const id =
    /(?:^|\/)Organization\/([^/?#]*)/.exec(reference ?? '')?.[1] ?? reference?.split('/').at(-1)
  return id === '' ? undefined : id
}
