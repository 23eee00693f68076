import type { DirectoryEntry } from '../directory/model/model.ts'
import { entryIdOf } from '../directory/model/oid.ts'
import { requireBaseUrl } from '../http/policies/base-url.ts'
import { isRecord, requireText } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'

/** A FHIR server that needs no directory. */
export interface BaseUrlTarget {
  baseUrl: string
  oid?: string | undefined
  /** In place of what the server publishes. */
  tokenEndpoint?: string | undefined
}

/** One that is to be asked: an OID, a base URL, or an entry of a directory. */
export type TargetInput = string | DirectoryEntry | BaseUrlTarget

/** A target as it was given. */
export type Given =
  | { readonly by: 'id'; readonly id: string }
  | { readonly by: 'entry'; readonly id: string; readonly entry: DirectoryEntry }
  | {
      readonly by: 'url'
      readonly id: string
      readonly oid: string | undefined
      readonly baseUrl: string
      readonly tokenEndpoint: string | undefined
    }

/** The targets, named and checked; throws `TypeError` that names the one that is none. */
export function targetsOf(targets: unknown): readonly Given[] {
  const isIterable = typeof targets === 'object' && targets !== null && Symbol.iterator in targets
  if (!isIterable) {
    throw new TypeError('"targets" must be a list of OIDs, directory entries or base URLs')
  }
  return Array.from(targets as Iterable<unknown>, (target, index) =>
    givenOf(target, `targets[${index}]`),
  )
}

function givenOf(target: unknown, option: string): Given {
  if (typeof target === 'string') return textTarget(target, option)
  if (!isRecord(target)) throw noTarget(option)
  if (isEntry(target)) return { by: 'entry', id: target.oid ?? target.id, entry: target }
  const { baseUrl, oid, tokenEndpoint } = ownProperties(target)
  const url = requireBaseUrl(baseUrl, `${option}.baseUrl`)
  const endpoint =
    tokenEndpoint === undefined
      ? undefined
      : requireBaseUrl(tokenEndpoint, `${option}.tokenEndpoint`)
  const known = oid === undefined ? undefined : entryIdOf(requireText(oid, `${option}.oid`))?.oid
  if (oid !== undefined && known === undefined) {
    throw new TypeError(`"${option}.oid" must be an OID such as 2.16.840.1.113883.3.13.1`)
  }
  return { by: 'url', id: known ?? url, oid: known, baseUrl: url, tokenEndpoint: endpoint }
}

function textTarget(text: string, option: string): Given {
  if (/^\s*https?:/i.test(text)) {
    const baseUrl = requireBaseUrl(text, option)
    return { by: 'url', id: baseUrl, oid: undefined, baseUrl, tokenEndpoint: undefined }
  }
  const entry = entryIdOf(text)
  if (entry === undefined) throw noTarget(option)
  return { by: 'id', id: entry.oid ?? entry.id }
}

function isEntry(
  target: Readonly<Record<string, unknown>>,
): target is Record<string, unknown> & DirectoryEntry {
  const { id, endpoints } = target
  return typeof id === 'string' && Array.isArray(endpoints)
}

function noTarget(option: string): TypeError {
  return new TypeError(`"${option}" must be an OID, a base URL or a directory entry`)
}
