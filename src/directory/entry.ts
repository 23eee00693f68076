import { readEndpoint } from './endpoint.ts'
import type { DirectoryEndpoint, DirectoryEntry, DirectoryProblem } from './model.ts'
import { oidOf } from './oid.ts'
import { readAddresses, readContacts } from './places.ts'
import {
  codeTexts,
  conceptTexts,
  extensionCodes,
  extensionsOf,
  list,
  member,
  text,
  texts,
} from './tree.ts'

/**
 * Reads one Organization into the common model: FHIR JSON (STU3, R4), the legacy directory's XML
 * (as objects) and its naive JSON alike. Undefined where it has no id of any kind. Endpoints that it
 * only refers to are named in `unreadable`.
 */
export function readEntry(resource: unknown): DirectoryEntry | undefined {
  const ownId = text(member(resource, 'id'))
  const oid = oidOf(ownId) ?? identifierOid(member(resource, 'identifier'))
  const id = ownId ?? oid
  if (id === undefined) return undefined
  const extensions = extensionsOf(resource)
  const addresses = readAddresses(resource)
  const { endpoints, problems } = readEndpoints(resource)
  return {
    id,
    oid,
    name: text(member(resource, 'name')) ?? '',
    aliases: texts(member(resource, 'alias')),
    active: flag(text(member(resource, 'active'))),
    types: list(member(resource, 'type')).flatMap(codeTexts),
    contacts: readContacts(resource),
    addresses,
    position: addresses.find(({ position }) => position !== undefined)?.position,
    partOf: organizationOf(member(resource, 'partOf')),
    managingOrganization:
      organizationOf(managerOf(extensions)) ?? organizationOf(member(resource, 'managingOrg')),
    domains: extensionCodes(extensions, 'domains'),
    purposesOfUse: extensionCodes(extensions, 'purposesofuse'),
    lastUpdated: text(member(member(resource, 'meta'), 'lastUpdated')),
    endpoints,
    unreadable: problems,
    resource,
  }
}

/** References to Endpoints that are resources of their own, by their place in `endpoint`. */
export function endpointReferences(resource: unknown): readonly { path: string; to: string }[] {
  return list(member(resource, 'endpoint')).flatMap((one, index) => {
    const to = text(member(one, 'reference'))
    return to === undefined || to.startsWith('#') ? [] : [{ path: `endpoint.${index}`, to }]
  })
}

/** The entry with what became of its references: endpoints read, and problems in place of those not read. */
export function withReferenced(
  entry: DirectoryEntry,
  read: ReadonlyMap<string, DirectoryEndpoint>,
  problems: readonly DirectoryProblem[],
): DirectoryEntry {
  const settled = new Set([...read.keys(), ...problems.map(({ path }) => path)])
  return {
    ...entry,
    endpoints: [...entry.endpoints, ...read.values()],
    unreadable: [...(entry.unreadable ?? []).filter(({ path }) => !settled.has(path)), ...problems],
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

function readEndpoints(resource: unknown): {
  endpoints: readonly DirectoryEndpoint[]
  problems: readonly DirectoryProblem[]
} {
  const endpoints: DirectoryEndpoint[] = []
  const problems: DirectoryProblem[] = []
  const ids = new Set<string | undefined>()
  for (const [path, contained] of containedEndpoints(resource)) {
    const endpoint = readEndpoint(contained, 'contained')
    ids.add(text(member(contained, 'id')))
    if (endpoint === undefined) problems.push({ path, reason: 'an Endpoint without an address' })
    else endpoints.push(endpoint)
  }
  for (const [index, one] of list(member(resource, 'endpoint')).entries()) {
    const to = text(member(one, 'reference'))
    const path = `endpoint.${index}`
    if (to === undefined) problems.push({ path, reason: 'a reference that leads nowhere' })
    else if (!to.startsWith('#'))
      problems.push({ path, reason: 'an Endpoint that was not fetched' })
    else if (!ids.has(to.slice(1)))
      problems.push({ path, reason: 'a contained Endpoint that is not there' })
  }
  return { endpoints, problems }
}

/** FHIR wraps no resource; the legacy directory puts several `Endpoint` elements into one `contained`. */
function containedEndpoints(resource: unknown): readonly (readonly [string, unknown])[] {
  return list(member(resource, 'contained')).flatMap((contained, index) => {
    const path = `contained.${index}`
    if (text(member(contained, 'resourceType')) === 'Endpoint') return [[path, contained] as const]
    return list(member(contained, 'Endpoint')).map((one) => [path, one] as const)
  })
}

function flag(value: string | undefined): boolean | undefined {
  if (value === 'true') return true
  return value === 'false' ? false : undefined
}

function managerOf(extensions: ReturnType<typeof extensionsOf>): unknown {
  const found = extensions.find(({ name }) => name === 'org-managing-org')
  return member(found?.node, 'valueReference')
}

/** The OID or id that a Reference to an Organization names, by reference or by identifier. */
function organizationOf(reference: unknown): string | undefined {
  const id = idOf(text(member(reference, 'reference')))
  return oidOf(id) ?? id ?? identifierOid(member(reference, 'identifier'))
}

function idOf(reference: string | undefined): string | undefined {
  const id =
    /(?:^|\/)Organization\/([^/?#]*)/.exec(reference ?? '')?.[1] ?? reference?.split('/').at(-1)
  return id === '' ? undefined : id
}
