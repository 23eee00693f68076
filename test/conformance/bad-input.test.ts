/** Everything that a server or a caller can get wrong on the path, end to end: code, number of requests, nothing shown. */
import { describe, expect, test } from 'vitest'
import { CarequalityClient } from '../../src/index.ts'
import {
  answer,
  failureOf,
  hostileNetwork,
  json,
  OID,
  PATIENT,
  type Fault,
  type Stage,
} from '../support/hostile-network.ts'

const OUTCOME = {
  resourceType: 'OperationOutcome',
  issue: [
    { severity: 'error', code: 'processing', diagnostics: 'MARKED Timothy Peters 1946-04-05' },
  ],
}
const HTML = '<!doctype html><html><body>MARKED log in</body></html>'
const BASE = 'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca'

async function read(
  faults: Partial<Record<Stage, Fault>>,
  options = {},
  id = PATIENT,
): Promise<{ error: unknown; network: Awaited<ReturnType<typeof hostileNetwork>> }> {
  const network = await hostileNetwork(faults, options)
  const responder = network.client.organization(OID)
  const error = await failureOf(responder.then(({ patients }) => patients.read(id)))
  network.expectNothingShown(error)
  return { error, network }
}

describe('the caller', () => {
  test.each(['', ' ', '1.02.3', '3.1', 'urn:oid:', '../x', 'a/b', '1.2.3?x', 'urn:uuid:1'])(
    'I4: organization id %j is a TypeError and no request',
    async (oid) => {
      const network = await hostileNetwork()
      expect(await failureOf(network.client.organization(oid))).toBeInstanceOf(TypeError)
      expect(network.requests).toEqual([])
    },
  )

  test.each(['../$export', '..', '.', 'a/b', '', 'x'.repeat(65), 'a b', 'a\r\nb', '%2e%2e'])(
    'I1: patient id %j is a TypeError and no request',
    async (id) => {
      const { error, network } = await read({}, {}, id)
      expect(error).toBeInstanceOf(TypeError)
      expect(network.count('read') + network.count('token')).toBe(0)
    },
  )

  test.each([
    { scope: '' },
    { scope: 'a  b' },
    { scope: 'a"b' },
    { clientId: '' },
    { clientId: 7 },
    { signer: {} },
    { mode: 'smart' },
    { timeoutMs: 0 },
    { timeoutMs: '1' },
    { fetch: 'no' },
    { onEvent: 1 },
    { directory: 'x' },
    { searchMethod: 'post' },
    { trustedOrigins: 'any' },
    { trustedOrigins: [{ fhir: 'x', token: 'y' }] },
    { allowedOrigins: [1] },
    { quirks: [{}] },
    { context: {} },
  ])('option %j is a TypeError that names it, at once', async (option) => {
    const { client: good } = await hostileNetwork()
    const base = { clientId: 'c', signer: () => Promise.reject(new Error('never asked')) }
    const make = (): unknown => Reflect.construct(CarequalityClient, [{ ...base, ...option }])
    expect(good).toBeDefined()
    expect(make).toThrow(TypeError)
    expect(make).toThrow(new RegExp(`"${Object.keys(option)[0] ?? ''}`))
  })

  test.each([
    'https://user:MARKED@fhir.example.org/r4',
    'https://@fhir.example.org',
    'https://fhir.example.org/r4#x',
    'ftp://fhir.example.org',
    'fhir',
  ])('I5: base URL %j is a TypeError and no request', async (baseUrl) => {
    const network = await hostileNetwork()
    const error = await failureOf(network.client.responder({ baseUrl }))
    expect(error).toBeInstanceOf(TypeError)
    network.expectNothingShown(error)
    expect(network.requests).toEqual([])
  })
})

describe('the organization', () => {
  test.each([
    ['2.999.77', 'ERR_CQ_ENTRY_NOT_FOUND'],
    ['2.999.30', 'ERR_CQ_ENTRY_INACTIVE'],
    ['2.999.40', 'ERR_CQ_NO_USABLE_ENDPOINT'],
  ])('%s is %s after one request', async (oid, code) => {
    const network = await hostileNetwork()
    const error = await failureOf(network.client.organization(oid))
    expect(error).toMatchObject({ code, retryable: false })
    network.expectNothingShown(error)
    expect(network.requests).toHaveLength(1)
  })

  test('two endpoints, one for IHE: the FHIR one is taken', async () => {
    const { client } = await hostileNetwork()
    const { endpoint, entry } = await client.organization(OID)
    expect(entry?.endpoints).toHaveLength(2)
    expect(endpoint.address).toBe(`${BASE}/`)
  })
})

/** Metadata with these extensions in its security element. */
function metadata(...extension: readonly object[]): Fault {
  return () =>
    json({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      rest: [{ mode: 'server', security: { extension } }],
    })
}
const oauthUris = (value: object, name = 'token'): object => ({
  url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
  extension: [{ url: name, ...value }],
})

