/** Values of servers are bounded by what is done with them, and never end in another error than ours. */
import { afterEach, describe, expect, test } from 'vitest'
import { CarequalityError, FhirPatientClient } from '../../src/index.ts'
import { criteriaOf, looksUnfiltered } from '../../src/fhir/search/filter-check.ts'
import { SearchMemory } from '../../src/fhir/search/search-memory.ts'
import { SeenKeys } from '../../src/paging/seen-keys.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  leaks,
  patient,
  walked,
  type Seen,
} from '../support/fhir-answers.ts'
import { deletion, fhirWorld, history, version } from '../support/fhir-world.ts'

const MB = 1e6
const LIMIT_MS = 250
/** Milliseconds of the processor, so that a busy machine changes nothing. */
async function cost(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e3
}

describe('the check whether criteria were applied', () => {
  const criteria = criteriaOf([
    ['family', 'Peters'],
    ['given', 'Anna,Marie'],
    ['birthdate', '1946-04-05'],
  ])
  const marks = 'e' + '\u0301\u0316'.repeat(MB / 4)
  test.each<[string, object]>([
    ['combining marks', { name: [{ family: marks, given: [marks], text: marks }] }],
    ['marks that come of letters', { name: [{ family: '\uff9e\uff9f'.repeat(MB / 6) }] }],
    ['one long name', { name: [{ text: 'x'.repeat(MB) }] }],
    ['many words', { name: [{ text: 'a-'.repeat(MB / 2) }] }],
    ['spaces', { name: [{ text: ' '.repeat(MB) }] }],
    ['many names', { name: Array.from({ length: MB / 20 }, (_, n) => ({ family: `n${n}` })) }],
    ['many given names', { name: [{ given: Array.from({ length: MB / 10 }, (_, n) => `n${n}`) }] }],
    ['a long birth date', { birthDate: '1'.repeat(MB) }],
    ['other things than names', { name: Array.from({ length: MB / 5 }, () => null) }],
  ])('takes less than 250 ms for a MB of %s', async (_what, more) => {
    const resource = { resourceType: 'Patient', ...more }
    expect(await cost(() => looksUnfiltered(criteria, [resource]))).toBeLessThan(LIMIT_MS)
  })

  test('takes less than 250 ms for a MB of patients with marks in short names', async () => {
    const resource = { resourceType: 'Patient', name: [{ family: '\u0301\u0316'.repeat(100) }] }
    const patients = Array.from({ length: MB / 400 }, () => resource)
    expect(await cost(() => looksUnfiltered(criteria, patients))).toBeLessThan(LIMIT_MS)
  })

  test('compares as before: without case, accents and marks', () => {
    const named = (family: string) => [{ resourceType: 'Patient', name: [{ family }] }]
    for (const own of ['PETERS', 'Pe\u0301te\u0300rs', 'Pétèrs-Smith', `Peters${marks}`]) {
      expect(looksUnfiltered(criteria, named(own))).toBe(false)
    }
    expect(looksUnfiltered(criteria, named('Smith'))).toBe(true)
    expect(looksUnfiltered(criteria, named('\u0301'))).toBeUndefined()
  })
})

/** Whatever JSON can hold where a text should be. */
const ODD: readonly unknown[] = [
  ...[null, 5, true, '', [], {}, { toString: 1, valueOf: 1 }, [{ toString: null }]],
]

/** The same value with one member replaced, for each member at any depth. */
function* replaced(value: unknown, by: unknown): Generator<unknown, void, void> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    const withMember = (other: unknown): unknown =>
      Array.isArray(value)
        ? value.map((one: unknown, at) => (String(at) === name ? other : one))
        : { ...value, [name]: other }
    yield withMember(by)
    for (const other of replaced(member, by)) yield withMember(other)
  }
}

