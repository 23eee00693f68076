import { readEndpoint } from './endpoint.ts'
import type { DirectoryEndpoint, DirectoryEntry, DirectoryProblem } from './model.ts'
import { oidOf } from './oid.ts'
import { readAddresses, readContacts } from './places.ts'
import {
  codeTexts,
  conceptTexts,
  extensionCodes,
  joined,
  list,
  member,
  NONE,
  takeExtensions,
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
  const addresses = readAddresses(resource)
  const { endpoints, problems } = readEndpoints(resource)
  const said: Said = { domains: NONE, purposes: NONE, manager: member(resource, 'managingOrg') }
  takeExtensions(resource, said, takeExtension)
  return {
    id,
    oid,
    name: text(member(resource, 'name')) ?? '',
    aliases: texts(member(resource, 'alias')),
    active: flag(text(member(resource, 'active'))),
    types: codeTexts(member(resource, 'type')),
    contacts: readContacts(resource),
    addresses,
    position: addresses.find(({ position }) => position !== undefined)?.position,
    partOf: organizationOf(member(resource, 'partOf')),
    managingOrganization: organizationOf(said.manager),
    domains: said.domains,
    purposesOfUse: said.purposes,
    lastUpdated: text(member(member(resource, 'meta'), 'lastUpdated')),
    endpoints,
    unreadable: problems,
    resource,
  }
}

/** What an Organization says in extensions. */
interface Said {
  domains: readonly string[]
  purposes: readonly string[]
  manager: unknown
}

function takeExtension(said: Said, name: string, extension: unknown): boolean {
  switch (name) {
    case 'Domains':
    case 'domains':
      said.domains = joined(said.domains, extensionCodes(extension))
      return true
    case 'PurposesOfUse':
    case 'purposesofuse':
      said.purposes = joined(said.purposes, extensionCodes(extension))
      return true
    case 'org-managing-org':
      said.manager = member(extension, 'valueReference') ?? said.manager
      return true
    default:
      return false
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
  const ids: (string | undefined)[] = []
  let place = 0
  for (const contained of list(member(resource, 'contained'))) {
    // The legacy directory puts several `Endpoint` elements into one `contained`.
    const own = member(contained, 'resourceType') === 'Endpoint'
    for (const one of own ? [contained] : list(member(contained, 'Endpoint'))) {
      const endpoint = readEndpoint(one, 'contained')
      ids.push(text(member(one, 'id')))
      if (endpoint !== undefined) endpoints.push(endpoint)
      else problems.push({ path: `contained.${place}`, reason: 'an Endpoint without an address' })
    }
    place += 1
  }
  place = 0
  for (const one of list(member(resource, 'endpoint'))) {
    const reason = objectionTo(text(member(one, 'reference')), ids)
    if (reason !== undefined) problems.push({ path: `endpoint.${place}`, reason })
    place += 1
  }
  return { endpoints, problems }
}

function objectionTo(
  reference: string | undefined,
  contained: readonly (string | undefined)[],
): string | undefined {
  if (reference === undefined) return 'a reference that leads nowhere'
  if (!reference.startsWith('#')) return 'an Endpoint that was not fetched'
  return contained.includes(reference.slice(1))
    ? undefined
    : 'a contained Endpoint that is not there'
}

function flag(value: string | undefined): boolean | undefined {
  if (value === 'true') return true
  return value === 'false' ? false : undefined
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
