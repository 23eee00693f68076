import { describe, expect, test } from 'vitest'
import type { DirectoryEndpoint, DirectoryEntry } from '../../../src/directory/model/model.ts'
import { describeCandidate } from '../../../src/directory/select/candidates.ts'
import type { EntryReader } from '../../../src/directory/select/entry-reader.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import { DirectoryError, TransportError } from '../../../src/errors.ts'
import { failureOf } from '../../support/answering-fetch.ts'

const fhir = (address: string, more: Partial<DirectoryEndpoint> = {}): DirectoryEndpoint => ({
  address,
  transactions: ['FHIR REST'],
  status: 'active',
  ...more,
})
const entry = (id: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry => ({
  id,
  oid: /^[\d.]+$/.test(id) ? id : undefined,
  name: id,
  active: true,
  endpoints: [],
  resource: {},
  ...more,
})

function directory(...entries: DirectoryEntry[]): EntryReader & { asked: string[] } {
  const asked: string[] = []
  const read = (id: string): Promise<DirectoryEntry> => {
    asked.push(id)
    const found = entries.find((one) => one.id === id || one.oid === id)
    return found === undefined
      ? Promise.reject(new DirectoryError('ERR_CQ_ENTRY_NOT_FOUND', 'no such organization'))
      : Promise.resolve(found)
  }
  return { asked, read }
}

const said = async (start: DirectoryEntry, parents?: EntryReader): Promise<readonly string[]> =>
  (await selectEndpoint(start, { parents })).candidates.map((one) => describeCandidate(one))

describe('climbing', () => {
  test('ends at the nearest ancestor that serves', async () => {
    const parents = directory(
      entry('1.2', { partOf: '1.3', endpoints: [fhir('https://off.example', { status: 'off' })] }),
      entry('1.3', {
        partOf: '1.4',
        endpoints: [fhir('https://a.example'), fhir('https://b.example')],
      }),
      entry('1.4', { endpoints: [fhir('https://far.example')] }),
    )
    const selection = await selectEndpoint(entry('1.1', { partOf: '1.2' }), { parents })
    expect(selection).toMatchObject({
      endpoint: { address: 'https://a.example' },
      servedBy: { id: '1.3' },
      guessed: false,
      alternatives: [{ address: 'https://b.example' }],
    })
    expect(parents.asked).toEqual(['1.2', '1.3'])
    expect(selection.candidates.map((one) => describeCandidate(one))).toEqual([
      'https://off.example/ skipped: its status is not active',
      'https://a.example/ selected: FHIR REST, FHIR version not published, active',
      'https://b.example/ skipped: another one comes first',
    ])
  })

  test('does not begin where the entry serves itself, or guesses', async () => {
    const parents = directory()
    await selectEndpoint(entry('1.1', { partOf: '1.2', endpoints: [fhir('https://a.example')] }), {
      parents,
    })
    const guessed = entry('1.1', { partOf: '1.2', endpoints: [{ address: 'https://x.example' }] })
    expect(await selectEndpoint(guessed, { parents })).toMatchObject({ guessed: true })
    expect(parents.asked).toEqual([])
  })

  test('never guesses at an ancestor', async () => {
    const parents = directory(entry('1.2', { endpoints: [{ address: 'https://x.example' }] }))
    expect(await said(entry('1.1', { partOf: '1.2' }), parents)).toEqual([
      'https://x.example/ skipped: it does not say that it is FHIR REST',
    ])
  })

  test('passes by an ancestor that is inactive', async () => {
    const parents = directory(
      entry('1.2', { active: false, partOf: '1.3', endpoints: [fhir('https://no.example')] }),
      entry('1.3', { active: undefined, endpoints: [fhir('https://yes.example')] }),
    )
    expect(await said(entry('1.1', { partOf: '1.2' }), parents)).toEqual([
      'entry 1.2: it is inactive',
      'https://yes.example/ selected: FHIR REST, FHIR version not published, active',
    ])
  })

  test('ends in a circle, by id or by OID', async () => {
    const parents = directory(
      entry('1.2', { partOf: 'org-1' }),
      entry('org-1', { oid: '1.1', partOf: '1.2' }),
    )
    expect(await said(entry('org-1', { oid: '1.1', partOf: '1.2' }), parents)).toEqual([
      'entry org-1: its ancestor org-1 was met before: "partOf" leads in a circle',
    ])
    expect(await said(entry('1.1', { partOf: '1.1' }), parents)).toEqual([])
    expect(await said(entry('org-1', { oid: '1.1', partOf: '1.1' }), parents)).toHaveLength(1)
    expect(parents.asked).toEqual(['1.2'])
  })

  test('ends after ten steps', async () => {
    const chain = Array.from({ length: 15 }, (_, index) =>
      entry(`1.${index + 1}`, { partOf: `1.${index + 2}` }),
    )
    const parents = directory(...chain)
    const [first = entry('0.0')] = chain
    expect(await said(first, parents)).toEqual([
      'entry 1.1: its ancestor 1.12 is more than 10 steps away',
    ])
    expect(parents.asked).toHaveLength(10)
  })

  test.each([
    ['org.sequoia/A name with spaces', 'its ancestor without a readable id cannot be looked up'],
    ['1.02', 'its ancestor without a readable id cannot be looked up'],
    ['1.9', 'its ancestor 1.9 is not in the directory'],
    [' urn:oid:1.9', 'its ancestor 1.9 is not in the directory'],
  ])('ends at %j, in words', async (partOf, why) => {
    expect(await said(entry('1.1', { partOf }), directory())).toEqual([`entry 1.1: ${why}`])
  })

  test('without a reader says so', async () => {
    expect(await said(entry('1.1', { partOf: '1.2' }))).toEqual([
      'entry 1.1: its ancestor 1.2 was not read',
    ])
  })

  test('fails as its reader does, but for what is not there', async () => {
    const down = new TransportError('ERR_CQ_NETWORK', 'down')
    const parents = { read: () => Promise.reject(down) }
    expect(await failureOf(selectEndpoint(entry('1.1', { partOf: '1.2' }), { parents }))).toBe(down)
  })

  test('hands the call options to the reader', async () => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const parents: EntryReader = {
      read: (id, options) => {
        seen.push(options)
        return Promise.resolve(entry(id))
      },
    }
    await selectEndpoint(entry('1.1', { partOf: '1.2' }), { parents }, { signal, timeoutMs: 5 })
    expect(seen).toEqual([{ signal, timeoutMs: 5 }])
  })
})

test('what could not be read of the entry is among the reasons', async () => {
  const unreadable = [{ path: 'endpoint.0', reason: 'an Endpoint that was not fetched' }]
  expect(await said(entry('1.1', { unreadable }))).toEqual([
    'entry 1.1: endpoint.0: an Endpoint that was not fetched',
  ])
})

test.each([
  ['fhirVersion', { fhirVersion: 'next' }],
  ['fhirVersion', { fhirVersion: '' }],
  ['purposeOfUse', { purposeOfUse: [''] }],
  ['purposeOfUse', { purposeOfUse: {} }],
  ['test', { test: 'yes' }],
  ['now', { now: 1 }],
  ['parents', { parents: {} }],
  ['allowedPrivateHosts', { allowedPrivateHosts: 'x' }],
  ['wanted', null],
])('a wrong "%s" is a TypeError', async (option, wanted) => {
  const error = await failureOf(selectEndpoint(entry('1.1'), wanted as never))
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toContain(`"${option}"`)
})
