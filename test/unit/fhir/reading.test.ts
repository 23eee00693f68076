import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { FhirClient, type ResponseText, type ResourceSchema } from '../../../src/fhir/index.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  inTurn,
  leaks,
  patient,
  recording,
  walked,
  outcome,
  type Seen,
} from '../../support/fhir-answers.ts'
import { FhirPatientClient, type Patient } from '../../../src/index.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'

describe('validation and text of responses', () => {
  const search = { identifier: 'a|b' }
  const named = { name: [{ family: 'Zebulon-Marker' }], birthDate: '1931-02-17' }
  const refused = { code: 'ERR_CQ_INVALID_RESPONSE', name: 'ResponseError', retryable: false }
  const nobody = z.object({
    name: z.array(z.object({ family: z.literal('Peters') })),
    gender: z.string(),
  })

  /** A schema whose result is none that the interface knows. */
  function saying(result: unknown): ResourceSchema {
    const validate = () => result as { issues?: undefined }
    return { '~standard': { version: 1, vendor: 'test', validate } }
  }

  describe("a schema of the caller's own", () => {
    test("says yes, and what is given is the server's, not the schema's copy", async () => {
      const schema = z.object({ id: z.string().transform(() => 'other') })
      const sent = patient('1', { ...named, unknown: [null] })
      const { client } = fake(() => fhir(200, sent))
      expect(await client.read('1', { validate: schema })).toEqual(sent)
    })

    test.each<[string, ResourceSchema]>([
      ['zod', nobody],
      [
        'zod/mini',
        mini.object({
          name: mini.array(mini.object({ family: mini.literal('Peters') })),
          gender: mini.string(),
        }),
      ],
      ['one that takes its time', nobody.refine(() => Promise.resolve(true))],
    ])('says no: the paths, and no values (%s)', async (_what, validate) => {
      const { client } = fake(() => fhir(200, patient('1', named)))
      const error = await failure(client.read('1', { validate }))
      expect(error).toMatchObject({ ...refused, status: 200, pathTemplate: '/Patient/:id' })
      expect(error).toMatchObject({ issues: ['name.0.family', 'gender'] })
      expect(leaks(error)).toEqual([])
      expect(error.cause).toBeUndefined()
    })

    test('judges each hit, and a later page after all earlier hits were given', async () => {
      const judged: unknown[] = []
      const validate = z.looseObject({ id: z.string() }).refine((one) => {
        judged.push(one.id)
        return Promise.resolve(one.id !== '4')
      })
      const { client } = fake(
        inTurn(
          () =>
            fhir(
              200,
              bundle(['1', '2', { resource: { resourceType: 'Organization', id: '7' } }], {
                next: '?n=2',
              }),
            ),
          () => fhir(200, bundle(['2', '3', '4'])),
        ),
      )
      const { ids, error } = await walked(client.search(search, { validate }))
      expect(ids).toEqual(['1', '2'])
      expect(error).toMatchObject({ ...refused, issues: ['entry.resource'], received: 2, pages: 1 })
      expect([...new Set(judged)]).toEqual(['1', '2', '3', '4']) // zod may look twice
    })

    test('that throws, or rejects, ends the call with what it throws', async () => {
      const mine = new Error('mine')
      const schemas: readonly ResourceSchema[] = [
        {
          '~standard': {
            ...saying({})['~standard'],
            validate: () => {
              throw mine
            },
          },
        },
        {
          '~standard': {
            ...saying({})['~standard'],
            validate: () => Promise.reject(mine),
          },
        },
        z.unknown().transform(() => {
          throw mine
        }),
      ]
      for (const validate of schemas) {
        const one = fake(() => fhir(200, patient('1')))
        await expect(one.client.read('1', { validate })).rejects.toBe(mine)
        const all = fake(() => fhir(200, bundle(['1'])))
        expect((await walked(all.client.search(search, { validate }))).error).toBe(mine)
      }
    })

    test.each<[unknown, readonly string[]]>([
      [undefined, []],
      [null, []],
      [true, []],
      ['Zebulon-Marker', []],
      [[], []],
      [{ issues: null }, []],
      [{ issues: 'Zebulon-Marker' }, []],
      [{ issues: [] }, []],
      [{ issues: [null, 5, { message: 'Zebulon-Marker' }, { path: 'name' }] }, ['', '', '', '']],
      [{ issues: [{ path: ['name', 0, { key: 'family' }] }] }, ['name.0.family']],
      [
        {
          issues: [
            {
              path: [
                Symbol('Zebulon-Marker'),
                null,
                {},
                { key: Object.create(null) as unknown },
                [],
              ],
            },
          ],
        },
        ['?.?.?.?.?'],
      ],
    ])('that says %j is a no, with what paths it has', async (result, issues) => {
      const { client } = fake(() => fhir(200, patient('1')))
      const error = await failure(client.read('1', { validate: saying(result) }))
      expect(error).toMatchObject({ ...refused, issues })
      expect(leaks(error)).toEqual([])
    })

    test.each([{}, { value: patient('2') }, { issues: undefined }])(
      'that says %j is a yes',
      async (result) => {
        const { client } = fake(() => fhir(200, patient('1')))
        expect(await client.read('1', { validate: saying(result) })).toEqual(patient('1'))
      },
    )

    test('may be a function that has the interface', async () => {
      const { client } = fake(() => fhir(200, patient('1')))
      const validate: ResourceSchema = Object.assign(() => true, saying({ issues: [] }))
      expect(await failure(client.read('1', { validate }))).toMatchObject(refused)
    })

    test.each([
      null,
      5,
      'a',
      {},
      () => true,
      { '~standard': {} },
      { '~standard': { validate: 5 } },
    ])('that is none (%j) is a TypeError, unsent', async (validate) => {
      const { client, seen } = fake(() => fhir(200, patient('1')))
      const options = { validate } as unknown as { validate: ResourceSchema }
      await expect(client.read('1', options)).rejects.toThrow(/^"validate" must/)
      expect(() => client.search(search, options)).toThrow(/^"validate" must/)
      expect(seen).toEqual([])
    })

    test('is not asked of another patient, nor of an answer that is no resource', async () => {
      const validate = saying('not to be asked')
      const { client } = fake(
        inTurn(
          () => fhir(200, patient('2')),
          () => fhir(200, bundle([])),
        ),
      )
      expect((await failure(client.read('1', { validate }))).code).toBe('ERR_CQ_OTHER_PATIENT')
      expect((await failure(client.read('1', { validate }))).code).toBe(
        'ERR_CQ_UNEXPECTED_RESOURCE',
      )
    })
  })

  describe('the text of an answer', () => {
    const text =
      '{"resourceType":"Observation","id":"1","valueQuantity":{"value":1.00},"component":[{"valueQuantity":{"value":0.1234567890123456789}},{"valueInteger":9007199254740993}]}'
    const observation = (): Response =>
      new Response(text, { headers: { 'content-type': 'application/fhir+json', etag: 'W/"3"' } })

    test('has the digits that JSON.parse loses', async () => {
      const told: ResponseText[] = []
      const { fetch } = recording(observation)
      const client = new FhirClient({ baseUrl: base, fetch })
      const found = await client.read('Observation', '1', {
        onResponse: (answer) => void told.push(answer),
      })
      expect(JSON.stringify(found)).not.toContain('9007199254740993')
      expect(told).toHaveLength(1)
      expect(told[0]).toMatchObject({ status: 200, text })
      expect(told[0]?.headers.get('etag')).toBe('W/"3"')
      expect(/"value":([\d.]+)/.exec(told[0]?.text ?? '')?.[1]).toBe('1.00')
      expect(told[0]?.text).toContain('0.1234567890123456789')
      expect(told[0]?.text).toContain('9007199254740993')
    })

    test('is told of each page that is given, and of none that is refused or repeated', async () => {
      const told: string[] = []
      const pages = [
        () => fhir(503, bundle(['0'])),
        () => fhir(405, ''),
        () => fhir(200, bundle(['1'], { next: '?n=2' })),
        () => fhir(200, bundle(['2'], { next: '?n=3' })),
        () => fhir(410, bundle(['3'])),
      ]
      const { client } = fake(inTurn(...pages))
      await walked(client.search(search, { onResponse: (answer) => void told.push(answer.text) }))
      expect(told.map((one) => JSON.parse(one) as unknown)).toEqual([
        bundle(['1'], { next: '?n=2' }),
        bundle(['2'], { next: '?n=3' }),
      ])
    })

    test('of an answer that the filter check does not let out is told to nobody', async () => {
      const told: string[] = []
      const stranger = patient('1', named)
      const { client } = fake(({ method }) =>
        fhir(200, bundle(method === 'POST' ? [{ resource: stranger }] : [])),
      )
      const onResponse = (answer: ResponseText): void => void told.push(answer.text)
      await client.search({ family: 'Peters' }, { onResponse }).first()
      expect(told).toEqual([JSON.stringify(bundle([]))])
    })

    test('what its listener throws or rejects with ends the call, untouched', async () => {
      const mine = new Error('mine')
      const listeners: readonly (() => Promise<void> | void)[] = [
        () => {
          throw mine
        },
        () => Promise.reject(mine),
        async () => {
          await Promise.resolve()
          throw mine
        },
      ]
      for (const onResponse of listeners) {
        const one = fake(() => fhir(200, patient('1')))
        await expect(one.client.read('1', { onResponse })).rejects.toBe(mine)
        const all = fake(inTurn(() => fhir(200, bundle(['1']))))
        expect(await walked(all.client.search(search, { onResponse }))).toEqual({
          ids: [],
          error: mine,
        })
      }
    })

    test('is decoded by the charset that it names', async () => {
      const told: string[] = []
      const bytes = Buffer.from(
        '{"resourceType":"Patient","id":"1","name":[{"text":"Zoë"}]}',
        'latin1',
      )
      const type = 'application/fhir+json; charset=iso-8859-1'
      const { client } = fake(() => new Response(bytes, { headers: { 'content-type': type } }))
      const found = await client.read('1', { onResponse: (answer) => void told.push(answer.text) })
      expect(found.name?.[0]?.text).toBe('Zoë')
      expect(told[0]).toContain('Zoë')
    })

    test('goes to a function, and nothing else', async () => {
      const { client, seen } = fake(() => fhir(200, patient('1')))
      for (const onResponse of [null, 'a', {}]) {
        const options = { onResponse } as unknown as { onResponse: () => void }
        await expect(client.read('1', options)).rejects.toThrow(/^"onResponse" must/)
        expect(() => client.search(search, options)).toThrow(/^"onResponse" must/)
      }
      expect(seen).toEqual([])
    })
  })
})

describe('cached by ETag', () => {
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
    expect(asked(seen)).toEqual([
      ...reads.map(() => null),
      '"1"',
      '"2"',
      '"3"',
      '"4"',
      '"5"',
      '"6"',
    ])
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
})
