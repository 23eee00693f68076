/** What public bug reports and first-hour habits brought up, each with its kind. */
import { describe, expect, test } from 'vitest'
import type { Patient, PatientSearchParameters } from '../../../src/index.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  leaks,
  outcome,
  patient,
  type Seen,
} from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'

const lines = (seen: readonly Seen[]): string[] =>
  seen.map(({ method, url }) => `${method} ${url.slice(base.length)}`)
const html = (status: number, type = 'text/html'): Response =>
  new Response('\n<!DOCTYPE html><html><title>Request Rejected</title></html>', {
    status,
    headers: { 'content-type': type },
  })
const hit = (): Response =>
  fhir(200, bundle([{ resource: patient('1', { name: [{ family: 'Peters' }] }) }]))

describe('a refusal of one search is no refusal of POST', () => {
  test.each<[string, () => Response]>([
    ['404, where nobody is found', () => fhir(404, outcome('not-found'))],
    ['400, where a parameter is not supported', () => fhir(400, outcome('not-supported'))],
    ['403, where a parameter is not supported', () => fhir(403, outcome('not-supported'))],
    ['404 in HTML', () => html(404)],
  ])('%s: GET fares no better, so the next names stay out of URLs', async (_what, refusal) => {
    const { client, seen } = fake(({ url, body }) =>
      `${url}${body}`.includes('Nobody') ? refusal() : hit(),
    )
    await failure(client.search({ family: 'Nobody' }).first())
    expect((await client.search({ family: 'Peters' }).first())?.id).toBe('1')
    expect(lines(seen)).toEqual([
      'POST /Patient/_search',
      'GET /Patient?family=Nobody',
      'POST /Patient/_search',
    ])
  })

  test('GET that gives a login page with 200 fares no better', async () => {
    const { client, seen } = fake(({ method }) => (method === 'POST' ? fhir(404, '') : html(200)))
    await failure(client.search({ family: 'a' }).first())
    await failure(client.search({ family: 'b' }).first())
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'GET'])
  })

  test.each([
    [404, 'not-found', 'ERR_CQ_NOT_FOUND'],
    [400, 'not-supported', 'ERR_CQ_OPERATION_FAILED'],
    [403, 'not-supported', 'ERR_CQ_FORBIDDEN'],
  ])(
    '%i with %s of a server that took POST before is asked by no GET',
    async (status, said, code) => {
      const { client, seen, events } = fake(({ url, body }) =>
        `${url}${body}`.includes('Nobody') ? fhir(status, outcome(said)) : hit(),
      )
      await client.search({ identifier: 'a|b' }).first()
      expect((await failure(client.search({ family: 'Nobody' }).first())).code).toBe(code)
      await client.search({ family: 'Peters' }).first()
      expect(new Set(lines(seen))).toEqual(new Set(['POST /Patient/_search']))
      expect(events.filter(({ type }) => type === 'search.demographics-in-url')).toEqual([])
    },
  )

  test.each([405, 415, 501])('%i is one, also where POST was taken before', async (status) => {
    const { client, seen } = fake(({ method }, number) =>
      method === 'POST' && number > 1 ? fhir(status, '') : hit(),
    )
    for (const family of ['Pet', 'Pete', 'Peter']) await client.search({ family }).first()
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET'])
  })
})

