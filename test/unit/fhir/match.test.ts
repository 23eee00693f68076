import { describe, expect, test } from 'vitest'
import type { Patient } from '../../../src/index.ts'
import {
  bundle,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  patient,
} from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { holdTime, turns } from '../../support/time.ts'

const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'

/** Planted values: none of them may be shown. */
const known: Partial<Patient> = {
  name: [{ family: 'Zebulon-Marker', given: ['Max'] }],
  birthDate: '1931-02-17',
  identifier: [{ system: 'urn:oid:1.2.3', value: 'MRN-777-MARKER' }],
}

/** A candidate with a score and a grade. */
function candidate(id: string, score?: unknown, grade?: unknown): object {
  const extension = [
    { url: 'http://example.org/other', valueCode: 'certain' },
    { url: GRADE, valueCode: grade },
  ]
  return { resource: patient(id), search: { mode: 'match', score, extension } }
}

describe('the request', () => {
  test('is a POST of Parameters as FHIR has them', async () => {
    const { patients, seen, lines } = fhirWorld(() => fhir(200, bundle([])))
    await patients.match(known, { onlyCertainMatches: true, count: 3 })
    expect(lines()).toEqual(['POST /Patient/$match'])
    expect(seen[0]?.headers.get('content-type')).toBe('application/fhir+json')
    expect(seen[0]?.headers.get('accept')).toBe('application/fhir+json')
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      resourceType: 'Parameters',
      parameter: [
        { name: 'resource', resource: { ...known, resourceType: 'Patient' } },
        { name: 'onlyCertainMatches', valueBoolean: true },
        { name: 'count', valueInteger: 3 },
      ],
    })
  })

  test('holds only what was given', async () => {
    const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
    await patients.match({ resourceType: 'Patient', ...known })
    await patients.match(known, { onlyCertainMatches: false })
    const parameters = seen.map(
      ({ body }) => (JSON.parse(body) as { parameter: unknown[] }).parameter,
    )
    expect(parameters[0]).toEqual([
      { name: 'resource', resource: { resourceType: 'Patient', ...known } },
    ])
    expect(parameters[1]?.[1]).toEqual({ name: 'onlyCertainMatches', valueBoolean: false })
  })

  test('carries a Patient with meta, extensions and letters beyond ASCII as it is', async () => {
    const given: Patient = {
      resourceType: 'Patient',
      meta: {
        profile: ['http://hl7.org/fhir/us/identity-matching/StructureDefinition/IDI-Patient-L0'],
      },
      identifier: [{ system: 'http://hl7.org/fhir/sid/passport-AUS', value: '1234-234' }],
      name: [{ family: 'Müller-Łoś', given: ['Zoë'] }],
      _birthDate: { extension: [{ url: 'http://example.org/x', valueString: '?' }] },
    }
    const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
    await patients.match(given)
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ parameter: [{ resource: given }] })
  })

  test.each([429, 500, 502, 503, 504])(
    'is repeated after %i, for it changes nothing',
    async (status) => {
      const { patients, seen } = fhirWorld(
        inTurn(
          () => fhir(status, ''),
          () => fhir(200, bundle([candidate('1', 1)])),
        ),
      )
      expect(await patients.match(known)).toHaveLength(1)
      expect(seen.map(({ body }) => body)).toEqual([seen[0]?.body, seen[0]?.body])
    },
  )

  test('is repeated after a broken connection, three times in all', async () => {
    const { patients, seen } = fhirWorld(() => {
      throw new TypeError('fetch failed')
    })
    expect((await failure(patients.match(known))).code).toBe('ERR_CQ_NETWORK')
    expect(seen).toHaveLength(3)
  })

  test('goes out once more with a new token after a 401, with the same body', async () => {
    let asked = 0
    const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
    const { patients, seen } = fhirWorld(
      inTurn(
        () => fhir(401, ''),
        () => fhir(200, bundle([])),
      ),
      { authorize },
    )
    await patients.match(known)
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ])
    expect(seen[1]?.body).toBe(seen[0]?.body)
  })

  test('that is too slow ends at its timeout', async () => {
    const { patients } = fhirWorld(() => new Promise(() => undefined))
    const error = await failure(patients.match(known, { timeoutMs: 30 }))
    expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'patients.match' })
  })

  test('has one timeout for all of its pages', async () => {
    const time = holdTime()
    const { patients, seen } = fhirWorld(async (_, number) => {
      await time.pass(40)
      return fhir(200, bundle([candidate(`${number}`)], { next: `?page=${number + 1}` }))
    })
    const error = await failure(patients.match(known, { timeoutMs: 150 }))
    expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'patients.match' })
    expect(error.message).toContain('150 ms')
    const asked = seen.length
    await time.pass(100)
    await turns()
    expect([asked < 6, seen.length]).toEqual([true, asked])
  })

  test('that the caller leaves ends with the caller’s own reason', async () => {
    const { patients } = fhirWorld(() => new Promise(() => undefined))
    const mine = { my: 'reason' }
    const leaving = new AbortController()
    const asked = patients.match(known, { signal: leaving.signal })
    leaving.abort(mine)
    await expect(asked).rejects.toBe(mine)
  })

  test.each<[string, unknown, object]>([
    ['patient', undefined, {}],
    ['patient', null, {}],
    ['patient', 'Peters', {}],
    ['patient', [], {}],
    ['patient', {}, {}],
    ['patient', { gender: 'male' }, {}],
    ['patient', { name: undefined }, {}],
    ['patient', { resourceType: 'Person', ...known }, {}],
    ['onlyCertainMatches', known, { onlyCertainMatches: 'yes' }],
    ['count', known, { count: 0 }],
    ['count', known, { count: 2.5 }],
    ['count', known, { count: '3' }],
    ['timeoutMs', known, { timeoutMs: -1 }],
    ['signal', known, { signal: {} }],
    ['validate', known, { validate: () => true }],
    ['options', known, [] as object],
  ])('with a wrong %s is a TypeError, unsent', async (option, wrong, options) => {
    const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
    const asked = patients.match(wrong as Partial<Patient>, options)
    const error: unknown = await asked.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(`"${option}"`)
    expect(leaks(error)).toEqual([])
    expect(seen).toEqual([])
  })
})

