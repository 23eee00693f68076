import { beforeAll, describe, expect, test, afterEach, beforeEach } from 'vitest'
import { CarequalityClient, DirectoryClient } from '../../../src/index.ts'
import { createSandbox, type Sandbox, type SandboxUdap } from '../../../src/testing/index.ts'
import { patients } from '../../../src/testing/patients.ts'
import type { SandboxUdapIdentity } from '../../../src/testing/udap/udap-network.ts'
import { trustStore, UdapClient } from '../../../src/udap/index.ts'
import {
  b2b,
  certificationOf,
  sharedUdapSandbox,
  signedBy,
  statementOf,
  times,
  UDAP_NOW,
  UdapWire,
  type UdapSandbox,
} from '../../support/udap-wire.ts'

/** The UDAP servers of the sandbox are strict, and say why they refuse. */
describe('udap servers', () => {
  const profiles = ['carequality-2021', 'ssraa', 'tefca'] as const
  type Claims = Readonly<Record<string, unknown>>

  let sandbox: UdapSandbox
  let wires: Record<(typeof profiles)[number], UdapWire>
  let identity: SandboxUdapIdentity
  let tefca: SandboxUdapIdentity

  beforeAll(async () => {
    sandbox = await sharedUdapSandbox()
    const { servers } = sandbox.udap
    const wireOf = (name: (typeof profiles)[number]): UdapWire =>
      new UdapWire(sandbox, servers[name])
    wires = {
      'carequality-2021': wireOf('carequality-2021'),
      ssraa: wireOf('ssraa'),
      tefca: wireOf('tefca'),
    }
    identity = await sandbox.udap.identity('ssraa')
    tefca = await sandbox.udap.identity('tefca')
  })

  describe('metadata', () => {
    test.each(profiles)(
      'of %s are signed by a certificate that our trust store accepts',
      async (name) => {
        const { server } = wires[name]
        const metadata = await wires[name].metadata()
        const signed =
          metadata[name === 'carequality-2021' ? 'signed_endpoints' : 'signed_metadata']
        const [header = '', claims = ''] = String(signed).split('.')
        const decoded = (part: string): Claims =>
          JSON.parse(Buffer.from(part, 'base64url').toString()) as Claims
        const store = trustStore(sandbox.udap.communities, {
          fetch: sandbox.fetch,
          now: () => UDAP_NOW,
        })
        const chain = await store.verify(decoded(header).x5c as string[], {
          community: server.community,
        })
        expect(chain.leaf.uris).toEqual([server.baseUrl])
        expect(chain.warnings).toEqual([])
        expect(decoded(claims)).toMatchObject({
          iss: server.baseUrl,
          token_endpoint: metadata.token_endpoint,
        })
      },
    )

    test('of another community are 204, and credentials are refused', async () => {
      const url = `${wires.ssraa.server.baseUrl}/.well-known/udap`
      const other = await wires.ssraa.get(`${url}?community=urn%3Aother`)
      expect(other.status).toBe(204)
      expect((await wires.ssraa.get(url, { authorization: 'Bearer x' })).status).toBe(400)
    })

    test('a certificate of one community is not trusted in another', async () => {
      const store = trustStore(sandbox.udap.communities, {
        fetch: sandbox.fetch,
        now: () => UDAP_NOW,
      })
      const other = await sandbox.udap.identity('carequality-2021')
      const { community } = identity
      await expect(
        store.verify(other.signer.certificates ?? [], { community }),
      ).rejects.toMatchObject({ step: 'path' })
    })
  })

  describe('registration', () => {
    test('a new client is 201, a change keeps its id, a cancellation ends it', async () => {
      const wire = wires.ssraa
      sandbox.udap.forgetClients('ssraa')
      const send = async (claims: Claims = {}): ReturnType<UdapWire['register']> =>
        wire.register(
          await signedBy(identity, { ...statementOf(identity, wire.url('register')), ...claims }),
        )
      const first = await send()
      expect(first).toMatchObject({
        status: 201,
        scope: 'system/Patient.read system/Observation.read',
      })
      const second = await send({ scope: 'system/Patient.read' })
      expect(second).toMatchObject({ status: 200, client_id: first.client_id })
      expect(second.scope).toBe('system/Patient.read')
      expect(await send({ grant_types: [] })).toMatchObject({ status: 200, grant_types: [] })
      expect(await send({ grant_types: [] })).toMatchObject({ error: 'invalid_client_metadata' })
      const again = await send()
      expect(again.status).toBe(201)
      expect(again.client_id).not.toBe(first.client_id)
    })

    const STATEMENT = 'invalid_software_statement'
    const METADATA = 'invalid_client_metadata'
    const wrong: readonly [title: string, claims: Claims, error: string, description: RegExp][] = [
      ['an iss that is in no certificate', { iss: 'https://other.example' }, STATEMENT, /"iss"/],
      ['a sub of its own', { sub: 'https://other.example' }, STATEMENT, /"sub"/],
      ['another aud', { aud: 'https://other.example/register' }, STATEMENT, /"aud"/],
      ['no exp', { exp: undefined }, STATEMENT, /"exp"/],
      ['an exp in the past', { iat: 1, exp: 200 }, STATEMENT, /expired/],
      ['a life over 300 seconds', { exp: UDAP_NOW / 1000 + 400 }, STATEMENT, /300/],
      ['an iat in the future', { iat: UDAP_NOW / 1000 + 5 }, STATEMENT, /future/],
      ['no jti', { jti: undefined }, STATEMENT, /"jti"/],
      ['no client_name', { client_name: undefined }, METADATA, /"client_name"/],
      ['contacts without mailto', { contacts: ['https://example.org'] }, METADATA, /mailto/],
      ['contacts that are a text', { contacts: 'mailto:a@example.org' }, METADATA, /"contacts"/],
      ['another auth method', { token_endpoint_auth_method: 'none' }, METADATA, /private_key_jwt/],
      ['no grant_types', { grant_types: undefined }, METADATA, /"grant_types"/],
      [
        'two grant types',
        { grant_types: ['client_credentials', 'authorization_code'] },
        METADATA,
        /"grant_types"/,
      ],
      ['redirect_uris', { redirect_uris: ['https://a.example'] }, METADATA, /"redirect_uris"/],
      ['response_types', { response_types: ['code'] }, METADATA, /"response_types"/],
      ['no scope', { scope: undefined }, METADATA, /"scope"/],
      ['a wildcard scope', { scope: 'system/*.read' }, METADATA, /wildcard/],
      ['unknown scopes alone', { scope: 'launch openid' }, METADATA, /none of the scopes/],
    ]
    test.each(wrong)('%s is refused', async (_title, claims, error, description) => {
      const wire = wires.ssraa
      const statement = { ...statementOf(identity, wire.url('register')), ...claims }
      const answer = await wire.register(await signedBy(identity, statement))
      expect(answer).toMatchObject({ status: 400, error })
      expect(answer.error_description).toMatch(description)
    })

    test('the number 1 as udap, another content type and a replayed statement are refused', async () => {
      const wire = wires.ssraa
      const statement = await signedBy(identity, statementOf(identity, wire.url('register')))
      expect(await wire.register(statement, { udap: 1 })).toMatchObject({ error: METADATA })
      const body = JSON.stringify({ software_statement: statement, udap: '1' })
      expect(await wire.post(wire.url('register'), body, 'application/fhir+json')).toMatchObject({
        error: METADATA,
      })
      expect((await wire.register(statement)).client_id).toBeDefined()
      expect(await wire.register(statement)).toMatchObject({ error: METADATA })
    })

    test('a signature by another key and a certificate of another community are told apart', async () => {
      const wire = wires.ssraa
      const claims = statementOf(identity, wire.url('register'))
      const good = await signedBy(identity, claims)
      const other = await signedBy(identity, { ...claims, client_name: 'Other' })
      const mixed = [...good.split('.').slice(0, 2), other.split('.')[2]].join('.')
      expect(await wire.register(mixed)).toMatchObject({ error: STATEMENT })
      const stranger = await sandbox.udap.identity('carequality-2021')
      const foreign = await signedBy(stranger, claims)
      expect(await wire.register(foreign)).toMatchObject({ error: 'unapproved_software_statement' })
    })

    test('the header of a statement is as strict as its claims', async () => {
      const wire = wires.ssraa
      for (const header of [
        { alg: 'none' },
        { alg: 'HS256' },
        { x5c: undefined },
        { crit: ['b64'] },
      ]) {
        const claims = statementOf(identity, wire.url('register'))
        const answer = await wire.register(await signedBy(identity, claims, header))
        expect(answer).toMatchObject({ status: 400, error: STATEMENT })
      }
    })
  })

  describe('certifications', () => {
    const send = async (claims: Claims | undefined): ReturnType<UdapWire['register']> => {
      const wire = wires.tefca
      const statement = await signedBy(tefca, statementOf(tefca, wire.url('register')))
      const own = certificationOf(sandbox.udap, tefca.clientUri)
      const certifications =
        claims === undefined ? [] : [await signedBy(tefca, { ...own, ...claims })]
      return wire.register(statement, { certifications })
    }

    test("TEFCA's is required, and accepted when it is right", async () => {
      expect(await send(undefined)).toMatchObject({ error: 'unapproved_certification' })
      const answer = await send({})
      expect(answer.client_id).toBeDefined()
      expect(answer.certifications).toHaveLength(1)
    })

    const wrong: readonly [title: string, claims: Claims][] = [
      ['another subject', { sub: 'https://other.example' }],
      ['another issuer', { iss: 'https://other.example' }],
      ['another audience', { aud: 'https://other.example' }],
      ['an end in the past', { exp: UDAP_NOW / 1000 - 1 }],
      ['an end after that of the certificate', { exp: UDAP_NOW / 1000 + 600 * 86_400 }],
      ['a life over three years', { iat: UDAP_NOW / 1000 - 4 * 366 * 86_400 }],
      ['another name', { certification_name: 'Other' }],
      [
        'two URIs',
        {
          certification_uris: [
            'https://rce.sequoiaproject.org/udap/profiles/basic-app-certification',
            'urn:b',
          ],
        },
      ],
      ['two purposes', { exchange_purposes: ['T-TREAT', 'T-IAS'] }],
      ['a purpose that is not in the client URI', { exchange_purposes: ['T-IAS'] }],
      ['no home community', { home_community_id: undefined }],
      ['no grant types', { grant_types: undefined }],
    ]
    test.each(wrong)('%s is refused', async (_title, claims) => {
      expect(await send(claims)).toMatchObject({ status: 400, error: 'invalid_certification' })
    })
  })

  describe('tokens', () => {
    const right: Record<(typeof profiles)[number], Claims> = {
      ssraa: { extensions: { 'hl7-b2b': b2b } },
      tefca: {
        extensions: {
          'hl7-b2b': {
            ...b2b,
            organization_id: 'Organization/2.999.77',
            purpose_of_use: ['urn:oid:2.16.840.1.113883.3.7204.1.5.2.1#T-TREAT'],
          },
        },
      },
      'carequality-2021': {
        extensions: [
          { 'hl7-b2b': { ...b2b, purpose_of_use: 'urn:oid:2.16.840.1.113883.5.8#TREAT' } },
        ],
      },
    }

    test.each(profiles)('%s gives one that its FHIR server takes', async (name) => {
      const wire = wires[name]
      const own = await sandbox.udap.identity(name)
      const clientId = await wire.registered(own)
      const iss = name === 'carequality-2021' ? own.clientUri : clientId
      const answer = await wire.token(await wire.assertion(own, clientId, { iss, ...right[name] }))
      expect(answer).toMatchObject({
        status: 200,
        token_type: 'Bearer',
        scope: 'system/Patient.read',
      })
      const read = await wire.get(`${wire.server.baseUrl}/Patient/1316024`, {
        authorization: `Bearer ${answer.access_token ?? ''}`,
      })
      expect(read.status).toBe(200)
    })

    const change = (b2bChange: Claims): Claims => ({
      extensions: { 'hl7-b2b': { ...b2b, ...b2bChange } },
    })
    const wrong: readonly [
      title: string,
      claims: Claims,
      error: string,
      more?: Record<string, string>,
    ][] = [
      ['an unknown client', { iss: 'x', sub: 'x' }, 'invalid_client'],
      ['an iss of its own', { iss: 'x' }, 'invalid_client'],
      ['another aud', { aud: 'https://other.example/token' }, 'invalid_client'],
      ['a life over 300 seconds', { exp: UDAP_NOW / 1000 + 400 }, 'invalid_client'],
      ['no udap in the form', {}, 'invalid_request', { udap: '' }],
      ['another client_id in the form', {}, 'invalid_client', { client_id: 'x' }],
      ['no extensions', { extensions: undefined }, 'invalid_grant'],
      ['extensions in an array', { extensions: [{ 'hl7-b2b': b2b }] }, 'invalid_grant'],
      ['a version that is a number', change({ version: 1 }), 'invalid_grant'],
      ['an organization that is no URI', change({ organization_id: '2.999.77' }), 'invalid_grant'],
      ['one text as purpose', change({ purpose_of_use: 'TREAT' }), 'invalid_grant'],
      ['no purpose', change({ purpose_of_use: [] }), 'invalid_grant'],
      ['a subject id without a name', change({ subject_id: 'urn:oid:2.999#1' }), 'invalid_grant'],
      [
        'a consent reference alone',
        change({ consent_reference: ['https://a.example/Consent/1'] }),
        'invalid_grant',
      ],
      ['a scope that is not registered', {}, 'invalid_scope', { scope: 'system/Binary.read' }],
      ['another grant type', {}, 'unsupported_grant_type', { grant_type: 'refresh_token' }],
    ]
    test.each(wrong)('%s is refused', async (_title, claims, error, more) => {
      const wire = wires.ssraa
      const clientId = await wire.registered(identity)
      const assertion = await wire.assertion(identity, clientId, { ...right.ssraa, ...claims })
      const answer = await wire.token(assertion, more)
      expect(answer).toMatchObject({ status: error === 'invalid_client' ? 401 : 400, error })
      expect(answer.error_description).not.toBe('')
    })

    test('a replayed assertion is refused', async () => {
      const wire = wires.ssraa
      const clientId = await wire.registered(identity)
      const assertion = await wire.assertion(identity, clientId, right.ssraa)
      expect((await wire.token(assertion)).status).toBe(200)
      expect(await wire.token(assertion)).toMatchObject({ status: 401, error: 'invalid_client' })
    })

    test('a purpose that needs consent is refused with what is required', async () => {
      const wire = wires.ssraa
      const clientId = await wire.registered(identity)
      const purpose_of_use = ['urn:oid:2.16.840.1.113883.5.8#COVERAGE']
      const ask = async (more: Claims): ReturnType<UdapWire['token']> =>
        wire.token(await wire.assertion(identity, clientId, change({ purpose_of_use, ...more })))
      expect(await ask({})).toMatchObject({
        error: 'invalid_grant',
        extensions: {
          'hl7-b2b': {
            consent_required: ['urn:oid:2.999.7.1'],
            consent_form: expect.stringMatching(/^https:/) as unknown,
          },
        },
      })
      expect((await ask({ consent_policy: ['urn:oid:2.999.7.1'] })).status).toBe(200)
    })

    test('TEFCA: another purpose than the registered one, and an organization by its OID, are refused', async () => {
      const wire = wires.tefca
      const clientId = await wire.registered(tefca)
      const good = (right.tefca.extensions as { 'hl7-b2b': Claims })['hl7-b2b']
      for (const changed of [
        { purpose_of_use: ['urn:oid:2.16.840.1.113883.3.7204.1.5.2.1#T-PYMNT'] },
        { purpose_of_use: [...(good.purpose_of_use as string[]), 'urn:a#b'] },
        { organization_id: 'urn:oid:2.999.77' },
        { organization_name: undefined },
      ]) {
        const extensions = { 'hl7-b2b': { ...good, ...changed } }
        const answer = await wire.token(await wire.assertion(tefca, clientId, { extensions }))
        expect(answer).toMatchObject({ status: 400, error: 'invalid_grant' })
      }
    })

    test('TEFCA: individual access needs an id token about a patient of this server', async () => {
      const wire = wires.tefca
      const ias = await sandbox.udap.identity('tefca', 'T-IAS')
      const clientId = await wire.registered(ias)
      const patient = patients[0] ?? { resourceType: 'Patient' }
      const b2bOfIas = {
        ...(right.tefca.extensions as { 'hl7-b2b': Claims })['hl7-b2b'],
        purpose_of_use: ['urn:oid:2.16.840.1.113883.3.7204.1.5.2.1#T-IAS'],
      }
      const ask = async (tefca_ias: unknown): ReturnType<UdapWire['token']> =>
        wire.token(
          await wire.assertion(ias, clientId, { extensions: { 'hl7-b2b': b2bOfIas, tefca_ias } }),
        )
      const user = {
        resourceType: 'RelatedPerson',
        relationship: [{ coding: [{ code: 'ONESELF' }] }],
      }
      const id_token = await sandbox.udap.idToken({
        name: [{ family: 'Nobody', given: ['A'] }],
        birthDate: '1901-01-01',
      })
      const own = await sandbox.udap.idToken(patient)
      expect(
        await ask({
          version: '1',
          user_information: user,
          patient_information: patient,
          id_token: own,
        }),
      ).toMatchObject({ status: 200 })
      expect(await ask(undefined)).toMatchObject({ error: 'invalid_grant' })
      expect(
        await ask({ version: '1', user_information: user, patient_information: patient, id_token }),
      ).toMatchObject({ error_description: 'tefca_ias: the id token is about someone else' })
      expect(
        await ask({
          version: '1',
          user_information: user,
          patient_information: patient,
          id_token: `${id_token}x`,
        }),
      ).toMatchObject({ error_description: 'tefca_ias: the id token is not one of a known CSP' })
    })

    test('a certificate that was revoked gets no more tokens, and a client that was forgotten none', async () => {
      const own = await createSandbox({ udap: true, now: () => UDAP_NOW })
      const wire = new UdapWire(own, own.udap.servers.ssraa)
      const client = await own.udap.identity('ssraa')
      const clientId = await wire.registered(client)
      const ask = async (): ReturnType<UdapWire['token']> =>
        wire.token(await wire.assertion(client, clientId, { ...times(), ...right.ssraa }))
      expect((await ask()).status).toBe(200)
      own.udap.forgetClients('ssraa')
      expect(await ask()).toMatchObject({ error: 'invalid_client' })
      own.udap.revoke(client.clientUri)
      const answer = await ask()
      expect(answer).toMatchObject({ error: 'invalid_client' })
      expect(answer.error_description).toContain('revoked')
    })
  })

  describe('the directories', () => {
    test('list the two servers of Carequality and the one of TEFCA, when they are there', async () => {
      const { options, udap } = sandbox
      const client = new CarequalityClient(options)
      for (const name of ['carequality-2021', 'ssraa'] as const) {
        const { endpoint } = await client.organization(udap.servers[name].organization)
        expect(endpoint.address).toBe(udap.servers[name].baseUrl)
      }
      const rce = new DirectoryClient({
        release: 'rce-r4',
        baseUrl: 'https://directory.rce.example/fhir',
        apiKey: options.directory.apiKey,
        fetch: options.fetch,
      })
      expect((await rce.read(udap.servers.tefca.organization)).name).toContain('Prairie Hospital')
      const without = await createSandbox()
      expect(without.udap).toBeUndefined()
    })
  })

  describe('wrong arguments', () => {
    test('are a TypeError that names them', async () => {
      const { udap } = sandbox
      // Callers without types.
      const options = { udap: 'yes' } as unknown as { udap: true }
      await expect(createSandbox(options)).rejects.toThrow('"udap"')
      const unknown = 'smart' as 'ssraa'
      await expect(udap.identity(unknown)).rejects.toThrow('"profile"')
      expect(() => {
        udap.forgetClients(unknown)
      }).toThrow('"profile"')
      expect(() => {
        udap.revoke('https://nobody.example')
      }).toThrow('"uri"')
    })
  })
})

