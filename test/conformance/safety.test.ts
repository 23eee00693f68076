/** Hazards of docs/safety.md that no other test has for its own; the names are those of its rows. */
import { describe, expect, test } from 'vitest'
import { CarequalityClient, type ClientEvent } from '../../src/index.ts'
import { FhirClient } from '../../src/fhir/index.ts'
import { createSandbox } from '../../src/testing/index.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  inTurn,
  outcome,
  patient,
  recording,
} from '../support/fhir-answers.ts'

const peters = { resource: patient('3', { name: [{ family: 'Péters' }] }) }
const strangers = [
  { resource: patient('1', { name: [{ family: 'Abel' }] }) },
  { resource: patient('2', { name: [{ family: 'Baker' }] }) },
]

function types(events: readonly ClientEvent[]): string[] {
  return events.map(({ type }) => type)
}

test('Another patient under the id that was asked for', async () => {
  const other = fake(() => fhir(200, patient('2')))
  expect((await failure(other.client.vread('1', '4'))).code).toBe('ERR_CQ_OTHER_PATIENT')
  const { client } = fake(() => fhir(200, bundle(['2'])))
  expect((await failure(client.history('1').first())).code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
})

test('A hit taken for the patient', async () => {
  const self = `${base}/Patient?family=peters`
  const { client } = fake(() => fhir(200, bundle([...strangers, peters], { self })))
  const search = client.search({ family: 'peters', birthdate: '1946-04-05' })
  for await (const { resources, ignoredParameters } of search.pages()) {
    expect(resources.map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(ignoredParameters).toEqual(['birthdate'])
  }
  expect.assertions(2)
})

describe('Unfiltered answer', () => {
  test('is not given out: GET decides, and POST is not used again', async () => {
    const { client, seen, events } = fake(({ method }) =>
      fhir(200, bundle(method === 'POST' ? strangers : [peters])),
    )
    expect((await client.search({ family: 'peters' }).first())?.id).toBe('3')
    expect(types(events)).toContain('search.filter-ignored')
    expect((await client.search({ family: 'peters' }).first())?.id).toBe('3')
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
  })

  test('ends a search that must stay out of URLs', async () => {
    const { client, seen } = fake(() => fhir(200, bundle(strangers)), { searchMethod: 'post-only' })
    const error = await failure(client.search({ family: 'peters' }).first())
    expect([error.code, seen.length]).toEqual(['ERR_CQ_FILTER_IGNORED', 1])
  })
})

test('Match grade taken for certainty', async () => {
  const url = 'http://hl7.org/fhir/StructureDefinition/match-grade'
  const graded = (id: string, grade: string): object => ({
    resource: patient(id),
    search: { score: 0.99, extension: [{ url, valueCode: grade }] },
  })
  const { client, events } = fake(() =>
    fhir(200, bundle([graded('1', 'probable'), graded('2', 'quite-sure'), '3'])),
  )
  const matches = await client.match({ birthDate: '1946-04-05' }, { onlyCertainMatches: true })
  expect(matches.map(({ grade }) => grade)).toEqual(['probable', undefined, undefined])
  expect(events).toMatchObject([{ type: 'match.not-certain', count: 3 }])
})

test('Part taken for whole: content', async () => {
  const { fetch } = recording(() => {
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(5))
        controller.error(new TypeError('terminated'))
      },
    })
    return new Response(pieces, { headers: { 'content-type': 'application/pdf' } })
  })
  const { body } = await new FhirClient({ baseUrl: base, fetch }).binary('Binary/1')
  const read = async (): Promise<void> => {
    for await (const piece of body) expect(piece.length).toBe(5)
  }
  expect((await failure(read())).code).toBe('ERR_CQ_INCOMPLETE_BODY')
})

test('Part taken for whole: elements', async () => {
  const { client, seen } = fake(() => fhir(200, patient('1')))
  await client.read('1')
  await client.read('1', { _elements: ['name'] })
  expect(seen.map(({ url }) => new URL(url).search)).toEqual(['', '?_elements=name'])
})

test.each([
  [404, {}],
  [405, {}],
  [501, {}],
  [400, outcome('not-supported')],
])('Nothing there taken for nothing known: $match answered with %i', async (status, body) => {
  const { client } = fake(() => fhir(status, body))
  const error = await failure(client.match({ birthDate: '1946-04-05' }))
  expect(error.code).toBe('ERR_CQ_OPERATION_NOT_SUPPORTED')
})

