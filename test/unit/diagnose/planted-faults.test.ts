/** Each fault of issue 22, planted in a network in which all else is well, and named with its cure. */
import { createPublicKey, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { findings, type FindingId } from '../../../src/diagnose/index.ts'
import type { DiagnosisStep } from '../../../src/diagnose/index.ts'
import { keyId } from '../../../src/testing/registered-keys.ts'
import { makeCertificate } from '../../support/certificates.ts'
import {
  broken,
  CERNER,
  CLIENT_ID,
  DAY,
  derOf,
  ec,
  identity,
  NOW,
  page,
  plant,
  rsa,
  sandboxOf,
  SUNRISE,
  type Fault,
} from './world.ts'

type Row = readonly [
  fault: string,
  finding: FindingId,
  step: DiagnosisStep['id'],
  make: Fault | (() => Fault | Promise<Fault>),
]

const ends =
  (end: string) =>
  (request: Request): boolean =>
    new URL(request.url).pathname.endsWith(end)
const isMetadata = ends('/metadata')
const isToken = (request: Request): boolean => /\/(token)$/.test(new URL(request.url).pathname)
const isDirectory = (request: Request): boolean =>
  /carequality\.org|sequoiaproject\.org/.test(new URL(request.url).host)
const isRead = (request: Request): boolean => request.url.includes('/Patient/')
/** Answers what fits, and lets all else pass. */
const answers =
  (
    fits: (request: Request) => boolean,
    response: (request: Request) => Response | Promise<Response>,
  ) =>
  (request: Request): Response | Promise<Response> | undefined =>
    fits(request) ? response(request) : undefined
const oauth =
  (error: string, description?: string, status = 400) =>
  (): Response =>
    Response.json({ error, error_description: description }, { status })
/** Changes the text of an answer. */
const edited =
  (fits: (request: Request) => boolean, edit: (text: string) => string) =>
  async (request: Request, response: Response): Promise<Response> => {
    if (!fits(request)) return response
    return new Response(edit(await response.text()), {
      status: response.status,
      headers: response.headers,
    })
  }
const at =
  (date: number) =>
  (_request: Request, response: Response): Response => {
    response.headers.set('date', new Date(date).toUTCString())
    return response
  }
const smart = { mode: 'smart-backend', organization: SUNRISE } as const

/** One that is longer than a FHIR id is searched for. */
const LONG_OID = `2.999.${'1'.repeat(70)}`
const entryOf = (id: string): object => ({
  resource: {
    resourceType: 'Organization',
    ...{ id, name: id, active: true },
    identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:oid:${LONG_OID}` }],
  },
})

const keyFaults: readonly Row[] = [
  [
    'the file holds a certificate and no key',
    'key-missing',
    'key',
    async () => ({ options: { key: (await sandboxOf()).pem.certificates } }),
  ],
  [
    'the key is DER',
    'key-is-der',
    'key',
    async () => ({ options: { key: derOf((await sandboxOf()).pem.key) } }),
  ],
  [
    'the key is base64 without its lines',
    'key-is-der',
    'key',
    async () => ({ options: { key: derOf((await sandboxOf()).pem.key).toString('base64') } }),
  ],
  [
    'the key file is PKCS#12',
    'key-is-pkcs12',
    'key',
    { options: { key: Buffer.from('300b0201033006060100040100', 'hex') } },
  ],
  [
    'the key is encrypted',
    'key-is-encrypted',
    'key',
    () => ({
      options: {
        key: identity()
          .keys.privateKey.export({
            type: 'pkcs8',
            format: 'pem',
            cipher: 'aes-256-cbc',
            passphrase: 'S3CRET',
          })
          .toString(),
      },
    }),
  ],
  [
    'RSA 1024',
    'key-too-short',
    'key',
    () => ({
      options: { key: rsa(1024).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    }),
  ],
  [
    'a curve that nobody takes',
    'key-not-usable',
    'key',
    () => ({
      options: {
        key: ec('secp256k1').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    }),
  ],
  [
    'no certificate',
    'certificate-missing',
    'certificate',
    { options: { certificates: undefined } },
  ],
  [
    'the certificate file is not one',
    'certificate-not-readable',
    'certificate',
    { options: { certificates: 'fhir.example-hospital.org' } },
  ],
  [
    'the wrong key for the certificate',
    'key-certificate-mismatch',
    'certificate',
    () => ({ options: { key: identity().key } }),
  ],
  [
    'the chain is reversed',
    'chain-out-of-order',
    'chain',
    () => {
      const { key, reversed } = identity()
      return { options: { key, certificates: reversed } }
    },
  ],
  [
    'the certificate has expired',
    'certificate-expired',
    'validity',
    () => {
      const { key, certificates } = identity({ notAfter: new Date(NOW - DAY / 2) })
      return { options: { key, certificates } }
    },
  ],
  [
    'the certificate is not valid yet',
    'certificate-not-yet-valid',
    'validity',
    () => {
      const { key, certificates } = identity({ notBefore: new Date(NOW + DAY) })
      return { options: { key, certificates } }
    },
  ],
  [
    'the certificate has no name of the client',
    'certificate-other-name',
    'names',
    () => {
      const { key, certificates } = identity({ subject: 'Example Hospital', dnsNames: [] })
      return { options: { key, certificates } }
    },
  ],
  [
    'the HSM rejects the PIN',
    'key-not-opened',
    'key',
    {
      options: {
        ...{ key: undefined, certificates: undefined },
        signer: () => Promise.reject(new Error('PIN 4711 S3CRET')),
      },
    },
  ],
  [
    'the HSM throws',
    'signer-failed',
    'signature',
    async () => {
      const { signer } = (await sandboxOf()).options
      return {
        options: {
          key: undefined,
          certificates: undefined,
          signer: { ...signer, sign: () => Promise.reject(new Error('PIN 4711 S3CRET')) },
        },
      }
    },
  ],
  [
    'the HSM signs with another key',
    'signature-wrong',
    'signature',
    async () => {
      const { signer } = (await sandboxOf()).options
      const { privateKey } = rsa(2048)
      return {
        options: {
          key: undefined,
          certificates: undefined,
          signer: { ...signer, sign: (data) => Promise.resolve(sign('sha256', data, privateKey)) },
        },
      }
    },
  ],
  [
    'a jti is used again',
    'jti-repeated',
    'assertion',
    { options: { randomUUID: () => '00000000-0000-4000-8000-ffffffffffff' } },
  ],
  [
    'the kid is not in the hosted JWK set',
    'jwks-lacks-key',
    'jwks',
    {
      options: { jwksUrl: 'https://keys.example.org/jwks.json' },
      wire: answers(ends('/jwks.json'), () =>
        Response.json({ keys: [{ kty: 'RSA', kid: 'last-year', n: 'AQAB', e: 'AQAB' }] }),
      ),
    },
  ],
  [
    'the hosted JWK set has another key under the kid',
    'jwks-other-key',
    'jwks',
    async () => {
      const kid = await keyId(
        createPublicKey((await sandboxOf()).pem.key).export({ format: 'jwk' }),
      )
      const other = rsa(2048).publicKey.export({ format: 'jwk' })
      return {
        options: { jwksUrl: 'https://keys.example.org/jwks.json' },
        wire: answers(ends('/jwks.json'), () => Response.json({ keys: [{ ...other, kid }] })),
      }
    },
  ],
  [
    'the hosted JWK set is gone',
    'jwks-not-readable',
    'jwks',
    {
      options: { jwksUrl: 'https://keys.example.org/jwks.json' },
      wire: answers(ends('/jwks.json'), () => new Response(null, { status: 404 })),
    },
  ],
]

const networkFaults: readonly Row[] = [
  [
    'the proxy wants a login',
    'proxy-login',
    'directory',
    { wire: () => new Response(null, { status: 407, headers: { 'proxy-authenticate': 'Basic' } }) },
  ],
  [
    'the proxy wants a login for the tunnel',
    'proxy-login',
    'directory',
    { wire: () => broken('CQ_PROXY_REFUSED_407') },
  ],
  [
    'the proxy refuses the tunnel',
    'proxy-refuses',
    'directory',
    { wire: () => broken('CQ_PROXY_REFUSED_403') },
  ],
  [
    'the proxy answers with its own HTML',
    'proxy-page',
    'directory',
    { wire: () => page('<title>Access blocked</title>', 403, { via: '1.1 zscaler' }) },
  ],
  [
    'the host does not resolve',
    'host-not-found',
    'metadata',
    {
      wire: answers(isMetadata, () => broken('ENOTFOUND')),
      answer: edited(ends('/smart-configuration'), () => ''),
    },
  ],
  [
    'the firewall drops the connection',
    'no-connection',
    'directory',
    { wire: () => broken('ETIMEDOUT') },
  ],
  [
    'an unknown private CA',
    'server-certificate-unknown-ca',
    'directory',
    { wire: () => broken('SELF_SIGNED_CERT_IN_CHAIN') },
  ],
  [
    'the server certificate has expired',
    'server-certificate-expired',
    'directory',
    { wire: () => broken('CERT_HAS_EXPIRED') },
  ],
  [
    'the server certificate is for another host',
    'server-certificate-other-name',
    'directory',
    { wire: () => broken('ERR_TLS_CERT_ALTNAME_INVALID') },
  ],
  [
    'the server wants a client certificate',
    'client-certificate-refused',
    'directory',
    { wire: () => broken('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED') },
  ],
  [
    'the base is in a private network',
    'address-not-allowed',
    'metadata',
    { options: { organization: undefined, baseUrl: 'https://10.0.0.7/fhir' } },
  ],
  ['our clock is 10 minutes off', 'clock-off', 'clock', { answer: at(NOW + 600_000) }],
  [
    'the clock of one server is off',
    'server-clock-off',
    'clock',
    {
      answer: (request, response) =>
        isDirectory(request) ? response : at(NOW - 240_000)(request, response),
    },
  ],
  [
    'no response comes',
    'no-response',
    'directory',
    { wire: () => broken('UND_ERR_HEADERS_TIMEOUT') },
  ],
  [
    'the server certificate is revoked',
    'server-certificate-rejected',
    'directory',
    { wire: () => broken('CERT_REVOKED') },
  ],
]

const directoryFaults: readonly Row[] = [
  [
    'the wrong API key',
    'directory-key-refused',
    'directory',
    { options: { directory: { release: 'carequality-stu3', apiKey: 'MARKED-other-key' } } },
  ],
  [
    'a stage key at production',
    'directory-key-of-other-environment',
    'directory',
    {
      options: {
        directory: {
          release: 'carequality-r4',
          environment: 'production',
          apiKey: 'MARKED-stage-key',
        },
      },
      wire: answers(isDirectory, ({ url }) =>
        url.includes('.stage.')
          ? Response.json(
              { resourceType: 'OperationOutcome', issue: [] },
              { status: 404, headers: { 'content-type': 'application/fhir+json' } },
            )
          : new Response(null, { status: 401 }),
      ),
    },
  ],
  [
    'the directory does not know the OID',
    'entry-not-found',
    'directory',
    { options: { organization: '2.999.77' } },
  ],
  [
    'the entry is inactive',
    'entry-inactive',
    'directory',
    { options: { organization: '2.999.30' } },
  ],
  [
    'the entry lists no FHIR endpoint',
    'no-fhir-endpoint',
    'endpoint',
    { options: { organization: '2.999.40' } },
  ],
  [
    'the directory is down',
    'server-error',
    'directory',
    { wire: answers(isDirectory, () => new Response(null, { status: 503 })) },
  ],
  [
    'the directory limits us',
    'rate-limited',
    'directory',
    {
      wire: answers(
        isDirectory,
        () => new Response(null, { status: 429, headers: { 'retry-after': '120' } }),
      ),
    },
  ],
  [
    'several entries have the OID',
    'entry-ambiguous',
    'directory',
    {
      options: {
        organization: LONG_OID,
        directory: { release: 'carequality-r4', environment: 'production', apiKey: 'MARKED' },
      },
      wire: answers(isDirectory, () =>
        Response.json(
          { resourceType: 'Bundle', type: 'searchset', entry: ['a', 'b'].map(entryOf) },
          { headers: { 'content-type': 'application/fhir+json' } },
        ),
      ),
    },
  ],
]

const serverFaults: readonly Row[] = [
  [
    'no Accept reaches the server',
    'not-acceptable',
    'metadata',
    {
      // The sandbox's Cerner answers 406 to it.
      wire: answers(isMetadata, async ({ url }) => (await sandboxOf()).fetch(new Request(url))),
      answer: edited(ends('/smart-configuration'), () => ''),
    },
  ],
  [
    'a login page with 200',
    'login-page',
    'metadata',
    {
      wire: answers(
        ({ url }) => url.includes('stagingcerner'),
        () => page('<title>Sign in</title><input type="password">'),
      ),
    },
  ],
  [
    'a page of a gateway',
    'html-page',
    'metadata',
    {
      wire: answers(
        ({ url }) => url.includes('stagingcerner'),
        () => page('<title>Welcome</title>'),
      ),
    },
  ],
  [
    'the server redirects to a portal',
    'redirected',
    'metadata',
    {
      wire: answers(
        ({ url }) => url.includes('stagingcerner'),
        () =>
          new Response(null, { status: 302, headers: { location: 'https://portal.example.org/' } }),
      ),
    },
  ],
  [
    'the base is wrong',
    'base-not-found',
    'metadata',
    { options: { organization: undefined, baseUrl: 'https://fhir-ehr.stagingcerner.com/wrong' } },
  ],
  [
    'the metadata wants a token',
    'metadata-protected',
    'metadata',
    {
      wire: answers(
        ({ url }) => url.includes('stagingcerner'),
        () => Response.json({}, { status: 401 }),
      ),
    },
  ],
  [
    'a DSTU2 server',
    'fhir-dstu2',
    'metadata',
    {
      answer: edited(isMetadata, (text) =>
        text
          .replace('CapabilityStatement', 'Conformance')
          .replace(/"fhirVersion":\s*"[^"]*"/, '"fhirVersion":"1.0.2"'),
      ),
    },
  ],
  [
    'an STU3 server',
    'fhir-version',
    'metadata',
    {
      answer: edited(isMetadata, (text) =>
        text.replace(/"fhirVersion":\s*"[^"]*"/, '"fhirVersion":"3.0.2"'),
      ),
    },
  ],
  [
    'the metadata is broken',
    'malformed-response',
    'metadata',
    { answer: edited(isMetadata, (text) => text.slice(0, 100)) },
  ],
  [
    'token in place of carequality-token',
    'token-not-carequality',
    'token-endpoint',
    { options: { disabledQuirks: ['cerner.carequality-token'] } },
  ],
  [
    'no token endpoint is published',
    'token-endpoint-missing',
    'token-endpoint',
    {
      answer: edited(isMetadata, (text) =>
        text.replaceAll('"carequality-token"', '"x"').replaceAll('"token"', '"y"'),
      ),
    },
  ],
  [
    'the token endpoint is on a foreign host',
    'token-endpoint-foreign',
    'token-endpoint',
    {
      options: { organization: SUNRISE },
      answer: edited(ends('/smart-configuration'), (text) =>
        text.replace(
          /"token_endpoint":\s*"[^"]*"/,
          '"token_endpoint":"https://login.elsewhere.example/token"',
        ),
      ),
    },
  ],
]

const tokenFaults: readonly Row[] = [
  [
    'the server lists no algorithm of the key',
    'algorithm-not-listed',
    'assertion',
    {
      options: smart,
      answer: edited(ends('/smart-configuration'), (text) =>
        text.replace(
          /("token_endpoint_auth_signing_alg_values_supported":\s*)\[[^\]]*\]/,
          '$1["ES384"]',
        ),
      ),
    },
  ],
  [
    'aud is not the token endpoint',
    'assertion-not-by-the-rules',
    'assertion',
    { options: { audience: { text: 'https://elsewhere.example.org/token' } } },
  ],
  [
    'typ is missing what the server wants',
    'assertion-not-by-the-rules',
    'assertion',
    { options: { ...smart, assertion: { headers: { typ: 'client-authentication+jwt' } } } },
  ],
  [
    'the client is not registered',
    'client-not-registered',
    'token',
    () => {
      const { key, certificates } = identity({
        subject: 'other.example.org',
        dnsNames: ['other.example.org'],
      })
      return { options: { clientId: 'other.example.org', key, certificates } }
    },
  ],
  [
    'the client is registered with another certificate',
    'certificate-not-registered',
    'token',
    () => {
      const { key, certificates } = identity()
      return { options: { key, certificates } }
    },
  ],
  [
    'the server has seen the jti',
    'jti-repeated',
    'token',
    { wire: answers(isToken, oauth('invalid_client', 'jti was used before', 401)) },
  ],
  [
    'the server wants another audience',
    'audience-refused',
    'token',
    { wire: answers(isToken, oauth('invalid_client', 'audience mismatch', 401)) },
  ],
  [
    'the server finds it expired',
    'assertion-time-refused',
    'token',
    { wire: answers(isToken, oauth('invalid_client', 'assertion expired', 401)) },
  ],
  [
    'invalid_client and not a word more',
    'client-not-registered',
    'token',
    { wire: answers(isToken, oauth('invalid_client', undefined, 401)) },
  ],
  [
    'the grant is refused',
    'grant-refused',
    'token',
    { wire: answers(isToken, oauth('unsupported_grant_type')) },
  ],
  [
    'the scope is refused',
    'scope-refused',
    'token',
    { options: { scope: 'system/Immunization.read' } },
  ],
  [
    'the scope is narrowed',
    'scope-narrowed',
    'scope',
    {
      options: { scope: 'system/Patient.read system/Observation.read' },
      answer: edited(isToken, (text) =>
        text.replace('system/Patient.read system/Observation.read', 'system/Patient.rs'),
      ),
    },
  ],
  [
    'the token endpoint is not there',
    'token-endpoint-wrong',
    'token',
    { wire: answers(isToken, () => new Response(null, { status: 404 })) },
  ],
  [
    'the token endpoint is a login page',
    'login-page',
    'token',
    { wire: answers(isToken, () => page('<input type="password">')) },
  ],
  [
    'the token is not Bearer',
    'token-not-usable',
    'token',
    { wire: answers(isToken, () => Response.json({ access_token: 'S3CRET', token_type: 'mac' })) },
  ],
  [
    'the token rate limit is reached',
    'rate-limited',
    'token',
    {
      wire: answers(
        isToken,
        () => new Response(null, { status: 429, headers: { 'retry-after': '60' } }),
      ),
    },
  ],
  [
    'the FHIR server rejects the token',
    'token-refused',
    'read',
    { wire: answers(isRead, () => Response.json({}, { status: 401 })) },
  ],
  [
    'the FHIR server forbids the read',
    'read-forbidden',
    'read',
    { wire: answers(isRead, () => Response.json({}, { status: 403 })) },
  ],
  [
    'there is no such patient',
    'patient-not-found',
    'read',
    { options: { patientId: 'S3CRET-4711' } },
  ],
  [
    'the read ends in a page of the proxy',
    'proxy-page',
    'read',
    { wire: answers(isRead, () => page('<title>Firewall</title>', 403)) },
  ],
  [
    'the server says no more than server_error',
    'token-rejected',
    'token',
    { wire: answers(isToken, oauth('server_error')) },
  ],
  [
    'the read ends in an error of its own',
    'read-failed',
    'read',
    {
      wire: answers(isRead, () =>
        Response.json(
          { resourceType: 'OperationOutcome', issue: [] },
          { status: 422, headers: { 'content-type': 'application/fhir+json' } },
        ),
      ),
    },
  ],
]

const all: readonly Row[] = [
  ...keyFaults,
  ...networkFaults,
  ...directoryFaults,
  ...serverFaults,
  ...tokenFaults,
]
const SECRETS = /S3CRET|MARKED|sandbox-api-key|PRIVATE KEY-----|eyJ|sandbox-token|1316024|Peters/

describe('a planted fault is the first that fails, and is named with its cure in one line:', () => {
  test.each(all)('%s: %s', async (_fault, finding, step, make) => {
    const { diagnosis } = await plant(typeof make === 'function' ? await make() : make)
    const failed = diagnosis.steps.filter(({ state }) => state === 'failed')
    const found = failed.find((one) => one.finding === finding)
    expect(failed.map((one) => [one.id, one.finding])).toContainEqual([step, finding])
    const [what, cure] = findings[finding]
    expect(found?.summary).toBe(`${what}. ${cure}.`)
    expect(found?.who).toMatch(/^(you|responder|directory|network)$/)
    expect(diagnosis.first?.finding).toBe(finding)
    expect(diagnosis.ok).toBe(false)
    expect(String(diagnosis)).not.toMatch(SECRETS)
  })

  test('and every finding is planted by one of these tests, or by those of UDAP', () => {
    const planted = new Set<string>(all.map(([, finding]) => finding))
    const names = Object.keys(findings).filter((name) => !/^udap-|^registration-/.test(name))
    expect(names.filter((name) => !planted.has(name))).toEqual([])
    expect(planted.size).toBeGreaterThan(60)
  })
})

test('where all is well every step passes, or says why it was not needed', async () => {
  const { diagnosis } = await plant()
  expect(diagnosis.ok).toBe(true)
  const others = diagnosis.steps.filter(({ state }) => state !== 'passed')
  expect(others.map(({ id, evidence }) => [id, evidence])).toEqual([
    ['jwks', ['no URL of a JWK set was given']],
    ['udap', ['mode is carequality-legacy']],
  ])
  expect(String(diagnosis)).not.toMatch(SECRETS)
  expect(CERNER).toBe('2.16.840.1.113883.3.13.1')
})

test('an open server is read without a token, and is well', async () => {
  const headers = { 'content-type': 'application/fhir+json' }
  const patient = JSON.stringify({ resourceType: 'Patient', id: '1316024' })
  const { diagnosis, requests } = await plant({
    wire: answers(isRead, () => new Response(patient, { headers })),
    answer: edited(isMetadata, (text) =>
      text.replaceAll('"carequality-token"', '"x"').replaceAll('"token"', '"y"'),
    ),
  })
  const states = Object.fromEntries(diagnosis.steps.map(({ id, state }) => [id, state]))
  expect(states).toMatchObject({ 'token-endpoint': 'not reached', token: 'not reached' })
  expect(states.read).toBe('passed')
  expect(diagnosis.steps.find(({ id }) => id === 'token')?.evidence).toEqual([
    'the server is open: it needs no token',
  ])
  expect(diagnosis.ok).toBe(true)
  expect(requests.some((request) => isToken(request))).toBe(false)
})

test('a token server whose clock alone is wrong is its own fault in every step, and not ours', async () => {
  const late = new Date(NOW + 20 * 60_000).toUTCString()
  const { diagnosis } = await plant({
    wire: answers(isToken, () =>
      Response.json({ error: 'invalid_client' }, { status: 401, headers: { date: late } }),
    ),
    answer: at(NOW),
  })
  const failed = diagnosis.steps.filter(({ state }) => state === 'failed')
  expect(failed.map(({ id, finding, who }) => [id, finding, who])).toEqual([
    ['clock', 'server-clock-off', 'responder'],
    ['token', 'server-clock-off', 'responder'],
  ])
})

test.each([
  ['invalid_request', undefined, 'token-rejected'],
  ['invalid_request', 'unknown client', 'client-not-registered'],
  ['invalid_client', 'The registered client certificate has expired', 'certificate-not-registered'],
  ['invalid_client', 'Client not registered for audience https://x', 'client-not-registered'],
  ['invalid_client', 'Signature has expired', 'assertion-time-refused'],
  ['invalid_client', 'Invalid signature', 'certificate-not-registered'],
] as const)('a rejection by %s with the words "%s" is %s', async (error, words, finding) => {
  const { diagnosis } = await plant({ wire: answers(isToken, oauth(error, words, 401)) })
  expect(diagnosis.first).toMatchObject({ id: 'token', finding })
})

test.each([
  ['directory', 403, isDirectory],
  ['directory', 401, isDirectory],
  ['token', 403, isToken],
  ['read', 403, isRead],
] as const)(
  'an HTML page of no known product in the step %s, status %d, is a page',
  async (id, status, fits) => {
    const { diagnosis, requests } = await plant({
      wire: answers(fits, () => page('<title>Forbidden</title>', status)),
    })
    expect(diagnosis.first).toMatchObject({ id, finding: 'html-page' })
    expect(requests.some(({ url }) => url.includes('.stage.'))).toBe(false)
  },
)

test('without a key nothing failed, no token was tried, and that is not well', async () => {
  const { diagnosis } = await plant({ options: { key: undefined, certificates: undefined } })
  expect(diagnosis.first).toBeUndefined()
  expect(diagnosis.ok).toBe(false)
  const reasons = new Map(diagnosis.steps.map(({ id, evidence }) => [id, evidence[0]]))
  for (const id of ['certificate', 'chain', 'validity', 'names', 'signature', 'jwks'] as const) {
    expect([id, reasons.get(id)]).toEqual([id, 'no key was given'])
  }
  for (const id of ['assertion', 'token', 'scope', 'read'] as const) {
    expect([id, reasons.get(id)]).toEqual([id, 'there is no key to sign with'])
  }
})

test('with a key alone, which is enough in smart-backend, no step says that another failed', async () => {
  const { diagnosis } = await plant({ options: { ...smart, certificates: undefined } })
  expect(diagnosis.ok).toBe(true)
  expect(String(diagnosis)).not.toContain('an earlier step failed')
})

test('a step that was not reached names the step that failed before it', async () => {
  const { diagnosis } = await plant({ options: { organization: '2.999.77' } })
  const metadata = diagnosis.steps.find(({ id }) => id === 'metadata')
  expect(metadata?.evidence).toEqual(['an earlier step failed: Directory and API key'])
})

test('an HSM that gives ECDSA signatures in DER passes, and is told of', async () => {
  const { privateKey, publicKey } = ec()
  const leaf = makeCertificate({
    subject: CLIENT_ID,
    publicKey,
    issuer: { privateKey },
    notAfter: new Date(NOW + DAY),
    notBefore: new Date(NOW - DAY),
  })
  const { diagnosis } = await plant({
    options: {
      key: undefined,
      certificates: undefined,
      signer: {
        algorithms: ['ES256'],
        certificates: [leaf.base64],
        sign: (data) => Promise.resolve(sign('sha256', data, privateKey)),
      },
    },
  })
  const step = diagnosis.steps.find(({ id }) => id === 'signature')
  expect(step).toMatchObject({ state: 'passed' })
  expect(step?.evidence.join('\n')).toContain('in DER')
})
