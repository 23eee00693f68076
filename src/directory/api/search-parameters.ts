import { requireBoolean, requireObject, requirePositive, requireText } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { entryIdOf, oidOf } from '../model/oid.ts'
import type { DirectoryRelease } from './releases.ts'

/**
 * What a directory is searched by; all criteria must hold. A directory may ignore those it does not
 * know.
 */
export interface DirectorySearchParameters {
  /** Beginning of the name, or of a word in it; any part of it, or the exact whole. */
  name?: string | { contains: string } | { exact: string } | undefined
  /** An OID in any spelling, or `{ system, value }`. */
  identifier?: string | { system: string; value: string } | undefined
  active?: boolean | undefined
  /** Any part of the address, or some parts by name. */
  address?:
    | string
    | {
        city?: string | undefined
        state?: string | undefined
        postalCode?: string | undefined
        country?: string | undefined
      }
    | undefined
  /** OID or id of the parent. */
  partOf?: string | undefined
  /** When the directory changed the entry: `ge2026-01-01`, or two of them for a range. Prefixes `eq ne gt lt ge le sa eb ap`. */
  lastUpdated?: string | readonly string[] | undefined
  /** Entries a page, rounded up; the server may return fewer. */
  count?: number | undefined
}

const DATE =
  /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** The query of a search; throws `TypeError` for what cannot be sent. */
export function searchQuery(
  parameters: DirectorySearchParameters,
  { activeParameter, paging }: DirectoryRelease,
): readonly (readonly [string, string])[] {
  const { name, identifier, active, address, partOf, lastUpdated, count } = ownOptions(
    parameters,
    'parameters',
  )
  requireBoolean(active, 'active')
  requirePositive(count, 'count')
  const size = count === undefined ? [] : [[paging?.count ?? '_count', String(Math.ceil(count))]]
  return [
    ...(name === undefined ? [] : [nameQuery(name)]),
    ...(identifier === undefined ? [] : [['identifier', identifierQuery(identifier)]]),
    ...(active === undefined ? [] : [[activeParameter, String(active)]]),
    ...(address === undefined ? [] : addressQuery(address)),
    ...(partOf === undefined ? [] : [['partof', parentQuery(partOf)]]),
    ...datesOf(lastUpdated).map((date) => ['_lastUpdated', date]),
    ...size,
  ].map(([key = '', value = '']) => [key, value])
}

function nameQuery(name: NonNullable<DirectorySearchParameters['name']>): string[] {
  if (typeof name === 'string') return ['name', escaped(requireText(name, 'name'))]
  requireObject(name, 'name')
  const { contains, exact } = { contains: undefined, exact: undefined, ...name }
  if ((contains === undefined) === (exact === undefined))
    throw new TypeError('"name" must be a text, { contains } or { exact }')
  return contains === undefined
    ? ['name:exact', escaped(requireText(exact, 'name.exact'))]
    : ['name:contains', escaped(requireText(contains, 'name.contains'))]
}

function identifierQuery(identifier: NonNullable<DirectorySearchParameters['identifier']>): string {
  if (typeof identifier === 'string') {
    const oid = oidOf(requireText(identifier, 'identifier'))
    return oid === undefined ? escaped(identifier) : `urn:oid:${oid}`
  }
  requireObject(identifier, 'identifier')
  const system = escaped(requireText(identifier.system, 'identifier.system'))
  return `${system}|${escaped(requireText(identifier.value, 'identifier.value'))}`
}

const PARTS = {
  city: 'city',
  state: 'state',
  postalCode: 'postalcode',
  country: 'country',
} as const

function addressQuery(address: NonNullable<DirectorySearchParameters['address']>): string[][] {
  if (typeof address === 'string') return [['address', escaped(requireText(address, 'address'))]]
  requireObject(address, 'address')
  return (['city', 'state', 'postalCode', 'country'] as const).flatMap((part) => {
    const value = address[part]
    if (value === undefined) return []
    return [[`address-${PARTS[part]}`, escaped(requireText(value, `address.${part}`))]]
  })
}

function parentQuery(partOf: string): string {
  const parent = entryIdOf(requireText(partOf, 'partOf'))
  if (parent === undefined) throw new TypeError('"partOf" must be an OID or a FHIR id')
  return `Organization/${parent.id}`
}

function datesOf(lastUpdated: DirectorySearchParameters['lastUpdated']): readonly string[] {
  if (lastUpdated === undefined) return []
  const dates: readonly unknown[] = typeof lastUpdated === 'string' ? [lastUpdated] : lastUpdated
  if (!Array.isArray(dates) || !dates.every((date) => typeof date === 'string' && DATE.test(date)))
    throw new TypeError('"lastUpdated" must be dates with a prefix, such as ge2026-01-01')
  return dates.map(String)
}

/** [FHIR R4, 3.1.1.5.7](https://hl7.org/fhir/R4/search.html#escaping). */
function escaped(value: string): string {
  return value.replace(/[\\$,|]/g, '\\$&')
}
