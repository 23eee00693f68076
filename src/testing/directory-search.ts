import type { SandboxOrganization } from './organizations.ts'

const FIRST_WRITTEN = '2025-09-01T12:00:00.000Z'

type Test = (organization: SandboxOrganization, value: string) => boolean

/** The search parameters that the R4 directories know. */
const TESTS: Readonly<Record<string, Test>> = {
  _id: ({ oid }, value) => value.split(',').includes(oid),
  identifier: ({ oid }, value) => bareOid(value) === oid,
  active: ({ active }, value) => value === String(active),
  name: ({ name }, value) => ` ${name.toLowerCase()}`.includes(` ${value.toLowerCase()}`),
  'name:contains': ({ name }, value) => name.toLowerCase().includes(value.toLowerCase()),
  'name:exact': ({ name }, value) => name === value,
  partof: ({ partOf }, value) => partOf === value.replace(/^Organization\//, ''),
  'address-city': ({ city }, value) => startsWith(city, value),
  'address-state': ({ state }, value) => startsWith(state, value),
  'address-postalcode': ({ postalCode }, value) => startsWith(postalCode, value),
  'address-country': (_, value) => startsWith('US', value),
  _lastUpdated: ({ lastUpdated = FIRST_WRITTEN }, value) => isWithin(lastUpdated, value),
}

/** What has no say in which organizations are found. */
const MANNERS = ['_count', '_start', '_sort', '_format', '_apiKey']

/** The organizations that a query finds, and the parameters that it does not know. */
export function searchOrganizations(
  all: readonly SandboxOrganization[],
  query: URLSearchParams,
): { found: readonly SandboxOrganization[]; unknown: readonly string[] } {
  const criteria = [...query].filter(([name]) => Object.hasOwn(TESTS, name))
  const found = all.filter((one) =>
    criteria.every(([name, value]) => TESTS[name]?.(one, unescaped(value)) === true),
  )
  const unknown = [...query.keys()].filter(
    (name) => !Object.hasOwn(TESTS, name) && !MANNERS.includes(name),
  )
  const sorted =
    query.get('_sort') === '_id' ? [...found].sort((a, b) => (a.oid < b.oid ? -1 : 1)) : found
  return { found: sorted, unknown }
}

function bareOid(value: string): string {
  return value.replace(/^.*\|/, '').replace(/^urn:oid:/i, '')
}

function startsWith(text: string, value: string): boolean {
  return text.toLowerCase().startsWith(value.toLowerCase())
}

/** A date is all of its day: [FHIR R4, 3.1.1.5.6](https://hl7.org/fhir/R4/search.html#date). */
function isWithin(lastUpdated: string, value: string): boolean {
  const [, prefix = 'eq', date = ''] = /^([a-z]{2})?(.*)$/.exec(value) ?? []
  const at = Date.parse(lastUpdated)
  const from = Date.parse(date)
  const to = from + (date.includes('T') ? (date.includes('.') ? 1 : 1000) : DAY_MS)
  if (prefix === 'ge') return at >= from
  if (prefix === 'gt' || prefix === 'sa') return at >= to
  if (prefix === 'le') return at < to
  if (prefix === 'lt' || prefix === 'eb') return at < from
  const equal = at >= from && at < to
  return prefix === 'ne' ? !equal : equal
}

const DAY_MS = 86_400_000

function unescaped(value: string): string {
  return value.replace(/\\([\\$,|])/g, '$1')
}
