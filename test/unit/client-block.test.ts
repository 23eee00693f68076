import { describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../src/index.ts'
import { entry, signer, smartConfiguration, statement, token } from '../support/fake-responder.ts'
import { tokenEndpoint, world, type Responses } from '../support/fake-responder.ts'
import { base, bundle, failure, fhir, patient, recording, walked } from '../support/fhir-answers.ts'
import { holdTime, until } from '../support/time.ts'

const origin = new URL(base).origin
const docs: Responses = { metadata: () => statement({ token: tokenEndpoint }) }
const refused = { code: 'ERR_CQ_ORIGIN_REFUSED', name: 'PolicyError', retryable: false }

describe('block() of an origin', () => {
  test('sends nothing there any more, by whatever way, and says why', async () => {
    const { client, seen, events } = await world(docs)
    const before = await client.responder({ baseUrl: base })
    await before.patients.read('1')
    const sent = seen.length
    client.block(origin, 'keys stolen, ticket 4711')
    for (const call of [
      () => before.patients.read('1'),
      () => before.patients.search({ family: 'a' }).first(),
      () => before.as({ scope: 'system/*.read' }).patients.read('1'),
      () => client.responder({ baseUrl: base }),
      () => client.as({ purposeOfUse: 'TREAT' }).responder({ baseUrl: `${base}/other` }),
      () => client.capabilityResolver.resolve(`${base}/another`),
    ]) {
      const error = await failure(call())
      expect(error).toMatchObject(refused)
      expect(error.message).toContain(`${origin} is blocked: keys stolen, ticket 4711`)
    }
    expect(seen).toHaveLength(sent)
    expect(client.describe().blocked).toEqual([
      { party: origin, reason: 'keys stolen, ticket 4711' },
    ])
    expect(events.filter(({ type }) => type === 'client.blocked')).toMatchObject([
      { party: origin },
    ])
  })

  test('sends no assertion to a token endpoint there, for a server elsewhere', async () => {
    const { client, of } = await world({
      metadata: () => statement({ token: 'https://auth.example.org/token' }),
    })
    const responder = await client.responder({ baseUrl: base })
    client.block('https://auth.example.org/', 'compromised')
    expect(await failure(responder.patients.read('1'))).toMatchObject(refused)
    expect(of('token')).toEqual([])
  })

  test('ends what is under way, at once, and leaves the others alone', async () => {
    holdTime() // no time passes
    const { client, of } = await world({
      ...docs,
      patients: ({ url }) =>
        url.startsWith(base) ? new Promise(() => undefined) : fhir(200, patient('1')),
    })
    const slow = (await client.responder({ baseUrl: base })).patients.read('1')
    const other = await client.responder({
      baseUrl: 'https://other.example/r4',
      tokenEndpoint: 'https://other.example/token',
    })
    await until(() => of('patients').length > 0)
    client.block(origin, 'compromised')
    expect(await failure(slow)).toMatchObject({ ...refused, operation: 'patients.read' })
    expect((await other.patients.read('1')).id).toBe('1')
  })

  test('ends a search between two pages, after the hits that were given', async () => {
    const { client } = await world({
      ...docs,
      patients: () => fhir(200, bundle(['1', '2'], { next: `${base}/Patient?page=2` })),
    })
    const responder = await client.responder({ baseUrl: base })
    const given: string[] = []
    const error = await failure(
      (async () => {
        for await (const { id = '' } of responder.patients.search({ family: 'a' })) {
          given.push(id)
          // Before the second hit is wanted, and with it the page ahead.
          if (id === '1') client.block(origin, 'compromised')
        }
      })(),
    )
    expect(given).toEqual(['1', '2'])
    expect(error).toMatchObject({ ...refused, received: 2, pages: 1 })
  })

  test('is lifted by the function that it gives back', async () => {
    const { client } = await world(docs)
    const lift = client.block(`${origin}/`, 'a mistake')
    expect(await failure(client.responder({ baseUrl: base }))).toMatchObject(refused)
    lift()
    expect((await (await client.responder({ baseUrl: base })).patients.read('1')).id).toBe('1')
    expect(client.describe().blocked).toEqual([])
  })

  test('counts for the client that blocks, and for no other one', async () => {
    const { client } = await world(docs)
    client.block(origin, 'ours')
    const other = await world(docs)
    expect((await other.client.responder({ baseUrl: base })).endpoint.address).toBe(base)
  })

  test('holds for the directory as well', async () => {
    const { fetch, seen } = recording(() => fhir(404, ''))
    const client = new CarequalityClient({
      directory: { release: 'carequality-r4', environment: 'production', apiKey: 'k' },
      clientId: 'a',
      signer: await signer(),
      fetch,
    })
    client.block('https://directory.prod.carequality.org', 'compromised')
    expect(await failure(client.organization('1.2.3'))).toMatchObject(refused)
    expect(seen).toEqual([])
  })
})

describe('block() of an organization', () => {
  test('refuses it before the directory is asked, in any spelling of its OID', async () => {
    const asked: string[] = []
    const directory = {
      read: (id: string) => {
        asked.push(id)
        return Promise.resolve(entry('1.2.3'))
      },
    }
    const { client, seen } = await world(docs, { directory })
    client.block('urn:oid:1.2.3', 'left the network')
    for (const oid of ['1.2.3', ' urn:oid:1.2.3', 'Organization/1.2.3']) {
      const error = await failure(client.organization(oid))
      expect(error).toMatchObject({ ...refused, organization: '1.2.3' })
      expect(error.message).toContain('1.2.3 is blocked: left the network')
    }
    expect([asked, seen]).toEqual([[], []])
  })

  test('refuses the calls of a responder that was found before', async () => {
    const directory = { read: (id: string) => Promise.resolve(entry(id)) }
    const { client, of } = await world(docs, { directory })
    const [one, other] = [await client.organization('1.2.3'), await client.organization('1.2.4')]
    client.block('1.2.3', 'left the network')
    expect(await failure(one.patients.read('1'))).toMatchObject(refused)
    expect((await walked(one.patients.search({ family: 'a' }))).error).toMatchObject(refused)
    expect(of('patients')).toEqual([])
    expect((await other.patients.read('1')).id).toBe('1')
  })

  test('counts for those whom it serves', async () => {
    const parent = entry('1.2.3')
    const child = { ...entry('1.2.4'), endpoints: [], partOf: '1.2.3' }
    const directory = { read: (id: string) => Promise.resolve(id === '1.2.4' ? child : parent) }
    const { client, seen } = await world(docs, { directory })
    client.block('1.2.3', 'compromised')
    expect(await failure(client.organization('1.2.4'))).toMatchObject(refused)
    expect(seen).toEqual([])
  })
})

test.each<[unknown, unknown]>([
  ['', 'x'],
  ['fhir.example.org', 'x'],
  [`${origin}/r4`, 'x'],
  ['urn:uuid:1', 'x'],
  [5, 'x'],
  [origin, ''],
  [origin, undefined],
])('block(%j, %j) is a TypeError', async (party, reason) => {
  const { client } = await world({ smart: () => smartConfiguration(), token: () => token('x') })
  expect(() => client.block(party as string, reason as string)).toThrow(TypeError)
  expect(client.describe().blocked).toEqual([])
})
