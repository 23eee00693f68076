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
} from '../../support/fhir-answers.ts'

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
            path: [Symbol('Zebulon-Marker'), null, {}, { key: Object.create(null) as unknown }, []],
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

  test.each([null, 5, 'a', {}, () => true, { '~standard': {} }, { '~standard': { validate: 5 } }])(
    'that is none (%j) is a TypeError, unsent',
    async (validate) => {
      const { client, seen } = fake(() => fhir(200, patient('1')))
      const options = { validate } as unknown as { validate: ResourceSchema }
      await expect(client.read('1', options)).rejects.toThrow(/^"validate" must/)
      expect(() => client.search(search, options)).toThrow(/^"validate" must/)
      expect(seen).toEqual([])
    },
  )

  test('is not asked of another patient, nor of an answer that is no resource', async () => {
    const validate = saying('not to be asked')
    const { client } = fake(
      inTurn(
        () => fhir(200, patient('2')),
        () => fhir(200, bundle([])),
      ),
    )
    expect((await failure(client.read('1', { validate }))).code).toBe('ERR_CQ_OTHER_PATIENT')
    expect((await failure(client.read('1', { validate }))).code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
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