describe('the candidates', () => {
  test('come with the server’s score and grade, in its order', async () => {
    const entries = [
      candidate('1', 1, 'certain'),
      candidate('2', 0.5, 'probable'),
      candidate('3', 0, 'certainly-not'),
      { resource: patient('4') },
    ]
    const { patients } = fhirWorld(() => fhir(200, bundle(entries)))
    expect(await patients.match(known)).toEqual([
      { resource: patient('1'), score: 1, grade: 'certain' },
      { resource: patient('2'), score: 0.5, grade: 'probable' },
      { resource: patient('3'), score: 0, grade: 'certainly-not' },
      { resource: patient('4') },
    ])
  })

  test.each<[unknown, unknown]>([
    ['0.9', 'sure'],
    [1.2, 5],
    [-0.1, null],
    [Number.NaN, { code: 'certain' }],
    [undefined, 'toString'],
  ])('with the score %j and the grade %j have neither', async (score, grade) => {
    const { patients } = fhirWorld(() => fhir(200, bundle([candidate('1', score, grade)])))
    expect(await patients.match(known)).toEqual([{ resource: patient('1') }])
  })

  test('that are several although only certain ones were asked for are given, and told of', async () => {
    const answers = () => fhir(200, bundle([candidate('1', 1, 'certain'), candidate('2', 0.9)]))
    const { patients, events } = fhirWorld(answers)
    expect(await patients.match(known, { onlyCertainMatches: true })).toHaveLength(2)
    expect(events).toMatchObject([{ type: 'match.not-certain', count: 2 }])
    await patients.match(known)
    expect(events).toHaveLength(1)
    expect(leaks(events)).toEqual([])
  })

  test('do not hold what the server remarks, which an event tells by its codes', async () => {
    const entries = [
      { resource: outcome('multiple-matches', 'warning'), search: { mode: 'outcome' } },
      candidate('1', 1),
      { resource: { resourceType: 'Organization', id: 'o' }, search: { mode: 'include' } },
    ]
    const { patients, events } = fhirWorld(() => fhir(200, bundle(entries)))
    expect((await patients.match(known)).map(({ resource }) => resource.id)).toEqual(['1'])
    expect(events).toMatchObject([
      { type: 'search.outcome', issueCodes: ['multiple-matches'] },
      { type: 'search.odd-entries', count: 1 },
    ])
    expect(leaks(events)).toEqual([])
  })

  test('are none where the server knows nobody', async () => {
    const { patients } = fhirWorld(() => fhir(200, { resourceType: 'Bundle', type: 'searchset' }))
    expect(await patients.match(known)).toEqual([])
  })

  test('of further pages are there too, each once', async () => {
    const { patients, lines } = fhirWorld(
      inTurn(
        () => fhir(200, bundle([candidate('1', 1), candidate('2', 0.9)], { next: '?page=2' })),
        () => fhir(200, bundle([candidate('2', 0.9), candidate('3', 0.8)])),
      ),
    )
    const found = await patients.match(known)
    expect(found.map(({ resource }) => resource.id)).toEqual(['1', '2', '3'])
    expect(lines()[1]).toMatch(/^GET .*\?page=2$/)
  })

  test('are not given where a further page fails: a part is no answer', async () => {
    const { patients } = fhirWorld(
      inTurn(
        () => fhir(200, bundle([candidate('1', 1)], { next: 'https://evil.example/?page=2' })),
        () => fhir(200, bundle([])),
      ),
    )
    const error = await failure(patients.match(known))
    expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED', received: 1, pages: 1 })
  })

  test('without an id are an error', async () => {
    const { patients } = fhirWorld(() =>
      fhir(200, bundle([{ resource: { resourceType: 'Patient' } }])),
    )
    expect((await failure(patients.match(known))).code).toBe('ERR_CQ_INVALID_RESPONSE')
  })

  test('are held against the caller’s own schema', async () => {
    const issues = [{ path: ['birthDate'] }]
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
    } as const
    const { patients } = fhirWorld(() => fhir(200, bundle([candidate('1', 1)])))
    const error = await failure(patients.match(known, { validate: schema }))
    expect(error).toMatchObject({
      code: 'ERR_CQ_INVALID_RESPONSE',
      issues: ['entry.resource.birthDate'],
    })
  })
})