describe('the token URL', () => {
  test('that is not published makes an open server, and ERR_CQ_NO_TOKEN_ENDPOINT when it wants a token', async () => {
    const { error, network } = await read({ metadata: metadata() })
    expect(error).toMatchObject({ code: 'ERR_CQ_NO_TOKEN_ENDPOINT', organization: OID })
    expect([network.count('read'), network.count('token')]).toEqual([1, 0])
  })

  test.each([
    ['relative', { valueUri: 'Authorization/token' }],
    ['in valueUrl', { valueUrl: `${BASE}/Authorization/token` }],
    ['in valueString, with white space', { valueString: ` ${BASE}/Authorization/token\n` }],
  ])('%s works', async (_how, value) => {
    const { client } = await hostileNetwork({
      metadata: metadata(oauthUris(value, 'carequality-token')),
    })
    const { patients } = await client.organization(OID)
    expect((await patients.read(PATIENT)).id).toBe(PATIENT)
  })

  test.each([
    [
      'on a foreign host',
      'https://fhir.sunrise-clinic.example/oauth2/token',
      'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
    ],
    [
      'on a look-alike host',
      'https://fhir-ehr.stagingcerner.com.evil.example/token',
      'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
    ],
    ['with http', 'http://fhir-ehr.stagingcerner.com/token', 'ERR_CQ_ORIGIN_REFUSED'],
    ['with user info', 'https://u:p@fhir-ehr.stagingcerner.com/token', 'ERR_CQ_ORIGIN_REFUSED'],
    ['in a private network', 'https://169.254.169.254/token', 'ERR_CQ_ORIGIN_REFUSED'],
  ])('A6: %s: nothing is signed, nothing is asked', async (_how, valueUri, code) => {
    let signed = 0
    const { client } = await hostileNetwork()
    const signer = {
      algorithms: ['RS256'] as const,
      publicJwk: { kty: 'RSA' },
      sign: () => {
        signed += 1
        return Promise.reject(new Error('no'))
      },
    }
    const { error, network } = await read(
      { metadata: metadata(oauthUris({ valueUri }, 'carequality-token')) },
      { signer: () => signer },
    )
    expect(client).toBeDefined()
    expect(error).toMatchObject({ code, retryable: false })
    expect([signed, network.count('token'), network.count('read')]).toEqual([0, 0, 0])
  })
})

describe('content', () => {
  const latin1 = (): Response =>
    new Response(
      Uint8Array.from(
        Buffer.from(
          JSON.stringify({ resourceType: 'Patient', id: PATIENT, name: [{ family: 'José' }] }),
          'latin1',
        ),
      ),
      { headers: { 'content-type': 'application/fhir+json; charset=ISO-8859-1' } },
    )

  test.each<[string, Stage, () => Response, string, number]>([
    [
      'HTML with 200',
      'directory',
      () => answer(200, HTML, 'text/html'),
      'ERR_CQ_UNEXPECTED_CONTENT',
      1,
    ],
    [
      'HTML with 200',
      'metadata',
      () => answer(200, HTML, 'text/html'),
      'ERR_CQ_UNEXPECTED_CONTENT',
      1,
    ],
    [
      'HTML with 200',
      'token',
      () => answer(200, HTML, 'text/html'),
      'ERR_CQ_INVALID_TOKEN_RESPONSE',
      1,
    ],
    ['HTML with 200', 'read', () => answer(200, HTML, 'text/html'), 'ERR_CQ_UNEXPECTED_CONTENT', 1],
    ['HTML labelled as JSON', 'read', () => answer(200, HTML), 'ERR_CQ_INVALID_JSON', 1],
    [
      'XML where JSON was asked',
      'metadata',
      () => answer(200, '<CapabilityStatement/>', 'application/fhir+xml'),
      'ERR_CQ_UNEXPECTED_CONTENT',
      1,
    ],
    [
      'XML where JSON was asked',
      'read',
      () => answer(200, '<Patient/>', 'application/fhir+xml'),
      'ERR_CQ_UNEXPECTED_CONTENT',
      1,
    ],
    ['an empty body', 'read', () => answer(200), 'ERR_CQ_INVALID_JSON', 1],
    [
      'JSON that breaks off',
      'read',
      () => answer(200, '{"resourceType":"Patient","id":"131'),
      'ERR_CQ_INVALID_JSON',
      1,
    ],
    [
      'bytes that are no UTF-8',
      'read',
      () =>
        new Response(Uint8Array.from([0x7b, 0xff, 0x7d]), {
          headers: { 'content-type': 'application/fhir+json' },
        }),
      'ERR_CQ_UNEXPECTED_CONTENT',
      1,
    ],
    [
      'another resource',
      'read',
      () => json({ resourceType: 'Observation', id: PATIENT }),
      'ERR_CQ_UNEXPECTED_RESOURCE',
      1,
    ],
    [
      'another patient',
      'read',
      () => json({ resourceType: 'Patient', id: 'MARKED' }),
      'ERR_CQ_OTHER_PATIENT',
      1,
    ],
    ['an OperationOutcome with 200', 'read', () => json(OUTCOME), 'ERR_CQ_OPERATION_FAILED', 1],
  ])('%s at the stage %s', async (_what, stage, fault, code, requests) => {
    // The other document of discovery must not save the day here.
    const { error, network } = await read({ [stage]: fault })
    expect(error).toMatchObject({ code })
    expect(network.count(stage)).toBe(requests)
  })

  test('a byte order mark and Latin-1 by label are read', async () => {
    const bom = await hostileNetwork({
      read: () => answer(200, `\ufeff${JSON.stringify({ resourceType: 'Patient', id: PATIENT })}`),
    })
    expect((await (await bom.client.organization(OID)).patients.read(PATIENT)).id).toBe(PATIENT)
    const { client } = await hostileNetwork({ read: latin1 })
    expect((await (await client.organization(OID)).patients.read(PATIENT)).name?.[0]?.family).toBe(
      'José',
    )
  })
})
