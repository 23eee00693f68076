import type { DirectoryDowntime, DirectoryEndpoint } from './model.ts'
import {
  conceptTexts,
  extensionTexts,
  extensionsOf,
  list,
  member,
  text,
  type NamedExtension,
} from './tree.ts'

/** Reads one Endpoint; undefined where it has no address. */
export function readEndpoint(
  endpoint: unknown,
  source: 'contained' | 'referenced',
): DirectoryEndpoint | undefined {
  const address = text(member(endpoint, 'address'))
  if (address === undefined) return undefined
  const extensions = extensionsOf(endpoint)
  return {
    address,
    source,
    name: text(member(endpoint, 'name')),
    connectionTypes: list(member(endpoint, 'connectionType')).flatMap(conceptTexts),
    transactions: extensionTexts(extensions, 'transaction'),
    payloads: [
      ...list(member(endpoint, 'payloadType')).flatMap(conceptTexts),
      ...list(member(endpoint, 'payloadMimeType')).flatMap(conceptTexts),
    ],
    fhirVersion: extensionTexts(extensions, 'version')[0],
    status: text(member(endpoint, 'status')),
    purposesOfUse: extensionTexts(extensions, 'purposesofuse'),
    roles: extensionTexts(extensions, 'roles'),
    downtime: downtimeOf(extensions),
  }
}

function downtimeOf(extensions: readonly NamedExtension[]): readonly DirectoryDowntime[] {
  return extensions
    .filter(({ name }) => name === 'downtime')
    .flatMap(({ node }) => [
      ...list(member(node, 'valuePeriod')).map((period) => ({
        start: text(member(period, 'start')),
        end: text(member(period, 'end')),
      })),
      ...list(member(node, 'valueTiming')).map((timing) => ({ timing })),
    ])
}