describe('any value in any member of an answer', () => {
  const sample = {
    ...bundle([
      {
        resource: patient('1', {
          meta: { versionId: '1', lastUpdated: '2024' },
          name: [{ family: 'Peters', given: ['Anna'] }],
          birthDate: '1946-04-05',
          link: [{ other: { reference: 'Patient/2' }, type: 'seealso' }],
        }),
        search: { mode: 'match', score: 1, extension: [{ url: 'x', valueCode: 'certain' }] },
        request: { method: 'PUT', url: 'Patient/1' },
        response: { etag: 'W/"1"', lastModified: '2024' },
      },
      { resource: { resourceType: 'Observation', id: 'o', subject: { reference: 'Patient/1' } } },
      {
        resource: {
          resourceType: 'OperationOutcome',
          issue: [{ severity: 'warning', code: 'processing', details: { text: 'a' } }],
        },
        search: { mode: 'outcome' },
      },
    ]),
    total: 1,
    link: [
      { relation: 'self', url: `${base}/Patient?family=a` },
      { relation: 'next', url: '?n=2' },
    ],
  }
  const calls: Readonly<Record<string, (client: FhirPatientClient) => Promise<unknown>>> = {
    search: (client) => client.search({ family: 'Peters' }).toArray({ max: 9 }),
    match: (client) => client.match({ birthDate: '1946-04-05' }),
    everything: (client) => client.everything('1').toArray({ max: 9 }),
    history: (client) => client.history('1').toArray({ max: 9 }),
  }

  test.each(Object.keys(calls))('ends %s well or with an error of ours', async (call) => {
    for (const odd of ODD) {
      for (const body of replaced(sample, odd)) {
        const { client } = fake((_request, number) =>
          fhir(200, number === 1 ? body : bundle(['2'])),
        )
        const error: unknown = await calls[call]?.(client).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        if (error !== undefined) expect(error).toBeInstanceOf(CarequalityError)
      }
    }
  })

  test.each(Object.keys(calls))('takes %s less than 250 ms, also with a MB of it', async (call) => {
    for (const body of replaced(sample, 'x'.repeat(MB))) {
      const text = JSON.stringify(body)
      const { client } = fake((_request, number) =>
        number === 1
          ? new Response(text, { headers: { 'content-type': 'application/fhir+json' } })
          : fhir(200, bundle(['2'])),
      )
      const spent = await cost(() => calls[call]?.(client).catch(() => undefined))
      expect(spent).toBeLessThan(LIMIT_MS)
    }
  })
})

describe('values that ended in an error of the platform', () => {
  test('150,000 candidates of $match do not overflow the stack', async () => {
    const ids = Array.from({ length: 150_000 }, (_, n) => `${n}`)
    const { patients } = fhirWorld(() => fhir(200, bundle(ids)))
    expect(await patients.match({ birthDate: '1931-02-17' })).toHaveLength(150_000)
  })

  test.each([{ toString: 1 }, [{}], 5, null])('%j as the url of a deletion', async (url) => {
    const entry = { ...deletion('1', '2'), request: { method: 'DELETE', url } }
    const { patients } = fhirWorld(() => fhir(200, history([entry, version('1', '1')])))
    const { resources } = await patients.history('1').toArray({ max: 9 })
    expect(resources.map(({ deleted }) => deleted)).toEqual([true, false])
  })

  test('a deletion whose url is longer than any is not taken for this one’s', async () => {
    const request = { method: 'DELETE', url: `Patient/1?${'x'.repeat(9_000)}` }
    const { patients } = fhirWorld(() => fhir(200, history([{ ...deletion('1', '2'), request }])))
    const error = await failure(patients.history('1').first())
    expect(error.code).toBe('ERR_CQ_UNEXPECTED_RESOURCE')
  })

  test('ids that cannot become text, where two answers are held against each other', async () => {
    const odd = { resourceType: 'Patient', id: { toString: 1 }, name: [{ family: 'Smith' }] }
    const { client } = fake(() => fhir(200, bundle([{ resource: odd }])))
    const error = await failure(client.search({ family: 'Peters' }).first())
    expect(error.code).toBe('ERR_CQ_INVALID_RESPONSE')
  })
})

