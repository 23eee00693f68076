import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import { failureOf, jsonAnswer, wire, type Wire } from '../../support/answering-fetch.ts'

const OID = '2.999.77.1'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const answering = (headers: Record<string, string>): Wire =>
  wire(() => jsonAnswer({ resourceType: 'Organization', id: OID }, headers))

const clientOf = (to: Wire, maxAgeMs?: number): DirectoryClient =>
  new DirectoryClient({
    ...to.options,
    release: 'carequality-r4',
    environment: 'dev',
    apiKey: 'k',
    maxAgeMs,
  })

/** How many requests the second read costs when it comes after so many milliseconds. */
async function secondCosts(to: Wire, afterMs: number, maxAgeMs?: number): Promise<number> {
  const client = clientOf(to, maxAgeMs)
  await client.readCached(OID)
  const before = to.requests.length
  to.now += afterMs
  await client.readCached(OID)
  return to.requests.length - before
}

describe('an entry is kept', () => {
  test.each([
    ['an hour, where the server says nothing', {}, HOUR],
    ['an hour, where the header is unreadable', { 'cache-control': 'max-age=soon' }, HOUR],
    ['as long as the server says', { 'cache-control': 'public, max-age=120' }, 2 * MINUTE],
    ['a day at most', { 'cache-control': 'max-age=999999999' }, 24 * HOUR],
  ])('%s', async (_, headers, life) => {
    expect(await secondCosts(answering(headers), life - 1)).toBe(0)
    expect(await secondCosts(answering(headers), life)).toBe(1)
  })

  test.each(['no-store', 'no-cache', 'max-age=0', 'private, No-Store'])(
    'not at all after %s',
    async (control) => {
      expect(await secondCosts(answering({ 'cache-control': control }), 0)).toBe(1)
    },
  )

  test('as long as `maxAgeMs` says, before the server, a day at most', async () => {
    const control = { 'cache-control': 'max-age=60' }
    expect(await secondCosts(answering(control), 5 * MINUTE - 1, 5 * MINUTE)).toBe(0)
    expect(await secondCosts(answering(control), 5 * MINUTE, 5 * MINUTE)).toBe(1)
    expect(await secondCosts(answering({}), 24 * HOUR - 1, 48 * HOUR)).toBe(0)
    expect(await secondCosts(answering({}), 24 * HOUR, 48 * HOUR)).toBe(1)
  })

  test('under one name whatever the spelling of the OID', async () => {
    const to = answering({})
    const client = clientOf(to)
    for (const id of [OID, `urn:oid:${OID}`, `Organization/${OID}`, ` URN:OID:${OID} `]) {
      await client.readCached(id)
    }
    expect(to.requests).toHaveLength(1)
  })
})

describe('the kept entry', () => {
  test('is not used by `read` and `find`, which renew it', async () => {
    const to = answering({})
    const client = clientOf(to)
    await client.read(OID)
    to.now += HOUR - 1
    await client.find(OID)
    to.now += HOUR - 1
    await client.readCached(OID)
    expect(to.requests).toHaveLength(2)
  })

  test('is forgotten once the directory says that it is gone or must not be kept', async () => {
    for (const second of [
      jsonAnswer('{}', {}, 410),
      jsonAnswer({ resourceType: 'Organization', id: OID }, { 'cache-control': 'no-store' }),
    ]) {
      const to = wire((_, number) =>
        number === 2 ? second : jsonAnswer({ resourceType: 'Organization', id: OID }),
      )
      const client = clientOf(to)
      await client.readCached(OID)
      await client.find(OID)
      await client.readCached(OID)
      expect(to.requests).toHaveLength(3)
    }
  })

  test('survives a directory that is down, and a failure is never kept', async () => {
    const to = wire((_, number) =>
      number === 1 || number > 4
        ? jsonAnswer({ resourceType: 'Organization', id: OID })
        : new Response(null, { status: 503 }),
    )
    const client = clientOf(to)
    await client.readCached(OID)
    await failureOf(client.read(OID))
    expect((await client.readCached(OID)).id).toBe(OID)
    expect(to.requests).toHaveLength(4)
    expect(await clientOf(to).readCached(OID)).toMatchObject({ id: OID })
    expect(to.requests).toHaveLength(5)
  })

  test('is not looked for under a wrong id', async () => {
    const to = answering({})
    expect(await failureOf(clientOf(to).readCached('../x'))).toBeInstanceOf(TypeError)
    expect(to.requests).toHaveLength(0)
  })
})

test('a closed client refuses calls', async () => {
  const to = answering({})
  const client = clientOf(to)
  await client.close()
  expect(await failureOf(client.read(OID))).toMatchObject({ name: 'AbortError' })
  expect(to.requests).toHaveLength(0)
})

test('the caller’s own abort comes back untouched, before and during the request', async () => {
  const reason = new Error('the user left')
  const to = answering({})
  const before = clientOf(to).read(OID, { signal: AbortSignal.abort(reason) })
  expect(await failureOf(before)).toBe(reason)
  expect(to.requests).toHaveLength(0)
  const leaving = new AbortController()
  const during = wire(() => {
    leaving.abort(reason)
    return new Promise<Response>(() => undefined)
  })
  expect(await failureOf(clientOf(during).read(OID, { signal: leaving.signal }))).toBe(reason)
})

describe('entries in memory are bounded by their size', () => {
  const large = (id: string, bytes: number): object => ({
    resourceType: 'Organization',
    id,
    extension: [{ url: 'x', valueString: 'x'.repeat(bytes) }],
  })
  const serving = (bytes: number): Wire =>
    wire(({ url }) => jsonAnswer(large(url.split('/').at(-1) ?? '', bytes)))
  /** How many of the latest entries are at hand after so many reads. */
  async function atHand(to: Wire, reads: number): Promise<number> {
    const client = clientOf(to)
    for (let at = 0; at < reads; at += 1) await client.readCached(`2.999.${at}`)
    const before = to.requests.length
    for (let at = reads - 1; at >= 0; at -= 1) {
      await client.readCached(`2.999.${at}`)
      if (to.requests.length > before) return reads - 1 - at
    }
    return reads
  }

  test('one of more than 1 MB is no entry', async () => {
    expect(await failureOf(clientOf(serving(1_000_000)).readCached('2.999.1'))).toMatchObject({
      code: 'ERR_CQ_RESPONSE_TOO_LARGE',
    })
  })

  test('of many of 900 kB only the latest few are', async () => {
    const few = await atHand(serving(900_000), 20)
    expect(few).toBeGreaterThan(5)
    expect(few).toBeLessThan(15)
  })

  test('a thousand of usual size are', async () => {
    expect(await atHand(serving(2_000), 1_000)).toBe(1_000)
  })
})
