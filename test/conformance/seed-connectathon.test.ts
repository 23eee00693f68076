import type { Patient } from 'fhir/r4.js'
import { beforeAll, expect, test } from 'vitest'
import { CarequalityClient } from '../../src/client/client.ts'
import { DirectoryClient } from '../../src/directory/directory-client.ts'
import { CapabilityResolver } from '../../src/discovery/capability-resolver.ts'
import { createSandbox, type RecordedRequest, type Sandbox } from '../../src/testing/index.ts'
import { wire } from '../support/answering-fetch.ts'
import {
  capability,
  CERNER_URIS,
  OAUTH_URIS,
  publishing,
  uriGroup,
} from '../support/capability-documents.ts'

/** What the connectathon pages say, written out. */
const OID = '2.16.840.1.113883.3.13.1'
const TENANT = '0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca'
const LIST = 'https://connect.carequality.org/fhir-stu3/1.0.1/Organization'
const BASE = `https://fhir-ehr.stagingcerner.com/beta/${TENANT}/`
const FIRST_TOKEN = `https://authorization.sandboxcerner.com/tenants/${TENANT}/protocols/oauth2/profiles/smart-v1/token`
const CAREQUALITY_TOKEN = `${BASE}Authorization/token`

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await createSandbox()
})

const client = (disabledQuirks: readonly string[] = []): CarequalityClient =>
  new CarequalityClient({ ...sandbox.options, disabledQuirks })

/** The requests that some work makes. */
async function requestsOf(work: () => Promise<unknown>): Promise<readonly RecordedRequest[]> {
  const before = sandbox.requests.length
  await work()
  return sandbox.requests.slice(before)
}

async function all(patients: AsyncIterable<Patient>): Promise<Patient[]> {
  const found: Patient[] = []
  for await (const patient of patients) found.push(patient)
  return found
}

test('SEED: the directory lists organizations at Organization?apikey=KEY&_format=xml', async () => {
  const directory = new DirectoryClient({ ...sandbox.options, ...sandbox.options.directory })
  const requests = await requestsOf(async () => {
    const { entries } = await directory.search({})
    expect(entries.map(({ id }) => id)).toContain(OID)
  })
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${LIST}?apikey=${sandbox.options.directory.apiKey}&_format=xml`,
  ])
})

test('SEED: one entry is read at Organization/{oid}?apikey=KEY&_format=xml, the bare OID being its id', async () => {
  const directory = new DirectoryClient({ ...sandbox.options, ...sandbox.options.directory })
  const requests = await requestsOf(async () => {
    expect(await directory.read(`urn:oid:${OID}`)).toMatchObject({ id: OID, oid: OID })
  })
  expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${LIST}/${OID}?apikey=${sandbox.options.directory.apiKey}&_format=xml`,
  ])
})

test('SEED: the address of the contained Endpoint is the FHIR base, and metadata is read below it', async () => {
  const requests = await requestsOf(async () => {
    expect((await client().organization(OID)).endpoint.address).toBe(BASE)
  })
  expect(requests.map(({ url }) => url)).toContain(`${BASE}metadata`)
})

test('SEED: the server publishes `token` and `carequality-token`, and the second one is taken', async () => {
  const { capabilities } = await client().organization(OID)
  expect(capabilities.oauthUris).toEqual([
    { name: 'token', extension: OAUTH_URIS, url: FIRST_TOKEN },
    { name: 'carequality-token', extension: OAUTH_URIS, url: CAREQUALITY_TOKEN },
  ])
  expect(capabilities.tokenEndpoint).toBe(CAREQUALITY_TOKEN)
  expect(capabilities.quirks).toEqual(['cerner.carequality-token'])
})

test('SEED: the first token URL is closed to this flow', async () => {
  const responder = await client(['cerner.carequality-token']).organization(OID)
  expect(responder.capabilities.tokenEndpoint).toBe(FIRST_TOKEN)
  await expect(responder.patients.read('1316024')).rejects.toMatchObject({
    code: 'ERR_CQ_TOKEN_REJECTED',
    error: 'invalid_client',
  })
})

