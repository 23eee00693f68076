import { describe, expect, test } from 'vitest'
import { createKeys, issueCertificate } from '../../../src/testing/pki.ts'
import { DAY, WITHOUT_REVOCATION } from '../../support/trust-world.ts'
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
  CLIENT_URI,
  claimsIn,
  headerIn,
  registered,
  joined,
} from '../../support/udap-world.ts'
import { RegistrationError } from '../../../src/errors.ts'
import {
  memoryRegistrations,
  tefcaBasicApp,
  type Registration,
  type RegistrationStore,
  trustStore,
} from '../../../src/udap/index.ts'
import { cryptoKeySigner } from '../../../src/signers/index.ts'
import { type Signer, CarequalityClient } from '../../../src/index.ts'
import { MemoryGuardBoard, type GuardBoard } from '../../../src/auth/guard-board.ts'
import { memoryLimits } from '../../../src/discover/memory-limits.ts'

describe('discovery', () => {
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
      const named = {
        subject: 'Leaf',
        issuer,
        notBefore: NOW - 10 * DAY,
        uris: [BASE_URL],
        ...spec,
      }
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
      ...{
        subject: 'Leaf',
        issuer: world.trusted.intermediate,
        notBefore: NOW - DAY,
        uris: [base],
      },
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
    const page = (): Response =>
      new Response('<html>', { headers: { 'content-type': 'text/html' } })
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
})

