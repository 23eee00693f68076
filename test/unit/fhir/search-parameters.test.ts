import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { PatientSearchParameters } from '../../../src/index.ts'
import { type SearchOptions, FhirClient, type SearchParameters } from '../../../src/fhir/index.ts'
import { base, bundle, fake, fhir, recording } from '../../support/fhir-answers.ts'

type Pairs = readonly (readonly [string, string])[]

describe('search parameters', () => {
  /** The pairs that reach the server. */
  async function sent(
    parameters: PatientSearchParameters,
    options?: SearchOptions,
  ): Promise<[string, string][]> {
    const { client, seen } = fake(() => fhir(200, bundle([])))
    await client.search(parameters, options).first()
    return [...new URLSearchParams(seen[0]?.body)]
  }

  describe('I2: a value is taken as it is', () => {
    test.each<[PatientSearchParameters, string]>([
      [{ name: 'a=b&_count=1' }, 'a=b&_count=1'],
      [{ name: 'a,b' }, 'a\\,b'],
      [{ family: 'a|b' }, 'a\\|b'],
      [{ given: 'a$b' }, 'a\\$b'],
      [{ identifier: 'a\\b' }, 'a\\\\b'],
      [{ name: 'a,$|\\ü é\r\n+%26' }, 'a\\,\\$\\|\\\\ü é\r\n+%26'],
      [{ 'name:exact': 'Peters,O|$\\' }, 'Peters,O|$\\'],
      [{ 'identifier:of-type': 'a|b|c' }, 'a|b|c'],
      [{ identifier: 'urn:oid:1.2|MRN,1' }, 'urn:oid:1.2|MRN\\,1'],
      [{ identifier: 'a$\\' }, 'a\\$\\\\'],
      [{ identifier: { system: 'urn:oid:1.2', value: 'a|b,c' } }, 'urn:oid:1.2|a\\|b\\,c'],
      [{ identifier: { system: '', value: '7' } }, '|7'],
      [{ birthdate: '1946-04-05' }, '1946-04-05'],
      [{ birthdate: '1946-04' }, '1946-04'],
      ...['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'].map(
        (prefix): [PatientSearchParameters, string] => [
          { birthdate: `${prefix}1946` },
          `${prefix}1946`,
        ],
      ),
    ])('%j is sent as %j', async (parameters, value) => {
      expect(await sent(parameters)).toEqual([[Object.keys(parameters)[0], value]])
    })

    test('in the order given, without those that are undefined', async () => {
      const parameters = { _count: 20, given: undefined, family: 'b', name: 'a', 'name:exact': 'c' }
      expect(await sent(parameters)).toEqual([
        ['_count', '20'],
        ['family', 'b'],
        ['name', 'a'],
        ['name:exact', 'c'],
      ])
    })

    test('later changes of the caller make no difference', async () => {
      const { client, seen } = fake(() => fhir(200, bundle([])))
      const parameters = { family: 'a' }
      const results = client.search(parameters)
      parameters.family = 'b'
      await results.first()
      expect(seen[0]?.body).toBe('family=a')
    })
  })

  describe('I2: a search that cannot be sent throws at once', () => {
    const identifier = (value: unknown): object => ({ identifier: value })
    test.each<[unknown]>([
      ...[undefined, null, 'name=a', ['a'], {}, { _count: 5 }, { name: undefined }].map(one),
      ...[{ name: '' }, { name: 5 }, { name: [] }, { name: null }, { _id: {} }].map(one),
      ...['', '1946-4-5', '05.04.1946', '46', 'xx1946', '1946-13', 'ge 1946', 1946].map(
        (birthdate) => one({ birthdate }),
      ),
      ...[{}, { system: 'a' }, { value: '' }, { system: 5, value: 'a' }, null, '', 5, [5]]
        .map(identifier)
        .map(one),
      ...[0, -1, 0.5, 2.5, Number.NaN, Infinity, 1e21, '5'].map((_count) =>
        one({ name: 'a', _count }),
      ),
      ...['apikey', '_apikey', 'api_key', 'access_token', '_format', 'apikey:exact'].map((name) =>
        one({ name: 'a', [name]: 'x' }),
      ),
      ...['ACCESS_TOKEN', '_Format:x', 'familly', 'sex', '_has', '__proto__x', 'a b:c', ':x'].map(
        (name) => one({ name: 'a', [name]: 'x' }),
      ),
      one({ 'name:exact': '' }),
      one({ 'name:exact': 5 }),
      one({ '_lastUpdated:x': '2020' }),
    ])('%j', (parameters) => {
      const { client, seen } = fake(() => fhir(200, bundle([])))
      expect(() => client.search(parameters as PatientSearchParameters)).toThrow(TypeError)
      expect(seen).toEqual([])
    })

    test.each<[unknown]>([
      ...[null, 'all', { maxPages: 0 }, { maxPages: '5' }, { all: 'yes' }, { timeoutMs: -1 }].map(
        one,
      ),
      one({ signal: 5 }),
    ])('with the options %j', (options) => {
      const { client } = fake(() => fhir(200, bundle([])))
      expect(() => client.search({ name: 'a' }, options as SearchOptions)).toThrow(TypeError)
    })

    test('and its message names the parameter and not the value', () => {
      const { client } = fake(() => fhir(200, bundle([])))
      const search = () => client.search({ birthdate: 'Zebulon-Marker' })
      expect(search).toThrow(/birthdate/)
      expect(search).not.toThrow(/Zebulon/)
    })
  })

  test('a search for everyone must be asked for', async () => {
    expect(await sent({}, { all: true })).toEqual([])
    expect(await sent({ _count: 5 }, { all: true })).toEqual([['_count', '5']])
    expect(await sent({ _id: '5' })).toEqual([['_id', '5']])
  })

  describe('what the server says of its search', () => {
    async function page(self: string | undefined, total?: number) {
      const parts = {
        ...(self === undefined ? {} : { self }),
        ...(total === undefined ? {} : { total }),
      }
      const { client } = fake(() => fhir(200, bundle(['1'], parts)))
      for await (const one of client.search({ family: 'a', 'name:exact': 'b' }).pages()) return one
      throw new Error('no page')
    }

    test.each<[string | undefined, readonly string[]]>([
      [undefined, []],
      [`${base}/Patient?family=a&name:exact=b`, []],
      [`${base}/Patient?family=a&name%3Aexact=b`, []],
      ['Patient?family=a', ['name:exact']],
      ['?name:exact=b', ['family']],
      [`${base}/Patient`, ['family', 'name:exact']],
      ['http://[', []],
    ])('the self link %j means that %j were ignored', async (self, names) => {
      expect((await page(self)).ignoredParameters).toEqual(names)
    })

    test('the total is given where there is one', async () => {
      expect((await page(undefined, 812)).total).toBe(812)
      expect(await page(undefined)).not.toHaveProperty('total')
      expect((await page(undefined)).bundle).toEqual(bundle(['1']))
    })
  })

  function one<T>(value: T): [T] {
    return [value]
  }
})

