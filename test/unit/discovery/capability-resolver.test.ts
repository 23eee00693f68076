import { afterEach, describe, expect, test, vi } from 'vitest'
import { CapabilityResolver } from '../../../src/discovery/capability-resolver.ts'
import { DiscoveryError } from '../../../src/errors.ts'
import { failureOf, jsonAnswer, silence, wire, type Wire } from '../../support/answering-fetch.ts'
import {
  capability,
  capabilityWithToken,
  OAUTH_URIS,
  publishing,
  serving,
  uriGroup,
} from '../../support/capability-documents.ts'
import { signer, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, failure } from '../../support/fhir-answers.ts'

const BASE = 'https://fhir.example.org/r4'

describe('capability resolver', () => {
  const CAPABILITY_TOKEN = 'https://fhir.example.org/capability/token'
  const SMART_TOKEN = 'https://fhir.example.org/smart/token'
  const metadata = capabilityWithToken(CAPABILITY_TOKEN)
  const smart = { token_endpoint: SMART_TOKEN }

  afterEach(() => {
    vi.useRealTimers()
  })

  describe('the two requests', () => {
    test.each([
      [BASE, BASE],
      [`${BASE}/`, BASE],
      [' https://FHIR.example.org:8443/R4/ ', 'https://fhir.example.org:8443/R4'],
      ['https://fhir.example.org', 'https://fhir.example.org'],
    ])('for %j go to the right URLs with the right Accept', async (baseUrl, shown) => {
      const to = wire(publishing(metadata, smart))
      await new CapabilityResolver(to.options).resolve(baseUrl)
      expect(
        to.requests.map(({ method, url, headers }) => [method, url, headers.get('accept')]),
      ).toEqual([
        ['GET', `${shown}/metadata`, 'application/fhir+json'],
        ['GET', `${shown}/.well-known/smart-configuration`, 'application/json'],
      ])
      expect(to.requests.some(({ headers }) => headers.has('authorization'))).toBe(false)
    })

    test('keep the query of a base that has one', async () => {
      const to = wire(publishing(metadata, smart))
      await new CapabilityResolver(to.options).resolve(`${BASE}?site=7`)
      expect(to.requests.map(({ url }) => url)).toEqual([
        `${BASE}/metadata?site=7`,
        `${BASE}/.well-known/smart-configuration?site=7`,
      ])
    })

    test('are under way at the same time', async () => {
      const both: (() => void)[] = []
      const to = wire(
        (request) =>
          new Promise<Response>((resolve) => {
            both.push(() => {
              resolve(publishing(metadata, smart)(request))
            })
            if (both.length === 2) for (const go of both) go()
          }),
      )
      expect(await new CapabilityResolver(to.options).resolve(BASE)).toMatchObject({
        fhirVersion: '4.0.1',
      })
      expect(to.requests).toHaveLength(2)
    })

    test.each([undefined, '', 'fhir.example.org', 'ftp://x.example', 'https://u:p@x.example', 7])(
      'are not made for base %j, which is a TypeError',
      async (baseUrl) => {
        const to = wire(publishing(metadata))
        const call = new CapabilityResolver(to.options).resolve(baseUrl as string)
        expect(await failureOf(call)).toBeInstanceOf(TypeError)
        expect(to.requests).toHaveLength(0)
      },
    )

    test('are not made to a private address', async () => {
      const to = wire(publishing(metadata))
      for (const baseUrl of ['https://10.0.0.1/r4', 'http://fhir.example.org/r4']) {
        expect(await failureOf(new CapabilityResolver(to.options).resolve(baseUrl))).toMatchObject({
          code: 'ERR_CQ_ORIGIN_REFUSED',
        })
      }
      expect(to.requests).toHaveLength(0)
    })
  })

  describe('which token endpoint', () => {
    test('depends on the mode where both documents name one, and the disagreement is told', async () => {
      for (const [mode, expected] of [
        ['carequality-legacy', CAPABILITY_TOKEN],
        ['smart-backend', SMART_TOKEN],
      ] as const) {
        const to = wire(publishing(metadata, smart))
        const found = await new CapabilityResolver({ ...to.options, mode }).resolve(BASE)
        expect(found.tokenEndpoint).toBe(expected)
        expect(to.events).toEqual([
          {
            type: 'discovery.sources-disagree',
            at: to.now,
            baseUrl: BASE,
            oauthUris: CAPABILITY_TOKEN,
            smartConfiguration: SMART_TOKEN,
          },
        ])
      }
    })

    test('no disagreement where they agree or only one names it', async () => {
      for (const documents of [
        publishing(metadata, { token_endpoint: CAPABILITY_TOKEN }),
        publishing(metadata, {}),
        publishing(capability([]), smart),
      ]) {
        const to = wire(documents)
        await new CapabilityResolver(to.options).resolve(BASE)
        expect(to.events).toEqual([])
      }
    })

    test('the caller’s own comes before all others', async () => {
      const to = wire(publishing(metadata, smart))
      const own = 'https://fhir.example.org/own'
      const found = await new CapabilityResolver(to.options).resolve(BASE, { tokenEndpoint: own })
      expect(found.tokenEndpoint).toBe(own)
      expect(found.trail.at(-1)).toBe(`token endpoint ${own}, because the caller specified it`)
    })

    test('a quirk’s comes before the published ones in every mode', async () => {
      for (const mode of ['carequality-legacy', 'smart-backend'] as const) {
        const to = wire(publishing(metadata, smart))
        const quirk = {
          id: 'mine',
          evidence: 'a test',
          applies: () => true,
          apply: () => ({ tokenEndpoint: 'https://quirk.example.org/token' }),
        }
        const resolver = new CapabilityResolver({ ...to.options, mode, quirks: [quirk] })
        expect(await resolver.resolve(BASE)).toMatchObject({
          tokenEndpoint: 'https://quirk.example.org/token',
          quirks: ['mine'],
        })
      }
    })

    test('the right extension comes before a misspelt copy, which is better than none', async () => {
      const misspelt = uriGroup(
        'http://DSTU2/fhir-registry.example/StructureDefinition/oauth-uris',
        {
          token: 'https://fhir.example.org/misspelt',
        },
      )
      const resolved = async (...extensions: object[]): Promise<string | undefined> => {
        const to = wire(publishing(capability(extensions)))
        return (await new CapabilityResolver(to.options).resolve(BASE)).tokenEndpoint
      }
      const right = uriGroup(OAUTH_URIS, { token: CAPABILITY_TOKEN })
      expect(await resolved(misspelt, right)).toBe(CAPABILITY_TOKEN)
      expect(await resolved(misspelt)).toBe('https://fhir.example.org/misspelt')
      const stranger = uriGroup('https://x.example/my-uris', { token: CAPABILITY_TOKEN })
      expect(await resolved(stranger)).toBeUndefined()
    })

    test('an open server has none, and its trail says so', async () => {
      const to = wire(publishing(capability([])))
      const found = await new CapabilityResolver(to.options).resolve(BASE)
      expect(found.tokenEndpoint).toBeUndefined()
      expect(found.signingAlgorithms).toBeUndefined()
      expect(found.trail).toEqual([
        'CapabilityStatement: read',
        'smart-configuration: not published (404)',
        'no token endpoint, because none is published: an open server',
      ])
    })

    test('algorithms belong to the token endpoint that they are published with', async () => {
      const listed = { ...smart, token_endpoint_auth_signing_alg_values_supported: ['ES384'] }
      for (const [mode, expected] of [
        ['carequality-legacy', undefined],
        ['smart-backend', ['ES384']],
      ] as const) {
        const to = wire(publishing(metadata, listed))
        const found = await new CapabilityResolver({ ...to.options, mode }).resolve(BASE)
        expect(found.signingAlgorithms).toEqual(expected)
      }
    })
  })

  describe('one document is enough', () => {
    const broken: Record<string, () => Response> = {
      '404': () => new Response(null, { status: 404 }),
      '401': () => new Response('no', { status: 401 }),
      '500': () => new Response('no', { status: 500 }),
      HTML: () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      'broken JSON': () => jsonAnswer('{'),
      redirect: () => Response.redirect('https://login.example.org/', 302),
    }

    test.each(Object.entries(broken))('where the other is %s', async (_, answer) => {
      const first = wire(serving({ metadata: () => jsonAnswer(metadata), smart: answer }))
      const found = await new CapabilityResolver(first.options).resolve(BASE)
      expect(found.tokenEndpoint).toBe(CAPABILITY_TOKEN)
      expect(found.trail[1]).toMatch(/^smart-configuration: (not published|failed with ERR_CQ_)/)
      const second = wire(serving({ metadata: answer, smart: () => jsonAnswer(smart) }))
      expect(await new CapabilityResolver(second.options).resolve(BASE)).toMatchObject({
        tokenEndpoint: SMART_TOKEN,
        fhirVersion: undefined,
      })
    })

    test.each([404, 410])('neither published (%i) is an unsupported server', async (status) => {
      const to = wire(() => new Response(null, { status }))
      const error = await failureOf(new CapabilityResolver(to.options).resolve(BASE))
      expect(error).toBeInstanceOf(DiscoveryError)
      expect(error).toMatchObject({
        code: 'ERR_CQ_UNSUPPORTED_SERVER',
        operation: 'capabilities.resolve',
        retryable: false,
      })
    })

    test.each([
      ['401', 'ERR_CQ_UNEXPECTED_STATUS', false],
      ['500', 'ERR_CQ_UNEXPECTED_STATUS', true],
      ['HTML', 'ERR_CQ_UNEXPECTED_CONTENT', false],
      ['redirect', 'ERR_CQ_REDIRECT_REFUSED', false],
    ])('both %s gives the reason', async (name, code, retryable) => {
      const to = wire(() => broken[name]?.() ?? Response.error())
      const error = await failureOf(new CapabilityResolver(to.options).resolve(BASE))
      expect(error).toMatchObject({ code, retryable, pathTemplate: '/metadata' })
    })

    test('one absent and the other failing gives the failure', async () => {
      const to = wire(serving({ smart: () => new Response(null, { status: 403 }) }))
      expect(await failureOf(new CapabilityResolver(to.options).resolve(BASE))).toMatchObject({
        status: 403,
        pathTemplate: '/.well-known/smart-configuration',
      })
    })

    test('406 names the Accept problem', async () => {
      const to = wire(serving({ metadata: () => new Response(null, { status: 406 }) }))
      expect(await failureOf(new CapabilityResolver(to.options).resolve(BASE))).toMatchObject({
        code: 'ERR_CQ_NOT_ACCEPTABLE',
      })
    })
  })

  describe('a document that hangs', () => {
    test.each([
      ['smart-configuration', { metadata: () => jsonAnswer(metadata), smart: silence }],
      ['CapabilityStatement', { metadata: silence, smart: () => jsonAnswer(smart) }],
    ])('%s holds a good one up for five seconds and no longer', async (name, documents) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const to = wire(serving(documents))
      let settled = false
      const resolving = new CapabilityResolver(to.options).resolve(BASE).finally(() => {
        settled = true
      })
      await vi.advanceTimersByTimeAsync(4_900)
      expect(settled).toBe(false)
      await vi.advanceTimersByTimeAsync(200)
      expect(settled).toBe(true)
      expect((await resolving).trail.join('\n')).toContain(
        'no response 5 s after the other document',
      )
      expect((await resolving).trail.some((line) => line.startsWith(`${name}: `))).toBe(true)
    })

    test('is waited for as long as its attempts last where the other one is no good', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const to = wire(serving({ smart: silence }))
      const failing = failureOf(new CapabilityResolver(to.options).resolve(BASE))
      await vi.advanceTimersByTimeAsync(31_000)
      expect(await failing).toMatchObject({
        code: 'ERR_CQ_TIMEOUT',
        pathTemplate: '/.well-known/smart-configuration',
      })
      expect(to.requests).toHaveLength(4)
    })
  })
})