describe('registration', () => {
  interface Body {
    readonly software_statement: string
    readonly certifications?: readonly string[]
    readonly udap: unknown
  }
  const bodies = (world: UdapWorld): Body[] =>
    world.of(REGISTER_URL).map(({ body }) => JSON.parse(body) as Body)
  const register = async (
    world: UdapWorld,
    options: Parameters<UdapWorld['udap']>[0] = {},
  ): Promise<Json> => {
    const udap = world.udap(options)
    return { ...(await udap.register(await udap.discover(BASE_URL))) }
  }
  const withLists = (world: UdapWorld, plain: Json): void => {
    world.routes.set(`${BASE_URL}/.well-known/udap`, async () =>
      Response.json(await world.metadata({ plain })),
    )
  }

  test('a software statement holds what SSRAA 3.1 wants, and nothing of other grants', async () => {
    const world = await udapWorld()
    expect(await register(world)).toMatchObject({
      ...{ clientId: 'cid-1', scope: 'system/Patient.rs', grantTypes: ['client_credentials'] },
      at: NOW,
    })
    const [request] = world.of(REGISTER_URL)
    expect(request?.method).toBe('POST')
    expect(request?.headers.get('content-type')).toBe('application/json')
    const [body] = bodies(world)
    expect(body?.udap).toBe('1')
    expect(body).not.toHaveProperty('certifications')
    const statement = body?.software_statement ?? ''
    const claims = claimsIn(statement)
    expect(headerIn(statement)).toEqual({
      ...{ alg: 'ES256', typ: 'JWT' },
      x5c: x5c(world.clientLeaf, world.trusted.intermediate),
    })
    expect(claims).toEqual({
      ...{ iss: CLIENT_URI, sub: CLIENT_URI, aud: REGISTER_URL, jti: claims.jti },
      ...{ iat: NOW / 1000 - 5, exp: NOW / 1000 + 235 },
      ...{ client_name: 'Test client', contacts: ['mailto:ops@example.org'] },
      ...{ grant_types: ['client_credentials'], token_endpoint_auth_method: 'private_key_jwt' },
      scope: 'system/Patient.rs',
    })
  })

  test('the 2019 server gets the number 1', async () => {
    const world = await udapWorld()
    await register(world, { udapValue: 1 })
    expect(bodies(world)[0]?.udap).toBe(1)
  })

  test('a client URI that the certificate does not name is found before anything is sent', async () => {
    const world = await udapWorld()
    const error = await rejection(register(world, { clientUri: `${CLIENT_URI}/` }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('"clientUri"')
    expect(world.of(REGISTER_URL)).toEqual([])
  })

  test.each([
    [{ contacts: ['https://example.org'] }, '"contacts"'],
    [{ contacts: [] }, '"contacts"'],
    [{ clientUri: 'client' }, '"clientUri"'],
    [{ clientName: '' }, '"clientName"'],
    [{ scope: ' x' }, '"scope"'],
    [{ community: 'urn:other' }, '"community"'],
    [{ trust: {} as never }, '"trust"'],
    [{ registrations: {} as never }, '"registrations.get"'],
    [{ certifications: [{ uris: [] }] }, '"certifications[0].uris"'],
    [{ udapValue: 2 as never }, '"udapValue"'],
    [{ profile: 'other' as never }, '"profile"'],
    [{ organization: { organizationId: 'x' } }, '"organization.organization_id"'],
  ])('a wrong option is a TypeError: %j', async (options, text) => {
    const world = await udapWorld()
    expect(() => world.udap(options)).toThrow(text)
  })

  describe('certifications', () => {
    const BASIC = 'https://rce.sequoiaproject.org/udap/profiles/basic-app-certification'
    const certification = tefcaBasicApp({ purpose: 'T-TREAT', homeCommunityId: 'urn:oid:2.999' })

    test('go along where the server lists them, signed by the client', async () => {
      const world = await udapWorld()
      withLists(world, { udap_certifications_required: [BASIC] })
      await register(world, { certifications: [certification] })
      const [jwt = ''] = bodies(world)[0]?.certifications ?? []
      expect(headerIn(jwt).x5c).toEqual(x5c(world.clientLeaf, world.trusted.intermediate))
      expect(claimsIn(jwt)).toMatchObject({
        ...{
          iss: CLIENT_URI,
          sub: CLIENT_URI,
          certification_name: 'TEFCA Basic App Certification',
        },
        ...{ certification_uris: [BASIC], exchange_purposes: ['T-TREAT'] },
        ...{ home_community_id: 'urn:oid:2.999', grant_types: ['client_credentials'] },
      })
      expect(Number(claimsIn(jwt).exp)).toBeLessThanOrEqual((NOW + 366 * DAY) / 1000)
    })

    test('of others go along as they are', async () => {
      const world = await udapWorld()
      withLists(world, { udap_certifications_supported: ['urn:c'] })
      await register(world, { certifications: [{ uris: ['urn:c'], jwt: 'a.b.c' }] })
      expect(bodies(world)[0]?.certifications).toEqual(['a.b.c'])
    })

    test('that the server requires and the client lacks stop it before the network', async () => {
      const world = await udapWorld()
      withLists(world, { udap_certifications_required: ['urn:c'] })
      expect(await rejection(register(world, { certifications: [certification] }))).toBeInstanceOf(
        TypeError,
      )
      expect(world.of(REGISTER_URL)).toEqual([])
    })
  })

  test.each([
    [{ udap_versions_supported: ['2'] }],
    [{ udap_profiles_supported: ['udap_authn'] }],
    [{ grant_types_supported: [] }],
  ])('a server that lists no such registration is not asked: %j', async (lists) => {
    const world = await udapWorld()
    withLists(world, lists)
    expect(await rejection(register(world))).toMatchObject({ code: 'ERR_CQ_UNSUPPORTED_SERVER' })
    expect(world.of(REGISTER_URL)).toEqual([])
  })

  test('what was granted is read back, compared and reported', async () => {
    const world = await udapWorld()
    world.routes.set(REGISTER_URL, ({ body }) =>
      registered(body, 'cid-1', { scope: 'system/Patient.read', grant_types: [] }),
    )
    expect(await register(world)).toMatchObject({ scope: 'system/Patient.read', grantTypes: [] })
    expect(world.events).toContainEqual(
      expect.objectContaining({
        ...{ type: 'udap.registration-differs', grants: false },
        ...{ asked: 'system/Patient.rs', granted: 'system/Patient.read' },
      }),
    )
  })

  describe('refusals', () => {
    const refuse = (world: UdapWorld, error: unknown, status = 400): void => {
      const body = { error, error_description: 'S3CRET' }
      world.routes.set(REGISTER_URL, () => Response.json(body, { status }))
    }

    test('an unapproved statement is not sent again with the same certificate', async () => {
      const world = await udapWorld()
      refuse(world, 'unapproved_software_statement')
      const udap = world.udap()
      const metadata = await udap.discover(BASE_URL)
      const first = await rejection(udap.register(metadata))
      expect(first).toBeInstanceOf(RegistrationError)
      expect(first).toMatchObject({
        ...{ code: 'ERR_CQ_REGISTRATION_REJECTED', error: 'unapproved_software_statement' },
        ...{ errorDescription: 'S3CRET', retryable: false },
      })
      expect(JSON.stringify(first)).not.toContain('S3CRET')
      world.now += 30 * DAY
      await rejection(udap.register(metadata))
      expect(world.of(REGISTER_URL)).toHaveLength(1)
    })

    test('others are sent again when asked again, and their words are not shown', async () => {
      const world = await udapWorld()
      refuse(world, 'S3CRET-made-up')
      const udap = world.udap()
      const metadata = await udap.discover(BASE_URL)
      expect(await rejection(udap.register(metadata))).toMatchObject({ error: 'other' })
      refuse(world, 'invalid_client_metadata')
      expect(await rejection(udap.register(metadata))).toMatchObject({
        error: 'invalid_client_metadata',
      })
      world.routes.set(REGISTER_URL, ({ body }) => registered(body, 'cid-9'))
      expect(await udap.register(metadata)).toMatchObject({ clientId: 'cid-9' })
    })

    test.each([
      [() => new Response('<html>', { status: 200 }), 'ERR_CQ_INVALID_REGISTRATION_RESPONSE'],
      [() => Response.json({ client_id: '' }), 'ERR_CQ_INVALID_REGISTRATION_RESPONSE'],
      [() => Response.json({ client_id: 'a\nb' }), 'ERR_CQ_INVALID_REGISTRATION_RESPONSE'],
      [() => Response.json({ client_id: 7 }), 'ERR_CQ_INVALID_REGISTRATION_RESPONSE'],
      [() => new Response(null, { status: 503 }), 'ERR_CQ_UNEXPECTED_STATUS'],
      [() => new Response(null, { status: 403 }), 'ERR_CQ_REGISTRATION_REJECTED'],
    ])('a response that is none is an error (%#)', async (response, code) => {
      const world = await udapWorld()
      world.routes.set(REGISTER_URL, response)
      expect(await rejection(register(world))).toMatchObject({ code })
      expect(world.of(REGISTER_URL)).toHaveLength(1)
    })
  })

  test('after a network failure it is sent once more, signed anew', async () => {
    const world = await udapWorld()
    let failures = 1
    world.routes.set(REGISTER_URL, ({ body }) => {
      failures -= 1
      if (failures >= 0) throw new TypeError('fetch failed')
      return registered(body, 'cid-1')
    })
    await register(world)
    const [first, second] = bodies(world).map(({ software_statement: jwt }) => claimsIn(jwt))
    expect(second).toEqual({ ...first, jti: second?.jti })
    expect(second?.jti).not.toBe(first?.jti)
    failures = 5
    expect(await rejection(register(world))).toMatchObject({ code: 'ERR_CQ_NETWORK' })
    expect(world.of(REGISTER_URL)).toHaveLength(4)
    const retried = world.events.filter((event) => event.type === 'udap.registration-retry')
    expect(retried.map(({ why }) => why)).toEqual(['ERR_CQ_NETWORK', 'ERR_CQ_NETWORK'])
  })

  test('a change replaces the registration, and a cancellation must be confirmed', async () => {
    const world = await udapWorld()
    const registrations = memoryRegistrations({ now: () => world.now })
    const udap = world.udap({ registrations })
    const metadata = await udap.discover(BASE_URL)
    await udap.register(metadata)
    world.routes.set(REGISTER_URL, ({ body }) => registered(body, 'cid-2'))
    const changed = await udap.update(metadata, { scope: 'system/Patient.read' })
    expect(changed).toMatchObject({ clientId: 'cid-2', scope: 'system/Patient.read' })
    expect(await udap.register(metadata)).toEqual(changed)
    world.routes.set(REGISTER_URL, ({ body }) =>
      registered(body, 'cid-2', { grant_types: ['client_credentials'] }),
    )
    expect(await rejection(udap.cancel(metadata))).toMatchObject({
      code: 'ERR_CQ_INVALID_REGISTRATION_RESPONSE',
    })
    expect(await udap.register(metadata)).toEqual(changed)
    world.routes.set(REGISTER_URL, ({ body }) => registered(body, 'cid-2'))
    await udap.cancel(metadata)
    const statement = bodies(world).at(-1)?.software_statement ?? ''
    expect(claimsIn(statement).grant_types).toEqual([])
    await udap.register(metadata)
    expect(world.of(REGISTER_URL)).toHaveLength(5)
    expect(world.events.map(({ type }) => type)).toEqual([
      ...['udap.metadata-verified', 'udap.registered', 'udap.registered'],
      ...['udap.registration-cancelled', 'udap.registered'],
    ])
  })

  test('nothing is registered at metadata that was not verified here', async () => {
    const world = await udapWorld()
    const udap = world.udap()
    const copy = { ...(await udap.discover(BASE_URL)) }
    expect(await rejection(udap.register(copy))).toBeInstanceOf(TypeError)
  })

  describe('one registration', () => {
    test('for a hundred callers of two clients over one store', async () => {
      const world = await udapWorld()
      const registrations = memoryRegistrations({ now: () => world.now })
      const clients = [world.udap({ registrations }), world.udap({ registrations })]
      const all = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const udap = clients[index % 2] ?? world.udap()
          return udap.register(await udap.discover(BASE_URL))
        }),
      )
      expect(new Set(all.map(({ clientId }) => clientId)).size).toBe(1)
      expect(world.of(REGISTER_URL)).toHaveLength(1)
    })

    test('for each of 3 registration endpoints of 256 responders', async () => {
      const world = await udapWorld()
      const udap = world.udap()
      const bases = await Promise.all(
        Array.from({ length: 256 }, async (_, index) => {
          const base = `https://fhir.example.org/r4/${index}`
          const registration_endpoint = `${REGISTER_URL}-${index % 3}`
          world.routes.set(registration_endpoint, ({ body }) =>
            registered(body, `cid-${index % 3}`),
          )
          const leaf = await issueCertificate({
            ...{ subject: 'Leaf', issuer: world.trusted.intermediate },
            ...{ notBefore: NOW - DAY, uris: [base] },
          })
          const spec = { base, leaf, claims: { registration_endpoint } }
          const body = await world.metadata({ ...spec, plain: { registration_endpoint } })
          world.routes.set(`${base}/.well-known/udap`, () => Response.json(body))
          return base
        }),
      )
      const ids = await Promise.all(
        bases.map(async (base) => (await udap.register(await udap.discover(base))).clientId),
      )
      expect(ids).toEqual(bases.map((_, index) => `cid-${index % 3}`))
      expect(world.seen.filter(({ method }) => method === 'POST')).toHaveLength(3)
    })

    test('is kept when the certificate is renewed under the same URI', async () => {
      const world = await udapWorld()
      const registrations = memoryRegistrations({ now: () => world.now })
      await register(world, { registrations })
      const leaf = await issueCertificate({
        ...{ subject: 'Client', issuer: world.trusted.intermediate, notBefore: NOW - DAY },
        uris: [CLIENT_URI],
      })
      const signer = await cryptoKeySigner({
        ...{ key: leaf.keys.privateKey, certificates: [leaf.der, world.trusted.intermediate.der] },
      })
      await register(world, { registrations, signer })
      expect(world.of(REGISTER_URL)).toHaveLength(1)
    })
  })

  describe('a store that fails', () => {
    const good = { get: () => undefined, set: () => undefined, delete: () => undefined }
    const lease = () => () => undefined
    test.each([
      [{ ...good, lease, get: () => Promise.reject(new Error('S3CRET')) }],
      [{ ...good, lease, get: () => ({ clientId: 7 }) as never }],
      [
        {
          ...good,
          lease: () => {
            throw new Error('S3CRET')
          },
        },
      ],
    ])('registers nothing (%#)', async (registrations) => {
      const world = await udapWorld()
      const error = await rejection(register(world, { registrations }))
      expect(error).toMatchObject({ code: 'ERR_CQ_REGISTRATION_STORE_FAILED', retryable: true })
      expect(String(error)).not.toContain('S3CRET')
      expect(world.of(REGISTER_URL)).toEqual([])
    })

    test('and a lease that cannot be given back fails nothing', async () => {
      const world = await udapWorld()
      const registrations = { ...good, lease: () => () => Promise.reject(new Error('x')) }
      expect(await register(world, { registrations })).toMatchObject({ clientId: 'cid-1' })
    })

    test('a lease that another one has is waited for as long as the call may', async () => {
      const world = await udapWorld()
      const udap = world.udap({ registrations: { ...good, lease: () => undefined } })
      const metadata = await udap.discover(BASE_URL)
      expect(await rejection(udap.register(metadata, { timeoutMs: 250 }))).toMatchObject({
        code: 'ERR_CQ_TIMEOUT',
      })
      expect(world.of(REGISTER_URL)).toEqual([])
    })
  })
})

