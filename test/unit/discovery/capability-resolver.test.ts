import { afterEach, describe, expect, test, vi } from 'vitest'
import { CapabilityResolver } from '../../../src/discovery/capability-resolver.ts'
import { DiscoveryError } from '../../../src/errors.ts'
import { failureOf, jsonAnswer, silence, wire } from '../../support/answering-fetch.ts'
import {
  capability,
  capabilityWithToken,
  OAUTH_URIS,
  publishing,
  serving,
  uriGroup,
} from '../../support/capability-documents.ts'

const BASE = 'https://fhir.example.org/r4'
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
    const misspelt = uriGroup('http://DSTU2/fhir-registry.example/StructureDefinition/oauth-uris', {
      token: 'https://fhir.example.org/misspelt',
    })
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
    expect((await resolving).trail.join('\n')).toContain('no response 5 s after the other document')
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
