import { describe, expect, test } from 'vitest'
import { FhirPatientClient, type Patient } from '../../../src/index.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'
import {
  base,
  failure,
  fake,
  fhir,
  inTurn,
  outcome,
  patient,
  type Seen,
} from '../../support/fhir-answers.ts'

const keeping = (maxEntries = 10) => ({ validatorCache: { maxEntries } })
const tagged =
  (etag: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  () =>
    fhir(200, patient('1', more), { etag, ...headers })
const unchanged =
  (headers: Readonly<Record<string, string>> = {}) =>
  () =>
    fhir(304, '', headers)
const asked = (seen: readonly Seen[]) => seen.map(({ headers }) => headers.get('if-none-match'))

test('nothing is kept unless it is asked for', async () => {
  const { client, seen } = fake(tagged('W/"1"'))
  await client.read('1')
  await client.read('1')
  expect(asked(seen)).toEqual([null, null])
})

describe('a resource that was read', () => {
  test('is asked for by its ETag, and 304 gives it again, to each caller an object of its own', async () => {
    const { client, seen } = fake(
      inTurn(tagged('W/"1"', { gender: 'female' }), unchanged()),
      keeping(),
    )
    const first: Patient = await client.read('1')
    first.gender = 'male'
    const second = await client.read('1')
    const third = await client.read('1')
    expect(asked(seen)).toEqual([null, 'W/"1"', 'W/"1"'])
    expect(second).toEqual(patient('1', { gender: 'female' }))
    expect(third).toEqual(second)
    expect(third).not.toBe(second)
  })

  test('is replaced by what comes with 200', async () => {
    const { client, seen } = fake(
      inTurn(tagged('"1"', { gender: 'male' }), tagged('"2"', { gender: 'female' }), unchanged()),
      keeping(),
    )
    await client.read('1')
    expect((await client.read('1')).gender).toBe('female')
    expect((await client.read('1')).gender).toBe('female')
    expect(asked(seen)).toEqual([null, '"1"', '"2"'])
  })

  test.each<[string, () => Response]>([
    ['without an ETag', () => fhir(200, patient('1'))],
    ['that must not be stored', tagged('"2"', {}, { 'cache-control': 'private, No-Store' })],
    ['with an ETag that is none', tagged('2')],
  ])('is forgotten after 200 %s', async (_what, second) => {
    const { client, seen } = fake(inTurn(tagged('"1"'), second, tagged('"3"')), keeping())
    for (let times = 0; times < 3; times += 1) await client.read('1')
    expect(asked(seen)).toEqual([null, '"1"', null])
  })

  test('is forgotten where 304 says that it must no longer be stored', async () => {
    const { client, seen } = fake(
      inTurn(tagged('"1"'), unchanged({ 'cache-control': 'no-store' }), tagged('"1"')),
      keeping(),
    )
    for (let times = 0; times < 3; times += 1) expect((await client.read('1')).id).toBe('1')
    expect(asked(seen)).toEqual([null, '"1"', null])
  })

  test.each([404, 410, 403, 401, 400])('is forgotten after %i', async (status) => {
    const { client, seen } = fake(
      inTurn(tagged('"1"'), () => fhir(status, ''), tagged('"1"')),
      keeping(),
    )
    await client.read('1')
    expect((await failure(client.read('1'))).status).toBe(status)
    await client.read('1')
    expect(asked(seen)).toEqual([null, '"1"', null])
  })

  test.each([429, 500, 501, 503])(
    'stays after %i, and is not given in its place',
    async (status) => {
      let answer = tagged('"1"')
      const { client, seen } = fake(() => answer(), keeping())
      await client.read('1')
      answer = () => fhir(status, '')
      expect((await failure(client.read('1'))).status).toBe(status)
      answer = unchanged()
      expect((await client.read('1')).id).toBe('1')
      const [first, ...later] = asked(seen)
      expect([first, ...new Set(later)]).toEqual([null, '"1"'])
    },
  )

  test('is not kept where it is refused: another patient, an error with 200, a schema', async () => {
    const answers = [
      tagged('"1"', { id: '2' }),
      () => fhir(200, outcome('x'), { etag: '"1"' }),
      tagged('"1"'),
    ]
    const { client, seen } = fake(inTurn(...answers), keeping())
    const no = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [] }) },
    } as const
    for (const options of [{}, {}, { validate: no }, {}])
      await client.read('1', options).catch(() => undefined)
    expect(asked(seen)).toEqual([null, null, null, null])
  })

  test('under the id of another patient is followed only by who wants to', async () => {
    const { client } = fake(inTurn(tagged('"1"', { id: '2' }), unchanged()), keeping())
    expect((await client.read('1', { followReplacement: true })).id).toBe('2')
    expect((await failure(client.read('1'))).code).toBe('ERR_CQ_OTHER_PATIENT')
    expect((await client.read('1', { followReplacement: true })).id).toBe('2')
  })
})

