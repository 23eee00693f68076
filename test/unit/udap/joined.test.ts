import { describe, expect, test } from 'vitest'
import { CapabilityResolver, CarequalityClient } from '../../../src/index.ts'
import { TokenError } from '../../../src/errors.ts'
import { hl7B2b, tefcaIas } from '../../../src/udap/index.ts'
import {
  BASE_URL,
  CLIENT_URI,
  claimsIn,
  headerIn,
  joined,
  REGISTER_URL,
  registered,
  rejection,
  TOKEN_URL,
  udapWorld,
  type Json,
  type UdapWorld,
} from '../../support/udap-world.ts'
import { x5c } from '../../support/trust-world.ts'

const TREAT = 'urn:oid:2.16.840.1.113883.5.8#TREAT'
const patientOf = async (client: CarequalityClient, id = '1'): Promise<unknown> => {
  const { patients } = await client.responder({ baseUrl: BASE_URL })
  return patients.read(id)
}
const assertions = (world: UdapWorld): Json[] =>
  world.of(TOKEN_URL).map(({ body }) => {
    const jwt = new URLSearchParams(body).get('client_assertion') ?? ''
    return { ...claimsIn(jwt), header: headerIn(jwt) }
  })

test('from a base URL to a Patient on a server that never heard of us', async () => {
  const world = await udapWorld()
  const client = joined(world)
  const responder = await client.responder({ baseUrl: BASE_URL })
  expect(world.of(REGISTER_URL)).toEqual([])
  expect(responder.capabilities).toMatchObject({
    tokenEndpoint: TOKEN_URL,
    udap: { registrationEndpoint: REGISTER_URL },
  })
  expect(responder.explain().toString()).toContain(
    'anchor CN=Test Root, intermediate CN=Test Intermediate, leaf CN=Server until 2027',
  )
  await responder.patients.read('1')
  await responder.patients.read('1')
  expect(world.of(REGISTER_URL)).toHaveLength(1)
  const [form] = world.of(TOKEN_URL).map(({ body }) => new URLSearchParams(body))
  expect(world.of(TOKEN_URL)).toHaveLength(1)
  expect(form?.get('udap')).toBe('1')
  expect(form?.get('grant_type')).toBe('client_credentials')
  expect(form?.get('scope')).toBe('system/Patient.rs')
  const [assertion] = assertions(world)
  expect(assertion).toMatchObject({
    ...{ iss: 'cid-1', sub: 'cid-1', aud: TOKEN_URL },
    header: { alg: 'ES256', x5c: x5c(world.clientLeaf, world.trusted.intermediate) },
    extensions: {
      'hl7-b2b': {
        ...{ version: '1', organization_id: 'urn:oid:2.999.1', purpose_of_use: [TREAT] },
        organization_name: 'Example Hospital',
      },
    },
  })
  expect(Number(assertion?.exp) - Number(assertion?.iat)).toBeLessThanOrEqual(300)
  const [last] = world.of(`${BASE_URL}/Patient/1`).slice(-1)
  expect(last?.headers.get('authorization')).toBe('Bearer T0KEN')
})

