import { readEndpoint } from './endpoint.ts'
import { MAX_ID, MAX_ITEMS, withinLimits } from './limits.ts'
import type { DirectoryEndpoint, DirectoryEntry, DirectoryProblem } from './model.ts'
import { oidOf } from './oid.ts'
import { readAddresses, readContacts } from './addresses-and-contacts.ts'
import { list, member, NONE, text } from '../../hl7/tree.ts'
import {
  added,
  codeTexts,
  conceptTexts,
  extensionCodes,
  readExtensions,
  texts,
} from './concepts.ts'

/**
 * Reads one Organization into the common model: FHIR JSON (STU3, R4), the legacy directory's XML
 * (as objects) and its naive JSON alike. Undefined where it has no id of any kind, or one of more
 * than 512 characters. `unreadable` names Endpoints that it only refers to, and what was omitted
 * for its size.
 */
export function readEntry(resource: unknown): DirectoryEntry | undefined {
  const ownId = text(member(resource, 'id'))
  const oid = oidOf(ownId) ?? identifierOid(member(resource, 'identifier'))
  const id = ownId ?? oid
  if (id === undefined || id.length > MAX_ID) return undefined
  const addresses = readAddresses(resource)
  const { endpoints, problems } = readEndpoints(resource)
  const found: FromExtensions = { manager: member(resource, 'managingOrg') }
  readExtensions(resource, found, readExtension)
  return withinLimits({
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
    managingOrganization: organizationOf(found.manager),
    domains: found.domains ?? NONE,
    purposesOfUse: found.purposes ?? NONE,
    lastUpdated: text(member(member(resource, 'meta'), 'lastUpdated')),
    endpoints,
    unreadable: problems,
    resource,
  })
}

/** What an Organization publishes in extensions. */
interface FromExtensions {
  domains?: string[]
  purposes?: string[]
  manager: unknown
}

function readExtension(found: FromExtensions, name: string, extension: unknown): boolean {
  switch (name) {
    case 'Domains':
    case 'domains':
      found.domains = added(found.domains, extensionCodes(extension))
      return true
    case 'PurposesOfUse':
    case 'purposesofuse':
      found.purposes = added(found.purposes, extensionCodes(extension))
      return true
    case 'org-managing-org':
      found.manager = member(extension, 'valueReference') ?? found.manager
      return true
    default:
      return false
  }
}

/** References to Endpoints that are resources of their own, by their place in `endpoint`; of the first 1,000. */
export function endpointReferences(resource: unknown): readonly { path: string; to: string }[] {
  const references = list(member(resource, 'endpoint')).slice(0, MAX_ITEMS)
  return references.flatMap((one, index) => {
    const to = text(member(one, 'reference'))
    return to === undefined || to.startsWith('#') ? [] : [{ path: `endpoint.${index}`, to }]
  })
}

/**
 * The entry with its resolved references: endpoints that were read, and problems for those that
 * were not.
 */
export function withReferenced(
  entry: DirectoryEntry,
  read: ReadonlyMap<string, DirectoryEndpoint>,
  problems: readonly DirectoryProblem[],
): DirectoryEntry {
  const settled = new Set([...read.keys(), ...problems.map(({ path }) => path)])
  return withinLimits({
    ...entry,
    endpoints: [...entry.endpoints, ...read.values()],
    unreadable: [...(entry.unreadable ?? []).filter(({ path }) => !settled.has(path)), ...problems],
  })
}

/** The home community id where one is named so; entries list other OIDs, too. */
function identifierOid(identifiers: unknown): string | undefined {
  let first: string | undefined
  for (const identifier of list(identifiers)) {
    const oid = oidOf(text(member(identifier, 'value')))
    if (oid === undefined) continue
    const type = member(identifier, 'type')
    if (text(type) === 'HCID' || conceptTexts(type).includes('HCID')) return oid
    first ??= oid
  }
  return first
}

function readEndpoints(resource: unknown): {
  endpoints: readonly DirectoryEndpoint[]
  problems: readonly DirectoryProblem[]
} {
  const endpoints: DirectoryEndpoint[] = []
  const problems: DirectoryProblem[] = []
  const ids = new Set<string>()
  let met = 0
  for (const { path, endpoint: one } of containedEndpoints(resource)) {
    met += 1
    if (met > MAX_ITEMS) {
      problems.push({ path: 'contained', reason: TOO_MANY, leftOut: true })
      break
    }
    const endpoint = readEndpoint(one, 'contained')
    const id = text(member(one, 'id'))
    if (id !== undefined) ids.add(id)
    if (endpoint !== undefined) endpoints.push(endpoint)
    else problems.push({ path, reason: 'an Endpoint without an address' })
  }
  const references = list(member(resource, 'endpoint'))
  for (const [index, one] of references.slice(0, MAX_ITEMS).entries()) {
    const reason = objectionTo(text(member(one, 'reference')), ids)
    if (reason !== undefined) problems.push({ path: `endpoint.${index}`, reason })
  }
  if (references.length > MAX_ITEMS)
    problems.push({ path: 'endpoint', reason: TOO_MANY, leftOut: true })
  return { endpoints, problems }
}

const TOO_MANY = 'more than 1,000 Endpoints, the others left out'

/** The legacy directory puts several `Endpoint` elements into one `contained`. */
function* containedEndpoints(
  resource: unknown,
): Generator<{ path: string; endpoint: unknown }, void, void> {
  let place = 0
  for (const contained of list(member(resource, 'contained'))) {
    const path = `contained.${place}`
    if (member(contained, 'resourceType') === 'Endpoint') yield { path, endpoint: contained }
    else for (const one of list(member(contained, 'Endpoint'))) yield { path, endpoint: one }
    place += 1
  }
}

function objectionTo(
  reference: string | undefined,
  contained: ReadonlySet<string>,
): string | undefined {
  if (reference === undefined) return 'a reference that leads nowhere'
  if (!reference.startsWith('#')) return 'an Endpoint that was not fetched'
  return contained.has(reference.slice(1)) ? undefined : 'a contained Endpoint that is not there'
}

/** Older servers write `False`. */
function flag(value: string | undefined): boolean | undefined {
  const word = value?.length === 4 || value?.length === 5 ? value.toLowerCase() : undefined
  if (word === 'true') return true
  return word === 'false' ? false : undefined
}

/** The OID or id that a Reference to an Organization names, by reference or by identifier. */
function organizationOf(reference: unknown): string | undefined {
  const id = idOf(text(member(reference, 'reference')))
  return oidOf(id) ?? id ?? identifierOid(member(reference, 'identifier'))
}

/**
 * Directories also refer by name, and names contain slashes (`d/b/a`), question marks and hashes.
 */
function idOf(reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined
  const [, named] = /(?:^|\/)Organization\/(.*)$/s.exec(reference) ?? []
  const isName = named === undefined || /\s/.test(named)
  const [, id] = isName ? [] : (/^([^/?#]*)(?:\/?$|\/_history\/|[?#])/.exec(named) ?? [])
  const last = /\s/.test(reference) ? reference : reference.split('/').at(-1)
  const found = id ?? named ?? last
  return found === '' ? undefined : found
}