describe('what the server answers otherwise', () => {
  test.each([
    [404, 'not-found', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [405, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [501, 'processing', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [400, 'not-supported', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [403, 'not-supported', 'ERR_CQ_OPERATION_NOT_SUPPORTED'],
    [403, 'forbidden', 'ERR_CQ_FORBIDDEN'],
    [400, 'invalid', 'ERR_CQ_OPERATION_FAILED'],
    [422, 'required', 'ERR_CQ_OPERATION_FAILED'],
    [422, 'too-costly', 'ERR_CQ_TOO_MANY_RESULTS'],
  ])('%i with %s is %s, after one request', async (status, issue, code) => {
    const { patients, seen, events } = fhirWorld(() => fhir(status, outcome(issue)))
    const error = await failure(patients.match(known))
    expect(error).toMatchObject({ code, status, operation: 'patients.match' })
    expect(error.pathTemplate).toBe('/Patient/$match')
    expect(seen).toHaveLength(1)
    expect([leaks(error), leaks(events)]).toEqual([[], []])
  })

  test('an OperationOutcome with 200 is an error', async () => {
    const { patients } = fhirWorld(() => fhir(200, outcome('multiple-matches')))
    const error = await failure(patients.match(known))
    expect(error).toMatchObject({
      code: 'ERR_CQ_OPERATION_FAILED',
      issueCodes: ['multiple-matches'],
    })
    expect(leaks(error)).toEqual([])
  })

  test('a Patient in place of a Bundle is an error', async () => {
    const { patients } = fhirWorld(() => fhir(200, patient('1')))
    expect((await failure(patients.match(known))).code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
  })
})
