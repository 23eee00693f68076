import { describe, expect, test } from 'vitest'
import { SnapshotIndex } from '../../../src/directory/mirror/snapshot-index.ts'
import { cpuMs } from '../../support/time.ts'
import { DirectorySnapshot, type DirectoryEntry } from '../../../src/directory/index.ts'

function entry(id: string, more: Partial<DirectoryEntry> = {}): DirectoryEntry {
  return { id, name: id, active: true, endpoints: [], resource: undefined, ...more }
}
const at = (latitude: number, longitude: number): Partial<DirectoryEntry> => ({
  position: { latitude, longitude },
})
const ids = (entries: readonly DirectoryEntry[]): readonly string[] => entries.map(({ id }) => id)

describe('entries of a copy', () => {
  test('near a point are those within the miles, the nearest first, once each', () => {
    const both = {
      addresses: [
        { position: { latitude: 39.1, longitude: -94.6 } },
        { position: { latitude: 39.2, longitude: -94.6 } },
      ],
    }
    const index = new SnapshotIndex([
      entry('omaha', at(41.2565, -95.9345)),
      entry('topeka', at(39.0473, -95.6752)),
      entry('nowhere'),
      entry('kansas-city', both),
    ])
    const place = { latitude: 39.0997, longitude: -94.5786 }
    expect(ids(index.near(place, 50))).toEqual(['kansas-city'])
    expect(ids(index.near(place, 60))).toEqual(['kansas-city', 'topeka'])
    expect(ids(index.near(place, 500))).toEqual(['kansas-city', 'topeka', 'omaha'])
  })

  test('are found across the date line and at the poles', () => {
    const index = new SnapshotIndex([entry('fiji', at(-17, 179.9)), entry('pole', at(89.99, 10))])
    expect(ids(index.near({ latitude: -17, longitude: -179.9 }, 20))).toEqual(['fiji'])
    expect(ids(index.near({ latitude: 89.99, longitude: -170 }, 5))).toEqual(['pole'])
  })

  test('are found by a distance that a plain computation confirms', () => {
    const entries = Array.from({ length: 500 }, (_, number) =>
      entry(String(number), at(25 + (number % 25), -120 + (number % 53))),
    )
    const index = new SnapshotIndex(entries)
    const from = { latitude: 37, longitude: -100 }
    const radians = (degrees: number): number => (degrees * Math.PI) / 180
    const miles = ({ position }: DirectoryEntry): number => {
      const to = position ?? { latitude: 0, longitude: 0 }
      const [a, b] = [radians(from.latitude), radians(to.latitude)]
      const along = Math.cos(radians(to.longitude - from.longitude))
      return 3958.7613 * Math.acos(Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * along)
    }
    const expected = entries.filter((one) => miles(one) <= 300)
    expect(new Set(ids(index.near(from, 300)))).toEqual(new Set(ids(expected)))
    expect(expected.length).toBeGreaterThan(10)
  })

  test('are found by state, and by the beginnings of words of any of their names', () => {
    const index = new SnapshotIndex([
      entry('a', { name: 'Hôpital Sainte-Anne', addresses: [{ state: 'MO' }] }),
      entry('b', { name: 'Annex', aliases: ['Santa Ana Clinic'], addresses: [{ state: ' mo ' }] }),
      entry('c', { name: 'Other', addresses: [{ state: 'KS' }] }),
    ])
    expect(ids(index.inState('mo'))).toEqual(['a', 'b'])
    expect(ids(index.search('ANNE hopital'))).toEqual(['a'])
    expect(ids(index.search('ann'))).toEqual(['a', 'b'])
    expect(ids(index.search('clinic ana'))).toEqual(['b'])
    expect(ids(index.search('  -  '))).toEqual([])
  })
})

test('names are found as if each were folded: plain ones need none of it', () => {
  const names = [
    ...[
      'St. Mary-Hospital',
      'ST MARYS',
      'Christmary',
      'Clinic2 (north)',
      '2nd Clinic',
      'Ünder Mary',
    ],
    ...['Österreich-Klinik', 'Łódź mary', 'KELVIN \u212aelvin', 'a_b', 'İstanbul', '', ' mary '],
  ]
  const folded = (text: string): string =>
    text
      .normalize('NFKD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
  const index = new SnapshotIndex(names.map((name) => entry(name)))
  const asked = [
    'mary',
    'm',
    'clinic',
    '2',
    '2nd',
    'o',
    'kelvin',
    'b',
    'istanbul',
    'under ma',
    'łodz',
  ]
  for (const text of asked) {
    const expected = names.filter((name) =>
      folded(text)
        .split(' ')
        .every((word) => ` ${folded(name)}`.includes(` ${word}`)),
    )
    expect([text, ids(index.search(text))]).toEqual([text, expected])
  }
})

test('the first search by name in 50,000 entries does not hold up the event loop', () => {
  const entries = Array.from({ length: 50_000 }, (_, at) =>
    entry(String(at), { name: `Clinic ${at} of Springfield` }),
  )
  const index = new SnapshotIndex(entries)
  let found = 0
  // A quarter of a second where each name is folded.
  expect(cpuMs(() => (found = index.search('springfield 777').length))).toBeLessThan(120)
  expect(found).toBe(11)
})

test('places and distances that are none are a TypeError, and an old copy answers no more', async () => {
  const listing = {
    account: { complete: true, startedAt: 0, warnings: [] },
    async *[Symbol.asyncIterator]() {
      await Promise.resolve()
      yield entry('1', at(1, 1))
    },
  }
  const clock = { now: 0 }
  const source = { network: 'n', environment: 'e', release: 'r', knowsLastUpdated: true }
  const copy = await DirectorySnapshot.build({ ...source, entries: () => listing } as never, {
    now: () => clock.now,
    maxAgeMs: 1000,
  })
  expect(copy.near({ latitude: 1, longitude: 1 }, { miles: 1 })).toMatchObject([
    { id: '1', snapshot: { ageMs: 0 } },
  ])
  for (const point of [
    undefined,
    {},
    { latitude: 91, longitude: 0 },
    { latitude: '1', longitude: 0 },
  ]) {
    expect(() => copy.near(point as never, { miles: 1 })).toThrow(TypeError)
  }
  expect(() => copy.near({ latitude: 1, longitude: 1 }, { miles: 0 })).toThrow('"miles"')
  expect(() => copy.search('')).toThrow('"name"')
  clock.now = 2000
  expect(() => copy.inState('MO')).toThrow('the local copy of the directory is of')
})
