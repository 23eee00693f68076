import { isShallow } from '../lib/depth.ts'
import type { DirectoryDowntime, DirectoryEndpoint } from './model.ts'
import {
  conceptTexts,
  extensionTexts,
  joined,
  list,
  member,
  NONE,
  takeExtensions,
  text,
} from './tree.ts'

type Draft = { -readonly [Member in keyof DirectoryEndpoint]: DirectoryEndpoint[Member] }

/** Reads one Endpoint; undefined where it has no address. */
export function readEndpoint(
  endpoint: unknown,
  source: 'contained' | 'referenced',
): DirectoryEndpoint | undefined {
  const address = text(member(endpoint, 'address'))
  if (address === undefined) return undefined
  const draft: Draft = {
    address,
    source,
    name: text(member(endpoint, 'name')),
    connectionTypes: conceptTexts(member(endpoint, 'connectionType')),
    transactions: NONE,
    payloads: joined(
      conceptTexts(member(endpoint, 'payloadType')),
      conceptTexts(member(endpoint, 'payloadMimeType')),
    ),
    fhirVersion: undefined,
    status: text(member(endpoint, 'status')),
    purposesOfUse: NONE,
    roles: NONE,
    downtime: NONE,
  }
  takeExtensions(endpoint, draft, takeExtension)
  return draft
}

function takeExtension(draft: Draft, name: string, extension: unknown): boolean {
  switch (name) {
    case 'Transaction':
    case 'transaction':
      draft.transactions = joined(draft.transactions ?? NONE, extensionTexts(extension))
      return true
    case 'Version':
    case 'version':
      draft.fhirVersion ??= extensionTexts(extension)[0]
      return true
    case 'PurposesOfUse':
    case 'purposesofuse':
      draft.purposesOfUse = joined(draft.purposesOfUse ?? NONE, extensionTexts(extension))
      return true
    case 'Roles':
    case 'roles':
      draft.roles = joined(draft.roles ?? NONE, extensionTexts(extension))
      return true
    case 'Downtime':
    case 'downtime':
      draft.downtime = joined(draft.downtime ?? NONE, downtimeOf(extension))
      return true
    default:
      return false
  }
}

function downtimeOf(extension: unknown): readonly DirectoryDowntime[] {
  return [
    ...list(member(extension, 'valuePeriod')).map((period) => ({
      start: text(member(period, 'start')),
      end: text(member(period, 'end')),
    })),
    // One that nobody could walk through says nothing, as one that nobody understands.
    ...list(member(extension, 'valueTiming')).map((timing) =>
      isShallow(timing) ? { timing } : {},
    ),
  ]
}
