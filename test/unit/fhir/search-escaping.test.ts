import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PatientSearchParameters } from '../../../src/index.ts'
import { FhirClient, type SearchOptions } from '../../../src/fhir/index.ts'
import { base, bundle, fake, fhir, recording } from '../../support/fhir-answers.ts'

type Pairs = readonly (readonly [string, string])[]

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
async function sent(parameters: PatientSearchParameters, options?: SearchOptions): Promise<Pairs> {
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
        const pairs = await sent({ name: text, given: { exact: text }, family: { contains: text } })
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
      fc.constantFrom('a=b&_count=1', '__proto__', 'constructor', 'a:b', 'patient.name', '_id:not'),
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
