import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import type { DirectoryOptions } from '../../../src/directory/api/options.ts'
import type { EntryReader } from '../../../src/directory/select/entry-reader.ts'
import { DirectorySnapshot } from '../../../src/directory/mirror/snapshot.ts'
import { DirectoryError, TransportError } from '../../../src/errors.ts'
import type { CallOptions } from '../../../src/types.ts'
import { failureOf, jsonAnswer, silence, wire, type Wire } from '../../support/answering-fetch.ts'
import { directoryOf, organization, organizations, page } from '../../support/directory-wire.ts'
import { holdTime, settledIn } from '../../support/time.ts'

const OID = '2.999.1'
const DAY = 24 * 3_600_000

/** A reader that knows one entry and keeps what it was asked. */
function copy(
  ids: readonly string[] = [OID],
): EntryReader & { asked: [string, CallOptions | undefined][] } {
  const asked: [string, CallOptions | undefined][] = []
  const read = (id: string, options?: CallOptions): Promise<DirectoryEntry> => {
    asked.push([id, options])
    if (!ids.includes(id)) return Promise.reject(new DirectoryError('ERR_CQ_ENTRY_NOT_FOUND', 'no'))
    return Promise.resolve({ id, oid: id, name: 'copy', active: true, endpoints: [], resource: {} })
  }
  return { read, asked }
}

const down = (): Wire => wire(() => new Response(null, { status: 503 }))
const reached = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'))

async function snapshotOf(
  to: Wire,
  more: Partial<DirectoryOptions> = {},
): Promise<DirectorySnapshot> {
  const full = wire(() => page(organizations(0, 3), { total: 3 }))
  return DirectorySnapshot.build(directoryOf(full, more), { now: to.options.now })
}

describe('the fallback is asked', () => {
  test.each([
    ['the network fails', reached, 'ERR_CQ_NETWORK', 3],
    ['503', () => new Response(null, { status: 503 }), 'ERR_CQ_UNEXPECTED_STATUS', 3],
    ['502', () => new Response(null, { status: 502 }), 'ERR_CQ_UNEXPECTED_STATUS', 3],
    ['500', () => new Response(null, { status: 500 }), 'ERR_CQ_UNEXPECTED_STATUS', 2],
    ['429', () => new Response(null, { status: 429 }), 'ERR_CQ_UNEXPECTED_STATUS', 3],
    [
      '429 that asks for an hour',
      () => new Response(null, { status: 429, headers: { 'retry-after': '3600' } }),
      'ERR_CQ_UNEXPECTED_STATUS',
      1,
    ],
    ['520', () => new Response(null, { status: 520 }), 'ERR_CQ_UNEXPECTED_STATUS', 1],
  ] as const)('where %s', async (_, answer, code, requests) => {
    const to = wire(() => answer())
    const fallback = copy()
    const directory = directoryOf(to, { fallback })
    expect(await directory.read(`urn:oid:${OID}`)).toMatchObject({ id: OID, name: 'copy' })
    expect(to.requests).toHaveLength(requests)
    expect(fallback.asked.map(([id]) => id)).toEqual([OID])
    const told = to.events.filter(({ type }) => type === 'directory.fallback')
    expect(told).toMatchObject([{ code, ageMs: undefined }])
    expect(await directory.find(OID)).toMatchObject({ name: 'copy' })
  })

  test('where half of the time is gone, and the fallback has no more than the rest', async () => {
    const time = holdTime()
    const to = wire(silence)
    const fallback = copy()
    const began = performance.now()
    const entry = await settledIn(time, directoryOf(to, { fallback }).read(OID, { timeoutMs: 200 }))
    const took = performance.now() - began
    expect(entry.name).toBe('copy')
    expect(took).toBeGreaterThan(90)
    expect(took).toBeLessThan(190)
    expect(to.requests).toHaveLength(1)
    const given = fallback.asked[0]?.[1]?.timeoutMs ?? Infinity
    expect(given).toBeGreaterThan(0)
    expect(given).toBeLessThanOrEqual(110)
    expect(to.events.filter(({ type }) => type === 'directory.fallback')).toMatchObject([
      { code: 'ERR_CQ_TIMEOUT' },
    ])
  })

  test('with half of the client’s own time, where the call names none', async () => {
    const time = holdTime()
    const to = wire(silence)
    const began = performance.now()
    await settledIn(time, directoryOf(to, { fallback: copy(), timeoutMs: 100 }).read(OID))
    expect(performance.now() - began).toBeLessThan(95)
  })

  test('and says how old its answer is', async () => {
    const to = down()
    const fallback = await snapshotOf(to)
    to.now += 2 * DAY
    const directory = directoryOf(to, { fallback })
    const { snapshot, name } = await directory.read(OID)
    expect(name).toBe(`Clinic ${OID}`)
    expect(snapshot).toEqual({ asOf: fallback.asOf, ageMs: 2 * DAY })
    expect(to.events.filter(({ type }) => type === 'directory.fallback')).toMatchObject([
      { ageMs: 2 * DAY, code: 'ERR_CQ_UNEXPECTED_STATUS' },
    ])
  })

  test('each time anew: its answer is not kept, and the directory comes first', async () => {
    let isDown = true
    const to = wire(() =>
      isDown ? new Response(null, { status: 503 }) : jsonAnswer(organization(OID)),
    )
    const fallback = copy()
    const directory = directoryOf(to, { fallback })
    expect((await directory.readCached(OID)).name).toBe('copy')
    isDown = false
    expect((await directory.readCached(OID)).name).toBe(`Clinic ${OID}`)
    expect(fallback.asked).toHaveLength(1)
  })
})