/** Registrations that a server has lost, refused, or is asked about for too long. */
describe('renewed certificates', () => {
  const MINUTE = 60_000

  interface Forgetful extends UdapWorld {
    /** Client ids that the server knows. */
    readonly clients: string[]
    readonly registrations: RegistrationStore
    readonly read: () => Promise<string>
  }

  /** A server that can forget its clients, and a store that processes share. */
  async function forgetful(): Promise<Forgetful> {
    const world = await udapWorld()
    const clients: string[] = []
    world.routes.set(REGISTER_URL, ({ body }) => {
      const clientId = `cid-${world.of(REGISTER_URL).length}`
      clients.push(clientId)
      return registered(body, clientId)
    })
    world.routes.set(TOKEN_URL, ({ body }) => {
      const jwt = new URLSearchParams(body).get('client_assertion') ?? ''
      return clients.includes(String(claimsIn(jwt).sub))
        ? Response.json({ access_token: 'T0KEN', token_type: 'Bearer', expires_in: 60 })
        : Response.json({ error: 'invalid_client' }, { status: 400 })
    })
    const registrations = memoryRegistrations({ now: () => world.now })
    const process = reader(world, registrations)
    return Object.assign(world, { clients, registrations, read: process })
  }

  /** Reads a Patient as one process does: its outcome, or the OAuth error. */
  function reader(world: UdapWorld, registrations: RegistrationStore): () => Promise<string> {
    const client = joined(world, { udap: world.udap({ registrations }) })
    return async () => {
      try {
        const { patients } = await client.responder({ baseUrl: BASE_URL })
        await patients.read('1')
        return 'read'
      } catch (error) {
        return String((error as { error?: unknown }).error ?? error)
      }
    }
  }

  describe('a registration that the server has lost', () => {
    test('is renewed at once the first time, however new it is, and then once an hour in all processes', async () => {
      const world = await forgetful()
      expect(await world.read()).toBe('read')
      world.now += 10 * MINUTE
      world.clients.length = 0
      expect(await world.read()).toBe('read')
      expect(world.of(REGISTER_URL)).toHaveLength(2)
      world.now += 10 * MINUTE
      world.clients.length = 0
      expect(await world.read()).toBe('invalid_client')
      expect(await reader(world, world.registrations)()).toBe('invalid_client')
      expect(world.of(REGISTER_URL)).toHaveLength(2)
      world.now += 50 * MINUTE
      expect(await world.read()).toBe('read')
      expect(world.of(REGISTER_URL)).toHaveLength(3)
    })

    test('is not renewed again within the hour after the server rejected the renewal', async () => {
      const world = await forgetful()
      await world.read()
      world.clients.length = 0
      world.now += 2 * MINUTE
      world.routes.set(REGISTER_URL, () =>
        Response.json({ error: 'access_denied' }, { status: 400 }),
      )
      expect(await world.read()).toBe('access_denied')
      world.now += 2 * MINUTE
      expect(await world.read()).toBe('invalid_client')
      expect(await reader(world, world.registrations)()).toBe('invalid_client')
      expect(world.of(REGISTER_URL)).toHaveLength(2)
    })

    test.each([
      ['of an older version, without a time of renewal', {}],
      ['that a clock in the future wrote', { at: 4e12 }],
      ['that a clock in the future renewed', { renewedAt: 4e12 }],
    ])('%s, is renewed at once', async (_title, change) => {
      const world = await forgetful()
      const { registrations } = world
      let stored: Registration | undefined
      const old: RegistrationStore = {
        ...registrations,
        get: (key, options) => {
          if (key.includes('unapproved')) return undefined
          const at = world.now - MINUTE
          stored ??= {
            clientId: 'old',
            scope: 's',
            grantTypes: [],
            leafThumbprint: 't',
            at,
            ...change,
          }
          return registrations.get(key, options) ?? stored
        },
      }
      expect(await reader(world, old)()).toBe('read')
      expect(world.of(REGISTER_URL)).toHaveLength(1)
    })
  })

  test('an unapproved statement is sent by no other process and after no restart', async () => {
    const world = await forgetful()
    world.routes.set(REGISTER_URL, () =>
      Response.json({ error: 'unapproved_software_statement' }, { status: 400 }),
    )
    for (let processes = 0; processes < 4; processes += 1) {
      const udap = world.udap({ registrations: world.registrations })
      expect(await rejection(udap.register(await udap.discover(BASE_URL)))).toMatchObject({
        ...{ code: 'ERR_CQ_REGISTRATION_REJECTED', error: 'unapproved_software_statement' },
        retryable: false,
      })
    }
    expect(world.of(REGISTER_URL)).toHaveLength(1)
  })

  test('a signer that is slow is waited for before the lease is taken', async () => {
    const world = await forgetful()
    const order: string[] = []
    const slow = (): Promise<Signer> => {
      order.push('signer')
      return Promise.resolve(world.signer)
    }
    const registrations: RegistrationStore = {
      ...world.registrations,
      lease: (key, options) => {
        order.push('lease')
        return world.registrations.lease(key, options)
      },
    }
    const udap = world.udap({ signer: slow, registrations })
    const metadata = await udap.discover(BASE_URL)
    await udap.register(metadata)
    await udap.update(metadata, { clientName: 'Other' })
    world.routes.set(REGISTER_URL, ({ body }) => registered(body, 'cid-1', { grant_types: [] }))
    await udap.cancel(metadata)
    expect(order).toEqual(['signer', 'lease', 'signer', 'lease', 'signer', 'lease'])
  })

  describe('metadata past its time', () => {
    test.each(['register', 'update', 'cancel'] as const)(
      'is verified anew before %s signs anything for it',
      async (what) => {
        const world = await forgetful()
        const udap = world.udap({ registrations: world.registrations })
        const metadata = await udap.discover(BASE_URL)
        world.now = metadata.expiresAt
        const body = await world.metadata({ claims: { exp: world.now / 1000 } })
        world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
        const call = {
          register: () => udap.register(metadata),
          update: () => udap.update(metadata, {}),
          cancel: () => udap.cancel(metadata),
        }[what]
        expect(await rejection(call())).toMatchObject({ code: 'ERR_CQ_UNTRUSTED', step: 'times' })
        expect(world.of(REGISTER_URL)).toEqual([])
      },
    )

    test('leads to where the server registers now', async () => {
      const world = await forgetful()
      const udap = world.udap({ registrations: world.registrations })
      const metadata = await udap.discover(BASE_URL)
      world.now = metadata.expiresAt
      const registration_endpoint = 'https://fhir.example.org/register-here'
      const endpoints = { registration_endpoint }
      const body = await world.metadata({ claims: endpoints, plain: endpoints })
      world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
      world.routes.set(registration_endpoint, (request) => registered(request.body, 'cid-9'))
      expect(await udap.register(metadata)).toMatchObject({ clientId: 'cid-9' })
      expect(world.of(REGISTER_URL)).toEqual([])
    })
  })
})

