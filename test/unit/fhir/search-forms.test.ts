import { describe, expect, test } from 'vitest'
import { FhirClient } from '../../../src/fhir/index.ts'
import type { PatientSearchParameters } from '../../../src/index.ts'
import type { SearchOptions, SearchParameters } from '../../../src/fhir/index.ts'
import { base, bundle, fake, fhir, recording } from '../../support/fhir-answers.ts'

type Pairs = readonly (readonly [string, string])[]

/** The pairs that reach the server from a search of Patients. */
async function sent(parameters: PatientSearchParameters, options?: SearchOptions): Promise<Pairs> {
  const { client, seen } = fake(() => fhir(200, bundle([])))
  await client.search(parameters, options).first()
  return [...new URLSearchParams(seen[0]?.body)]
}

/** The pairs that reach the server from a search of Observations. */
async function loose(parameters: SearchParameters): Promise<Pairs> {
  const { fetch, seen } = recording(() => fhir(200, bundle([])))
  await new FhirClient({ baseUrl: base, fetch }).search('Observation', parameters).first()
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `POST ${base}/Observation/_search`,
  ])
  return [...new URLSearchParams(seen[0]?.body)]
}

const row = (
  parameters: PatientSearchParameters,
  ...pairs: Pairs
): [PatientSearchParameters, Pairs] => [parameters, pairs]