describe('the fallback is not asked', () => {
  test.each([
    ['401', () => jsonAnswer({}, {}, 401), 'ERR_CQ_DIRECTORY_KEY_REFUSED'],
    ['403', () => jsonAnswer({}, {}, 403), 'ERR_CQ_DIRECTORY_KEY_REFUSED'],
    ['404', () => jsonAnswer({}, {}, 404), 'ERR_CQ_ENTRY_NOT_FOUND'],
    ['410', () => jsonAnswer({}, {}, 410), 'ERR_CQ_ENTRY_NOT_FOUND'],
    ['400', () => jsonAnswer({}, {}, 400), 'ERR_CQ_UNEXPECTED_STATUS'],
    ['406', () => jsonAnswer({}, {}, 406), 'ERR_CQ_NOT_ACCEPTABLE'],
    [
      'an outcome',
      () => jsonAnswer({ resourceType: 'OperationOutcome' }),
      'ERR_CQ_UNEXPECTED_RESOURCE',
    ],
    ['another entry', () => jsonAnswer(organization('2.999.2')), 'ERR_CQ_UNEXPECTED_RESOURCE'],
    [
      'HTML',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      'ERR_CQ_UNEXPECTED_CONTENT',
    ],
    ['304 unasked', () => new Response(null, { status: 304 }), 'ERR_CQ_UNEXPECTED_STATUS'],
  ] as const)('after %s', async (_, answer, code) => {
    const to = wire(() => answer())
    const fallback = copy()
    expect(await failureOf(directoryOf(to, { fallback }).read(OID))).toMatchObject({ code })
    expect(fallback.asked).toEqual([])
    expect(to.requests).toHaveLength(1)
    expect(to.events.filter(({ type }) => type.startsWith('directory.fallback'))).toEqual([])
  })

  test.each([
    new Error('the user left'),
    new TransportError('ERR_CQ_TIMEOUT', 'another call of the user took too long'),
  ])('where the caller left, even while the directory was failing: %s', async (reason) => {
    const leaving = new AbortController()
    const to = wire((_, number) => {
      if (number === 3) leaving.abort(reason)
      return new Response(null, { status: 503 })
    })
    const fallback = copy()
    const call = directoryOf(to, { fallback }).read(OID, { signal: leaving.signal })
    expect(await failureOf(call)).toBe(reason)
    expect(fallback.asked).toEqual([])
  })

  test('for a wrong argument, by a key that throws, or after close()', async () => {
    const fallback = copy()
    const to = down()
    const directory = directoryOf(to, { fallback })
    const wrong: readonly [string, CallOptions][] = [
      ['../x', {}],
      [OID, { timeoutMs: -1 }],
      [OID, { timeoutMs: Number.NaN }],
      [OID, { timeoutMs: '5' as never }],
      [OID, { signal: {} as never }],
    ]
    for (const [id, options] of wrong)
      expect(await failureOf(directory.read(id, options))).toBeInstanceOf(TypeError)
    const reason = new Error('vault')
    const apiKey = (): Promise<string> => Promise.reject(reason)
    expect(await failureOf(directoryOf(to, { fallback, apiKey }).read(OID))).toBe(reason)
    await directory.close()
    expect(await failureOf(directory.read(OID))).toMatchObject({ name: 'AbortError' })
    expect(fallback.asked).toEqual([])
    expect(to.requests).toHaveLength(0)
  })

  test('by a search or a listing', async () => {
    const to = down()
    const fallback = copy()
    const directory = directoryOf(to, { fallback })
    await failureOf(directory.search({ name: 'a' }))
    await failureOf(directory.entries()[Symbol.asyncIterator]().next())
    expect(fallback.asked).toEqual([])
  })
})

