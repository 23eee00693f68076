import { describe, expect, test } from 'vitest'
import { createKeys, issueCertificate } from '../../../src/testing/pki.ts'
import { DAY } from '../../support/trust-world.ts'
import {
  BASE_URL,
  COMMUNITY,
  jws,
  NOW,
  REGISTER_URL,
  rejection,
  TOKEN_URL,
  udapWorld,
  x5c,
  type Json,
  type MetadataSpec,
  type UdapWorld,
} from '../../support/udap-world.ts'

const WELL_KNOWN = `${BASE_URL}/.well-known/udap`
const serve = (world: UdapWorld, body: unknown, init?: ResponseInit): void => {
  world.routes.set(WELL_KNOWN, () => Response.json(body, init))
}

test('good metadata is verified, and only signed endpoints are given', async () => {
  const world = await udapWorld()
  const metadata = await world.udap().discover(BASE_URL)
  expect(metadata).toMatchObject({
    ...{ baseUrl: BASE_URL, community: COMMUNITY },
    ...{ tokenEndpoint: TOKEN_URL, registrationEndpoint: REGISTER_URL },
    ...{ extensionsRequired: ['hl7-b2b'], certificationsSupported: [] },
    chain: { leaf: { uris: [BASE_URL] } },
    expiresAt: NOW + 3_600_000,
  })
  expect(metadata.certificationsRequired).toBeUndefined()
  expect(metadata.warnings.map(({ reason }) => reason)).toContain('not-rs256')
  expect(metadata.trail.join('\n')).toContain('anchor CN=Test Root')
  const [request] = world.seen
  expect(request?.url).toBe(`${WELL_KNOWN}?community=${encodeURIComponent(COMMUNITY)}`)
  expect(request?.headers.get('authorization')).toBeNull()
})

test('RS256 gives no warning, and signed values come before plain ones', async () => {
  const world = await udapWorld()
  const leaf = await issueCertificate({
    ...{ subject: 'RSA', issuer: world.trusted.intermediate, notBefore: NOW - DAY },
    ...{ uris: [BASE_URL], keys: await createKeys('RSA') },
  })
  const claims = { scopes_supported: ['system/Patient.rs'], own_key: [1] }
  serve(world, await world.metadata({ leaf, header: { alg: 'RS256' }, claims }))
  const metadata = await world.udap().discover(BASE_URL)
  expect(metadata.warnings.filter(({ step }) => step === 'alg')).toEqual([])
  expect(metadata.scopesSupported).toEqual(['system/Patient.rs'])
  expect(metadata.document.own_key).toEqual([1])
})

