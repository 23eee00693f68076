import { describe, expect, test } from 'vitest'
import { CapabilityResolver } from '../../../src/discovery/capability-resolver.ts'
import { failureOf, jsonAnswer, wire, type Wire } from '../../support/answering-fetch.ts'
import { capability, capabilityWithToken, serving } from '../../support/capability-documents.ts'

const BASE = 'https://fhir.example.org/r4'
const TOKEN = 'https://fhir.example.org/token'
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const good = (headers: Readonly<Record<string, string>> = {}): Response =>
  jsonAnswer(capabilityWithToken(TOKEN), headers)
const asked = (to: Wire, end: string): number =>
  to.requests.filter(({ url }) => url.endsWith(end)).length

/** Requests for metadata that a second resolve makes after so many milliseconds. */
async function again(
  headers: Record<string, string>,
  afterMs: number,
  maxAgeMs?: number,
): Promise<number> {
  const to = wire(serving({ metadata: () => good(headers) }))
  const resolver = new CapabilityResolver({ ...to.options, maxAgeMs })
  await resolver.resolve(BASE)
  to.now += afterMs
  await resolver.resolve(BASE)
  return asked(to, '/metadata') - 1
}

describe('a good answer', () => {
  test.each([
    ['an hour', {}, HOUR],
    ['an hour, where the server says more', { 'cache-control': 'max-age=86400' }, HOUR],
    ['less, where the server says less', { 'cache-control': 'max-age=90' }, 90_000],
  ])('lives %s', async (_, headers, life) => {
    expect(await again(headers, life - 1)).toBe(0)
    expect(await again(headers, life)).toBe(1)
  })

  test('is not reused after no-store', async () => {
    expect(await again({ 'cache-control': 'no-store' }, 0)).toBe(1)
  })

  test('lives as `maxAgeMs` says, and no longer than the server says', async () => {
    expect(await again({}, 5 * HOUR - 1, 5 * HOUR)).toBe(0)
    expect(await again({}, MINUTE, MINUTE)).toBe(1)
    expect(await again({ 'cache-control': 'max-age=60' }, MINUTE, 5 * HOUR)).toBe(1)
  })

  test('is told in the trail as coming from memory', async () => {
    const to = wire(serving({ metadata: () => good() }))
    const resolver = new CapabilityResolver(to.options)
    await resolver.resolve(BASE)
    expect((await resolver.resolve(BASE)).trail.slice(0, 2)).toEqual([
      'CapabilityStatement: from memory',
      'smart-configuration: not published (from memory)',
    ])
  })

  test('is asked for anew after `forget`, and that of another base is its own', async () => {
    const to = wire(serving({ metadata: () => good() }))
    const resolver = new CapabilityResolver(to.options)
    await resolver.resolve(BASE)
    await resolver.resolve(`${BASE}/other`)
    resolver.forget(BASE)
    await resolver.resolve(BASE)
    await resolver.resolve(`${BASE}/other`)
    expect(asked(to, '/r4/metadata')).toBe(2)
    expect(asked(to, '/r4/other/metadata')).toBe(1)
  })
})

describe('"not published"', () => {
  test.each([404, 410])('by %i is believed for ten minutes', async (status) => {
    const to = wire(
      serving({ metadata: () => good(), smart: () => new Response(null, { status }) }),
    )
    const resolver = new CapabilityResolver(to.options)
    await resolver.resolve(BASE)
    to.now += 10 * MINUTE - 1
    await resolver.resolve(BASE)
    expect(asked(to, 'smart-configuration')).toBe(1)
    to.now += 1
    await resolver.resolve(BASE)
    expect(asked(to, 'smart-configuration')).toBe(2)
    expect(asked(to, '/metadata')).toBe(1)
  })

  test('of both documents is believed, too', async () => {
    const to = wire(() => new Response(null, { status: 404 }))
    const resolver = new CapabilityResolver(to.options)
    const code = 'ERR_CQ_UNSUPPORTED_SERVER'
    expect(await failureOf(resolver.resolve(BASE))).toMatchObject({ code })
    expect(await failureOf(resolver.resolve(BASE))).toMatchObject({ code })
    expect(to.requests).toHaveLength(2)
  })
})

