import { describe, expect, test } from 'vitest'
import type { PatientSearchParameters } from '../../../src/index.ts'
import type { SearchOptions } from '../../../src/fhir/index.ts'
import { base, bundle, fake, fhir } from '../../support/fhir-answers.ts'

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
    ...['', '1946-4-5', '05.04.1946', '46', 'xx1946', '1946-13', 'ge 1946', 1946].map((birthdate) =>
      one({ birthdate }),
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
