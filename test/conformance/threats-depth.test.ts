/** Row R9: JSON nested 200,000 deep, at every stage. What arrives so deep is refused; nothing walks down it, so nothing overflows. */
import { describe, expect, test } from 'vitest'
import { CarequalityError } from '../../src/index.ts'
import { DirectorySnapshot } from '../../src/directory/index.ts'
import { tokenEndpoint, statement, world, type Responses } from '../support/fake-responder.ts'
import { base, bundle, fake, patient } from '../support/fhir-answers.ts'
import { directoryOf, endpoint, organization } from '../support/directory-wire.ts'
import { wire } from '../support/answering-fetch.ts'

const LEVELS = 200_000
const lists = '['.repeat(LEVELS) + ']'.repeat(LEVELS)
const objects = '{"a":'.repeat(LEVELS) + '1' + '}'.repeat(LEVELS)
const HOLE = '"DEEP"'

/** JSON with the depths in place of each `"DEEP"`. */
function deep(value: unknown, nested: string, type = 'application/fhir+json'): Response {
  const text = JSON.stringify(value).replaceAll(HOLE, nested)
  return new Response(text, { headers: { 'content-type': type } })
}

/** A result, or an error of ours; a RangeError of the platform fails. */
async function settled(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    expect(error).toBeInstanceOf(CarequalityError)
    expect(String(error)).not.toContain('call stack')
    return error
  }
}

const deepPatient = {
  ...patient('1', { extension: 'DEEP', name: [{ family: 'a', extension: 'DEEP' }] }),
  contained: ['DEEP'],
}
const docs: Responses = { metadata: () => statement({ token: tokenEndpoint }) }

