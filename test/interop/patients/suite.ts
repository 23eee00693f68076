/** What any FHIR server must answer to our client; run for each server by the test files beside it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  CarequalityError,
  type PatientSearchParameters,
  type Responder,
} from '../../../src/index.ts'
import type { ErrorCode } from '../../../src/errors.ts'
import type { FhirVersion, PatientDemographics } from '../../../src/fhir/index.ts'
import type { Asked } from './asked.ts'
import { MRN } from './people.ts'

/** A server, a client of it, and its responder. */
export interface Subject<V extends FhirVersion> {
  readonly asked: Asked
  readonly responder: Responder<V>
  /** Somebody and nobody, for `$match`. */
  readonly known: PatientDemographics<V>
  readonly unknown: PatientDemographics<V>
  /** The same responder, found by a client that searches by GET. */
  byGet(): Promise<Responder<V>>
}

/** Where the servers differ. */
export interface Differences {
  /** What a patient who was deleted is. */
  readonly deleted: ErrorCode
  /** What one search with two conditions on one parameter is. */
  readonly sameParameterTwice: 'works' | ErrorCode
  /** The scope that `$match` takes. */
  readonly matchScope: string
  /** What the server says of a patient that it does not have; undefined where it says nothing in FHIR. */
  readonly textOfMissing: string | undefined
}