describe('what an error says', () => {
  test('of a search with 404 is no advice about an id', async () => {
    const { client } = fake(() => fhir(404, outcome('not-found', 'information')))
    const { message } = await failure(client.search({ family: 'Nobody' }).first())
    expect(message).not.toMatch(/check the id/i)
    expect(message).toContain('search')
  })

  test.each([401, 403, 404, 410, 400, 429, 500, 503])(
    'of %i in HTML names the gateway that wrote it',
    async (status) => {
      for (const type of ['text/html', 'TEXT/HTML; charset=utf-8', 'application/fhir+json']) {
        const options = { timeoutMs: 2_000 }
        const { client } = fake(() => html(status, type))
        const { message } = await failure(client.read('1', options))
        expect(message).toMatch(/HTML page as gateways/)
      }
      const { client } = fake(() => fhir(status, outcome('processing')))
      expect((await failure(client.read('1'))).message).not.toContain('HTML')
    },
  )

  test.each<[string, number, string, string]>([
    ['a read', 422, 'business-rule', 'ERR_CQ_OPERATION_FAILED'],
    ['a match', 422, 'required', 'ERR_CQ_OPERATION_FAILED'],
    ['a match', 422, 'too-costly', 'ERR_CQ_TOO_MANY_RESULTS'],
    ['a search', 422, 'required', 'ERR_CQ_OPERATION_FAILED'],
    ['a search', 422, 'too-costly', 'ERR_CQ_TOO_MANY_RESULTS'],
    ['a search', 422, 'business-rule', 'ERR_CQ_TOO_MANY_RESULTS'],
  ])('of %s with %i and %s is %s', async (what, status, said, code) => {
    const { client } = fake(() => fhir(status, outcome(said)))
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      'a read': () => client.read('1'),
      'a match': () => client.match({ birthDate: '1931-02-17' }),
      'a search': () => client.search({ family: 'a' }).first(),
    }
    expect((await failure(calls[what]?.() ?? Promise.resolve())).code).toBe(code)
  })

  test('never holds an issue code or severity that FHIR does not have, nor does an event', async () => {
    const issue = [{ severity: 'S3CRET-KEY', code: 'zebulon-marker' }]
    const resource = { resourceType: 'OperationOutcome', issue }
    const { client, events } = fake(({ method }) =>
      method === 'POST' ? fhir(200, bundle(['1', { resource }])) : fhir(400, resource),
    )
    await client.search({ identifier: 'a|b' }).first()
    const error = await failure(client.read('1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_FAILED', issueCodes: [] })
    expect(events).toMatchObject([{ type: 'search.outcome', issueCodes: [] }])
    const planted = ['zebulon-marker', 'S3CRET-KEY']
    expect([leaks([error.message, error.toJSON()], planted), leaks(events, planted)]).toEqual([
      [],
      [],
    ])
  })

  test('never holds the host of a next link, which may be what was searched for', async () => {
    const next = 'https://zebulon-marker.1931-02-17.evil.example/'
    const { client } = fake(() => fhir(200, bundle(['1'], { next })))
    const error = await failure(client.search({ family: 'Zebulon-Marker' }).toArray({ max: 9 }))
    expect(error.code).toBe('ERR_CQ_NEXT_LINK_REFUSED')
    expect(leaks(error, ['zebulon-marker', '1931-02-17'])).toEqual([])
  })
})