describe('a fallback that fails', () => {
  test('for lack of the entry leaves the directory’s own error', async () => {
    const to = down()
    const directory = directoryOf(to, { fallback: copy([]) })
    expect(await failureOf(directory.read(OID))).toMatchObject({
      code: 'ERR_CQ_UNEXPECTED_STATUS',
      status: 503,
      retryable: true,
    })
    expect(to.events.filter(({ type }) => type.startsWith('directory.fallback'))).toMatchObject([
      {
        type: 'directory.fallback-failed',
        code: 'ERR_CQ_UNEXPECTED_STATUS',
        why: 'ERR_CQ_ENTRY_NOT_FOUND',
      },
    ])
    // "There is none" would be a statement that nobody made.
    expect(await failureOf(directory.find(OID))).toMatchObject({ status: 503 })
  })

  test('by its age leaves the directory’s own error', async () => {
    const to = down()
    const fallback = await snapshotOf(to)
    to.now += 8 * DAY
    expect(await failureOf(directoryOf(to, { fallback }).read(OID))).toMatchObject({ status: 503 })
    expect(to.events.at(-1)).toMatchObject({ why: 'ERR_CQ_SNAPSHOT_TOO_OLD' })
  })

  test('by an error of its own is heard', async () => {
    const reason = new Error('mine')
    const fallback = { read: () => Promise.reject(reason) }
    expect(await failureOf(directoryOf(down(), { fallback }).read(OID))).toBe(reason)
  })

  test('by never answering ends with the time of the call', async () => {
    const fallback = { read: () => new Promise<never>(() => undefined) }
    const time = holdTime()
    const call = directoryOf(down(), { fallback }).read(OID, { timeoutMs: 60 })
    const late = new Promise((resolve) => setTimeout(resolve, 500, 'still waiting'))
    const ended = call.catch(() => 'ended')
    expect(await settledIn(time, Promise.race([ended, late]))).toBe('ended')
  })

  test('by never answering ends when the caller leaves, with its reason', async () => {
    const reason = new Error('the user left')
    const leaving = new AbortController()
    const fallback = {
      read: () => {
        leaving.abort(reason)
        return new Promise<never>(() => undefined)
      },
    }
    const time = holdTime()
    const call = directoryOf(down(), { fallback }).read(OID, { signal: leaving.signal })
    const late = new Promise((resolve) => setTimeout(resolve, 500, 'still waiting'))
    const ended = call.catch((error: unknown) => error)
    expect(await settledIn(time, Promise.race([ended, late]))).toBe(reason)
  })
})

describe('a wrong fallback is a TypeError at once', () => {
  test.each([null, 5, {}, { read: 'x' }, { find: () => undefined }])('%j', (fallback) => {
    expect(() => directoryOf(down(), { fallback: fallback as never })).toThrow(TypeError)
    expect(() => directoryOf(down(), { fallback: fallback as never })).toThrow('"fallback"')
  })

  test('one of another environment or network', async () => {
    const to = down()
    const fallback = await snapshotOf(to, { release: 'carequality-r4', environment: 'stage' })
    const make = (more: Partial<DirectoryOptions>): DirectoryClient =>
      directoryOf(to, { fallback, ...more })
    expect(() => make({ release: 'carequality-r4', environment: 'production' })).toThrow(TypeError)
    expect(() => make({ release: 'carequality-r4', environment: undefined })).toThrow(TypeError)
    expect(() => make({ release: 'rce-r4', environment: 'stage' })).toThrow(TypeError)
    expect(() => make({ release: 'carequality-r4', environment: 'stage' })).not.toThrow()
    // Another API to the same directory.
    expect(() => make({ release: 'carequality-stu3', environment: 'stage' })).not.toThrow()
  })

  test('another client of another environment', () => {
    const to = down()
    const other = directoryOf(to, { environment: 'dev' })
    expect(() => directoryOf(to, { environment: 'stage', fallback: other })).toThrow(TypeError)
    expect(() => directoryOf(to, { environment: 'dev', fallback: other })).not.toThrow()
  })
})