export function describePatients<V extends FhirVersion>(
  name: string,
  start: () => Promise<Subject<V>>,
  differences: Differences,
): void {
  describe(name, () => {
    let subject: Subject<V>
    beforeAll(async () => {
      subject = await start()
    }, 60_000)
    afterAll(() => subject.asked.close())
    beforeEach(() => {
      subject.asked.requests.length = 0
      subject.asked.events.length = 0
    })
    const responder = (): Responder<V> => subject.responder
    const patients = (): Responder<V>['patients'] => responder().patients
    /** Path and method of what was asked of the FHIR server. */
    const wire = (): string[] =>
      subject.asked.requests.map(
        ({ method, url }) => `${method} ${url.replace(/^\/[^/]+/, '').replace(/\?.*/, '?')}`,
      )
    const found = async (parameters: PatientSearchParameters): Promise<string[]> => {
      const { resources, complete } = await patients().search(parameters).toArray({ max: 50 })
      expect(complete).toBe(true)
      return resources.map(({ id }) => id ?? '').sort()
    }
    const body = (): Record<string, string> =>
      Object.fromEntries(new URLSearchParams(subject.asked.requests[0]?.body))

    reads()
    searches()
    pages()
    operations()
    others()

    function reads(): void {
      test('read, and a second one with If-None-Match: 304 and the same patient', async () => {
        const first = await patients().read('patient-3')
        expect(first.id).toBe('patient-3')
        expect(first.birthDate).toBe('1943-04-05')
        expect(await patients().read('patient-3')).toEqual(first)
        const [plain, conditional] = subject.asked.requests
        expect(plain?.headers['if-none-match']).toBeUndefined()
        expect(conditional?.headers['if-none-match']).toMatch(/^W\/"[\w-]+"$/)
        expect(subject.asked.requests).toHaveLength(2)
      })

      test('history has both versions, and vread each of them', async () => {
        const versions = await patients().history('renamed').toArray({ max: 10 })
        expect(versions.complete).toBe(true)
        expect(versions.resources).toHaveLength(2)
        const families = await Promise.all(
          versions.resources.map(async ({ versionId = '', deleted }) => {
            expect(deleted).toBe(false)
            return (await patients().vread('renamed', versionId)).name?.[0]?.family
          }),
        )
        expect(families.sort()).toEqual(['After', 'Before'])
        expect((await patients().read('renamed')).name?.[0]?.family).toBe('After')
      })

      test('a missing patient is ERR_CQ_NOT_FOUND, and find gives undefined', async () => {
        const error = await failureOf(patients().read('nobody'))
        expect(error).toMatchObject({ code: 'ERR_CQ_NOT_FOUND', status: 404 })
        const { textOfMissing } = differences
        expect('outcome' in error).toBe(textOfMissing !== undefined)
        expect(error).toMatchObject(
          textOfMissing === undefined ? {} : { outcome: { issue: [{ text: textOfMissing }] } },
        )
        expect(await patients().find('nobody')).toBeUndefined()
      })

      test('a deleted patient', async () => {
        const error = await failureOf(patients().read('deleted'))
        expect(error.code).toBe(differences.deleted)
        expect(await patients().find('deleted')).toBeUndefined()
      })
    }

    function searches(): void {
      const everybody = Array.from({ length: 6 }, (_, index) => `patient-${index + 1}`)
      // prettier-ignore
      const cases: readonly [string, PatientSearchParameters, Record<string, string>, readonly string[]][] = [
        ['string', { family: 'peters' }, { family: 'peters' }, everybody],
        ['string with a comma', { family: 'Smith, Jones' }, { family: 'Smith\\, Jones' }, ['comma']],
        [':exact', { family: { exact: 'Petersen' } }, { 'family:exact': 'Petersen' }, ['patient-5', 'patient-6']],
        [':contains', { family: { contains: 'etersen' } }, { 'family:contains': 'etersen' }, ['patient-5', 'patient-6']],
        ['token', { identifier: 'mrn-2' }, { identifier: 'mrn-2' }, ['patient-2']],
        ['token with system', { identifier: { system: MRN, value: 'mrn-2' } }, { identifier: `${MRN}|mrn-2` }, ['patient-2']],
        ['token of another system', { identifier: { system: 'urn:x', value: 'mrn-2' } }, { identifier: 'urn:x|mrn-2' }, []],
        [':not', { gender: { not: 'male' }, family: 'Peters' }, { 'gender:not': 'male', family: 'Peters' }, ['patient-2', 'patient-4', 'patient-6']],
        ['date', { birthdate: '1942-04-05' }, { birthdate: '1942-04-05' }, ['patient-2']],
        ['a year', { birthdate: '1942' }, { birthdate: '1942' }, ['patient-2']],
        ['date with prefix', { birthdate: 'ge1945', family: 'Peters' }, { birthdate: 'ge1945', family: 'Peters' }, ['patient-5', 'patient-6']],
        ['reference', { 'general-practitioner': 'Practitioner/house' }, { 'general-practitioner': 'Practitioner/house' }, ['patient-1', 'patient-3', 'patient-5']],
        ['reference in two parts', { 'general-practitioner': { type: 'Practitioner', id: 'wilson' } }, { 'general-practitioner': 'Practitioner/wilson' }, ['patient-2', 'patient-4', 'patient-6']],
        ['chained', { 'general-practitioner.name': 'House' }, { 'general-practitioner.name': 'House' }, ['patient-1', 'patient-3', 'patient-5']],
        ['or', { _id: { anyOf: ['patient-1', 'patient-6', 'nobody'] } }, { _id: 'patient-1,patient-6,nobody' }, ['patient-1', 'patient-6']],
        ['and', { family: 'Petersen', gender: 'female' }, { family: 'Petersen', gender: 'female' }, ['patient-6']],
      ]
      test.each(cases)('search: %s', async (_, parameters, sent, ids) => {
        expect(await found(parameters)).toEqual(ids)
        expect(wire()[0]).toBe('POST /Patient/_search')
        expect(body()).toEqual(sent)
        expect(subject.asked.events.map(({ type }) => type)).not.toContain('search.filter-ignored')
      })

      const { sameParameterTwice } = differences
      test(`search: a range is one parameter twice: ${sameParameterTwice}`, async () => {
        const range = { birthdate: { ge: '1942', lt: '1944' } }
        if (sameParameterTwice === 'works') {
          expect(await found(range)).toEqual(['patient-2', 'patient-3'])
        } else expect((await failureOf(found(range))).code).toBe(sameParameterTwice)
        expect(subject.asked.requests[0]?.body).toBe('birthdate=ge1942&birthdate=lt1944')
      })

      test('_sort', async () => {
        const down = patients().search({ family: 'Peters', _sort: '-birthdate' })
        const { resources } = await down.toArray({ max: 50 })
        expect(resources.map(({ id }) => id)).toEqual([...everybody].reverse())
      })

      test('_include and _revinclude come along and are no hits', async () => {
        const results = patients().search({
          _id: 'patient-1',
          _include: 'Patient:general-practitioner',
          _revinclude: 'Observation:subject',
        })
        for await (const page of results.pages()) {
          expect(page.resources.map(({ id }) => id)).toEqual(['patient-1'])
          const included = page.included.map(
            ({ resourceType, id }) => `${resourceType}/${id ?? ''}`,
          )
          expect(included.sort()).toEqual([
            ...[1, 2, 3].map((number) => `Observation/observation-${number}`),
            'Practitioner/house',
          ])
        }
      })
    }

    function pages(): void {
      test('_count and next links: the first page by POST, the others by GET', async () => {
        const sizes: number[] = []
        for await (const page of patients().search({ family: 'Peters', _count: 2 }).pages()) {
          sizes.push(page.resources.length)
          expect(page.total).toBe(6)
          expect(page.ignoredParameters).toEqual([])
        }
        expect(sizes).toEqual([2, 2, 2])
        expect(wire()).toEqual(['POST /Patient/_search', 'GET /Patient?', 'GET /Patient?'])
      })

      test('first() asks for one page; no hit is one empty page', async () => {
        expect((await patients().search({ family: 'Peters', _count: 2 }).first())?.id).toBeDefined()
        expect(subject.asked.requests).toHaveLength(1)
        expect(await found({ family: 'Nobody' })).toEqual([])
      })
    }

    function operations(): void {
      test('$match: best first, with scores and grades', async () => {
        const { matchScope: scope } = differences
        const matches = await responder().as({ scope }).patients.match(subject.known, { count: 3 })
        expect(matches.map(({ score }) => score)).toEqual([
          1,
          expect.any(Number),
          expect.any(Number),
        ])
        expect(matches[0]).toMatchObject({ resource: { id: 'patient-2' }, grade: 'certain' })
        expect(matches[2]?.grade).toBe('possible')
        expect(subject.asked.requests[0]?.headers['content-type']).toBe('application/fhir+json')
      })

      test('$match with onlyCertainMatches', async () => {
        const certain = responder().as({ scope: differences.matchScope }).patients
        const one = await certain.match(subject.known, { onlyCertainMatches: true })
        expect(one.map(({ resource }) => resource.id)).toEqual(['patient-2'])
        expect(await certain.match(subject.unknown, { onlyCertainMatches: true })).toEqual([])
      })

      test('$everything over pages, and by type', async () => {
        const all = await patients().everything('patient-1', { _count: 3 }).toArray({ max: 50 })
        expect(all.resources.map(({ resourceType }) => resourceType)).toEqual([
          'Patient',
          ...Array<string>(3).fill('Observation'),
        ])
        expect(wire()).toEqual(Array<string>(2).fill('GET /Patient/patient-1/$everything?'))
        const some = patients().everything('patient-1', { _type: ['Patient'] })
        expect((await some.toArray({ max: 50 })).resources.map(({ id }) => id)).toEqual([
          'patient-1',
        ])
      })

      test('$everything about nobody, and an operation that is not there', async () => {
        const nobody = await failureOf(patients().everything('nobody').toArray({ max: 1 }))
        expect(nobody.code).toBe('ERR_CQ_NOT_FOUND')
        const { fhir } = responder()
        const missing = await failureOf(
          fhir.operation('nothing', { type: 'Patient', id: 'patient-1' }),
        )
        expect(missing.code).toBe('ERR_CQ_OPERATION_NOT_SUPPORTED')
      })
    }

    function others(): void {
      test('other resource types: read and search', async () => {
        const { fhir } = responder()
        expect((await fhir.read('Practitioner', 'house')).id).toBe('house')
        const weights = fhir.search('Observation', { subject: 'Patient/patient-1', _count: 2 })
        const { resources, complete } = await weights.toArray({ max: 50 })
        expect(complete).toBe(true)
        expect(resources.map(({ id }) => id)).toEqual(
          [1, 2, 3].map((number) => `observation-${number}`),
        )
        expect(wire().slice(1)).toEqual(['POST /Observation/_search', 'GET /Observation?'])
        expect((await failureOf(fhir.read('Observation', 'nothing'))).code).toBe('ERR_CQ_NOT_FOUND')
      })

      test('one token served all calls of one scope', () => {
        const scopes = new Set(['system/*.read', differences.matchScope])
        expect(subject.asked.tokenRequests()).toBe(scopes.size)
      })

      test('by GET, where the caller wants it', async () => {
        const responder = await subject.byGet()
        const hits = responder.patients.search({ given: 'Given4' }, { raw: [['family', 'Pet']] })
        expect((await hits.toArray({ max: 2 })).resources.map(({ id }) => id)).toEqual([
          'patient-4',
        ])
        const searches = subject.asked.requests.filter(({ url }) => url.includes('Patient'))
        expect(
          searches.map(({ method, url }) => `${method} ${url.replace(/^\/[^/]+/, '')}`),
        ).toEqual(['GET /Patient?given=Given4&family=Pet'])
      })
    }
  })
}

/** The error of ours that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<CarequalityError> {
  try {
    await call
  } catch (error) {
    if (error instanceof CarequalityError) return error
    throw error
  }
  throw new Error('it did not fail')
}
