import { describe, expect, test } from 'vitest'
import { AccessToken } from '../../../src/access-token.ts'
import type { ResourceType } from '../../../src/fhir/index.ts'
import {
  base,
  bundle,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  patient,
  secrets,
  walked,
} from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'

const observation = (id: string): object => ({ resource: { resourceType: 'Observation', id } })

describe('everything', () => {
  test('gives resources of all types, the Patient included', async () => {
    const entries = [{ resource: patient('1') }, observation('o'), observation('1')]
    const { patients, lines } = fhirWorld(() => fhir(200, bundle(entries, { total: 3 })))
    const { resources, complete } = await patients.everything('1').toArray({ max: 9 })
    expect(resources.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`)).toEqual([
      'Patient/1',
      'Observation/o',
      'Observation/1',
    ])
    expect(complete).toBe(true)
    expect(lines()).toEqual(['GET /Patient/1/$everything'])
  })

  test('sends its parameters once, and follows the pages', async () => {
    const { patients, lines } = fhirWorld(
      inTurn(
        () => fhir(200, bundle([{ resource: patient('1') }], { next: `${base}?_getpages=x` })),
        () => fhir(200, bundle([observation('o'), { resource: patient('1') }])),
      ),
    )
    const found = await walked(
      patients.everything('1', {
        start: '2020-01',
        end: '2021',
        _since: '2024-05-01T00:00:00Z',
        _type: ['Observation', 'Condition'],
        _count: 50,
      }),
    )
    expect(found).toEqual({ ids: ['1', 'o'], error: undefined })
    const [first = '', second] = lines()
    expect(first.split('?', 1)[0]).toBe('GET /Patient/1/$everything')
    expect([...new URLSearchParams(first.split('?')[1])]).toEqual([
      ['start', '2020-01'],
      ['end', '2021'],
      ['_since', '2024-05-01T00:00:00Z'],
      ['_type', 'Observation,Condition'],
      ['_count', '50'],
    ])
    expect(second).toBe('GET ?_getpages=x')
  })

  test('gives pages, with what the server remarks', async () => {
    const entries = [observation('o'), { resource: outcome('processing', 'warning') }, {}]
    const { patients, events } = fhirWorld(() =>
      fhir(200, bundle([{ resource: patient('1') }, ...entries], { total: 2 })),
    )
    for await (const page of patients.everything('1').pages()) {
      expect(page).toMatchObject({ total: 2, ignoredParameters: [] })
      expect(page.resources.map(({ id }) => id)).toEqual(['1', 'o'])
      expect(page.outcomes[0]?.issue[0]?.code).toBe('processing')
    }
    expect(events.map(({ type }) => type)).toEqual(['search.outcome', 'search.odd-entries'])
    expect(leaks(events)).toEqual([])
    expect.assertions(5)
  })

  test('keeps resources without an id', async () => {
    const entries = [
      { resource: patient('1') },
      { resource: { resourceType: 'Basic' } },
      { resource: { resourceType: 'Basic' } },
    ]
    const { patients } = fhirWorld(() => fhir(200, bundle(entries)))
    expect((await patients.everything('1').toArray({ max: 9 })).resources).toHaveLength(3)
  })

  test('whose second page fails throws after what came before', async () => {
    const { patients } = fhirWorld(
      inTurn(
        () => fhir(200, bundle([observation('o')], { next: '?page=2' })),
        () => fhir(410, ''),
      ),
    )
    const { ids, error } = await walked(patients.everything('1'))
    expect(ids).toEqual(['o'])
    expect(error).toMatchObject({ code: 'ERR_CQ_PAGE_EXPIRED', received: 1, pages: 1 })
  })

  test('says nothing of scopes: which ones it takes is the server’s affair', async () => {
    const authorize = () => Promise.resolve(new AccessToken('x', 'system/Condition.read', 9e15))
    const { patients, events } = fhirWorld(() => fhir(200, bundle(['1'])), { authorize })
    await patients.everything('1').first()
    expect(events).toEqual([])
  })

  test.each<[string, object]>([
    ['start', { start: 'ge2020' }],
    ['start', { start: '01/2020' }],
    ['end', { end: { le: '2020' } }],
    ['_since', { _since: '' }],
    ['_type', { _type: [] }],
    ['_type', { _type: 'Observation' }],
    ['_type', { _type: ['Observation,Patient'] }],
    ['_count', { _count: 0 }],
    ['maxPages', { maxPages: 0 }],
    ['signal', { signal: 1 }],
    ['timeoutMs', { timeoutMs: Infinity }],
  ])('with a wrong %s is a TypeError at once', (option, wrong) => {
    const { patients, seen } = fhirWorld(() => fhir(200, bundle([])))
    expect(() => patients.everything('1', wrong)).toThrow(TypeError)
    expect(() => patients.everything('1', wrong)).toThrow(`"${option}`)
    expect(() => patients.everything('a/b')).toThrow('"id"')
    expect(seen).toEqual([])
  })

  test('takes any type that the caller names', async () => {
    const type: ResourceType = 'MedicationRequest'
    const { patients, lines } = fhirWorld(() => fhir(200, bundle([])))
    await patients.everything('1', { _type: [type] }).first()
    expect(lines()).toEqual(['GET /Patient/1/$everything?_type=MedicationRequest'])
  })
})

describe('404', () => {
  test.each([
    [404, 'ERR_CQ_NOT_FOUND'],
    [410, 'ERR_CQ_GONE'],
  ])('means the patient where a read says %i', async (status, code) => {
    const { patients, lines } = fhirWorld(
      inTurn(
        () => fhir(404, outcome('not-found')),
        () => fhir(status, outcome('deleted')),
      ),
    )
    const error = await failure(patients.everything('1').first())
    expect(error).toMatchObject({ code, status, operation: 'patients.everything' })
    expect(lines()).toEqual(['GET /Patient/1/$everything', 'GET /Patient/1'])
    expect(leaks(error, [...secrets, 'Patient/1'])).toEqual([])
  })

  test('means the operation where the patient can be read', async () => {
    const { patients, lines } = fhirWorld(
      inTurn(
        () => fhir(404, ''),
        () => fhir(200, patient('1')),
      ),
    )
    const error = await failure(patients.everything('1').first())
    expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_NOT_SUPPORTED', status: 404 })
    expect(error.pathTemplate).toBe('/Patient/:id/$everything')
    expect(lines()).toEqual(['GET /Patient/1/$everything', 'GET /Patient/1'])
  })

  test.each([
    [404, 'not-supported'],
    [405, 'processing'],
    [501, 'processing'],
    [400, 'not-supported'],
  ])(
    'and other refusals: %i with %s means the operation without a further request',
    async (...how) => {
      const [status, issue] = how
      const { patients, seen } = fhirWorld(() => fhir(status, outcome(issue)))
      const error = await failure(patients.everything('1').first())
      expect(error).toMatchObject({ code: 'ERR_CQ_OPERATION_NOT_SUPPORTED', status })
      expect(seen).toHaveLength(1)
    },
  )

  test('reads the patient once a call with the token that is at hand', async () => {
    let asked = 0
    const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
    const { patients, seen } = fhirWorld(() => fhir(404, ''), { authorize })
    await failure(patients.everything('1').first())
    expect([seen.length, asked]).toEqual([2, 1])
  })
})
