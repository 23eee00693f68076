import { createHash, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import type { DirectoryEntry } from '../../src/index.ts'
import { pemSigner } from '../../src/signers/index.ts'
import { entry, smartConfiguration, statement, tokenEndpoint } from '../support/fake-responder.ts'
import { world } from '../support/fake-responder.ts'
import { base } from '../support/fhir-answers.ts'
import { makeCertificate } from '../support/certificates.ts'
import { keyPair, ownSigner } from '../support/token-endpoint.ts'
import { pemOf } from './signers/keys.ts'

const published = { metadata: () => statement({ token: tokenEndpoint }) }
const OID = '2.16.840.1.113883.3.13.1'
const contacts = [
  {
    purpose: 'Technical',
    name: 'Ann Example',
    telecom: [
      { system: 'email', value: 'ann@example-clinic.org' },
      { system: 'phone', value: '+1 555 0100' },
    ],
  },
  { telecom: [{ value: 'front desk' }] },
]
const listed: DirectoryEntry = { ...entry(OID), name: 'Sunrise Clinic', contacts }

const pair = keyPair('RSA')
const ca = keyPair('RSA')
const leaf = makeCertificate({
  subject: 'fhir.example-hospital.org',
  publicKey: pair.publicKey,
  issuer: { name: 'Carequality CA', ...ca },
  dnsNames: ['fhir.example-hospital.org', 'alias.example-hospital.org'],
  uris: ['https://fhir.example-hospital.org/'],
  notBefore: new Date('2026-01-02'),
  notAfter: new Date('2036-03-04'),
})

test('the letter of a client with a certificate, line by line', async () => {
  const signer = await pemSigner({ key: pemOf(pair.privateKey), certificates: leaf.pem })
  const made = await world(published, {
    signer,
    directory: { read: () => Promise.resolve(listed) },
    scope: 'system/Patient.read system/Observation.read',
  })
  const responder = await made.client.organization(OID)
  const text = await responder.registrationSummary({
    description: 'Treatment at Example Hospital: patients’ records at the bedside.',
    jwksUrl: 'https://fhir.example-hospital.org/jwks.json',
    contact: 'it@example-hospital.org, +1 555 0199',
  })
  const digest = createHash('sha256').update(leaf.der).digest('hex').toUpperCase()
  const fingerprint = digest.match(/../g)?.join(':') ?? ''
  expect(new X509Certificate(leaf.pem).fingerprint256).toBe(fingerprint)
  expect(text).toBe(`Registration of fhir.example-hospital.org

To Sunrise Clinic (${OID})
Technical, Ann Example, email: ann@example-clinic.org, phone: +1 555 0100
at: front desk

Please register this client for access by client credentials
(private_key_jwt, RFC 7523; SMART Backend Services).

Client id       fhir.example-hospital.org
Description     Treatment at Example Hospital: patients’ records at the bedside.
FHIR server     ${base}
Token endpoint  ${tokenEndpoint}
Scopes          system/Patient.read system/Observation.read
Algorithms      RS384, RS256, RS512, PS384, PS256, PS512
JWKS URL        https://fhir.example-hospital.org/jwks.json
Certificate     CN=fhir.example-hospital.org
Issued by       CN=Carequality CA
Other names     DNS:fhir.example-hospital.org, DNS:alias.example-hospital.org, URI:https://fhir.example-hospital.org/
SHA-256         ${fingerprint}
Valid           2026-01-02 to 2036-03-04
Contact         it@example-hospital.org, +1 555 0199
`)
  // Nothing was asked for it but what says who the responder is.
  expect(made.seen.map(({ url }) => new URL(url).pathname)).not.toContain('/oauth/token')
})

test('the identity is the one that this responder is asked with', async () => {
  const signer = await ownSigner(keyPair('P-256'), { kid: 'k-2026' })
  const made = await world(
    { smart: () => smartConfiguration() },
    { signer, context: () => ({ clientId: 'their-id-7' }) },
  )
  const responder = await made.client.responder({ baseUrl: base })
  const smart = responder.as({ mode: 'smart-backend', scope: 'system/Patient.rs' })
  const text = await smart.registrationSummary()
  expect(text).toContain('Registration of their-id-7\n')
  expect(text).toMatch(/^To the operator of fhir\.example\.org$/m)
  expect(text).toMatch(/^Scopes {10}system\/Patient\.rs$/m)
  expect(text).toMatch(/^Key id {10}k-2026$/m)
  for (const absent of ['Certificate', 'JWKS URL', 'Contact', 'undefined']) {
    expect(text).not.toContain(absent)
  }
  const bare = await world({ smart: () => smartConfiguration() }, { mode: 'smart-backend' })
  const own = await bare.client.responder({ baseUrl: base })
  expect(await own.registrationSummary()).toMatch(/^Key id {10}[\w-]{43}$/m)
})

test('whom to write to is the one whose endpoint serves the entry', async () => {
  const child = { ...entry('1.2.3'), name: 'Ward', endpoints: [], partOf: OID }
  const made = await world(published, {
    directory: { read: (id) => Promise.resolve(id === OID ? listed : child) },
  })
  const text = await (await made.client.organization('1.2.3')).registrationSummary()
  expect(text).toContain(`To Sunrise Clinic (${OID})\nTechnical, Ann Example`)
  const silent = await world(published, {
    directory: { read: () => Promise.resolve(entry(OID)) },
  })
  const without = await (await silent.client.organization(OID)).registrationSummary()
  expect(without).toContain('(the directory names no contact)')
})

test('nobody forges a line of it', async () => {
  const forged: DirectoryEntry = {
    ...listed,
    name: 'Clinic\nClient id       evil',
    contacts: [
      { name: 'a\r\nScopes          system/*.*', telecom: [{ value: 'b\u2028Scopes          c' }] },
    ],
  }
  const made = await world(published, { directory: { read: () => Promise.resolve(forged) } })
  const details = { description: 'x\nContact         evil', contact: 'y\u0000\nz' }
  const responder = await made.client.organization(OID)
  const text = await responder.registrationSummary(details)
  for (const name of ['Client id', 'Scopes', 'Contact']) {
    expect(text.split(/[\n\r\u2028\u2029]/).filter((line) => line.startsWith(name))).toHaveLength(1)
  }
})

test.each<[option: string, details: unknown]>([
  ['details', 'text'],
  ['details', null],
  ['details.description', { description: '' }],
  ['details.jwksUrl', { jwksUrl: 7 }],
  ['details.contact', { contact: {} }],
])('a wrong "%s" is a TypeError', async (option, details) => {
  const made = await world(published)
  const responder = await made.client.responder({ baseUrl: base })
  const error: unknown = await responder
    .registrationSummary(details as never)
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect(String(error)).toContain(`"${option}"`)
})