describe('search escaping', () => {
  /** Of any characters, and often of those that mean something to FHIR, forms or URLs. */
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(...Array.from(',|$\\&=+%?#/;: \r\n\0"é💉')),
        fc.string({ unit: 'binary' }),
      ),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    .map((parts) => parts.join(''))
    .filter((text) => text !== '')
  const texts = fc.array(hostile, { minLength: 1, maxLength: 4 })

  /** The body of a search by POST; that of one by GET must hold the same. */
  async function sent(
    parameters: PatientSearchParameters,
    options?: SearchOptions,
  ): Promise<Pairs> {
    const answer = (): Response => fhir(200, bundle([]))
    const [posting, getting] = [fake(answer), fake(answer, { searchMethod: 'get' })]
    for (const { client } of [posting, getting]) await client.search(parameters, options).first()
    const [body = '', url = ''] = [posting.seen[0]?.body, getting.seen[0]?.url]
    expect(posting.seen[0]?.url).toBe(`${base}/Patient/_search`)
    expect(url).toBe(`${base}/Patient?${body}`)
    return decoded(body)
  }

  /** Written apart from the platform's decoder, that of the code under test. */
  function decoded(form: string): Pairs {
    expect(form).toMatch(/^[\w.*%+=&-]*$/)
    return form.split('&').map((pair) => {
      const [name, value, ...more] = pair.split('=').map((part) => part.replaceAll('+', ' '))
      expect(more).toEqual([])
      return [decodeURIComponent(name ?? ''), decodeURIComponent(value ?? '')]
    })
  }

  /** The parts of a value between separators, unescaped as FHIR has it: a backslash takes the next character as it is. */
  function parted(value: string, separator: ',' | '|' | '$'): string[] {
    const parts: string[] = ['']
    for (const [piece, escaped] of value.matchAll(/\\(.?)|./gsu)) {
      if (piece === separator) parts.push('')
      else parts.push((parts.pop() ?? '') + (escaped === '' ? '(nothing)' : (escaped ?? piece)))
    }
    return parts
  }

  const separators = [',', '|', '$'] as const

  describe('whatever the value, the server reads exactly what was given', () => {
    test('a text is one text to every separator, alone or with a modifier', async () => {
      await fc.assert(
        fc.asyncProperty(hostile, async (text) => {
          const pairs = await sent({
            name: text,
            given: { exact: text },
            family: { contains: text },
          })
          expect(pairs.map(([name]) => name)).toEqual(['name', 'given:exact', 'family:contains'])
          for (const [, value] of pairs)
            for (const separator of separators) expect(parted(value, separator)).toEqual([text])
        }),
      )
    })

    test('several texts are as many conditions, and any of several as many choices', async () => {
      await fc.assert(
        fc.asyncProperty(texts, async (list) => {
          const [first, ...all] = await sent({ family: { anyOf: list }, given: list })
          expect(first?.[0]).toBe('family')
          expect(parted(first?.[1] ?? '', ',')).toEqual(list)
          expect(all.map(([name]) => name)).toEqual(list.map(() => 'given'))
          expect(all.map(([, value]) => parted(value, ',').join())).toEqual(list)
        }),
      )
    })

    test('a system and a value are two, and neither becomes a choice', async () => {
      await fc.assert(
        fc.asyncProperty(hostile, hostile, async (system, value) => {
          const token = { system, value }
          const pairs = await sent({ identifier: token, telecom: { not: token } })
          expect(pairs.map(([name]) => name)).toEqual(['identifier', 'telecom:not'])
          for (const [, text] of pairs) {
            expect(parted(text, '|')).toEqual([system, value])
            expect(parted(text, ',')).toHaveLength(1)
            expect(parted(text, '$')).toHaveLength(1)
          }
        }),
      )
    })

    test('a token as text may have a bar, and nothing else that separates', async () => {
      await fc.assert(
        fc.asyncProperty(hostile, async (text) => {
          const pairs = await sent({ identifier: text, 'organization.name': text, link: text })
          expect(pairs.map(([name]) => name)).toEqual(['identifier', 'organization.name', 'link'])
          for (const [, value] of pairs) {
            expect(parted(value, ',')).toEqual([text])
            expect(parted(value, '$')).toEqual([text])
          }
        }),
      )
    })

    test('what is given raw is sent as it is, and injects no pair', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(hostile, hostile), { minLength: 1 }), async (raw) => {
          const all = [['name', 'a'], ['name:exact', raw[0]?.[1] ?? ''], ...raw]
          expect(await sent({ name: 'a', 'name:exact': raw[0]?.[1] }, { raw })).toEqual(all)
        }),
      )
    })

    test('a name is sent as it is, or refused', async () => {
      const names = fc.oneof(
        hostile,
        fc.stringMatching(/^[\w.:-]{1,12}$/),
        fc.constantFrom(
          'a=b&_count=1',
          '__proto__',
          'constructor',
          'a:b',
          'patient.name',
          '_id:not',
        ),
      )
      let taken = 0
      await fc.assert(
        fc.asyncProperty(names, hostile, async (name, value) => {
          const { fetch, seen } = recording(() => fhir(200, bundle([])))
          const parameters = Object.fromEntries([
            ['code', 'x'],
            [name, value],
          ])
          const client = new FhirClient({ baseUrl: base, fetch })
          try {
            await client.search('Observation', parameters).first()
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError)
            expect(seen).toEqual([])
            return
          }
          taken += 1
          expect(decoded(seen[0]?.body ?? '').map(([one]) => one)).toEqual(
            name === 'code' ? ['code'] : ['code', name],
          )
          expect(name).toMatch(/^[\w.:-]+$/)
        }),
      )
      expect(taken).toBeGreaterThan(10)
    })
  })

  describe('what cannot be sent names the parameter, and not the value', () => {
    const value = 'Zebulon-Marker'
    test.each<[unknown, string]>([
      [{ birthdate: value }, 'birthdate'],
      [{ birthdate: { ge: value } }, 'birthdate.ge'],
      [{ birthdate: { ge: 'ge1946' } }, 'birthdate.ge'],
      [{ birthdate: { ge: '19460405' } }, 'birthdate.ge'],
      [{ birthdate: { ge: '1946.5' } }, 'birthdate.ge'],
      [{ birthdate: { ge: 1946 } }, 'birthdate.ge'],
      [{ birthdate: { xx: value } }, 'birthdate'],
      [{ birthdate: { ge: '1940', xx: value } }, 'birthdate'],
      [{ birthdate: { anyOf: ['1946', value] } }, 'birthdate'],
      [{ birthdate: { ge: undefined } }, 'birthdate'],
      [{ birthdate: ['1946', [value]] }, 'birthdate'],
      [{ name: { exact: { contains: value } } }, 'name.exact'],
      [{ name: { exact: value, contains: value } }, 'name'],
      [{ name: { exact: { anyOf: [value], missing: true } } }, 'name.exact'],
      [{ name: { anyOf: [] } }, 'name.anyOf'],
      [{ name: { anyOf: value } }, 'name.anyOf'],
      [{ name: { anyOf: [value, ''] } }, 'name'],
      [{ name: { not: value } }, 'name'],
      [{ name: { missing: value } }, 'name.missing'],
      [{ identifier: { system: value } }, 'identifier'],
      [{ identifier: { value } }, 'identifier.system'],
      [{ identifier: { system: 'a', value: 5 } }, 'identifier.value'],
      [{ identifier: { system: 'a', value, not: value } }, 'identifier'],
      [{ identifier: { system: 'a', value, anyOf: [value] } }, 'identifier'],
      [{ identifier: { exact: value } }, 'identifier'],
      [{ identifier: [] }, 'identifier'],
      [{ active: 1 }, 'active'],
      [{ organization: { type: value, id: '1' } }, 'organization.type'],
      [{ organization: { type: 'Organization', id: `${value}/..` } }, 'organization.id'],
      [{ organization: { type: 'Organization', id: '1', missing: true } }, 'organization'],
      [{ 'organization.name': { exact: 5 } }, 'organization.name.exact'],
      [{ _has: [] }, '_has'],
      [{ _has: value }, '_has'],
      [{ _has: { type: value, reference: 'a', parameter: 'b', value } }, '_has.type'],
      [{ _has: { type: 'Ab', reference: 'a:b', parameter: 'b', value } }, '_has.reference'],
      [{ _has: { type: 'Ab', reference: 'a', parameter: 'b&c', value } }, '_has.parameter'],
      [{ _has: { type: 'Ab', reference: 'a', parameter: 'b' } }, '_has:Ab:a:b'],
      [{ name: 'a', _include: `Patient:${value}&a=b` }, '_include'],
      [{ name: 'a', _include: 'Patient' }, '_include'],
      [{ name: 'a', _revinclude: [] }, '_revinclude'],
      [{ name: 'a', _sort: ['family', `${value},`] }, '_sort'],
      [{ name: 'a', _elements: [`${value},a`] }, '_elements'],
      [{ name: 'a', _elements: [] }, '_elements'],
      [{ name: 'a', _summary: value }, '_summary'],
      [{ name: 'a', _total: value }, '_total'],
      [{ name: 'a', _count: value }, '_count'],
      [{ name: 'a', 'name:exact': [] }, 'name:exact'],
      [{ name: 'a', 'name:exact': { anyOf: [value] } }, 'name:exact'],
    ])('%j', (parameters, name) => {
      const { client, seen } = fake(() => fhir(200, bundle([])))
      const search = (): unknown => client.search(parameters as PatientSearchParameters)
      expect(search).toThrow(TypeError)
      expect(search).toThrow(`"${name}"`)
      expect(search).not.toThrow(/Zebulon|Marker/)
      expect(seen).toEqual([])
    })

    test.each([
      ...[null, 'a', {}, ['a'], [['a']], [['a', 'b', 'c']], [['', 'b']], [['a', 5]], [[5, 'a']]],
      ...[[['_format', 'xml']], [['access_token', 'x']], [['API_KEY:x', 'x']]],
    ])('"raw" as %j', (raw) => {
      const { client } = fake(() => fhir(200, bundle([])))
      const search = (): unknown => client.search({ name: 'a' }, { raw } as SearchOptions)
      expect(search).toThrow(TypeError)
      expect(search).toThrow(/"(raw|_format|access_token|API_KEY:x)"/)
    })

    test('an identifier as a Patient has it may be given whole', async () => {
      const identifier = { use: 'official', type: { text: 'MRN' }, system: 'urn:a', value: '7' }
      expect(await sent({ identifier })).toEqual([['identifier', 'urn:a|7']])
    })
  })
})

describe('search forms', () => {
  /** The pairs that reach the server from a search of Patients. */
  async function sent(
    parameters: PatientSearchParameters,
    options?: SearchOptions,
  ): Promise<Pairs> {
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
      row(
        { _has: { type: 'Observation', reference: 'patient', parameter: 'code', value: '1-2' } },
        ['_has:Observation:patient:code', '1-2'],
      ),
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
      const raw = [
        ['name', 'a,b|$\\'] as const,
        ['_filter', ''] as const,
        ['name', 'c&d=e'] as const,
      ]
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
      [
        { code: { anyOf: ['a', { system: 'b', value: 'c' }, 5, true] } },
        [['code', 'a,b|c,5,true']],
      ],
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
      [
        { 'value-quantity': { gt: '5.40|http://u|mg' } },
        [['value-quantity', 'gt5.40|http://u|mg']],
      ],
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
})
