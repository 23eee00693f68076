/**
 * Searching for patients: by POST, page by page, with "or" and "and", and what a hit is worth.
 * Offline on the sandbox; the variables of docs/getting-started.md take a real network.
 */
import { CarequalityClient, type FetchLike, type Patient } from 'carequality-fhir'
import { network } from './_network.ts'

const { options, organization } = await network('2.999.10')
const client = new CarequalityClient({
  ...options,
  fetch: watched(options.fetch ?? globalThis.fetch),
})
const { patients } = await client.organization(organization)

print('Women named Peters or Santos, born before 1975, oldest first')
const wanted = patients.search({
  family: { anyOf: ['Peters', 'Santos'] },
  gender: 'female',
  birthdate: { lt: '1975' },
})
const women = await wanted.toArray({ max: 50 })
for (const patient of women.resources.sort(byBirthDate)) print(`  ${described(patient)}`)
print(`  complete: ${women.complete}`)

print('\nAll named Peters, two at a time')
for await (const { resources, total } of patients.search({ name: 'peters', _count: 2 }).pages()) {
  print(`  ${resources.length} of ${total ?? 'an unknown number'}`)
}

print('\nThe first one born on 5 April 1946')
const first = await patients.search({ birthdate: '1946-04-05', _count: 1 }).first()
print(`  ${first === undefined ? 'nobody' : described(first)}`)

print('\nPeters of Boise, at a server that does not know "address-city"')
const criteria = { family: 'Peters', 'address-city': 'Boise' }
for await (const { resources, ignoredParameters } of patients
  .search({ ...criteria, _count: 10 })
  .pages()) {
  print(`  hits: ${resources.length}, ignored: ${ignoredParameters.join()}`)
  const matches = resources.filter(({ address = [] }) =>
    address.some(({ city }) => city === criteria['address-city']),
  )
  print(`  of these in Boise: ${matches.length}`)
}

await client.close()

/** The same fetch, which shows what is asked of the patients, as a proxy on the way would see it. */
function watched(fetch: FetchLike): FetchLike {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    if (/Patient|_getpages/.test(request.url)) print(`  > ${request.method} ${pathname}${search}`)
    return fetch(request)
  }
}

function byBirthDate(one: Patient, other: Patient): number {
  return (one.birthDate ?? '').localeCompare(other.birthDate ?? '')
}

function described({ id, name: names, birthDate }: Patient): string {
  const [name] = names ?? []
  return `${id ?? ''}  ${[...(name?.given ?? []), name?.family].join(' ')}, born ${birthDate ?? 'on no known date'}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