describe.each([
  ['lists', lists],
  ['objects', objects],
])('R9: %s 200,000 deep', (_, nested) => {
  test.each<[string, Responses]>([
    ['the whole CapabilityStatement', { metadata: () => deep('DEEP', nested) }],
    [
      'a member of the CapabilityStatement',
      {
        metadata: () =>
          deep(
            {
              resourceType: 'CapabilityStatement',
              fhirVersion: '4.0.1',
              extension: 'DEEP',
              rest: [{ mode: 'server', security: { extension: ['DEEP'] }, resource: 'DEEP' }],
            },
            nested,
          ),
      },
    ],
    [
      'a smart-configuration',
      {
        smart: () =>
          deep(
            {
              token_endpoint: tokenEndpoint,
              more: 'DEEP',
              token_endpoint_auth_signing_alg_values_supported: 'DEEP',
            },
            nested,
            'application/json',
          ),
      },
    ],
  ])(
    'in %s leave the other document in use, or end with an error of ours',
    async (_what, answers) => {
      const { client } = await world({ ...docs, ...answers })
      await settled(async () => {
        const responder = await client.responder({ baseUrl: base })
        return responder.patients.read('1')
      })
    },
  )

  test.each([
    ['a member that nobody knows', { access_token: 'x', token_type: 'Bearer', more: 'DEEP' }],
    ['scope', { access_token: 'x', token_type: 'Bearer', scope: 'DEEP' }],
    ['expires_in', { access_token: 'x', token_type: 'Bearer', expires_in: 'DEEP' }],
    ['token_type', { access_token: 'x', token_type: 'DEEP' }],
    ['access_token', { access_token: 'DEEP', token_type: 'Bearer' }],
    ['error', { error: 'DEEP' }],
    ['the whole answer', 'DEEP'],
  ])('in %s of a token answer', async (_what, body) => {
    const { client } = await world(
      { ...docs, token: () => deep(body, nested, 'application/json') },
      { bodyLimits: { token: 4e6 } },
    )
    const responder = await client.responder({ baseUrl: base })
    await settled(() => responder.patients.read('1'))
  })

  test('in a Patient are refused, whatever the options', async () => {
    const options = { validation: 'off', validatorCache: { maxEntries: 5 } } as const
    const { client } = fake(() => deep(deepPatient, nested), options)
    const validate = {
      '~standard': { version: 1, vendor: 'x', validate: () => ({}) },
    } as const
    for (const read of [client.read('1', { validate }), client.read('1')])
      await expect(read).rejects.toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE' })
  })

  test.each<[string, unknown]>([
    ['the entries', { ...bundle([]), entry: 'DEEP' }],
    ['an entry', bundle(['DEEP'])],
    ['a resource', bundle([{ resource: 'DEEP' }])],
    ['a member of a resource', bundle([{ resource: deepPatient }])],
    ['the links', { ...bundle([]), link: ['DEEP'] }],
    ['a next link', bundle(['1'], { next: 'DEEP' })],
    ['the total', { ...bundle(['1']), total: 'DEEP' }],
    [
      'an outcome among the entries',
      bundle([
        { resource: { resourceType: 'OperationOutcome', issue: ['DEEP', { code: 'DEEP' }] } },
      ]),
    ],
    ['the whole answer', 'DEEP'],
  ])('in %s of a page', async (_what, body) => {
    const { client } = fake(() => deep(body, nested))
    await settled(() => client.search({ family: 'a' }).toArray({ max: 5 }))
    await settled(() => client.history('1').toArray({ max: 5 }))
    await settled(() => client.everything('1').toArray({ max: 5 }))
    await settled(() => client.match({ birthDate: '1931-02-17' }, { count: 1 }))
  })

  test.each([400, 401, 404, 422, 500])('in an OperationOutcome with %i', async (status) => {
    const body = {
      resourceType: 'OperationOutcome',
      issue: ['DEEP', { code: 'DEEP', details: { text: 'DEEP', coding: 'DEEP' } }],
    }
    const { client } = fake(
      () =>
        new Response(deep(body, nested).body, {
          status,
          headers: { 'content-type': 'application/fhir+json' },
        }),
    )
    const error = await settled(() => client.read('1'))
    expect(error).toBeInstanceOf(CarequalityError)
    expect(JSON.stringify(error)).not.toContain('[[[[')
  })

  test('in the entries of a directory, read and listed, are refused', async () => {
    const url = 'http://x.example/StructureDefinition/Downtime'
    const extension = [
      { url, valueTiming: { repeat: 'DEEP' } },
      { url, valuePeriod: { start: 'DEEP' } },
    ]
    const odd = organization('2.999.1', {
      type: 'DEEP',
      telecom: [{ value: 'DEEP' }],
      identifier: ['DEEP'],
      contained: [endpoint('https://fhir.example/r4', { extension, header: 'DEEP' })],
    })
    const plain = organization('2.999.2')
    const answers = wire(({ url }) =>
      url.includes('/Organization/')
        ? deep(odd, nested)
        : deep(
            {
              resourceType: 'Bundle',
              type: 'searchset',
              total: 2,
              entry: [{ resource: odd }, { resource: plain }],
            },
            nested,
          ),
    )
    const directory = directoryOf(answers, { bodyLimits: { page: 256e6 } })
    expect(await settled(() => directory.read('2.999.1'))).toMatchObject({
      code: 'ERR_CQ_RESPONSE_TOO_LARGE',
    })
    expect(await settled(() => DirectorySnapshot.build(directory))).toMatchObject({
      code: 'ERR_CQ_INVALID_RESPONSE',
    })
  })

  test('in the line of a saved copy', async () => {
    const copy = `{"format":"carequality-fhir directory","version":1,"more":${nested}}\n${nested}\n`
    const error = await settled(() =>
      DirectorySnapshot.load(copy, { network: 'tefca', environment: 'x' }),
    )
    expect(error).toMatchObject({ code: 'ERR_CQ_SNAPSHOT_INVALID' })
  })
})

/** Deep values are made in a loop, because JSON.parse is the only other way. */
function nest(): unknown {
  let value: unknown = 1
  for (let level = 0; level < LEVELS; level += 1) value = [value]
  return value
}

test('R9: what the caller nests so deep is a TypeError that names the option, unsent', async () => {
  const { client, seen } = await world(docs)
  const claims = { deep: nest() } as never
  expect(() => client.as({ claims })).toThrow(/"claims/)
  const { client: patients, seen: sent } = fake(() => deep(deepPatient, '1'))
  const circle: Record<string, unknown> = { birthDate: '1931-02-17' }
  circle.extension = circle
  await expect(patients.match(circle)).rejects.toThrow(/"patient"/)
  expect([seen, sent]).toEqual([[], []])
})
