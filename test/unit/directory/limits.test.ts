/** What a directory may send in one entry or page is read in time that grows with its size, and no faster. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readEntry } from '../../../src/directory/model/entry.ts'
import { MAX_ITEMS, MAX_TEXT } from '../../../src/directory/model/limits.ts'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import { entryIdOf, oidOf } from '../../../src/directory/model/oid.ts'
import { diffEntries } from '../../../src/directory/mirror/snapshot-diff.ts'
import { DirectorySnapshot } from '../../../src/directory/mirror/snapshot.ts'
import { wire } from '../../support/answering-fetch.ts'
import { bestTime } from '../../support/best-time.ts'
import { directoryOf, endpoint, organization, page, walked } from '../../support/directory-wire.ts'

const LONGEST_MS = 250
const SPHD = 'https://sequoiaproject.org/fhir/sphd/StructureDefinition'
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const read = (more: object): DirectoryEntry => {
  const entry = readEntry(organization('2.999.1', more))
  if (entry === undefined) throw new Error('it is no entry')
  return entry
}

describe('an entry is read in linear time', () => {
  const transactions = many(50_000, () => ({ url: `${SPHD}/Transaction`, valueString: 'x' }))
  const domains = many(50_000, () => ({ url: `${SPHD}/Domains`, valueCode: 'CQ' }))
  const endpoints = many(100_000, (index) => endpoint('https://a.example', { id: `e${index}` }))
  const references = many(100_000, (index) => ({ reference: `#e${99_999 - index}` }))
  const locations = many(20_000, (index) => ({ resourceType: 'Location', id: `l${index}` }))
  const located = (index: number): object => ({
    extension: [{ url: `${SPHD}/OrgLocation`, valueReference: { reference: `#l${index}` } }],
  })
  const times = many(20_000, () => '00:00')

  test.each<[string, object]>([
    [
      '50,000 transactions',
      { contained: [endpoint('https://a.example', { extension: transactions })] },
    ],
    ['50,000 domains', { extension: domains }],
    ['100,000 contained and as many references', { contained: endpoints, endpoint: references }],
    [
      '20,000 Locations and as many addresses',
      { contained: locations, address: many(20_000, located) },
    ],
    [
      '20,000 Locations and one address that names them all',
      {
        contained: locations,
        address: [
          {
            extension: many(20_000, (at) => located(at))
              .flatMap((one) => Object.values(one) as unknown[])
              .flat(),
          },
        ],
      },
    ],
    ['a parent of 60,000 dots', { partOf: { reference: '.'.repeat(60_000) } }],
    ['a parent of 60,000 digits and dots', { partOf: { reference: `${'1.'.repeat(30_000)}x` } }],
    ['a manager of many names', { managingOrg: { reference: 'Organization/'.repeat(80_000) } }],
    [
      'a version of white space',
      {
        contained: [
          endpoint('https://a.example', {
            extension: [{ url: 'Version', valueString: `1${' '.repeat(1e6)}x` }],
          }),
        ],
      },
    ],
    [
      'media types of semicolons',
      {
        contained: [
          endpoint('https://a.example', {
            payloadMimeType: ['; '.repeat(5e5), `;${' '.repeat(5e5)}x`],
          }),
        ],
      },
    ],
    ['50,000 identifiers', { identifier: many(50_000, (index) => ({ value: `x${index}` })) }],
    [
      'a downtime of many days and times',
      {
        contained: [
          endpoint('https://a.example', {
            extension: [
              {
                url: 'Downtime',
                valueTiming: {
                  repeat: { timeOfDay: times, dayOfWeek: times, duration: 1, durationUnit: 'h' },
                },
              },
            ],
          }),
        ],
      },
    ],
  ])('%s', async (_, more) => {
    expect(await bestTime(() => read(more))).toBeLessThan(LONGEST_MS)
  })

  test('an id that is all dots', async () => {
    expect(await bestTime(() => entryIdOf('.'.repeat(1e6)))).toBeLessThan(LONGEST_MS)
    expect(entryIdOf('.'.repeat(1e6))).toBeUndefined()
    expect(oidOf(`1.${'2.'.repeat(300)}3`)).toBeUndefined()
  })

  test('4,000 endpoints of one entry that moved', async () => {
    const all = (host: string): ReadonlyMap<string, DirectoryEntry> =>
      new Map([
        [
          '1',
          {
            ...read({}),
            endpoints: many(4_000, (at) => ({
              address: `https://${host}.example/${at}`,
              transactions: ['FHIR REST'],
            })),
          },
        ],
      ])
    const [earlier, later] = [all('a'), all('b')]
    expect(await bestTime(() => diffEntries(earlier, later))).toBeLessThan(LONGEST_MS)
    const { endpointsMoved, endpointsAdded, endpointsRemoved } = diffEntries(earlier, later)
    expect(endpointsMoved.map(({ from, endpoint: { address } }) => [from, address])[7]).toEqual([
      'https://a.example/7',
      'https://b.example/7',
    ])
    expect([endpointsMoved.length, endpointsAdded.length, endpointsRemoved.length]).toEqual([
      4_000, 0, 0,
    ])
  })

  test('more changes than a call can have arguments', () => {
    const all = many(130_000, (at) => ({ address: `https://a.example/${at}` }))
    const { endpointsAdded } = diffEntries(
      new Map(),
      new Map([['1', { ...read({}), endpoints: all }]]),
    )
    expect(endpointsAdded).toHaveLength(130_000)
  })

  test('a saved copy in small pieces', async () => {
    const copy = await DirectorySnapshot.build(
      directoryOf(
        wire(() =>
          page([organization('2.999.1', { alias: many(900, () => 'x'.repeat(1_000)) })], {
            total: 1,
          }),
        ),
      ),
    )
    const text = [...copy.save()].join('')
    const pieces = many(Math.ceil(text.length / 500), (at) => text.slice(at * 500, at * 500 + 500))
    const load = (): Promise<DirectorySnapshot> =>
      DirectorySnapshot.load(pieces, { network: copy.network, environment: copy.environment })
    expect(await bestTime(load)).toBeLessThan(LONGEST_MS)
    expect((await load()).size).toBe(1)
  })
})

describe('what is too large is left out and named', () => {
  const long = 'x'.repeat(MAX_TEXT + 1)
  const reasons = ({ unreadable = [] }: DirectoryEntry): readonly string[] =>
    unreadable.map(({ path, reason }) => `${path}: ${reason}`)

  test('a text', () => {
    const entry = read({
      name: long,
      alias: ['good', long],
      partOf: { reference: `Organization/${long} d/b/a` },
    })
    expect(entry).toMatchObject({ name: '', aliases: ['good'], partOf: undefined })
    expect(reasons(entry)).toEqual([
      'name: longer than 4,096 characters, left out',
      'aliases.1: too large, left out',
      'partOf: longer than 4,096 characters, left out',
    ])
    expect(read({ name: 'x'.repeat(MAX_TEXT) }).unreadable).toEqual([])
  })

  test('an endpoint as a whole, since one with half of its codes would be another one', () => {
    const listing = (codes: number): object =>
      endpoint('https://a.example', {
        extension: many(codes, () => ({ url: 'Transaction', valueString: 'FHIR REST' })),
      })
    const entry = read({
      contained: [
        listing(MAX_ITEMS),
        listing(MAX_ITEMS + 1),
        endpoint('https://b.example', { name: long }),
        endpoint('https://c.example'),
      ],
    })
    expect(
      entry.endpoints.map(({ transactions, address }) => [address, transactions?.length]),
    ).toEqual([
      ['https://a.example', MAX_ITEMS],
      ['https://c.example', 0],
    ])
    expect(entry.unreadable).toEqual([
      { path: 'endpoints.1', reason: 'too large, left out', leftOut: true },
      { path: 'endpoints.2', reason: 'too large, left out', leftOut: true },
    ])
  })

  test('the end of a list', () => {
    const entry = read({
      alias: many(MAX_ITEMS + 5, String),
      contact: many(MAX_ITEMS, () => ({ name: { text: 'x' } })),
    })
    expect(entry.aliases).toHaveLength(MAX_ITEMS)
    expect(entry.contacts).toHaveLength(MAX_ITEMS)
    expect(reasons(entry)).toEqual(['aliases: a list of more than 1,000, the others left out'])
  })

  test('Endpoints and references past the first thousand', () => {
    const entry = read({
      contained: many(MAX_ITEMS + 1, (at) => endpoint('https://a.example', { id: String(at) })),
      endpoint: many(MAX_ITEMS + 1, (at) => ({ reference: `#${at % MAX_ITEMS}` })),
    })
    expect(entry.endpoints).toHaveLength(MAX_ITEMS)
    expect(reasons(entry)).toEqual([
      'contained: more than 1,000 Endpoints, the others left out',
      'endpoint: more than 1,000 Endpoints, the others left out',
    ])
  })

  test('an entry whose id is too long for any', () => {
    expect(readEntry(organization('x'.repeat(513)))).toBeUndefined()
    expect(readEntry(organization('x'.repeat(512)))).toBeDefined()
  })

  test('what nobody reads has no limit', () => {
    expect(
      read({ text: { div: long }, extension: [{ url: 'x', valueString: long }] }).unreadable,
    ).toEqual([])
  })

  test('the account of a listing says so, and that nothing is missing', async () => {
    const to = wire(() =>
      page([organization('2.999.1', { name: long }), organization('2.999.2')], { total: 2 }),
    )
    const listing = directoryOf(to).entries()
    await walked(listing)
    expect(listing.account).toMatchObject({
      complete: true,
      warnings: ['1 entries are too large and were shortened'],
    })
  })

  test('whatever the document, its model is within the limits', () => {
    const leaf = fc.oneof(fc.string(), fc.constantFrom(long, '2.999.1', '#a', true, 5, null))
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(
          fc.constantFrom(
            'id',
            'value',
            'name',
            'alias',
            'contained',
            'resourceType',
            'Endpoint',
            'address',
            'endpoint',
            'reference',
            'extension',
            'url',
            'valueString',
            'coding',
            'code',
            'text',
            'type',
            'contact',
            'telecom',
            'period',
            'start',
            'line',
            'Version',
            'identifier',
          ),
          tie('node'),
        ),
      ),
    })).node
    const sizes = (node: unknown): number => {
      if (typeof node === 'string') return node.length
      if (typeof node !== 'object' || node === null) return 0
      return Math.max(0, ...Object.values(node).map(sizes))
    }
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'name',
            'alias',
            'contained',
            'address',
            'contact',
            'partOf',
            'endpoint',
            'type',
            'identifier',
            'extension',
            'meta',
          ),
          value,
        ),
        (document) => {
          const entry = readEntry({ ...document, id: '2.999.1' })
          expect(
            sizes({ ...entry, resource: undefined, unreadable: undefined }),
          ).toBeLessThanOrEqual(MAX_TEXT)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('a page of rubbish lets others have their turn', () => {
  test.each<[string, readonly unknown[]]>([
    ['things that are no entries', many(60_000, () => ({ x: 'x'.repeat(40) }))],
    [
      'outcomes',
      many(15_000, () => ({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'informational' }],
      })),
    ],
    ['the same entry', many(10_000, () => organization('2.999.1'))],
  ])('%s', async (_, resources) => {
    const text = await page(resources, { total: 1 }).text()
    const to = wire(
      () => new Response(text, { headers: { 'content-type': 'application/fhir+json' } }),
    )
    let turns = 0
    const timer = setInterval(() => (turns += 1), 1)
    await walked(directoryOf(to, { onEvent: () => undefined }).entries({ active: true }))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
  })
})