describe('a token that is refused with 403', () => {
  const refused = (challenge: string) => () =>
    fhir(403, '', challenge === '' ? {} : { 'www-authenticate': challenge })
  const reading = async (challenge: string) => {
    let asked = 0
    const { client, seen } = fake(
      (_request, number) => (number === 1 ? refused(challenge)() : fhir(200, patient('1'))),
      { authorize: () => Promise.resolve(`token-${(asked += 1)}`) },
    )
    const found = await client.find('1').catch(() => undefined)
    return { found, tokens: seen.map(({ headers }) => headers.get('authorization')) }
  }

  test('as an expired one is renewed once', async () => {
    const challenge = 'Bearer realm="x", error="invalid_token", error_description="expired"'
    const { found, tokens } = await reading(challenge)
    expect(found?.id).toBe('1')
    expect(tokens).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test.each(['', 'Bearer', 'Bearer error="insufficient_scope"', 'Bearer error="invalid_token_x"'])(
    'and the challenge %j is not',
    async (challenge) => {
      expect((await reading(challenge)).tokens).toEqual(['Bearer token-1'])
    },
  )
})

describe('what cannot be meant is a TypeError before anything is asked', () => {
  const urlSearchParams = new URLSearchParams('name=peters')
  test.each<[unknown, RegExp]>([
    [urlSearchParams, /^"parameters" must be an object such as .* no URLSearchParams$/],
    [new Map([['family', 'Peters']]), /no Map$/],
    [new Date(), /no Date$/],
    [{ birthdate: new Date('1946-04-05') }, /^"birthdate" must be a date such as 1946-04-05/],
    [{ birthdate: { ge: new Date() } }, /^"birthdate.ge" must be a date such as 1946-04-05/],
    [{ birthdate: 19460405 }, /date such as 1946-04-05/],
    [{ _id: 'Patient/1' }, /^"_id" must be a FHIR id without its type/],
    [{ _id: { anyOf: ['1', 'Patient/1'] } }, /^"_id"/],
    [{ _id: '1,2' }, /^"_id"/],
    [{ name: 'a', gender: 'M' }, /^"gender" must be one of 'male', 'female', 'other', 'unknown'$/],
    [{ name: 'a', gender: { not: 'm' } }, /^"gender.not"/],
    [{ name: 'a', gender: { anyOf: ['male', 'F'] } }, /^"gender"/],
    [{ name: 'a', gender: true }, /^"gender"/],
    [{ name: 'a', active: 'yes' }, /^"active" must be one of 'true', 'false'$/],
    [{ name: 'a', deceased: 1 }, /^"deceased"/],
  ])('search(%j)', (parameters, message) => {
    const { client, seen } = fake(hit)
    for (const options of [{}, { all: true }]) {
      const search = () => client.search(parameters as PatientSearchParameters, options)
      expect(search).toThrow(TypeError)
      expect(search).toThrow(message)
      expect(search).not.toThrow('all: true')
    }
    expect(seen).toEqual([])
  })

  test('a search takes what FHIR has for the same parameters', async () => {
    const { client, seen } = fake(hit, { searchMethod: 'get' })
    const parameters = {
      ...{ _id: { anyOf: ['1', '2'] }, gender: { not: 'male' }, active: true, deceased: 'false' },
    } as unknown as PatientSearchParameters
    await client.search(parameters).first()
    await client.search({ name: 'a', gender: { missing: true } }).first()
    const coded = 'http://hl7.org/fhir/administrative-gender|female' as 'female'
    await client.search({ name: 'a', gender: coded }).first()
    expect(seen.map(({ url }) => decodeURIComponent(url.split('?')[1] ?? ''))).toEqual([
      '_id=1,2&gender:not=male&active=true&deceased=false',
      'name=a&gender:missing=true',
      'name=a&gender=http://hl7.org/fhir/administrative-gender|female',
    ])
  })

  const name = [{ family: 'Peters' }]
  test.each<[object, RegExp]>([
    [{ name, birthDate: new Date('1946-04-05') }, /^"patient.birthDate" must be a date such as/],
    [{ name, birthDate: '05.04.1946' }, /^"patient.birthDate" must be a date such as/],
    [{ name, gender: 'M' }, /^"patient.gender" must be one of 'male'/],
    [{ name: [{ family: 'a', period: { start: new Date() } }] }, /dates as text/],
    [{ name: new Map() }, /plain objects/],
  ])('match(%j)', async (known, message) => {
    const { client, seen } = fake(hit)
    const error: unknown = await client.match(known as Partial<Patient>).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(message)
    expect(seen).toEqual([])
  })

  test('an operation’s body with a Date in it', async () => {
    const { fhir: client, seen } = fhirWorld(hit)
    const body = { resourceType: 'Parameters', parameter: [{ valueDate: new Date() }] } as never
    await expect(client.operation('x', { body })).rejects.toThrow(/^"body" must hold dates as text/)
    expect(seen).toEqual([])
  })
})