describe('what is remembered of servers', () => {
  test('of POST searches stays below 4 MB, however long the base URLs are', () => {
    const memory = new SearchMemory()
    const long = (n: number): string => `https://${n}.example/${'x'.repeat(8_000)}`
    for (let n = 0; n < 2_000; n += 1) memory.refused(long(n), 'Patient', 0)
    const kept = Array.from({ length: 2_000 }, (_, n) => memory.refuses(long(n), 'Patient', 1))
    expect(kept.filter(Boolean).length).toBeLessThan(4e6 / 16_000)
    expect(kept.at(-1)).toBe(true)
  })

  test('of a search’s entries is the latest of them', () => {
    const seen = new SeenKeys(7)
    let added = 0
    for (let n = 0; n < 450_000; n += 1) if (seen.add(`hit Patient/${n}`)) added += 1
    expect(added).toBe(450_000)
    const [first, previous, latest] = [0, 200_001, 449_999].map((n) => `hit Patient/${n}`)
    expect([first, previous, latest].map((key = '') => seen.has(key))).toEqual([false, true, true])
    expect([previous, latest].map((key = '') => seen.add(key))).toEqual([false, false])
    const long = 'x'.repeat(MB)
    expect([seen.add(long), seen.add(long)]).toEqual([true, false])
  })

  test('of resources that were read stays below the bytes that the caller gave', async () => {
    const asked = (seen: readonly Seen[]) => seen.map(({ headers }) => headers.get('if-none-match'))
    const text = 'x'.repeat(200_000)
    const { client, seen } = fake(
      ({ url, headers }) =>
        headers.has('if-none-match')
          ? fhir(304, '')
          : fhir(200, patient(url.slice(-1), { text }), { etag: '"a"' }),
      { validatorCache: { maxEntries: 100, maxBytes: 500_000 } },
    )
    for (const id of ['1', '2', '3', '1', '3']) await client.read(id)
    expect(asked(seen)).toEqual([null, null, null, null, '"a"'])
    const small = { validatorCache: { maxEntries: 100, maxBytes: 1_000 } }
    const never = fake(() => fhir(200, patient('1', { text }), { etag: '"a"' }), small)
    await never.client.read('1')
    await never.client.read('1')
    expect(asked(never.seen)).toEqual([null, null])
  })

  test.each([0, 1.5, '5'])('%j is no number of bytes', (maxBytes) => {
    const validatorCache = { maxEntries: 1, maxBytes: maxBytes as number }
    expect(() => new FhirPatientClient({ baseUrl: base, validatorCache })).toThrow(
      /^"validatorCache.maxBytes"/,
    )
  })
})

describe('a polluted Object.prototype', () => {
  const POLLUTION: Readonly<Record<string, unknown>> = {
    ...{ all: true, raw: [['name', 'evil']], followReplacement: true, searchMethod: 'get' },
    ...{ nextLinks: 'same-origin', validation: 'off', maxPages: 1, _summary: 'count' },
    ...{ onlyCertainMatches: true, contentType: 'text/evil', _since: '2020', maxEntries: 5 },
  }
  afterEach(() => {
    for (const name of Object.keys(POLLUTION)) Reflect.deleteProperty(Object.prototype, name)
  })

  test('sets no option of any call', async () => {
    for (const [name, value] of Object.entries(POLLUTION)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
    }
    const next = 'https://fhir.example.org/other'
    const {
      patients,
      fhir: client,
      seen,
      lines,
    } = fhirWorld(({ url }) =>
      url.includes('Binary') ? fhir(200, {}) : fhir(200, bundle(['1'], { next })),
    )
    expect(() => patients.search({})).toThrow('all: true')
    const { error } = await walked(patients.search({ identifier: 'a|b' }, {}))
    expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
    await failure(patients.match({ birthDate: '1931-02-17' }, {}))
    await failure(patients.history('1', {}).toArray({ max: 1 }))
    await failure(patients.read('1', {}))
    const binary = await client.binary('Binary/1', {})
    binary.cancel()
    expect(lines()).toEqual([
      'POST /Patient/_search',
      'POST /Patient/$match',
      'GET /Patient/1/_history',
      'GET /Patient/1',
      'GET /Binary/1',
    ])
    expect(seen[0]?.body).toBe('identifier=a%7Cb')
    expect(seen[1]?.body).not.toContain('onlyCertainMatches')
    expect(seen.at(-1)?.headers.get('accept')).toBe('*/*')
  })
})

test('paths of a schema’s issues are few, and name nothing that a server made up', async () => {
  const path = ['name', 0, 'Zebulon-Marker', '1931-02-17', 'family', 'x'.repeat(100)]
  const issues = Array.from({ length: 1_000 }, () => ({ path }))
  const validate = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) },
  } as const
  const { client } = fake(() => fhir(200, patient('1')))
  const error = await failure(client.read('1', { validate }))
  expect(error).toMatchObject({ issues: Array.from({ length: 20 }, () => 'name.0.?.?.family.?') })
  expect(leaks(error)).toEqual([])
})
