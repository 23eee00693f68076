import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import { DirectorySnapshot } from '../../../src/directory/mirror/snapshot.ts'
import { failureOf, jsonAnswer, wire, xmlAnswer, type Wire } from '../../support/answering-fetch.ts'
import {
  directoryOf,
  endpoint,
  organization,
  organizations,
  page,
} from '../../support/directory-wire.ts'
import { SnapshotIndex } from '../../../src/directory/mirror/snapshot-index.ts'
import { cpuMs } from '../../support/time.ts'

describe('snapshot', () => {
  const DAY = 86_400_000
  const DATE = 'Mon, 01 Jun 2026 11:58:00 GMT'
  const AS_OF = Date.parse(DATE)

  const asked = (resources: readonly object[], url: string): readonly object[] => {
    const query = new URL(url).searchParams
    const start = Number(query.get('_start'))
    return resources.slice(start, start + Number(query.get('_count') ?? 1000))
  }
  const answering = (resources: readonly object[], more: object = {}): Wire =>
    wire(({ url }) => {
      const response = page(asked(resources, url), { total: resources.length, ...more })
      response.headers.set('date', DATE)
      return response
    })

  async function copyOf(
    resources: readonly object[],
    to: Wire = answering(resources),
  ): Promise<DirectorySnapshot> {
    return DirectorySnapshot.build(directoryOf(to), { now: () => to.now })
  }

  const expected = { network: 'tefca', environment: 'https://directory.example/fhir' }
  const textOf = (copy: DirectorySnapshot): string => [...copy.save()].join('')
  const loaded = (text: string): Promise<DirectorySnapshot> =>
    DirectorySnapshot.load(text, { ...expected, now: () => AS_OF })
  const bare = (entries: Iterable<DirectoryEntry>): unknown[] =>
    [...entries].map((entry) => ({ ...entry, snapshot: {} }))

  const full = organization('2.999.1', {
    alias: ['One'],
    contained: [
      endpoint('https://FHIR.example:443/R4/'),
      endpoint('https://fhir.example/R4', { name: 'again' }),
      { resourceType: 'Endpoint', id: 'x' },
    ],
    partOf: { reference: 'Organization/2.999' },
  })

  describe('building', () => {
    test('keeps the model of each entry, without the resource and what is empty', async () => {
      const to = answering([full])
      const [live] = (await directoryOf(to).search({})).entries
      const [kept] = bare(await copyOf([full]))
      expect(kept).toMatchObject({ resource: undefined, contacts: undefined })
      const { resource, ...model } = live ?? {}
      expect(resource).toBeDefined()
      expect({ ...model, snapshot: {} }).toMatchObject(JSON.parse(JSON.stringify(kept)) as object)
      expect(kept).toMatchObject({
        aliases: ['One'],
        partOf: '2.999',
        unreadable: [{ path: 'contained.2' }],
      })
    })

    test('says where, when and how it was made', async () => {
      const copy = await copyOf([full, organization('org-7', { identifier: { value: '2.999.7' } })])
      expect(copy).toMatchObject({
        ...expected,
        release: 'rce-r4',
        size: 2,
        asOf: AS_OF,
        ageMs: 120_000,
        lastFullPass: { complete: true, seen: 2 },
      })
      const undated = wire(() => page([full]))
      expect((await copyOf([], undated)).asOf).toBe(undated.now)
    })

    test('shows the doubts of its pass, and is not made from one that failed', async () => {
      const doubtful = await copyOf([full], answering([full], { total: 9 }))
      expect(doubtful.lastFullPass).toMatchObject({ complete: false, seen: 1 })
      const failing = wire(() => jsonAnswer({}, {}, 403))
      expect(await failureOf(copyOf([], failing))).toMatchObject({
        code: 'ERR_CQ_DIRECTORY_KEY_REFUSED',
        received: 0,
      })
    })

    test('takes XML as well', async () => {
      const xml = `<Bundle><entry><resource><Organization><id value="2.999.1"/><contained><Endpoint><address value="https://a.example"/></Endpoint></contained></Organization></resource></entry></Bundle>`
      const to = wire(() => xmlAnswer(xml))
      const directory = directoryOf(to, { release: 'carequality-stu3', baseUrl: undefined })
      const copy = await DirectorySnapshot.build(directory, { now: () => to.now })
      expect(copy).toMatchObject({ network: 'carequality', environment: 'public', size: 1 })
      expect(copy.at('https://a.example/')).toHaveLength(1)
    })
  })

  describe('look-ups', () => {
    test.each(['2.999.1', 'urn:oid:2.999.1', ' URN:OID:2.999.1 ', 'Organization/2.999.1'])(
      '%j is found',
      async (id) => {
        const copy = await copyOf([full])
        expect(await copy.read(id)).toMatchObject({
          oid: '2.999.1',
          snapshot: { asOf: AS_OF, ageMs: 120_000 },
        })
        expect(await copy.find(id)).toEqual(await copy.read(id))
      },
    )

    test('an entry whose id is no OID is found by both', async () => {
      const copy = await copyOf([
        organization('org-7', { identifier: { value: 'urn:oid:2.999.7' } }),
      ])
      expect((await copy.read('2.999.7')).id).toBe('org-7')
      expect((await copy.read('org-7')).oid).toBe('2.999.7')
    })

    test('what is not there, and what cannot be', async () => {
      const copy = await copyOf([full])
      expect(await copy.find('2.999.2')).toBeUndefined()
      expect(await failureOf(copy.read('2.999.2'))).toMatchObject({
        code: 'ERR_CQ_ENTRY_NOT_FOUND',
        organization: '2.999.2',
      })
      expect(await failureOf(copy.read('a b'))).toBeInstanceOf(TypeError)
      expect(await failureOf(copy.find(''))).toBeInstanceOf(TypeError)
      expect(() => copy.at('')).toThrow(TypeError)
      expect(copy.at('https://nobody.example')).toEqual([])
      expect(copy.at('no address')).toEqual([])
    })

    test.each([
      ['https://fhir.example/R4', 1],
      ['https://fhir.example/R4/', 1],
      [' HTTPS://fhir.EXAMPLE:443/R4 ', 1],
      ['https://fhir.example/r4', 0],
      ['https://fhir.example:8443/R4', 0],
      ['http://fhir.example/R4', 0],
      ['https://fhir.example/R4?x=1', 0],
    ])('at %j are %s', async (url, count) => {
      expect((await copyOf([full])).at(url)).toHaveLength(count)
    })

    test('what is given out is a copy', async () => {
      const copy = await copyOf([full])
      Object.assign(await copy.read('2.999.1'), { name: 'changed' })
      expect((await copy.read('2.999.1')).name).toBe('Clinic 2.999.1')
    })

    test('end when the copy is too old', async () => {
      const to = answering([full])
      const copy = await copyOf([], to)
      to.now = AS_OF + 7 * DAY
      expect(await copy.find('2.999.1')).toMatchObject({ snapshot: { ageMs: 7 * DAY } })
      to.now += 1
      for (const failure of [copy.read('2.999.1'), copy.find('2.999.1')])
        expect(await failureOf(failure)).toMatchObject({ code: 'ERR_CQ_SNAPSHOT_TOO_OLD' })
      expect(() => copy.at('https://fhir.example/R4')).toThrow('2026-06-01T11:58:00.000Z')
      expect([...copy]).toHaveLength(1)
      const short = await DirectorySnapshot.build(directoryOf(to), {
        now: () => to.now,
        maxAgeMs: 5,
      })
      expect(await failureOf(short.read('2.999.1'))).toMatchObject({
        code: 'ERR_CQ_SNAPSHOT_TOO_OLD',
      })
    })
  })

  describe('saving and loading', () => {
    const odd = fc.string({ unit: 'grapheme', maxLength: 20 })
    const name = fc.oneof(odd, fc.constantFrom('a\u2028b', '__proto__', '"\\\n', '\u0000'))
    const resource = fc.record({ name, alias: fc.array(name), addresses: fc.array(name) })

    test('give the same copy, whatever it holds and however it is cut', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(resource, { maxLength: 8 }),
          fc.integer({ min: 1, max: 50 }),
          fc.boolean(),
          async (made, piece, asText) => {
            const resources = made.map(({ name: title, alias, addresses }, index) =>
              organization(`2.999.${index}`, {
                name: title,
                alias,
                contained: addresses.map((address) => endpoint(address)),
              }),
            )
            const copy = await copyOf(resources)
            const text = textOf(copy)
            const bytes = new TextEncoder().encode(text)
            const pieces = asText
              ? Array.from(text)
              : Array.from({ length: Math.ceil(bytes.length / piece) }, (_, index) =>
                  bytes.subarray(index * piece, (index + 1) * piece),
                )
            const again = await DirectorySnapshot.load(pieces, { ...expected, now: () => AS_OF })
            expect(bare(again)).toEqual(bare(copy))
            expect(textOf(again)).toBe(text)
            expect(again.lastFullPass).toEqual(JSON.parse(JSON.stringify(copy.lastFullPass)))
          },
        ),
        { seed: 20261124, numRuns: 200 },
      )
    })

    test('every address of every entry is found again', async () => {
      const resources = organizations(0, 300).map((one, index) => ({
        ...one,
        contained: [endpoint(`https://h${index % 50}.example/${index % 7}`)],
      }))
      const copy = await loaded(textOf(await copyOf(resources)))
      for (const entry of copy)
        for (const { address } of entry.endpoints)
          expect(copy.at(address).map(({ id }) => id)).toContain(entry.id)
    })

    test('a large copy comes in pieces', async () => {
      const pieces = [...(await copyOf(organizations(0, 3000))).save()]
      expect(pieces.length).toBeGreaterThan(3)
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(80_000)
    })

    const withHeader =
      (change: object): ((text: string) => string) =>
      (text) => {
        const [header = '', ...lines] = text.split('\n')
        return [JSON.stringify({ ...(JSON.parse(header) as object), ...change }), ...lines].join(
          '\n',
        )
      }
    test.each([
      ['nothing', () => '', 'it is empty'],
      ['no JSON', () => 'secret\n', 'line 1 is not JSON'],
      ['another document', () => '{"secret":1}\n', 'not a copy of a directory'],
      ['an unknown version', withHeader({ version: 2 }), 'version'],
      ['a header without its time', withHeader({ asOf: 'secret' }), 'its header is not whole'],
      ['a header without its pass', withHeader({ lastFullPass: {} }), 'its header is not whole'],
      ['another network', withHeader({ network: 'secret' }), 'another network'],
      ['another environment', withHeader({ environment: 'secret' }), 'another environment'],
      [
        'a line less',
        (text: string) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1),
        'it holds 2 of 3 entries',
      ],
      ['half a line less', (text: string) => text.slice(0, -9), 'broken off within a line'],
      [
        'a line too many',
        (text: string) => `${text}{"id":"secret","name":"","endpoints":[]}\n`,
        'it holds 4 of 3',
      ],
      [
        'an entry without endpoints',
        (text: string) => `${text}{"id":"secret","name":""}\n`,
        'line 5 is not a directory entry',
      ],
      [
        'an entry that is a list',
        (text: string) => `${text}["secret"]\n`,
        'line 5 is not a directory entry',
      ],
      ['an endless line', (text: string) => text + 'secret'.repeat(3_000_000), 'a line is longer'],
    ])('%s is refused', async (_, change, why) => {
      const error = await failureOf(loaded(change(textOf(await copyOf(organizations(0, 3))))))
      expect(error).toMatchObject({ code: 'ERR_CQ_SNAPSHOT_INVALID', retryable: false })
      expect((error as Error).message).toContain(why)
      expect(inspect(error, { depth: 8, showHidden: true }) + JSON.stringify(error)).not.toContain(
        'secret',
      )
    })

    test('bytes that are no text are refused', async () => {
      const load = DirectorySnapshot.load([Uint8Array.of(0xff, 0xfe)], expected)
      expect(await failureOf(load)).toMatchObject({ code: 'ERR_CQ_SNAPSHOT_INVALID' })
    })

    test.each([
      ['network', { environment: 'x' }],
      ['environment', { network: 'x' }],
      ['maxAgeMs', { ...expected, maxAgeMs: 0 }],
      ['now', { ...expected, now: 1 }],
      ['options', undefined],
    ])('a wrong "%s" is a TypeError', async (option, options) => {
      const error = await failureOf(DirectorySnapshot.load('', options as never))
      expect(error).toBeInstanceOf(TypeError)
      expect((error as Error).message).toContain(`"${option}"`)
    })
  })

  describe('diff', () => {
    const at = (id: string, ...addresses: string[]): object =>
      organization(id, {
        contained: addresses.map((address) =>
          endpoint(
            address.replace(/^ihe:/, 'https:'),
            address.startsWith('ihe:') ? { connectionType: { code: 'ihe-xca' } } : {},
          ),
        ),
      })
    const between = async (before: object[], after: object[]): Promise<unknown> => {
      const diff = DirectorySnapshot.diff(await copyOf(before), await copyOf(after))
      const short = (
        all: readonly { entry: string; endpoint: { address: string }; from?: string }[],
      ): string[] =>
        all.map(
          ({ entry, endpoint: { address }, from }) =>
            `${entry} ${from === undefined ? '' : `${from} > `}${address}`,
        )
      return {
        entries: [diff.entriesAdded, diff.entriesGone],
        added: short(diff.endpointsAdded),
        moved: short(diff.endpointsMoved),
        removed: short(diff.endpointsRemoved),
      }
    }
    const nothing = { entries: [[], []], added: [], moved: [], removed: [] }

    test('finds entries that came and went, with their endpoints', async () => {
      expect(await between([at('2.999.1', 'https://a')], [at('2.999.2', 'https://b')])).toEqual({
        entries: [['2.999.2'], ['2.999.1']],
        added: ['2.999.2 https://b'],
        moved: [],
        removed: ['2.999.1 https://a'],
      })
    })

    test('finds endpoints that came, moved and went within an entry', async () => {
      const change = (before: string[], after: string[]): Promise<unknown> =>
        between([at('2.999.1', ...before)], [at('2.999.1', ...after)])
      expect(await change(['https://a', 'ihe://x'], ['ihe://x', 'https://a'])).toEqual(nothing)
      expect(await change(['https://a'], ['https://b'])).toEqual({
        ...nothing,
        moved: ['2.999.1 https://a > https://b'],
      })
      expect(await change(['https://a', 'https://b'], ['https://b', 'https://c'])).toEqual({
        ...nothing,
        moved: ['2.999.1 https://a > https://c'],
      })
      expect(await change(['https://a'], ['ihe://b'])).toEqual({
        ...nothing,
        added: ['2.999.1 https://b'],
        removed: ['2.999.1 https://a'],
      })
      expect(await change(['https://a'], ['https://a', 'https://a'])).toEqual({
        ...nothing,
        added: ['2.999.1 https://a'],
      })
    })

    test('of a copy with itself, or with its saved self, is empty', async () => {
      const copy = await copyOf([full, at('2.999.2', 'https://a', 'ihe://a')])
      const empty = {
        entriesAdded: [],
        entriesGone: [],
        endpointsAdded: [],
        endpointsMoved: [],
        endpointsRemoved: [],
      }
      expect(DirectorySnapshot.diff(copy, copy)).toEqual(empty)
      expect(DirectorySnapshot.diff(copy, await loaded(textOf(copy)))).toEqual(empty)
    })

    test('of two environments is a TypeError', async () => {
      const to = answering([full])
      const other = await DirectorySnapshot.build(directoryOf(to, { environment: 'dev' }))
      const copy = await copyOf([full])
      expect(() => DirectorySnapshot.diff(copy, other)).toThrow(TypeError)
    })
  })

  describe('refreshing', () => {
    /** A directory whose list and total a test sets from one pass to the next. */
    const changing = (): { to: Wire; list: object[]; total?: number } => {
      const state: { to: Wire; list: object[]; total?: number } = {
        list: organizations(0, 3),
        to: wire(({ url }) => {
          const response = page(asked(state.list, url), { total: state.total ?? state.list.length })
          response.headers.set('date', new Date(state.to.now).toUTCString())
          return response
        }),
      }
      return state
    }
    const HOUR = 3_600_000

    test('asks for what changed since ten minutes before, and leaves the old copy as it is', async () => {
      const state = changing()
      const { to } = state
      const old = await copyOf([], to)
      to.now += HOUR
      state.list = [organization('2.999.1', { name: 'New name' }), organization('2.999.9')]
      const fresh = await old.refresh(directoryOf(to), { count: 50 })
      expect(to.requests[1]?.url).toBe(
        'https://directory.example/fhir/Organization?_lastUpdated=ge2026-06-01T11%3A50%3A00.000Z&_count=50&_sort=_id',
      )
      expect([fresh.size, fresh.asOf, fresh.lastFullPass]).toEqual([4, to.now, old.lastFullPass])
      expect((await fresh.read('2.999.1')).name).toBe('New name')
      expect([old.size, (await old.read('2.999.1')).name]).toEqual([3, 'Clinic 2.999.1'])
      expect(DirectorySnapshot.diff(old, fresh).entriesAdded).toEqual(['2.999.9'])
    })

    test.each([
      ['it is told to', { full: true }, 0],
      ['a day has gone by', {}, 24 * HOUR],
      ['a time of its own has gone by', { fullAfterMs: 1000 }, 1000],
    ])('reads everything where %s, and finds what is gone', async (_, options, later) => {
      const state = changing()
      const old = await copyOf([], state.to)
      state.to.now += later
      state.list = organizations(0, 2)
      const fresh = await old.refresh(directoryOf(state.to), options)
      expect(state.to.requests[1]?.url).not.toContain('_lastUpdated')
      expect(DirectorySnapshot.diff(old, fresh).entriesGone).toEqual(['2.999.2'])
      expect(fresh.lastFullPass.startedAt).toBe(fresh.asOf)
    })

    test('reads everything of a release that knows no `_lastUpdated`', async () => {
      const to = wire(() => xmlAnswer('<Bundle><total value="0"/></Bundle>'))
      const directory = directoryOf(to, { release: 'carequality-stu3', baseUrl: undefined })
      const copy = await DirectorySnapshot.build(directory, { now: () => to.now })
      await copy.refresh(directory)
      expect(to.requests.some(({ url }) => url.includes('_lastUpdated'))).toBe(false)
    })

    test('drops nothing after a pass with doubts, and asks from the same instant again', async () => {
      const state = changing()
      const old = await copyOf([], state.to)
      state.to.now += HOUR
      state.list = organizations(0, 1)
      state.total = 3
      const doubtful = await old.refresh(directoryOf(state.to), { full: true })
      expect(doubtful).toMatchObject({ size: 3, asOf: old.asOf, lastFullPass: { complete: false } })
      delete state.total
      const whole = await doubtful.refresh(directoryOf(state.to))
      expect(state.to.requests.at(-1)?.url).not.toContain('_lastUpdated')
      expect(whole.size).toBe(1)
    })

    test('that fails leaves the old copy, and throws', async () => {
      const state = changing()
      const old = await copyOf([], state.to)
      const failing = directoryOf(wire(() => jsonAnswer({}, {}, 401)))
      expect(await failureOf(old.refresh(failing))).toMatchObject({
        code: 'ERR_CQ_DIRECTORY_KEY_REFUSED',
      })
      expect(old.size).toBe(3)
    })

    test('from another environment, or with a wrong option, is a TypeError without a request', async () => {
      const { to } = changing()
      const old = await copyOf([], to)
      const before = to.requests.length
      const other = directoryOf(to, { environment: 'stage' })
      expect(await failureOf(old.refresh(other))).toBeInstanceOf(TypeError)
      expect(await failureOf(old.refresh(directoryOf(to), { fullAfterMs: -1 }))).toBeInstanceOf(
        TypeError,
      )
      expect(to.requests).toHaveLength(before)
    })
  })

  describe('an OID that two entries claim', () => {
    const AMBIGUOUS = { code: 'ERR_CQ_ENTRY_AMBIGUOUS', retryable: false, organization: '2.999.7' }
    const claiming = (id: string): object =>
      organization(id, { identifier: [{ value: 'urn:oid:2.999.7' }] })

    test.each<[string, readonly object[]]>([
      ['beside other ids', [claiming('a'), claiming('b'), claiming('c')]],
      ['one of them as its id', [organization('2.999.7'), claiming('b')]],
      ['one of them as its id, listed last', [claiming('b'), organization('2.999.7')]],
    ])('%s is an error in a copy', async (_, resources) => {
      const copy = await copyOf(resources)
      for (const id of ['2.999.7', 'urn:oid:2.999.7']) {
        await expect(copy.read(id)).rejects.toMatchObject(AMBIGUOUS)
        await expect(copy.find(id)).rejects.toMatchObject(AMBIGUOUS)
      }
      // Ids are not in doubt.
      await expect(copy.read('b')).resolves.toMatchObject({ id: 'b' })
      const { warnings, complete } = copy.lastFullPass
      expect({ warnings, complete }).toEqual({
        warnings: [`${resources.length - 1} entries have an OID that another entry has as well`],
        complete: true,
      })
      await expect((await loaded(textOf(copy))).read('2.999.7')).rejects.toMatchObject(AMBIGUOUS)
    })

    test('is none where one of them goes', async () => {
      const copy = await copyOf([claiming('a'), claiming('b')])
      const to = answering([claiming('b')])
      const later = await copy.refresh(directoryOf(to), { full: true })
      await expect(later.read('2.999.7')).resolves.toMatchObject({ id: 'b' })
      expect(later.lastFullPass.warnings).toEqual([])
    })

    test('is an error where a search by identifier finds both, and none where it finds one twice', async () => {
      const oid = `2.999.${'1'.repeat(70)}`
      const named = (id: string): object =>
        organization(id, { identifier: [{ value: `urn:oid:${oid}` }] })
      const asked = (...ids: string[]): Promise<DirectoryEntry> =>
        directoryOf(wire(() => page(ids.map(named)))).read(oid)
      await expect(asked('a', 'b')).rejects.toMatchObject({ ...AMBIGUOUS, organization: oid })
      await expect(asked('a', 'a')).resolves.toMatchObject({ id: 'a' })
    })
  })
})

describe('searching a snapshot', () => {
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
        entry('b', {
          name: 'Annex',
          aliases: ['Santa Ana Clinic'],
          addresses: [{ state: ' mo ' }],
        }),
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
})