describe('what is remembered', () => {
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
})

/** Servers that do not give their documents, and callers who do not need them. */
describe('documents that a server withholds', () => {
  const page = (body: string, type: string, status = 200): Response =>
    new Response(body, { status, headers: { 'content-type': type } })
  const at = { baseUrl: base, tokenEndpoint }

  const withheld: readonly (readonly [what: string, answer: () => Response])[] = [
    ['a login (401)', () => new Response(null, { status: 401 })],
    ['a login (403)', () => new Response(null, { status: 403 })],
    ['a login page', () => page('<!doctype html><form>', 'text/html')],
    [
      'a redirect to a login',
      () => new Response(null, { status: 302, headers: { location: 'https://login.example/' } }),
    ],
    ['XML only', () => page('<CapabilityStatement/>', 'application/fhir+xml')],
    ['406', () => new Response(null, { status: 406 })],
    ['404', () => new Response(null, { status: 404 })],
    ['410', () => new Response(null, { status: 410 })],
  ]

  describe('with a token endpoint of the caller', () => {
    test.each(withheld)('documents behind %s are no failure', async (_, answer) => {
      const made = await world({ metadata: answer, smart: answer })
      const responder = await made.client.responder(at)
      expect((await responder.patients.read('1')).id).toBe('1')
      expect(made.of('token')).toHaveLength(1)
      const explained = responder.explain().toString()
      expect(explained).toContain('CapabilityStatement: ')
      expect(explained).toContain('smart-configuration: ')
      expect(explained).toContain('given by the caller')
    })

    test.each(withheld)(
      'one behind %s beside one that fails for now is a failure',
      async (_, answer) => {
        const down = (): Response => new Response(null, { status: 501 })
        const made = await world({ metadata: down, smart: answer })
        expect((await failure(made.client.responder(at))).code).toBe('ERR_CQ_UNEXPECTED_STATUS')
      },
    )
  })

  test.each(withheld)('without one, documents behind %s are a failure', async (_, answer) => {
    const made = await world({ metadata: answer, smart: answer })
    await expect(made.client.responder({ baseUrl: base })).rejects.toThrow()
  })

  describe('a DSTU2 Conformance', () => {
    const conformance =
      (more: object = {}): (() => Response) =>
      () =>
        jsonAnswer({ resourceType: 'Conformance', fhirVersion: '1.0.2', ...more })
    const smart = (): Response =>
      jsonAnswer({ token_endpoint: tokenEndpoint }, { 'content-type': 'application/json' })

    test.each([
      ['alone', {}, { baseUrl: base }],
      ['beside a smart-configuration', { smart }, { baseUrl: base }],
      ['with a token endpoint of the caller', {}, at],
    ])('%s is ERR_CQ_UNSUPPORTED_SERVER with its version', async (_, beside, where) => {
      const made = await world({ metadata: conformance(), ...beside })
      for (const fhirVersion of ['R4', 'STU3'] as const) {
        const error = await failure(made.client.responder(where, { fhirVersion } as object))
        expect(error.code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
        expect(error.message).toContain('FHIR 1.0.2 (DSTU2)')
      }
      const error = await failure(made.client.capabilityResolver.resolve(base))
      expect(error.code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
      expect(made.of('token')).toEqual([])
    })

    test('that says no version is one all the same', async () => {
      const made = await world({ metadata: conformance({ fhirVersion: undefined }), smart })
      expect((await failure(made.client.responder({ baseUrl: base }))).message).toContain('DSTU2')
    })
  })

  test.each([
    [['client_secret_basic', 'Zebulon'], 'lists only client_secret_basic, other'],
    [['private_key_jwt', 'client_secret_basic'], undefined],
    [[], undefined],
    [undefined, undefined],
  ])('explain() warns of ways to authenticate that leave out ours: %j', async (methods, said) => {
    const made = await world(
      {
        metadata: () => jsonAnswer({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }),
        smart: () =>
          jsonAnswer(
            { token_endpoint: tokenEndpoint, token_endpoint_auth_methods_supported: methods },
            { 'content-type': 'application/json' },
          ),
      },
      { mode: 'smart-backend', signer: await signer() },
    )
    const explained = (await made.client.responder({ baseUrl: base })).explain().toString()
    expect(explained.includes('private_key_jwt')).toBe(said !== undefined)
    if (said !== undefined) expect(explained).toContain(said)
    expect(explained).not.toContain('Zebulon')
  })
})