/** Several identities of one client, and what else of its options holds in mode udap. */
describe('identities by purpose', () => {
  const OTHER = 'urn:oid:2.999.77'

  /** Two communities; the server takes part in the second one alone. */
  async function twoCommunities(): Promise<{ world: UdapWorld; client: CarequalityClient }> {
    const world = await udapWorld()
    const trust = trustStore(
      [OTHER, COMMUNITY].map((community) => ({
        ...{ community, anchors: [world.trusted.root.der], revocation: WITHOUT_REVOCATION },
      })),
      { now: () => world.now },
    )
    const published = world.routes.get(`${BASE_URL}/.well-known/udap`)
    world.routes.set(`${BASE_URL}/.well-known/udap`, (request) =>
      request.url.includes(encodeURIComponent(OTHER)) || published === undefined
        ? new Response(null, { status: 204 })
        : published(request),
    )
    const identities = {
      HPAYMT: world.udap({ trust, community: OTHER }),
      TREAT: world.udap({ trust, community: COMMUNITY }),
    }
    const client = new CarequalityClient({
      ...{ mode: 'udap', identities, fetch: world.fetch, now: () => world.now },
    })
    return { world, client }
  }

  const communities = (world: UdapWorld): (string | null)[] =>
    world
      .of(`${BASE_URL}/.well-known/udap`)
      .map(({ url }) => new URL(url).searchParams.get('community'))

  describe('identities of two communities', () => {
    test('a server is discovered in the community of the identity that the purpose chooses', async () => {
      const { world, client } = await twoCommunities()
      const responder = await client.as({ purposeOfUse: 'TREAT' }).responder({ baseUrl: BASE_URL })
      expect(responder.capabilities.udap?.community).toBe(COMMUNITY)
      await responder.patients.read('1')
      expect(communities(world)).toEqual([COMMUNITY])
    })

    test('without a purpose it is discovered for the first one', async () => {
      const { world, client } = await twoCommunities()
      expect(await rejection(client.responder({ baseUrl: BASE_URL }))).toMatchObject({
        code: 'ERR_CQ_NO_UDAP',
      })
      expect(communities(world)).toEqual([OTHER])
    })

    test('what was verified for one identity is not shown as verified for the other', async () => {
      const { world, client } = await twoCommunities()
      const treat = await client.as({ purposeOfUse: 'TREAT' }).responder({ baseUrl: BASE_URL })
      const other = treat.as({ purposeOfUse: 'HPAYMT' })
      expect(other.capabilities.udap).toBeUndefined()
      expect(await rejection(other.patients.read('1'))).toMatchObject({ code: 'ERR_CQ_NO_UDAP' })
      expect(world.of(REGISTER_URL)).toEqual([])
    })

    test('a purpose that no identity has is a TypeError before anything is sent', async () => {
      const { world, client } = await twoCommunities()
      const nobody = client.as({ purposeOfUse: 'HRESCH' })
      expect(await rejection(nobody.responder({ baseUrl: BASE_URL }))).toMatchObject({
        ...{ name: 'TypeError', message: '"identities" has none for this "purposeOfUse"' },
      })
      expect(world.of(`${BASE_URL}/.well-known/udap`)).toEqual([])
    })
  })

  describe('options of a client in mode udap', () => {
    test('the token guard of the limits counts its token requests', async () => {
      const world = await udapWorld()
      const states: string[] = []
      const board = new MemoryGuardBoard(() => world.now)
      const tokenGuard: GuardBoard = {
        update: (key, change) => {
          states.push(key)
          return board.update(key, change)
        },
      }
      const client = joined(world, { limits: { ...memoryLimits(() => world.now), tokenGuard } })
      const { patients } = await client.responder({ baseUrl: BASE_URL })
      await patients.read('1')
      expect(states.length).toBeGreaterThan(0)
    })

    test('"assertion" shapes the assertions of token requests, and no software statement', async () => {
      const world = await udapWorld()
      const assertion = { lifetimeMs: 60_000, headers: { typ: 'client-authentication+jwt' } }
      const { patients } = await joined(world, { assertion }).responder({ baseUrl: BASE_URL })
      await patients.read('1')
      const form = new URLSearchParams(world.of(TOKEN_URL)[0]?.body)
      const jwt = form.get('client_assertion') ?? ''
      const life = ({ exp, iat }: Json): number => Number(exp) - Number(iat)
      expect(headerIn(jwt).typ).toBe('client-authentication+jwt')
      expect(life(claimsIn(jwt))).toBe(60)
      const { software_statement: statement } = JSON.parse(
        world.of(REGISTER_URL)[0]?.body ?? '',
      ) as {
        software_statement: string
      }
      expect(headerIn(statement).typ).toBe('JWT')
      expect(life(claimsIn(statement))).toBe(240)
    })

    test.each([
      ['scopeFallback', { scopeFallback: true }],
      ['assertion.x5c', { assertion: { x5c: false } }],
    ])('"%s", which mode udap does not take, is a TypeError', async (name, options) => {
      const world = await udapWorld()
      expect(() => joined(world, options)).toThrow(`"${name}" must be left out in mode udap`)
    })
  })
})