describe('what is refused names its step', () => {
  const cases: readonly [string, MetadataSpec | ((world: UdapWorld) => Promise<Json>)][] = [
    ['jws missing', { plain: { signed_metadata: undefined } }],
    ['jws not-compact', { plain: { signed_metadata: { signatures: [] } } }],
    ['jws not-compact', { plain: { signed_metadata: 'a.b' } }],
    ['jws not-compact', { plain: { signed_metadata: 'a.b.c.d' } }],
    ['jws not-compact', { plain: { signed_metadata: 'e30.e30.' } }],
    ['jws too-long', { plain: { signed_metadata: 'a'.repeat(200_001) } }],
    ['jws bad-header', { plain: { signed_metadata: 'e3.e30.AAAA' } }],
    ['jws bad-claims', { plain: { signed_metadata: 'e30.W10.AAAA' } }],
    ['alg algorithm-refused', { header: { alg: 'none' } }],
    ['alg algorithm-refused', { header: { alg: 'HS256' } }],
    ['alg algorithm-refused', { header: { alg: 'PS256' } }],
    ['alg algorithm-refused', { header: { alg: undefined } }],
    ['alg critical-header', { header: { crit: ['exp'] } }],
    ['alg foreign-key', { header: { jwk: { kty: 'EC' } } }],
    ['alg foreign-key', { header: { jku: 'https://evil.example/jwks' } }],
    ['x5c missing', { header: { x5c: undefined } }],
    ['x5c missing', { header: { x5c: [] } }],
    ['x5c not-base64', { header: { x5c: ['-_-_'] } }],
    ['x5c too-many-certificates', { header: { x5c: Array<string>(1_000).fill('AAAA') } }],
    ['x5c unusable-key', { header: { alg: 'RS256' } }],
    [
      'x5c bad-signature',
      async (world) => {
        const body = await world.metadata()
        const [header, , signature] = String(body.signed_metadata).split('.')
        const other = await world.metadata({ claims: { jti: 'other' } })
        const [, payload] = String(other.signed_metadata).split('.')
        return { ...body, signed_metadata: [header, payload, signature].join('.') }
      },
    ],
    ['path untrusted', async (world) => world.metadata(await stranger())],
    [
      'validity certificate-expired',
      async (world) => world.metadata(await leafOf(world, { notAfter: NOW - 1 })),
    ],
    ['san issuer-not-named', async (world) => world.metadata(await leafOf(world, { uris: [] }))],
    [
      'san issuer-not-named',
      async (world) =>
        world.metadata(await leafOf(world, { uris: [], dnsNames: ['fhir.example.org'] })),
    ],
    [
      'san issuer-not-named',
      async (world) => world.metadata(await leafOf(world, { uris: [`${BASE_URL}/x`] })),
    ],
    [
      'san issuer-not-named',
      async (world) => world.metadata(await leafOf(world, { uris: [new URL(BASE_URL).origin] })),
    ],
    ['san issuer-not-named', { claims: { iss: 'https://FHIR.example.org/r4' } }],
    ['san issuer-not-named', { claims: { iss: undefined } }],
    [
      'base other-base',
      async (world) => {
        const other = 'https://other.example.org/r4'
        return world.metadata({ base: other, ...(await leafOf(world, { uris: [other] })) })
      },
    ],
    ['claims other-subject', { claims: { sub: 'https://other.example.org' } }],
    ['claims no-jti', { claims: { jti: undefined } }],
    ['times no-times', { claims: { exp: undefined } }],
    ['times no-times', { claims: { iat: '1' } }],
    ['times expired', { claims: { exp: NOW / 1000, iat: NOW / 1000 - 60 } }],
    ['times issued-later', { claims: { iat: NOW / 1000 + 61 } }],
    ['times too-long', { claims: { exp: NOW / 1000 + 367 * 86_400 } }],
    ['endpoints not-signed', { claims: { token_endpoint: undefined } }],
    [
      'endpoints not-signed',
      { plain: { authorization_endpoint: 'https://fhir.example.org/auth' } },
    ],
    ['endpoints differs', { plain: { token_endpoint: 'https://evil.example/token' } }],
    ['endpoints differs', { plain: { registration_endpoint: [REGISTER_URL] } }],
    [
      'endpoints not-https',
      {
        claims: { token_endpoint: 'http://fhir.example.org/token' },
        plain: { token_endpoint: undefined },
      },
    ],
    ...[
      'https://user:pass@fhir.example.org/token',
      'https://fhir.example.org/to\nken',
      'https://fhir.example.org/to ken',
      'https://fhir.example.org/token#here',
      'https://10.0.0.1/token',
    ].flatMap((url) =>
      ['token_endpoint', 'registration_endpoint'].map((name): (typeof cases)[number] => [
        'endpoints url-refused',
        { claims: { [name]: url }, plain: { [name]: url } },
      ]),
    ),
  ]

  const refused = async ([expected, spec]: (typeof cases)[number]): Promise<void> => {
    const world = await udapWorld()
    serve(world, typeof spec === 'function' ? await spec(world) : await world.metadata(spec))
    const error = await rejection(world.udap().discover(BASE_URL))
    expect(error).toMatchObject({ code: 'ERR_CQ_UNTRUSTED', origin: 'https://fhir.example.org' })
    expect(`${String(error.step)} ${String(error.reason)}`).toBe(expected)
    expect(world.events.at(-1)).toMatchObject({ type: 'udap.metadata-refused', step: error.step })
    expect(world.seen).toHaveLength(1)
  }
  const at = (...steps: string[]): typeof cases =>
    cases.filter(([expected]) => steps.includes(expected.split(' ')[0] ?? ''))

  test.each(at('jws', 'alg', 'x5c').map((one) => [one[0], one] as const))(
    'K1: signed metadata is refused at %s (%#)',
    (_expected, one) => refused(one),
  )
  test.each(at('san', 'base', 'claims').map((one) => [one[0], one] as const))(
    'K2: signed metadata is refused at %s (%#)',
    (_expected, one) => refused(one),
  )
  test.each(at('path', 'validity').map((one) => [one[0], one] as const))(
    'K3: signed metadata is refused at %s (%#)',
    (_expected, one) => refused(one),
  )
  test.each(at('times', 'endpoints').map((one) => [one[0], one] as const))(
    'signed metadata is refused at %s (%#)',
    (_expected, one) => refused(one),
  )

  async function leafOf(world: UdapWorld, spec: Json): Promise<MetadataSpec> {
    const { intermediate: issuer } = world.trusted
    const named = { subject: 'Leaf', issuer, notBefore: NOW - 10 * DAY, uris: [BASE_URL], ...spec }
    return { leaf: await issueCertificate(named) }
  }

  async function stranger(): Promise<MetadataSpec> {
    const root = await issueCertificate({ subject: 'Evil', notBefore: NOW - DAY, ca: true })
    const spec = { subject: 'Leaf', issuer: root, notBefore: NOW - DAY, uris: [BASE_URL] }
    const leaf = await issueCertificate(spec)
    return { leaf, chain: [leaf, root] }
  }
})

test('one trailing slash between "iss" and the base URL is a warning', async () => {
  const world = await udapWorld()
  const base = `${BASE_URL}/`
  const leaf = await issueCertificate({
    ...{ subject: 'Leaf', issuer: world.trusted.intermediate, notBefore: NOW - DAY, uris: [base] },
  })
  serve(world, await world.metadata({ base, leaf }))
  const { warnings } = await world.udap().discover(BASE_URL)
  expect(warnings.map(({ reason }) => reason)).toContain('trailing-slash')
})