test('SEED: in the second form a separate extension holds `token` and `register`', async () => {
  const to = wire(
    publishing(
      capability([
        uriGroup(OAUTH_URIS, { token: FIRST_TOKEN }),
        uriGroup(CERNER_URIS, {
          token: CAREQUALITY_TOKEN,
          register: `${BASE}Authorization/register`,
        }),
      ]),
    ),
  )
  expect(await new CapabilityResolver(to.options).resolve(BASE)).toMatchObject({
    tokenEndpoint: CAREQUALITY_TOKEN,
    registrationEndpoint: `${BASE}Authorization/register`,
    quirks: ['cerner.carequality-token'],
  })
})

test('SEED: in the oldest form nothing is published and the caller gives {base}Authorization/token', async () => {
  const base = `https://fhir-open.stagingcerner.com/beta/${TENANT}/`
  const to = wire(publishing(capability([])))
  const tokenEndpoint = `${base}Authorization/token`
  const resolver = new CapabilityResolver(to.options)
  expect(await resolver.resolve(base, { tokenEndpoint })).toMatchObject({ tokenEndpoint })
})

test('SEED: every FHIR call needs `Accept: application/fhir+json` and has it', async () => {
  const bare = await sandbox.fetch(new Request(`${BASE}metadata`))
  expect([bare.status, await bare.text()]).toEqual([406, ''])
  const byFormat = await sandbox.fetch(new Request(`${BASE}metadata?_format=json`))
  expect(byFormat.status).toBe(200)
  const requests = await requestsOf(async () => {
    await (await client().organization(OID)).patients.read('1316024')
  })
  const fhir = requests.filter(({ url }) => /\/(metadata|Patient\/\d+)$/.test(url))
  expect(fhir.map(({ headers }) => headers.get('accept'))).toEqual([
    'application/fhir+json',
    'application/fhir+json',
  ])
})

test('SEED: the token form has scope, grant_type, client_assertion_type and client_assertion, and no udap', async () => {
  const requests = await requestsOf(async () => {
    await (await client().organization(OID)).patients.read('1316024')
  })
  const posts = requests.filter(({ method }) => method === 'POST')
  expect(posts.map(({ url }) => url)).toEqual([CAREQUALITY_TOKEN])
  const form = new URLSearchParams(posts[0]?.body)
  expect([...form.keys()].sort()).toEqual([
    'client_assertion',
    'client_assertion_type',
    'grant_type',
    'scope',
  ])
  expect(form.get('scope')).toBe('system/Patient.read')
  expect(form.get('grant_type')).toBe('client_credentials')
  expect(form.get('client_assertion_type')).toBe(
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  )
  expect(posts[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
  expect(posts[0]?.headers.has('authorization')).toBe(false)
})

test('SEED: the client id is the FQDN of the certificate, and the assertion is for the token URL', async () => {
  const requests = await requestsOf(async () => {
    await (await client().organization(OID)).patients.read('1316024')
  })
  const form = new URLSearchParams(requests.find(({ method }) => method === 'POST')?.body)
  const [header, claims] = (form.get('client_assertion') ?? '')
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown)
  expect(claims).toMatchObject({
    iss: 'fhir.example-hospital.org',
    sub: 'fhir.example-hospital.org',
    aud: CAREQUALITY_TOKEN,
  })
  const [leaf] = sandbox.options.signer.certificates ?? []
  expect(header).toMatchObject({ alg: 'RS256', x5c: [leaf] }) // the root stays at home
})

test('SEED: Patient/1316024 is read below the base', async () => {
  const requests = await requestsOf(async () => {
    const patient = await (await client().organization(OID)).patients.read('1316024')
    expect(patient).toMatchObject({ resourceType: 'Patient', id: '1316024' })
  })
  expect(requests.at(-1)).toMatchObject({ method: 'GET', url: `${BASE}Patient/1316024` })
})

test.each([
  ['name', 'peters', (found: readonly Patient[]) => found.length > 1],
  ['_id', '1316024', (found: readonly Patient[]) => found.map(({ id }) => id).join() === '1316024'],
])('SEED: Patient?%s=%s finds them', async (name, value, right) => {
  const requests = await requestsOf(async () => {
    const { patients } = await client().organization(OID)
    const found = await all(patients.search({ [name]: value }))
    expect(found.map(({ id }) => id)).toContain('1316024')
    expect(right(found)).toBe(true)
  })
  expect(requests.map(({ url }) => url)).toContain(`${BASE}Patient?${name}=${value}`)
})
