/** A user's own reader, a fake or a damaged copy may give anything as an entry. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import { describeCandidate } from '../../../src/directory/select/candidates.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import { shownKind } from '../../../src/directory/model/shown.ts'

const good = { address: 'https://a.example/r4', transactions: ['FHIR REST'] }
const entryOf = (parts: object): DirectoryEntry =>
  JSON.parse(
    JSON.stringify({ id: '2.999.1', name: 'A', endpoints: [], ...parts }),
  ) as DirectoryEntry
const read = (given: unknown): { read: () => Promise<DirectoryEntry> } => ({
  read: () => Promise.resolve(given as DirectoryEntry),
})

describe('an endpoint that cannot be read', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['a list', []],
    ['without an address', { transactions: [] }],
    ['transactions null', { ...good, transactions: null }],
    ['transactions a text', { ...good, transactions: 'FHIR REST' }],
    ['connection types of objects', { ...good, connectionTypes: [{}] }],
    ['payloads a number', { ...good, payloads: 5 }],
    ['a version that is a number', { ...good, fhirVersion: 4 }],
    ['versions of numbers', { ...good, fhirVersions: [4] }],
    ['a status that is a list', { ...good, status: ['active'] }],
    ['purposes null', { ...good, purposesOfUse: null }],
    ['a period of numbers', { ...good, period: { start: 5 } }],
    ['downtimes of null', { ...good, downtime: [null] }],
  ])('%s is a remark, and the good one is chosen', async (_, bad) => {
    const { endpoint, candidates } = await selectEndpoint(entryOf({ endpoints: [bad, good] }), {
      purposeOfUse: 'TREAT',
    })
    expect(endpoint?.address).toBe(good.address)
    expect(candidates.map(({ why }) => why)).toContain(
      'endpoints.0: an Endpoint that cannot be read',
    )
  })

  test('nothing is guessed beside it', async () => {
    const unknown = { address: 'https://a.example' }
    expect((await selectEndpoint(entryOf({ endpoints: [unknown] }))).guessed).toBe(true)
    const { endpoint } = await selectEndpoint(entryOf({ endpoints: [unknown, null] }))
    expect(endpoint).toBeUndefined()
  })
})

describe('an ancestor that cannot be read', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a text', 'x'],
    ['an object of nothing', {}],
    ['endpoints null', { id: '2.999', endpoints: null, unreadable: 5, partOf: 5 }],
    ['problems of anything', { id: '2.999', endpoints: [], unreadable: [null, { path: {} }] }],
  ])('%s serves nobody, and is no TypeError', async (_, given) => {
    const { endpoint, candidates } = await selectEndpoint(entryOf({ partOf: '2.999' }), {
      parents: read(given),
    })
    expect(endpoint).toBeUndefined()
    for (const candidate of candidates) expect(describeCandidate(candidate)).toMatch(/^entry /)
  })
})

test('more endpoints than a call can have arguments', async () => {
  const endpoints = Array.from({ length: 130_000 }, () => ({ address: 'x' }))
  const { candidates } = await selectEndpoint(entryOf({ endpoints }))
  expect(candidates).toHaveLength(130_000)
})

test('whatever a reader gives, the choice ends in an answer', async () => {
  const names = ['id', 'oid', 'partOf', 'active', 'endpoints', 'unreadable', 'address', 'period']
  const lists = ['transactions', 'fhirVersions', 'downtime', 'timing', 'start', 'status', 'path']
  const entry = fc.dictionary(
    fc.constantFrom(...names, ...lists),
    fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.array(fc.dictionary(fc.constantFrom(...names, ...lists), fc.jsonValue({ maxDepth: 2 }))),
    ),
  )
  await fc.assert(
    fc.asyncProperty(entry, entry, async (first, parent) => {
      const child = entryOf({ ...first, endpoints: first.endpoints ?? [], partOf: '2.999' })
      if (!Array.isArray(child.endpoints)) return
      const { candidates } = await selectEndpoint(child, { parents: read(parent) })
      for (const candidate of candidates) expect(describeCandidate(candidate)).not.toBe('')
    }),
    { numRuns: 500 },
  )
})

describe('messages repeat words of the field, and no others', () => {
  test.each([
    'XCPD ITI-55',
    'ihe-xcpd',
    'hl7v2-mllp',
    'IHE XDS.b Submission',
    'direct-project',
    'SOAP',
    'XCA Query ITI-38',
  ])('%s', (kind) => {
    expect(shownKind(kind)).toBe(kind)
  })

  test.each([
    'Bearer abcdef',
    'xcpd secret-key-1',
    'MRN 12345678',
    'x'.repeat(61),
    '',
    '<b>xcpd</b>',
  ])('not %s', (kind) => {
    expect(shownKind(kind)).toBeUndefined()
  })

  test('an id that is none is not shown', () => {
    const why = { selected: false, why: 'it is inactive' }
    expect(describeCandidate({ entry: '2.999.1', ...why })).toBe('entry 2.999.1: it is inactive')
    expect(describeCandidate({ entry: 'secret key\n', ...why })).not.toContain('secret')
  })
})