test.each([404, 410, 204])('%d means that there is no UDAP', async (status) => {
  const world = await udapWorld()
  world.routes.set(WELL_KNOWN, () => new Response(null, { status }))
  const error = await rejection(world.udap().discover(BASE_URL))
  expect(error).toMatchObject({ code: 'ERR_CQ_NO_UDAP', status, retryable: false })
})

test('a web page, a list and a 401 are failures of the response', async () => {
  const world = await udapWorld()
  const failing = async (response: () => Response): Promise<unknown> => {
    world.routes.set(WELL_KNOWN, response)
    return (await rejection(world.udap().discover(BASE_URL))).code
  }
  const page = (): Response => new Response('<html>', { headers: { 'content-type': 'text/html' } })
  expect(await failing(page)).toBe('ERR_CQ_UNEXPECTED_CONTENT')
  expect(await failing(() => Response.json([]))).toBe('ERR_CQ_INVALID_RESPONSE')
  expect(await failing(() => new Response('', { status: 401 }))).toBe('ERR_CQ_UNEXPECTED_STATUS')
})

describe('verified metadata is cached', () => {
  const times: readonly [string, MetadataSpec | undefined, Record<string, string>, number][] = [
    ['for an hour', undefined, {}, 3_600_000],
    ['as long as the HTTP cache says', undefined, { 'cache-control': 'max-age=60' }, 60_000],
    ['until its "exp"', { claims: { exp: NOW / 1000 + 120 } }, {}, 120_000],
  ]
  test.each(times)('%s', async (_title, spec, headers, lifeMs) => {
    const world = await udapWorld()
    serve(world, await world.metadata(spec), { headers })
    const udap = world.udap()
    const first = await udap.discover(BASE_URL)
    world.now += lifeMs - 1
    expect(await udap.discover(BASE_URL)).toBe(first)
    expect(world.seen).toHaveLength(1)
    world.now += 1
    await udap.discover(BASE_URL).catch(() => undefined)
    expect(world.seen).toHaveLength(2)
  })

  test('for many callers by one request, and failures never', async () => {
    const world = await udapWorld()
    const udap = world.udap()
    const all = await Promise.all(Array.from({ length: 50 }, () => udap.discover(BASE_URL)))
    expect(new Set(all).size).toBe(1)
    expect(world.seen).toHaveLength(1)
    serve(world, {}, {})
    const other = world.udap()
    await rejection(other.discover(BASE_URL))
    await rejection(other.discover(BASE_URL))
    expect(world.seen).toHaveLength(3)
  })
})

test('of 5,000 flipped bytes of a signature none is accepted, and each is our error', async () => {
  const world = await udapWorld()
  const body = await world.metadata()
  const good = String(body.signed_metadata)
  let random = 12_345
  const next = (below: number): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
    return random % below
  }
  const outcomes = new Map<string, number>()
  const udap = world.udap({ onEvent: () => undefined })
  for (let run = 0; run < 5_000; run += 1) {
    const at = next(good.length)
    const flipped = String.fromCharCode(good.charCodeAt(at) ^ (1 << next(7)))
    const bad = good.slice(0, at) + flipped + good.slice(at + 1)
    world.seen.length = 0
    serve(world, { ...body, signed_metadata: bad })
    const outcome = await udap.discover(BASE_URL).then(
      () => 'accepted',
      (error: unknown) => String((error as Json).code),
    )
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect([...outcomes]).toEqual([['ERR_CQ_UNTRUSTED', 5_000]])
})

test('64 verifications at once over 8 communities do not mix', async () => {
  const worlds = await Promise.all(Array.from({ length: 8 }, () => udapWorld()))
  const { trustStore } = await import('../../../src/udap/index.ts')
  const communities = worlds.map(({ trusted }, index) => ({
    community: `urn:oid:2.999.${index}`,
    anchors: [trusted.root.der],
    revocation: { crl: false, ocsp: false, onUnknown: 'warn' as const },
  }))
  const trust = trustStore(communities, { now: () => NOW })
  const outcomes = await Promise.all(
    worlds.flatMap((world) =>
      communities.map(async ({ community }) => {
        const udap = world.udap({ trust, community })
        return udap.discover(BASE_URL).then(
          ({ chain }) => chain.community,
          (error: unknown) => String((error as Json).step),
        )
      }),
    ),
  )
  const expected = worlds.flatMap((_, world) =>
    communities.map(({ community }, index) => (index === world ? community : 'path')),
  )
  expect(outcomes).toEqual(expected)
})

test('a signature by another key than that of the first certificate is refused', async () => {
  const world = await udapWorld()
  const chain = x5c(world.serverLeaf, world.trusted.intermediate)
  const claims = { iss: BASE_URL, sub: BASE_URL }
  const signed = await jws({ alg: 'ES256', x5c: chain }, claims, world.clientLeaf)
  serve(world, await world.metadata({ plain: { signed_metadata: signed } }))
  expect(await rejection(world.udap().discover(BASE_URL))).toMatchObject({
    ...{ step: 'x5c', reason: 'bad-signature', position: 0 },
  })
})
