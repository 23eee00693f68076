import { describe, expect, test } from 'vitest'
import { RegistrationError } from '../../../src/errors.ts'
import { memoryRegistrations, tefcaBasicApp } from '../../../src/udap/index.ts'
import { issueCertificate } from '../../../src/testing/pki.ts'
import { cryptoKeySigner } from '../../../src/signers/index.ts'
import {
  BASE_URL,
  CLIENT_URI,
  claimsIn,
  DAY,
  headerIn,
  NOW,
  REGISTER_URL,
  registered,
  rejection,
  udapWorld,
  type Json,
  type UdapWorld,
} from '../../support/udap-world.ts'
import { x5c } from '../../support/trust-world.ts'

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
      ...{ iss: CLIENT_URI, sub: CLIENT_URI, certification_name: 'TEFCA Basic App Certification' },
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
        world.routes.set(registration_endpoint, ({ body }) => registered(body, `cid-${index % 3}`))
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