describe('no other mode takes the place of udap: no assertion leaves', () => {
  const broken = async (world: UdapWorld): Promise<Response> => {
    const body = await world.metadata()
    const signed = String(body.signed_metadata)
    const flipped = signed.slice(0, -5) + (signed.at(-5) === 'A' ? 'B' : 'A') + signed.slice(-4)
    return Response.json({ ...body, signed_metadata: flipped })
  }
  const cases: [string, string, (world: UdapWorld) => Promise<Response>][] = [
    ['404', 'ERR_CQ_NO_UDAP', () => Promise.resolve(new Response(null, { status: 404 }))],
    ['204', 'ERR_CQ_NO_UDAP', () => Promise.resolve(new Response(null, { status: 204 }))],
    ['a broken signature', 'ERR_CQ_UNTRUSTED', broken],
  ]

  test.each(cases)('after %s', async (_title, code, respond) => {
    const world = await udapWorld()
    world.routes.set(`${BASE_URL}/.well-known/udap`, () => respond(world))
    const smart = { token_endpoint: TOKEN_URL, capabilities: [] }
    world.routes.set(`${BASE_URL}/.well-known/smart-configuration`, () => Response.json(smart))
    const options = { clientId: 'registered-by-hand', signer: world.signer }
    expect(await rejection(patientOf(joined(world, options)))).toMatchObject({ code })
    expect(world.seen.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test('but for a fallback in words, after "no UDAP" alone', async () => {
    const world = await udapWorld()
    const smart = { token_endpoint: TOKEN_URL, capabilities: [] }
    world.routes.set(`${BASE_URL}/.well-known/smart-configuration`, () => Response.json(smart))
    const client = joined(world, { clientId: 'by-hand', signer: world.signer })
    const fallback = ['smart-backend'] as const
    const connect = async (): Promise<unknown> => {
      const responder = await client.responder({ baseUrl: BASE_URL }, { fallback })
      expect(responder.explain().toString()).toContain('mode smart-backend in place of udap')
      return responder.patients.read('1')
    }
    world.routes.set(`${BASE_URL}/.well-known/udap`, () => broken(world))
    expect(await rejection(connect())).toMatchObject({ code: 'ERR_CQ_UNTRUSTED' })
    world.routes.delete(`${BASE_URL}/.well-known/udap`)
    await connect()
    expect(world.events).toContainEqual(expect.objectContaining({ type: 'udap.fallback' }))
    expect(assertions(world)).toMatchObject([{ iss: 'by-hand' }])
    expect(world.of(REGISTER_URL)).toEqual([])
  })
})

test("another organization's token endpoint gets no registration and no assertion", async () => {
  const world = await udapWorld()
  const token_endpoint = 'https://fhir.honest.example/token'
  const spec = { claims: { token_endpoint }, plain: { token_endpoint } }
  const body = await world.metadata(spec)
  world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
  expect(await rejection(patientOf(joined(world)))).toMatchObject({
    code: 'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
  })
  expect(world.seen.filter(({ method }) => method === 'POST')).toEqual([])
})

describe('a client id that the server no longer knows', () => {
  const world = async (): Promise<UdapWorld & { clients: string[] }> => {
    const made = Object.assign(await udapWorld(), { clients: ['cid-1'] })
    made.routes.set(REGISTER_URL, ({ body }) => {
      const clientId = `cid-${made.of(REGISTER_URL).length}`
      made.clients.push(clientId)
      return registered(body, clientId)
    })
    made.routes.set(TOKEN_URL, ({ body }) => {
      const jwt = new URLSearchParams(body).get('client_assertion') ?? ''
      return made.clients.includes(String(claimsIn(jwt).sub))
        ? Response.json({ access_token: 'T0KEN', token_type: 'Bearer', expires_in: 60 })
        : Response.json({ error: 'invalid_client' }, { status: 400 })
    })
    return made
  }

  test('is registered again once, and at most once an hour', async () => {
    const made = await world()
    const client = joined(made)
    const { patients } = await client.responder({ baseUrl: BASE_URL })
    await patients.read('1')
    made.now += 3_600_000
    made.clients.length = 0
    await patients.read('1')
    expect(made.of(REGISTER_URL)).toHaveLength(2)
    expect(assertions(made).map(({ sub }) => sub)).toEqual(['cid-1', 'cid-1', 'cid-2'])
    made.clients.length = 0
    made.now += 120_000
    expect(await rejection(patients.read('1'))).toMatchObject({ error: 'invalid_client' })
    expect(made.of(REGISTER_URL)).toHaveLength(2)
  })

  test('is taken from the store where another process has a newer one', async () => {
    const made = await world()
    const { memoryRegistrations } = await import('../../../src/udap/index.ts')
    const registrations = memoryRegistrations({ now: () => made.now })
    const one = joined(made, { udap: made.udap({ registrations }) })
    const { patients } = await one.responder({ baseUrl: BASE_URL })
    await patients.read('1')
    made.clients.length = 0
    made.now += 120_000
    const other = made.udap({ registrations })
    await other.update(await other.discover(BASE_URL), { clientName: 'New name' })
    await patients.read('1')
    expect(made.of(REGISTER_URL)).toHaveLength(2)
    expect(assertions(made).at(-1)?.sub).toBe('cid-2')
  })
})

test('a change of the registration drops the tokens from before it', async () => {
  const world = await udapWorld()
  const udap = world.udap()
  const { patients } = await joined(world, { udap }).responder({ baseUrl: BASE_URL })
  await patients.read('1')
  await patients.read('1')
  expect(world.of(TOKEN_URL)).toHaveLength(1)
  world.now += 1
  await udap.update(await udap.discover(BASE_URL), { scope: 'system/Patient.read' })
  await patients.read('1')
  await patients.read('1')
  expect(world.of(TOKEN_URL)).toHaveLength(2)
})

describe('what a token is asked for with', () => {
  const failing = async (
    options: Parameters<typeof joined>[1],
    world?: UdapWorld,
  ): Promise<string> => {
    const made = world ?? (await udapWorld())
    const error = await rejection(patientOf(joined(made, options)))
    expect(made.of(TOKEN_URL)).toEqual([])
    expect(made.of(REGISTER_URL)).toEqual([])
    return `${error.name}: ${error.message}`
  }

  test('is checked before anything is signed: purpose, organization, wildcards', async () => {
    expect(await failing({ purposeOfUse: undefined })).toContain('"purposeOfUse" is needed')
    const world = await udapWorld()
    const udap = world.udap({ organization: undefined })
    expect(await failing({ udap }, world)).toContain('TypeError: "organization"')
    expect(await failing({ scope: 'system/*.rs' })).toContain('TypeError: "scope"')
  })

  test('holds every extension that the server requires', async () => {
    const world = await udapWorld()
    const lists = { udap_authorization_extensions_required: ['hl7-b2b', 'tefca_ias'] }
    world.routes.set(`${BASE_URL}/.well-known/udap`, async () =>
      Response.json(await world.metadata({ plain: lists })),
    )
    expect(await failing({}, world)).toContain('lacks what the server requires: tefca_ias')
  })

  test('takes the purposes of the context, and an own object beside them', async () => {
    const world = await udapWorld()
    const own = hl7B2b({
      ...{ organizationId: 'urn:oid:2.999.7', purposeOfUse: ['TREAT'] },
      subject: { name: 'Dr. A', id: 'urn:oid:2.16.840.1.113883.4.6#1234567890' },
      consent: { policy: ['urn:oid:2.999.8'] },
    })
    const client = joined(world, { claims: { extensions: own }, purposeOfUse: TREAT })
    await patientOf(client)
    expect(assertions(world)[0]?.extensions).toEqual({
      'hl7-b2b': {
        ...{ version: '1', subject_name: 'Dr. A', organization_id: 'urn:oid:2.999.7' },
        subject_id: 'urn:oid:2.16.840.1.113883.4.6#1234567890',
        ...{ purpose_of_use: [TREAT], consent_policy: ['urn:oid:2.999.8'] },
      },
    })
    const other = joined(world, { claims: { extensions: own }, purposeOfUse: 'HPAYMT' })
    expect(String(await rejection(patientOf(other)))).toContain('differ')
  })

  test.each([
    ['more purposes than a system#code', ['TREAT', 'HPAYMT', 'a:b']],
    ['a system without a code', 'urn:oid:2.999#'],
    ['a code with a blank', 'TREAT ALL'],
    ['a blank', ' '],
  ])('is refused where it is %s, though the server lists no hl7-b2b', async (_title, purpose) => {
    for (const listed of [[], ['hl7-b2b']]) {
      const world = await udapWorld()
      const body = await world.metadata({
        plain: {
          udap_authorization_extensions_supported: listed,
          udap_authorization_extensions_required: [],
        },
      })
      world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
      const error = await rejection(patientOf(joined(world, { purposeOfUse: purpose })))
      expect(error).toMatchObject({ name: 'TypeError' })
      expect(error.message).toMatch(/^"purposeOfUse"/)
      expect(world.of(TOKEN_URL)).toEqual([])
    }
  })

  test('holds a purpose that was given twice once', async () => {
    const world = await udapWorld()
    await patientOf(joined(world, { purposeOfUse: ['TREAT', TREAT, 'TREAT'] }))
    expect(assertions(world)[0]?.extensions).toMatchObject({
      'hl7-b2b': { purpose_of_use: [TREAT] },
    })
  })

  test('another purpose has another token', async () => {
    const world = await udapWorld()
    const client = joined(world)
    const responder = await client.responder({ baseUrl: BASE_URL })
    await responder.patients.read('1')
    await responder.as({ purposeOfUse: 'HPAYMT' }).patients.read('1')
    expect(world.of(TOKEN_URL)).toHaveLength(2)
    expect(world.of(REGISTER_URL)).toHaveLength(1)
  })

  test('by the rules of 2021: a list of objects, one text, the client URI as issuer', async () => {
    const world = await udapWorld()
    const { signed_metadata: signed, ...rest } = await world.metadata()
    world.routes.set(`${BASE_URL}/.well-known/udap`, () =>
      Response.json({ ...rest, signed_endpoints: signed }),
    )
    await patientOf(joined(world, { udap: world.udap({ profile: 'carequality-2021' }) }))
    expect(assertions(world)).toMatchObject([
      {
        ...{ iss: CLIENT_URI, sub: 'cid-1' },
        extensions: [{ 'hl7-b2b': { purpose_of_use: TREAT } }],
      },
    ])
  })
})

describe('TEFCA', () => {
  const organization = { organizationId: 'Organization/1.2.3', organizationName: 'Example' }
  const tefca = { profile: 'tefca', organization } as const

  test('takes exactly one purpose, in its own code system, and one client for each', async () => {
    const world = await udapWorld()
    const other = await udapWorld()
    const identities = { 'T-TREAT': world.udap(tefca), 'T-IAS': world.udap(tefca) }
    const client = joined(world, { udap: undefined, identities, purposeOfUse: 'T-TREAT' })
    await patientOf(client)
    expect(assertions(world)).toMatchObject([
      {
        extensions: {
          'hl7-b2b': { purpose_of_use: ['urn:oid:2.16.840.1.113883.3.7204.1.5.2.1#T-TREAT'] },
        },
      },
    ])
    const failure = async (purposeOfUse: string | string[]): Promise<string> =>
      String(await rejection(patientOf(client.as({ purposeOfUse }))))
    expect(await failure('T-PH')).toContain('"identities" has none')
    expect(await failure(['T-TREAT', 'T-IAS'])).toContain('different "identities"')
    const two = joined(other, { udap: other.udap(tefca), purposeOfUse: ['T-TREAT', 'T-PH'] })
    expect(String(await rejection(patientOf(two)))).toContain('at most 1')
    expect(other.of(TOKEN_URL)).toEqual([])
  })

  test('gets the purpose in hl7-b2b, though the unsigned list of the server is empty', async () => {
    const world = await udapWorld()
    const body = await world.metadata({
      plain: {
        udap_authorization_extensions_supported: [],
        udap_authorization_extensions_required: [],
      },
    })
    world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(body))
    await patientOf(joined(world, { udap: world.udap(tefca), purposeOfUse: 'T-TREAT' }))
    expect(assertions(world)[0]?.extensions).toMatchObject({
      'hl7-b2b': { purpose_of_use: ['urn:oid:2.16.840.1.113883.3.7204.1.5.2.1#T-TREAT'] },
    })
  })

  test('wants its own form of organization, its name, and the issuer in the chain', async () => {
    const world = await udapWorld()
    const organizations = [
      { organizationId: 'urn:oid:2.999.1', organizationName: 'x' },
      { organizationId: 'Organization/1.2.3' },
    ]
    for (const wrong of organizations) {
      expect(() => world.udap({ ...tefca, organization: wrong })).toThrow(TypeError)
    }
    const { signer } = world
    const alone = { ...signer, certificates: signer.certificates?.slice(0, 1) }
    const bare = { ...alone, sign: signer.sign.bind(signer) }
    const udap = world.udap({ ...tefca, signer: bare })
    const client = joined(world, { udap, purposeOfUse: 'T-TREAT' })
    expect(String(await rejection(patientOf(client)))).toContain('the leaf and its issuer')
    expect(world.of(REGISTER_URL)).toEqual([])
  })

  test.each([
    [['hl7-b2b', 'tefca_ias'], 'tefca_ias'],
    [['hl7-b2b', 'tefca-ias'], 'tefca-ias'],
    [['hl7-b2b', 'tefca-ias', 'tefca_ias'], 'tefca_ias'],
  ])('sends its IAS extension by the name that the server lists: %j', async (listed, name) => {
    const world = await udapWorld()
    const plain = { udap_authorization_extensions_supported: listed }
    world.routes.set(`${BASE_URL}/.well-known/udap`, async () =>
      Response.json(await world.metadata({ plain })),
    )
    const ias = tefcaIas({
      userInformation: { resourceType: 'RelatedPerson' },
      patientInformation: { resourceType: 'Patient' },
      idToken: 'S3CRET.ID.TOKEN',
    })
    const claims = { extensions: ias }
    const client = joined(world, { udap: world.udap(tefca), purposeOfUse: 'T-IAS', claims })
    await patientOf(client)
    const sent = assertions(world)[0]?.extensions as Json
    expect(Object.keys(sent).sort()).toEqual(['hl7-b2b', name].sort())
    expect(sent[name]).toMatchObject({ version: '1', id_token: 'S3CRET.ID.TOKEN' })
    expect(JSON.stringify(world.events)).not.toContain('S3CRET')
  })

  test('a demand for consent is typed on the error', async () => {
    const world = await udapWorld()
    const b2b = { consent_required: ['urn:oid:2.999.5'], consent_form: 'https://consent.example/f' }
    const body = { error: 'invalid_grant', extensions: { 'hl7-b2b': b2b } }
    world.routes.set(TOKEN_URL, () => Response.json(body, { status: 400 }))
    const error = await rejection(patientOf(joined(world)))
    expect(error).toBeInstanceOf(TokenError)
    expect(error.consent).toEqual({
      required: ['urn:oid:2.999.5'],
      form: 'https://consent.example/f',
    })
    expect(JSON.stringify(error)).not.toContain('consent.example')
  })
})

test('mode udap needs an identity, and takes no token endpoint from the caller', async () => {
  const world = await udapWorld()
  expect(() => joined(world, { udap: undefined })).toThrow('"udap" or "identities" is needed')
  expect(() => joined(world, { udap: {} as never })).toThrow('must be a UdapClient')
  const at = { baseUrl: BASE_URL, tokenEndpoint: TOKEN_URL }
  expect(String(await rejection(joined(world).responder(at)))).toContain('"tokenEndpoint"')
})

test('metadata that may not be cached is not fetched for each FHIR request', async () => {
  const world = await udapWorld()
  const headers = { 'cache-control': 'no-store' }
  world.routes.set(`${BASE_URL}/.well-known/udap`, async () =>
    Response.json(await world.metadata(), { headers }),
  )
  const { patients } = await joined(world).responder({ baseUrl: BASE_URL })
  for (let i = 0; i < 10; i += 1) await patients.read('1')
  expect(world.of(`${BASE_URL}/.well-known/udap`).length).toBeLessThanOrEqual(2)
})

test('the registration summary says that nothing has to be sent', async () => {
  const world = await udapWorld()
  const client = joined(world)
  const responder = await client.responder({ baseUrl: BASE_URL })
  const text = await responder.registrationSummary()
  expect(text).toContain(`Registration of ${CLIENT_URI} by UDAP`)
  expect(text).toContain('Nothing has to be sent')
  expect(text).toContain(REGISTER_URL)
  expect(world.of(REGISTER_URL)).toEqual([])
})

test('a resolver alone gives the UDAP facts beside the others', async () => {
  const world = await udapWorld()
  const { fetch } = world
  const options = { mode: 'udap', udap: world.udap(), fetch, now: () => world.now } as const
  const found = await new CapabilityResolver(options).resolve(BASE_URL)
  expect(found).toMatchObject({
    ...{ fhirVersion: '4.0.1', tokenEndpoint: TOKEN_URL, registrationEndpoint: REGISTER_URL },
    udap: { extensionsRequired: ['hl7-b2b'] },
  })
  expect(found.trail.join('\n')).toContain('udap: signature verified')
})

test('the directory of profile tefca is the RCE directory, unless another release is named', async () => {
  const world = await udapWorld()
  const organization = { organizationId: 'Organization/1.2.3', organizationName: 'Example' }
  const directory = { baseUrl: 'https://rce.example.org/fhir', apiKey: 'k' }
  const tefca = world.udap({ profile: 'tefca', organization })
  const release = (client: CarequalityClient): unknown => client.describe().directory
  expect(release(joined(world, { udap: tefca, directory }))).toMatchObject({ release: 'rce-r4' })
  const named = { ...directory, release: 'carequality-r4' } as const
  expect(release(joined(world, { udap: tefca, directory: named }))).toMatchObject({
    release: 'carequality-r4',
  })
  expect(() => joined(world, { directory })).toThrow('"release" is needed')
})

test('a token endpoint that is gone leads to metadata that is verified anew', async () => {
  const world = await udapWorld()
  const { patients } = await joined(world).responder({ baseUrl: BASE_URL })
  const token_endpoint = `${TOKEN_URL}2`
  const moved = await world.metadata({ claims: { token_endpoint }, plain: { token_endpoint } })
  world.routes.set(`${BASE_URL}/.well-known/udap`, () => Response.json(moved))
  const token = world.routes.get(TOKEN_URL)
  world.routes.delete(TOKEN_URL)
  if (token !== undefined) world.routes.set(token_endpoint, token)
  await patients.read('1')
  expect(world.of(token_endpoint)).toHaveLength(1)
  expect(world.of(REGISTER_URL)).toHaveLength(1)
})

test('metadata past its time is verified again, and one that is refused gives no token', async () => {
  const world = await udapWorld()
  const { patients } = await joined(world).responder({ baseUrl: BASE_URL })
  await patients.read('1')
  world.now += 3_600_000
  world.routes.set(`${BASE_URL}/.well-known/udap`, async () =>
    Response.json(await world.metadata({ claims: { sub: 'https://other.example.org' } })),
  )
  expect(await rejection(patients.read('1'))).toMatchObject({ step: 'claims' })
  expect(world.of(TOKEN_URL)).toHaveLength(1)
})
