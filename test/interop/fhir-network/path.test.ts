import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Patient } from '../../../src/index.ts'
import { FhirError } from '../../../src/errors.ts'
import { API_KEY, OID, startNetwork, type Network } from './network.ts'

let network: Network

beforeAll(async () => {
  network = await startNetwork()
})
afterAll(() => network.close())

describe.each(['RS256', 'RS384', 'ES256', 'ES384'] as const)('the whole path with %s', (alg) => {
  const identity = (): Network['identities'][number] => {
    const found = network.identities.find((one) => one.alg === alg)
    if (found === undefined) throw new Error(`no identity for ${alg}`)
    return found
  }

  test('with x5c and kid (carequality-legacy)', async () => {
    const client = network.client(identity())
    const patient = await (await client.organization(OID)).patients.read('patient-3')
    expect(patient.name?.[0]?.given).toEqual(['Given3'])
    await client.close()
  })

  test('with kid alone (smart-backend), by the R4 directory', async () => {
    const client = network.client(identity(), {
      mode: 'smart-backend',
      directory: {
        release: 'carequality-r4',
        baseUrl: network.directory.r4BaseUrl,
        apiKey: API_KEY,
      },
    })
    const patient = await (await client.organization(OID)).patients.read('patient-4')
    expect(patient.id).toBe('patient-4')
    await client.close()
  })
})

describe('patients', () => {
  const patients = async (): Promise<
    Awaited<ReturnType<ReturnType<Network['client']>['organization']>>['patients']
  > => {
    const [first] = network.identities
    if (first === undefined) throw new Error('no identity')
    return (await network.client(first).organization(OID)).patients
  }

  test('twelve hits over three pages by POST _search, next pages by GET', async () => {
    network.fhir.requests.length = 0
    const hits: Patient[] = []
    for await (const hit of (await patients()).search({ family: 'Peters' })) hits.push(hit)
    expect(new Set(hits.map(({ id }) => id)).size).toBe(12)
    const searches = network.fhir.requests.filter(({ url }) => url.startsWith('/fhir/Patient'))
    expect(searches.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
    expect(searches[0]?.body).toBe('family=Peters')
    expect(searches[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  test('birth date with a prefix, given name and _count reach the search engine', async () => {
    const found = await (
      await patients()
    )
      .search({ birthdate: 'ge1960', _count: 3 })
      .toArray({ max: 20 })
    expect(found).toMatchObject({ complete: true })
    expect(found.resources.map(({ birthDate }) => birthDate)).toEqual(['1960-04-05', '1961-04-05'])
    const one = await (await patients()).search({ given: 'Given7' }).toArray({ max: 20 })
    expect(one.resources.map(({ id }) => id)).toEqual(['patient-7'])
  })

  test('an unknown id is ERR_CQ_NOT_FOUND with the text that this server puts into details.text', async () => {
    const error: FhirError = await (await patients()).read('nobody').then(
      () => {
        throw new Error('found')
      },
      (reason: unknown) => {
        if (reason instanceof FhirError) return reason
        throw reason
      },
    )
    expect(error).toMatchObject({
      code: 'ERR_CQ_NOT_FOUND',
      status: 404,
      issueCodes: ['not-found'],
    })
    expect(error.outcome?.issue[0]?.text).toBe('Not found')
    expect(error.message).not.toContain('Not found')
    expect(await (await patients()).find('nobody')).toBeUndefined()
  })
})

test('an expired token is renewed without the caller seeing it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const short = await startNetwork({ tokenLifetimeS: 2 })
  const [first] = short.identities
  if (first === undefined) throw new Error('no identity')
  // A clock that stands still: the client believes in its token, the server does not.
  const at = Date.now()
  const client = short.client(first, { now: () => at })
  const { patients } = await client.organization(OID)
  await patients.read('patient-1')
  vi.setSystemTime(at + 2_500)
  await patients.read('patient-1')
  const reads = short.fhir.requests.filter(({ url }) => url === '/fhir/Patient/patient-1')
  expect(reads.map(({ headers }) => headers.authorization)).toHaveLength(3)
  expect(new Set(reads.map(({ headers }) => headers.authorization)).size).toBe(2)
  expect(short.authorization.requests.filter(({ url }) => url === '/token')).toHaveLength(2)
  await short.close()
})