describe('a search of Patients sends', () => {
  test.each([
    // strings
    row({ family: { exact: 'Peters' } }, ['family:exact', 'Peters']),
    row({ family: { contains: 'eter' } }, ['family:contains', 'eter']),
    row({ name: { exact: { anyOf: ['a,b', 'c|d'] } } }, ['name:exact', 'a\\,b,c\\|d']),
    row({ family: { anyOf: ['Peters', 'Petersen'] } }, ['family', 'Peters,Petersen']),
    row({ given: ['Peter', 'James'] }, ['given', 'Peter'], ['given', 'James']),
    row(
      { given: [{ anyOf: ['a', 'b'] }, { exact: 'c' }, { missing: false }] },
      ['given', 'a,b'],
      ['given:exact', 'c'],
      ['given:missing', 'false'],
    ),
    row({ 'address-city': { missing: true } }, ['address-city:missing', 'true']),
    row({ phonetic: 'a', address: 'b$c' }, ['phonetic', 'a'], ['address', 'b\\$c']),
    // tokens
    row({ gender: 'female' }, ['gender', 'female']),
    row({ gender: { not: 'male' } }, ['gender:not', 'male']),
    row({ gender: { not: { anyOf: ['male', 'other'] } } }, ['gender:not', 'male,other']),
    row({ active: true }, ['active', 'true']),
    row({ active: { not: false } }, ['active:not', 'false']),
    row({ deceased: { anyOf: [true, false] } }, ['deceased', 'true,false']),
    row({ language: { text: 'a|b,c' } }, ['language:text', 'a\\|b\\,c']),
    row({ identifier: 'urn:oid:1.2|' }, ['identifier', 'urn:oid:1.2|']),
    row(
      { identifier: { anyOf: ['a|1', { system: 'b', value: '2' }, { system: '', value: '3' }] } },
      ['identifier', 'a|1,b|2,|3'],
    ),
    row(
      {
        identifier: [
          { system: 'a', value: '1' },
          { system: 'b', value: '2' },
        ],
      },
      ['identifier', 'a|1'],
      ['identifier', 'b|2'],
    ),
    row({ identifier: { not: { system: 'a', value: '1' } } }, ['identifier:not', 'a|1']),
    row({ _id: { anyOf: ['1', '2'] } }, ['_id', '1,2']),
    row({ _tag: 'a|b', _id: '1' }, ['_tag', 'a|b'], ['_id', '1']),
    // dates
    row(
      { birthdate: { ge: '1940', lt: '1950' } },
      ['birthdate', 'ge1940'],
      ['birthdate', 'lt1950'],
    ),
    row({ birthdate: { ge: '1940', lt: undefined } }, ['birthdate', 'ge1940']),
    row({ birthdate: ['ge1940', 'lt1950'] }, ['birthdate', 'ge1940'], ['birthdate', 'lt1950']),
    row({ birthdate: { anyOf: ['1946-04-05', '1946-05-04'] } }, [
      'birthdate',
      '1946-04-05,1946-05-04',
    ]),
    row({ birthdate: { missing: true } }, ['birthdate:missing', 'true']),
    row(
      { name: 'a', _lastUpdated: { gt: '2024-05-01T00:00:00+02:00' } },
      ['name', 'a'],
      ['_lastUpdated', 'gt2024-05-01T00:00:00+02:00'],
    ),
    row({ 'death-date': 'ap2020-01-02T03:04Z' }, ['death-date', 'ap2020-01-02T03:04Z']),
    // references and what they lead to
    row({ 'general-practitioner': 'Practitioner/7' }, ['general-practitioner', 'Practitioner/7']),
    row({ organization: { type: 'Organization', id: '1' } }, ['organization', 'Organization/1']),
    row({ organization: { anyOf: ['Organization/1', { type: 'Organization', id: '2' }] } }, [
      'organization',
      'Organization/1,Organization/2',
    ]),
    row({ link: { identifier: { system: 'a', value: 'b,c' } } }, ['link:identifier', 'a|b\\,c']),
    row({ name: 'a', _profile: 'http://a/b|1' }, ['name', 'a'], ['_profile', 'http://a/b|1']),
    row({ 'general-practitioner.name': 'Joe, Jr' }, ['general-practitioner.name', 'Joe\\, Jr']),
    row({ 'general-practitioner.name': { exact: 'Joe' } }, [
      'general-practitioner.name:exact',
      'Joe',
    ]),
    row({ 'general-practitioner:Practitioner.name': 'Joe' }, [
      'general-practitioner:Practitioner.name',
      'Joe',
    ]),
    row({ 'organization.identifier': { system: 'a', value: '1' } }, [
      'organization.identifier',
      'a|1',
    ]),
    // who is referred to
    row({ _has: { type: 'Observation', reference: 'patient', parameter: 'code', value: '1-2' } }, [
      '_has:Observation:patient:code',
      '1-2',
    ]),
    row(
      {
        _has: [
          { type: 'Observation', reference: 'patient', parameter: 'code', value: { not: 'a' } },
          { type: 'Encounter', reference: 'patient', parameter: 'date', value: { ge: '2020' } },
        ],
      },
      ['_has:Observation:patient:code:not', 'a'],
      ['_has:Encounter:patient:date', 'ge2020'],
    ),
    // what is to come along, and how
    row(
      { name: 'a', _include: 'Patient:general-practitioner' },
      ['name', 'a'],
      ['_include', 'Patient:general-practitioner'],
    ),
    row(
      {
        name: 'a',
        _include: ['Patient:link', 'Patient:organization:Organization'],
        '_include:iterate': 'Organization:partof',
      },
      ['name', 'a'],
      ['_include', 'Patient:link'],
      ['_include', 'Patient:organization:Organization'],
      ['_include:iterate', 'Organization:partof'],
    ),
    row(
      { name: 'a', _revinclude: ['Provenance:target', '*'] },
      ['name', 'a'],
      ['_revinclude', 'Provenance:target'],
      ['_revinclude', '*'],
    ),
    row(
      { name: 'a', _sort: ['family', '-_lastUpdated'] },
      ['name', 'a'],
      ['_sort', 'family,-_lastUpdated'],
    ),
    row({ name: 'a', _sort: '-birthdate' }, ['name', 'a'], ['_sort', '-birthdate']),
    row(
      { name: 'a', _elements: ['name', 'birthDate'] },
      ['name', 'a'],
      ['_elements', 'name,birthDate'],
    ),
    row(
      { name: 'a', _summary: 'count', _total: 'accurate', _count: 5 },
      ['name', 'a'],
      ['_summary', 'count'],
      ['_total', 'accurate'],
      ['_count', '5'],
    ),
    // as it is given
    row({ 'name:exact': ['a,b', 'c'] }, ['name:exact', 'a,b'], ['name:exact', 'c']),
  ])('%j', async (parameters, pairs) => {
    expect(await sent(parameters)).toEqual(pairs)
  })

  test('"raw" as it is, after the others, and it may be all that narrows the search', async () => {
    const raw = [['name', 'a,b|$\\'] as const, ['_filter', ''] as const, ['name', 'c&d=e'] as const]
    expect(await sent({ _count: 1 }, { raw })).toEqual([['_count', '1'], ...raw])
  })

  test('nothing that "raw" becomes later', async () => {
    const { client, seen } = fake(() => fhir(200, bundle([])))
    const pair: [string, string] = ['family', 'a']
    const raw = [pair]
    const results = client.search({}, { raw })
    pair[1] = 'b'
    raw.push(['family', 'c'])
    await results.first()
    expect(seen[0]?.body).toBe('family=a')
  })
})

