import { isShallow } from '../../lib/depth.ts'
import type { DirectoryDowntime, DirectoryEndpoint, DirectoryPeriod } from './model.ts'
import { member, NONE, text } from '../../hl7/tree.ts'
import { added, conceptTexts, extensionTexts, items, readExtensions } from './concepts.ts'
import { mediaTypeVersion } from '../../hl7/fhir-version.ts'

/** What an Endpoint publishes in extensions; most have few, so lists are made on demand. */
interface FromExtensions {
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
  const found: FromExtensions = {}
  readExtensions(endpoint, found, readExtension)
  const types = conceptTexts(member(endpoint, 'payloadType'))
  const mediaTypes = conceptTexts(member(endpoint, 'payloadMimeType'))
  const versions = found.versions ?? mediaTypeVersions(mediaTypes)
  const period = member(endpoint, 'period')
  return {
    address,
    source,
    name: text(member(endpoint, 'name')),
    connectionTypes: conceptTexts(member(endpoint, 'connectionType')),
    transactions: found.transactions ?? NONE,
    payloads: mediaTypes.length === 0 ? types : [...types, ...mediaTypes],
    fhirVersion: versions[0],
    fhirVersions: versions.length > 1 ? versions : undefined,
    status: text(member(endpoint, 'status')),
    period: period === undefined ? undefined : periodOf(period),
    purposesOfUse: found.purposesOfUse ?? NONE,
    roles: found.roles ?? NONE,
    downtime: found.downtime ?? NONE,
  }
}

function readExtension(found: FromExtensions, name: string, extension: unknown): boolean {
  switch (name) {
    case 'Transaction':
    case 'transaction':
      found.transactions = added(found.transactions, extensionTexts(extension))
      return true
    case 'Version':
    case 'version':
      if (!isOfDirectory(extension)) return false
      found.versions = added(found.versions, extensionTexts(extension).slice(0, 1))
      return true
    // HL7's, and the earlier one of Argonaut.
    case 'endpoint-fhir-version':
      found.versions = added(found.versions, extensionTexts(extension).slice(0, 1))
      return true
    case 'PurposesOfUse':
    case 'purposesofuse':
      found.purposesOfUse = added(found.purposesOfUse, extensionTexts(extension))
      return true
    case 'Roles':
    case 'roles':
      found.roles = added(found.roles, extensionTexts(extension))
      return true
    case 'Downtime':
    case 'downtime':
      found.downtime = added(found.downtime, downtimeOf(extension))
      return true
    default:
      return false
  }
}

function downtimeOf(extension: unknown): readonly DirectoryDowntime[] {
  return [
    ...items(member(extension, 'valuePeriod')).map(periodOf),
    // A Timing that is nested too deeply is ignored, as one that cannot be interpreted.
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