/** The UDAP servers on loopback ports: everything that a client fetches is there, lists of authorities included. */
describe('listen udap', () => {
  type Profile = keyof SandboxUdap['servers']
  const http = { allowInsecureLoopback: true }

  let sandbox: Sandbox & { readonly udap: SandboxUdap }
  let network: Awaited<ReturnType<Sandbox['listen']>>

  beforeEach(async () => {
    sandbox = await createSandbox({ udap: true })
    network = await sandbox.listen()
  })
  afterEach(() => network.close())

  const baseOf = (profile: Profile): string => network.udapBaseUrls?.[profile] ?? ''

  async function udapClient(): Promise<UdapClient> {
    return new UdapClient({
      ...http,
      ...(await sandbox.udap.identity('ssraa')),
      clientName: 'Example Hospital',
      contacts: ['mailto:it@example-hospital.org'],
      scope: 'system/Patient.read',
      trust: trustStore(sandbox.udap.communities, http),
      organization: { organizationId: sandbox.udap.homeCommunityId },
    })
  }

  test('without the option there are no UDAP servers to name', async () => {
    const plain = await (await createSandbox()).listen()
    expect(plain).not.toHaveProperty('udapBaseUrls')
    await plain.close()
  })

  test('the platform fetch reads metadata that name the ports', async () => {
    for (const profile of ['ssraa', 'tefca', 'carequality-2021'] as const) {
      const base = baseOf(profile)
      expect(base).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/r4$/)
      const metadata = (await (await fetch(`${base}/.well-known/udap`)).json()) as object
      const { origin } = new URL(base)
      expect(metadata).toMatchObject({ registration_endpoint: `${origin}/udap/register` })
    }
  })

  describe('a client of our own', () => {
    test('verifies with the lists on the ports, registers, has a token and reads a Patient', async () => {
      const udap = await udapClient()
      const baseUrl = baseOf('ssraa')
      const metadata = await udap.discover(baseUrl)
      expect(metadata.warnings).toEqual([])
      const client = new CarequalityClient({ ...http, mode: 'udap', udap, purposeOfUse: 'TREAT' })
      const responder = await client.responder({ baseUrl })
      const { id } = await responder.patients.read('1316024')
      expect(id).toBe('1316024')
      await client.close()
      await udap.close()
      const asked = sandbox.requests.map(({ url }) => new URL(url).pathname)
      for (const path of ['/root.crl', '/intermediate.crl', '/udap/register', '/udap/token']) {
        expect(asked).toContain(path)
      }
      expect(sandbox.requests.every(({ url }) => url.startsWith('http://127.0.0.1:'))).toBe(true)
    })

    test('refuses the server once its certificate is revoked', async () => {
      const baseUrl = baseOf('ssraa')
      await fetch(`${baseUrl}/.well-known/udap`) // its certificate is made for the first request
      sandbox.udap.revoke(baseUrl)
      const udap = await udapClient()
      await expect(udap.discover(baseUrl)).rejects.toMatchObject({
        step: 'revocation',
        reason: 'certificate-revoked',
      })
      await udap.close()
    })

    test('and the real names answer behind `fetch` as before', async () => {
      const { fetch } = sandbox
      const udap = new UdapClient({
        ...(await sandbox.udap.identity('ssraa')),
        fetch,
        clientName: 'Example Hospital',
        contacts: ['mailto:it@example-hospital.org'],
        scope: 'system/Patient.read',
        trust: trustStore(sandbox.udap.communities, { fetch }),
      })
      const { baseUrl } = sandbox.udap.servers.ssraa
      const { tokenEndpoint } = await udap.discover(baseUrl)
      expect(tokenEndpoint).toBe('https://fhir.riverside-hospital.example/udap/token')
      await udap.close()
    })
  })
})