test('Stale cached resource', async () => {
  const etag = { etag: 'W/"1"' }
  const answers = inTurn(
    () => fhir(200, patient('1', { gender: 'male' }), etag),
    () => fhir(304, undefined, etag),
    () => fhir(200, patient('1', { gender: 'female' }), { etag: 'W/"2"' }),
  )
  const genders = async (options?: {
    validatorCache: { maxEntries: number }
  }): Promise<unknown> => {
    const { client, seen } = fake(answers, options)
    const first = await client.read('1')
    const again = options === undefined ? undefined : await client.read('1')
    const changed = options === undefined ? undefined : await client.read('1')
    const conditions = seen.map(({ headers }) => headers.get('if-none-match'))
    return [first.gender, again?.gender, changed?.gender, conditions]
  }
  expect(await genders({ validatorCache: { maxEntries: 10 } })).toEqual([
    'male',
    'male',
    'female',
    [null, 'W/"1"', 'W/"1"'],
  ])
  expect(await genders()).toEqual(['male', undefined, undefined, [null]])
})

test('Purpose mixed', async () => {
  const sandbox = await createSandbox()
  const options = { ...sandbox.options, validatorCache: { maxEntries: 10 } }
  const client = new CarequalityClient(options)
  const responder = await client.organization('2.999.10')
  const [treating, paying] = ['TREAT', 'HPAYMT'].map((purposeOfUse) =>
    responder.as({ purposeOfUse }),
  )
  for (const one of [treating, paying, treating]) await one?.patients.read('1316024')
  const reads = sandbox.requests.filter(({ url }) => url.endsWith('/Patient/1316024'))
  const headers = (name: string): unknown[] => reads.map((read) => read.headers.get(name))
  expect(headers('if-none-match')).toEqual([null, null, 'W/"1"'])
  const [first, second, third] = headers('authorization')
  expect([first === second, first === third]).toEqual([false, true])
  await client.close()
})

test('Decimals', async () => {
  const text = `{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.50}}`
  const headers = { 'content-type': 'application/fhir+json' }
  const { fetch } = recording(() => new Response(text, { headers }))
  const texts: string[] = []
  const client = new FhirClient({ baseUrl: base, fetch })
  const options = { onResponse: (answer: { text: string }) => texts.push(answer.text) }
  const { valueQuantity } = await client.read('Observation', '1', options)
  expect([valueQuantity?.value, texts]).toEqual([1.5, [text]])
})

test('Time zones of birth dates', async () => {
  const zone = process.env.TZ
  process.env.TZ = 'America/Los_Angeles'
  try {
    expect(new Date('1946-04-05').getDate()).toBe(4)
    const born = [
      { resource: patient('1', { birthDate: '1946-04-05' }) },
      { resource: patient('2', { birthDate: '1946-04' }) },
    ]
    const { client, seen } = fake(() => fhir(200, bundle(born)))
    const { resources } = await client.search({ birthdate: '1946-04-05' }).toArray({ max: 9 })
    expect(resources.map(({ birthDate }) => birthDate)).toEqual(['1946-04-05', '1946-04'])
    expect(seen.map(({ body }) => body)).toEqual(['birthdate=1946-04-05'])
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

test('Duplicate side effects', async () => {
  const { fetch, seen } = recording(() => fhir(503, {}, { 'retry-after': '0' }))
  const client = new FhirClient({ baseUrl: base, fetch })
  const body = { resourceType: 'Parameters' } as const
  await failure(client.operation('submit', { body }))
  expect(seen.length).toBe(1)
  await failure(client.operation('evaluate', { body, safe: true }))
  expect(seen.length).toBe(4)
})

test.each([
  'https://other.example.org/r4/Binary/1',
  'https://fhir.example.org/other/Binary/1',
  '//other.example.org/Binary/1',
  '../Binary/1',
])('The token handed to a stranger: an attachment at %s', async (url) => {
  const { fetch, seen } = recording(() => fhir(200, {}))
  const client = new FhirClient({ baseUrl: base, fetch, authorize: () => Promise.resolve('t') })
  expect((await failure(client.binary(url))).code).toBe('ERR_CQ_ORIGIN_REFUSED')
  expect(seen).toEqual([])
})
