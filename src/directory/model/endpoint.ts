import { isShallow } from '../../lib/depth.ts'
import type { DirectoryDowntime, DirectoryEndpoint, DirectoryPeriod } from './model.ts'
import {
  added,
  conceptTexts,
  extensionTexts,
  items,
  member,
  NONE,
  takeExtensions,
  text,
} from './tree.ts'
import { mediaTypeVersion } from './versions.ts'

/** What an Endpoint says in extensions; most say little, so that a list is made when it is needed. */
interface Said {
  versions?: string[]
  transactions?: string[]
  purposesOfUse?: string[]
  roles?: string[]
  downtime?: DirectoryDowntime[]
}

/** Reads one Endpoint; undefined where it has no address. */
export function readEndpoint(
  endpoint: unknown,
  source: 'contained' | 'referenced',
): DirectoryEndpoint | undefined {
  const address = text(member(endpoint, 'address'))
  if (address === undefined) return undefined
  const said: Said = {}
  takeExtensions(endpoint, said, takeExtension)
  const types = conceptTexts(member(endpoint, 'payloadType'))
  const mediaTypes = conceptTexts(member(endpoint, 'payloadMimeType'))
  const versions = said.versions ?? mediaTypeVersions(mediaTypes)
  const period = member(endpoint, 'period')
  return {
    address,
    source,
    name: text(member(endpoint, 'name')),
    connectionTypes: conceptTexts(member(endpoint, 'connectionType')),
    transactions: said.transactions ?? NONE,
    payloads: mediaTypes.length === 0 ? types : [...types, ...mediaTypes],
    fhirVersion: versions[0],
    fhirVersions: versions.length > 1 ? versions : undefined,
    status: text(member(endpoint, 'status')),
    period: period === undefined ? undefined : periodOf(period),
    purposesOfUse: said.purposesOfUse ?? NONE,
    roles: said.roles ?? NONE,
    downtime: said.downtime ?? NONE,
  }
}

function takeExtension(said: Said, name: string, extension: unknown): boolean {
  switch (name) {
    case 'Transaction':
    case 'transaction':
      said.transactions = added(said.transactions, extensionTexts(extension))
      return true
    case 'Version':
    case 'version':
      if (!isOfDirectory(extension)) return false
      said.versions = added(said.versions, extensionTexts(extension).slice(0, 1))
      return true
    // HL7's, and Argonaut's before it.
    case 'endpoint-fhir-version':
      said.versions = added(said.versions, extensionTexts(extension).slice(0, 1))
      return true
    case 'PurposesOfUse':
    case 'purposesofuse':
      said.purposesOfUse = added(said.purposesOfUse, extensionTexts(extension))
      return true
    case 'Roles':
    case 'roles':
      said.roles = added(said.roles, extensionTexts(extension))
      return true
    case 'Downtime':
    case 'downtime':
      said.downtime = added(said.downtime, downtimeOf(extension))
      return true
    default:
      return false
  }
}

function downtimeOf(extension: unknown): readonly DirectoryDowntime[] {
  return [
    ...items(member(extension, 'valuePeriod')).map(periodOf),
    // One that nobody could walk through says nothing, as one that nobody understands.
    ...items(member(extension, 'valueTiming')).map((timing) =>
      isShallow(timing) ? { timing } : {},
    ),
  ]
}

/** `Version` in another publisher's extension is that of something else. */
function isOfDirectory(extension: unknown): boolean {
  const url = text(member(extension, 'url')) ?? ''
  return !url.includes('/') || /(sequoiaproject|carequality)\.org\//i.test(url)
}

function mediaTypeVersions(types: readonly string[]): readonly string[] {
  return types.map(mediaTypeVersion).filter((version) => version !== undefined)
}

function periodOf(period: unknown): DirectoryPeriod {
  return { start: text(member(period, 'start')), end: text(member(period, 'end')) }
}