describe('a failure', () => {
  const failures: Record<string, () => Response> = {
    '401': () => new Response(null, { status: 401 }),
    '403': () => new Response(null, { status: 403 }),
    '500': () => new Response(null, { status: 500 }),
    HTML: () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    'a network error': () => {
      throw new TypeError('fetch failed')
    },
  }

  test.each(Object.entries(failures))('is never remembered: %s', async (_, fail) => {
    let down = true
    const to = wire(serving({ metadata: () => (down ? fail() : good()), smart: () => fail() }))
    const resolver = new CapabilityResolver(to.options)
    await failureOf(resolver.resolve(BASE))
    const before = asked(to, '/metadata')
    await failureOf(resolver.resolve(BASE))
    expect(asked(to, '/metadata')).toBe(2 * before)
    down = false
    expect((await resolver.resolve(BASE)).tokenEndpoint).toBe(TOKEN)
  })

  test.each(Object.entries(failures))(
    'of a renewal leaves the old answer in use for a day: %s',
    async (_, fail) => {
      let down = false
      const to = wire(serving({ metadata: () => (down ? fail() : good()) }))
      const resolver = new CapabilityResolver(to.options)
      await resolver.resolve(BASE)
      down = true
      to.now += HOUR
      const stale = await resolver.resolve(BASE)
      expect(stale.tokenEndpoint).toBe(TOKEN)
      expect(stale.trail[0]).toMatch(/^CapabilityStatement: from memory, for its renewal/)
      expect(to.events.filter(({ type }) => type === 'discovery.stale-used')).toEqual([
        {
          type: 'discovery.stale-used',
          at: to.now,
          baseUrl: BASE,
          document: 'CapabilityStatement',
        },
      ])
      to.now += 24 * HOUR - 1
      expect((await resolver.resolve(BASE)).tokenEndpoint).toBe(TOKEN)
      to.now += 1
      expect(await failureOf(resolver.resolve(BASE))).toMatchObject({ name: /Error$/ })
    },
  )

  test('of a renewal does not bring back what the server took away', async () => {
    let gone = false
    const to = wire(
      serving({ metadata: () => (gone ? new Response(null, { status: 410 }) : good()) }),
    )
    const resolver = new CapabilityResolver(to.options)
    await resolver.resolve(BASE)
    gone = true
    to.now += HOUR
    expect(await failureOf(resolver.resolve(BASE))).toMatchObject({
      code: 'ERR_CQ_UNSUPPORTED_SERVER',
    })
  })
})

describe('many callers', () => {
  test('a hundred of them cost one request for each document', async () => {
    const to = wire(serving({ metadata: () => good() }))
    const resolver = new CapabilityResolver(to.options)
    const all = await Promise.all(Array.from({ length: 100 }, () => resolver.resolve(BASE)))
    expect(all.every(({ tokenEndpoint }) => tokenEndpoint === TOKEN)).toBe(true)
    expect(to.requests).toHaveLength(2)
  })

  test('one that leaves takes nobody along, and the last one ends the requests', async () => {
    const reason = new Error('the user left')
    const held: ((response: Response) => void)[] = []
    const to = wire(
      () =>
        new Promise<Response>((resolve) => {
          held.push(resolve)
        }),
    )
    const resolver = new CapabilityResolver(to.options)
    const leaving = [new AbortController(), new AbortController(), new AbortController()]
    const calls = leaving.map(({ signal }) =>
      resolver.resolve(BASE, {}, { signal }).catch((error: unknown) => error),
    )
    await expect.poll(() => to.requests.length).toBe(2)
    leaving[0]?.abort(reason)
    expect(await calls[0]).toBe(reason)
    expect(to.requests.some(({ signal }) => signal.aborted)).toBe(false)
    for (const answer of held) answer(jsonAnswer(capability([])))
    expect(await calls[1]).toMatchObject({ fhirVersion: '4.0.1' })
    expect(await calls[2]).toMatchObject({ fhirVersion: '4.0.1' })
  })

  test('when all have left the requests are aborted, and the next caller starts anew', async () => {
    const to = wire((request, number) =>
      number <= 2
        ? new Promise<Response>(() => undefined)
        : serving({ metadata: () => good() })(request),
    )
    const resolver = new CapabilityResolver(to.options)
    const leaving = new AbortController()
    const call = failureOf(resolver.resolve(BASE, {}, { signal: leaving.signal }))
    await expect.poll(() => to.requests.length).toBe(2)
    leaving.abort(new Error('gone'))
    await call
    await expect.poll(() => to.requests.every(({ signal }) => signal.aborted)).toBe(true)
    expect((await resolver.resolve(BASE)).tokenEndpoint).toBe(TOKEN)
  })

  test('a short deadline of one is not that of the others', async () => {
    let answer: (() => void) | undefined
    const to = wire((request) =>
      request.url.endsWith('/metadata')
        ? new Promise<Response>((resolve) => {
            answer = () => {
              resolve(good())
            }
          })
        : new Response(null, { status: 404 }),
    )
    const resolver = new CapabilityResolver(to.options)
    const patient = resolver.resolve(BASE)
    const hasty = failureOf(resolver.resolve(BASE, {}, { timeoutMs: 20 }))
    expect(await hasty).toMatchObject({
      code: 'ERR_CQ_TIMEOUT',
      operation: 'capabilities.resolve',
    })
    answer?.()
    expect((await patient).tokenEndpoint).toBe(TOKEN)
  })
})