describe('a search of another type sends', () => {
  test.each<[SearchParameters, Pairs]>([
    [{ code: 'http://loinc.org|1234-5' }, [['code', 'http://loinc.org|1234-5']]],
    [{ code: { system: 'a|b', value: 'c,d' } }, [['code', 'a\\|b|c\\,d']]],
    [{ code: { not: 'a|b' } }, [['code:not', 'a|b']]],
    [{ code: { text: 'a|b' } }, [['code:text', 'a\\|b']]],
    [{ code: { anyOf: ['a', { system: 'b', value: 'c' }, 5, true] } }, [['code', 'a,b|c,5,true']]],
    [{ patient: { type: 'Patient', id: '7' } }, [['patient', 'Patient/7']]],
    [{ patient: { identifier: 'a|b' } }, [['patient:identifier', 'a|b']]],
    [{ 'patient.name': { exact: 'a|b' } }, [['patient.name:exact', 'a\\|b']]],
    [{ 'subject:Patient.name': 'a' }, [['subject:Patient.name', 'a']]],
    [
      { date: { ge: '2020', lt: '2021-02' } },
      [
        ['date', 'ge2020'],
        ['date', 'lt2021-02'],
      ],
    ],
    [
      { date: ['ge2020', 'lt2021'] },
      [
        ['date', 'ge2020'],
        ['date', 'lt2021'],
      ],
    ],
    [{ 'value-quantity': { gt: '5.40|http://u|mg' } }, [['value-quantity', 'gt5.40|http://u|mg']]],
    [{ 'value-quantity': 5.5 }, [['value-quantity', '5.5']]],
    [
      { final: false, status: { missing: true } },
      [
        ['final', 'false'],
        ['status:missing', 'true'],
      ],
    ],
    [{ note: 'a,b$c\\' }, [['note', 'a\\,b\\$c\\\\']]],
    [{ title: { contains: { anyOf: ['a', 'b'] } } }, [['title:contains', 'a,b']]],
    [
      { code: 'a', _include: 'Observation:subject', _sort: '-date' },
      [
        ['code', 'a'],
        ['_include', 'Observation:subject'],
        ['_sort', '-date'],
      ],
    ],
    [
      { _has: { type: 'Provenance', reference: 'target', parameter: 'agent', value: 'a' } },
      [['_has:Provenance:target:agent', 'a']],
    ],
  ])('%j', async (parameters, pairs) => {
    expect(await loose(parameters)).toEqual(pairs)
  })

  test('nothing for what has no meaning there, at once', () => {
    const { fetch, seen } = recording(() => fhir(200, bundle([])))
    const client = new FhirClient({ baseUrl: base, fetch })
    const search = (type: string, parameters: unknown) => () =>
      client.search(type as 'Observation', parameters as SearchParameters)
    for (const type of ['', 'observation', 'Observation/1', '../Patient', '$x', 5, null])
      expect(search(type as string, { code: 'a' })).toThrow(TypeError)
    const wrong: readonly unknown[] = [
      ...['a b', '', '1a', 'a/b', 'a=b', 'a&b'].map((name) => ({ [name]: 'a' })),
      ...[{}, [], '', NaN, Infinity, null, { anyOf: [] }, { not: [] }, [[]]].map((code) => ({
        code,
      })),
      ...[{ missing: 'true' }, { id: 'a', type: 'patient' }, { id: '..', type: 'Patient' }].map(
        (code) => ({ code }),
      ),
      ...[{ gt: 'soon' }, { gt: '5', then: '6' }, { gt: 'ge5' }].map((value) => ({ value })),
      ...[{ access_token: 'a' }, { _lastUpdated: 'ge2020' }, { _count: 5 }, {}],
    ]
    for (const parameters of wrong)
      expect(search('Observation', parameters), JSON.stringify(parameters)).toThrow(TypeError)
    expect(search('Patient', { famly: 'a' })).toThrow(TypeError)
    expect(seen).toEqual([])
  })
})
