import { isRecord } from '../../lib/arguments.ts'
import type { DirectoryEndpoint, DirectoryEntry } from './model.ts'

/** Whether a value has what look-ups need of an entry; the rest is as it was saved. */
export function isEntry(value: unknown): value is DirectoryEntry {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    value.id !== '' &&
    typeof value.name === 'string' &&
    isText(value.oid) &&
    isText(value.partOf) &&
    (value.active === undefined || typeof value.active === 'boolean') &&
    Array.isArray(value.endpoints) &&
    value.endpoints.every(isEndpoint)
  )
}

/** Whether a value has what selection needs of an endpoint. */
export function isEndpoint(value: unknown): value is DirectoryEndpoint {
  return (
    isRecord(value) &&
    typeof value.address === 'string' &&
    isText(value.name) &&
    isText(value.status) &&
    isText(value.fhirVersion) &&
    TEXT_LISTS.every((name) => isListOf(value[name], (item) => typeof item === 'string')) &&
    (value.period === undefined || isPeriod(value.period)) &&
    isListOf(value.downtime, isPeriod)
  )
}

const TEXT_LISTS = [
  'transactions',
  'connectionTypes',
  'payloads',
  'fhirVersions',
  'purposesOfUse',
] as const

function isText(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isPeriod(value: unknown): boolean {
  return isRecord(value) && isText(value.start) && isText(value.end)
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every((item) => isItem(item)))
}