test('304 that nobody asked for is an error', async () => {
  for (const options of [{}, keeping()]) {
    const { client, seen } = fake(unchanged(), options)
    const error = await failure(client.read('1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', status: 304 })
    expect(asked(seen)).toEqual([null])
  }
})

test('each id, version, and choice of elements is kept apart', async () => {
  const { client, seen } = fake(
    ({ url, headers }) =>
      headers.has('if-none-match')
        ? fhir(304, '')
        : fhir(200, patient(/Patient\/(\d)/.exec(url)?.[1] ?? ''), { etag: `"${seen.length}"` }),
    keeping(),
  )
  const reads = [
    () => client.read('1'),
    () => client.read('2'),
    () => client.vread('1', '7'),
    () => client.read('1', { _elements: ['name'] }),
    () => client.read('1', { _elements: ['name', 'id'] }),
    () => client.read('1', { _summary: 'true' }),
  ]
  for (const read of [...reads, ...reads]) await read()
  expect(asked(seen)).toEqual([...reads.map(() => null), '"1"', '"2"', '"3"', '"4"', '"5"', '"6"'])
})

test('no more are kept than was said, and the least recently read goes first', async () => {
  const { client, seen } = fake(
    ({ url, headers }) =>
      headers.has('if-none-match')
        ? fhir(304, '')
        : fhir(200, patient(url.slice(-1)), { etag: '"a"' }),
    keeping(2),
  )
  for (const id of ['1', '2', '1', '3', '1', '2']) expect((await client.read(id)).id).toBe(id)
  expect(asked(seen)).toEqual([null, null, '"a"', null, '"a"', null])
})

test('what is forgotten while it is asked about is given all the same', async () => {
  const late: (() => void)[] = []
  const { client, seen } = fake(
    ({ url, headers }) =>
      headers.has('if-none-match')
        ? new Promise((resolve) =>
            late.push(() => {
              resolve(fhir(304, ''))
            }),
          )
        : fhir(200, patient(url.slice(-1)), { etag: '"a"' }),
    keeping(1),
  )
  await client.read('1')
  const reading = client.read('1')
  await client.read('2')
  late.forEach((answer) => {
    answer()
  })
  expect((await reading).id).toBe('1')
  expect(asked(seen)).toEqual([null, '"a"', null])
})

test('each authorization context has its own, and the same one shares', async () => {
  const metadata = () => statement({ token: tokenEndpoint })
  const patients = ({ headers }: Seen) =>
    headers.has('if-none-match') ? fhir(304, '') : fhir(200, patient('1'), { etag: '"1"' })
  const made = await world({ metadata, patients }, keeping())
  const responder = await made.client.responder({ baseUrl: base })
  const contexts = [
    {},
    { purposeOfUse: 'ETREAT' },
    { purposeOfUse: 'TREAT' },
    { scope: 'system/Patient.rs' },
    { clientId: 'other' },
    { claims: { extensions: { a: 1 } } },
  ]
  for (const context of [...contexts, ...contexts])
    expect((await responder.as(context).patients.read('1')).id).toBe('1')
  expect(asked(made.of('patients'))).toEqual([
    ...contexts.map(() => null),
    ...contexts.map(() => '"1"'),
  ])
  const again = await made.client.responder({ baseUrl: base })
  await again.fhir.read('Patient', '1')
  expect(asked(made.of('patients')).at(-1)).toBe('"1"')
})

test.each([null, 5, {}, { maxEntries: 0 }, { maxEntries: 1.5 }, { maxEntries: '5' }])(
  '%j is a TypeError that names the option',
  (validatorCache) => {
    const options = { baseUrl: base, validatorCache } as {
      baseUrl: string
      validatorCache: { maxEntries: number }
    }
    expect(() => new FhirPatientClient(options)).toThrow(TypeError)
    expect(() => new FhirPatientClient(options)).toThrow(/^"validatorCache/)
  },
)
