import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import { CapabilityResolver } from '../../../src/discovery/capability-resolver.ts'
import type { ServerCapabilities } from '../../../src/discovery/decide.ts'
import type { Mode } from '../../../src/types.ts'
import { failureOf, jsonAnswer, wire, xmlAnswer } from '../../support/answering-fetch.ts'
import { serving } from '../../support/capability-documents.ts'

const own = fileURLToPath(new URL('../../fixtures/', import.meta.url))
const captured = fileURLToPath(new URL('../../../../shared/samples/', import.meta.url))
const absent = !existsSync(captured)
if (absent) {
  // Captured documents of vendors are not ours to give on; those in their shape stand for them.
  console.info(`the captured metadata was not read: there is no ${captured}`)
}
const sample = (name: string, folder = own): string => readFileSync(`${folder}${name}`, 'utf8')

async function resolve(
  baseUrl: string,
  metadata: string,
  { smart, mode, oid }: { smart?: string; mode?: Mode; oid?: string } = {},
  folder = own,
): Promise<ServerCapabilities> {
  const to = wire(
    serving({
      metadata: () => jsonAnswer(sample(metadata, folder)),
      smart: smart === undefined ? undefined : () => jsonAnswer(sample(smart, folder)),
    }),
  )
  return new CapabilityResolver({ ...to.options, mode }).resolve(baseUrl, { oid })
}

describe('metadata in the shape of a vendor’s says what a person reads in it', () => {
  test('Epic', async () => {
    const token = 'https://fhir.epic-like.example/interconnect/oauth2/token'
    for (const mode of ['carequality-legacy', 'smart-backend'] as const) {
      const found = await resolve(
        'https://fhir.epic-like.example/interconnect/api/FHIR/R4',
        'discovery/epic-like.json',
        { smart: 'discovery/epic-like-smart.json', mode },
      )
      expect(found).toMatchObject({
        fhirVersion: '4.0.1',
        tokenEndpoint: token,
        issuer: 'https://fhir.epic-like.example/interconnect/oauth2',
        quirks: [],
      })
      expect(found.signingAlgorithms).toBeUndefined()
      expect(found.registrationEndpoint).toBeUndefined()
      expect(found.scopesSupported).toHaveLength(5)
      expect(found.oauthUris.map(({ name }) => name)).toEqual(['authorize', 'token'])
    }
  })

  test('Oracle Health, secure', async () => {
    const tenant = '7d5a'
    const found = await resolve(
      `https://fhir-ehr.oracle-like.example/r4/${tenant}`,
      'discovery/oracle-like.json',
      { smart: 'discovery/oracle-like-smart.json' },
    )
    expect(found).toMatchObject({
      fhirVersion: '4.0.1',
      tokenEndpoint: `https://authorization.oracle-like.example/tenants/${tenant}/hosts/fhir-ehr.oracle-like.example/protocols/oauth2/profiles/smart-v1/token`,
      signingAlgorithms: ['RS384', 'ES384'],
      issuer: `https://authorization.oracle-like.example/tenants/${tenant}`,
      quirks: [],
    })
    expect(found.scopesSupported).toHaveLength(27)
    expect(found.oauthUris.map(({ name }) => name)).toEqual([
      'token',
      'revoke',
      'authorize',
      'manage',
      'introspect',
    ])
  })

  test('Oracle Health, open', async () => {
    const found = await resolve(
      'https://fhir-open.oracle-like.example/r4/7d5a',
      'discovery/oracle-like-open.json',
    )
    expect(found).toMatchObject({ fhirVersion: '4.0.1', oauthUris: [], quirks: [] })
    expect(found.tokenEndpoint).toBeUndefined()
  })

  test('athenahealth, with the extension twice', async () => {
    const found = await resolve(
      'https://api.athena-like.example/fhir/r4',
      'discovery/athena-like.json',
      { smart: 'discovery/athena-like-smart.json' },
    )
    expect(found).toMatchObject({
      tokenEndpoint: 'https://api.athena-like.example/oauth2/v1/token',
      issuer: 'https://login.identity.example/oauth2/aus1',
    })
    expect(found.oauthUris).toHaveLength(8)
    expect(new Set(found.oauthUris.map(({ extension }) => extension)).size).toBe(2)
  })
})

describe.skipIf(absent)('captured metadata says what a person reads in it', () => {
  test('Epic', async () => {
    const token = 'https://fhir.epic.com/interconnect-fhir-oauth/oauth2/token'
    for (const mode of ['carequality-legacy', 'smart-backend'] as const) {
      const found = await resolve(
        'https://fhir.epic.com/interconnect-fhir-oauth/api/FHIR/R4',
        'capability/epic-r4.json',
        { smart: 'smart-configuration/epic.json', mode },
        captured,
      )
      expect(found).toMatchObject({
        fhirVersion: '4.0.1',
        tokenEndpoint: token,
        issuer: 'https://fhir.epic.com/interconnect-fhir-oauth/oauth2',
        quirks: [],
      })
      expect(found.signingAlgorithms).toBeUndefined()
      expect(found.registrationEndpoint).toBeUndefined()
      expect(found.scopesSupported).toHaveLength(5)
      expect(found.oauthUris.map(({ name }) => name)).toEqual(['authorize', 'token'])
    }
  })

  test('Oracle Health, secure', async () => {
    const tenant = 'ec2458f2-1e24-41c8-b71b-0e701af7583d'
    const found = await resolve(
      `https://fhir-ehr-code.cerner.com/r4/${tenant}`,
      'capability/oracle-health-r4-secure.json',
      { smart: 'smart-configuration/oracle-health-provider.json' },
      captured,
    )
    expect(found).toMatchObject({
      fhirVersion: '4.0.1',
      tokenEndpoint: `https://authorization.cerner.com/tenants/${tenant}/hosts/fhir-ehr-code.cerner.com/protocols/oauth2/profiles/smart-v1/token`,
      signingAlgorithms: ['RS384', 'ES384'],
      issuer: `https://authorization.cerner.com/tenants/${tenant}`,
      quirks: [],
    })
    expect(found.scopesSupported).toHaveLength(303)
    expect(found.oauthUris.map(({ name }) => name)).toEqual([
      'token',
      'revoke',
      'authorize',
      'manage',
      'introspect',
    ])
  })

  test('Oracle Health, open', async () => {
    const found = await resolve(
      'https://fhir-open.cerner.com/r4/ec2458f2-1e24-41c8-b71b-0e701af7583d',
      'capability/oracle-health-r4-open-no-oauth.json',
      {},
      captured,
    )
    expect(found).toMatchObject({ fhirVersion: '4.0.1', oauthUris: [], quirks: [] })
    expect(found.tokenEndpoint).toBeUndefined()
  })

  test('athenahealth, with the extension twice', async () => {
    const found = await resolve(
      'https://api.platform.athenahealth.com/fhir/r4',
      'capability/athenahealth-r4-duplicate-oauth-uris.json',
      { smart: 'smart-configuration/athenahealth.json' },
      captured,
    )
    expect(found).toMatchObject({
      tokenEndpoint: 'https://api.platform.athenahealth.com/oauth2/v1/token',
      issuer: 'https://athena.okta.com/oauth2/aus2hff5eqFb7Wqfh297',
    })
    expect(found.oauthUris).toHaveLength(8)
    expect(new Set(found.oauthUris.map(({ extension }) => extension)).size).toBe(2)
  })
})

describe('metadata with a token endpoint of its own kind', () => {
  const base = 'https://fhir-ehr.cerner-like.example/beta/7d5a/'
  const carequality = 'https://fhir-ehr.cerner-like.example/beta/7d5a/Authorization/token'
  const plain = 'https://authorization.cerner-like.example/tenants/7d5a/token'

  test.each(['discovery/carequality-token.json', 'discovery/carequality-oauth-uris.json'])(
    '%s: the second token URL by the connectathon entry, else the first',
    async (name) => {
      const oid = '2.16.840.1.113883.3.13.1'
      expect((await resolve(base, name, { oid })).tokenEndpoint).toBe(carequality)
      expect((await resolve(base, name)).tokenEndpoint).toBe(plain)
      expect((await resolve(base, name, { oid, mode: 'smart-backend' })).tokenEndpoint).toBe(plain)
    },
  )

  test('a relative URL is resolved against the base, and valueUrl is read like valueUri', async () => {
    const found = await resolve(base, 'discovery/relative-and-value-url.json')
    expect(found.tokenEndpoint).toBe('https://fhir-ehr.cerner-like.example/oauth/token')
  })
})

describe('directory samples', () => {
  const directory = (answer: () => Response): DirectoryClient =>
    new DirectoryClient({ ...wire(answer).options, release: 'carequality-stu3', apiKey: 'k' })
  const chosen = async (entry: DirectoryEntry | undefined): Promise<string | undefined> =>
    entry === undefined ? undefined : (await selectEndpoint(entry)).endpoint?.address
  const common = {
    oid: '2.999.79.1',
    name: 'Larch Hospital',
    active: true,
    partOf: '2.999.79',
  }

  test('the legacy XML is read as the same entry', async () => {
    const client = directory(() => xmlAnswer(sample('directory/stu3-organization.xml')))
    const entry = await client.read(common.oid)
    expect(entry).toMatchObject({ ...common, id: common.oid })
    expect(entry.endpoints).toMatchObject([
      {
        address: 'https://fhir.larch.example/r4/',
        name: 'Larch R4',
        connectionTypes: ['rest-hook'],
        transactions: ['FHIR REST'],
        payloads: ['application/json'],
        fhirVersion: '4.0.1',
        status: undefined,
        purposesOfUse: ['Treatment'],
      },
    ])
    expect(await chosen(entry)).toBe('https://fhir.larch.example/r4/')
  })

  test('the naive JSON of the legacy directory is read as the same entry', async () => {
    const client = directory(() => jsonAnswer(sample('directory/stu3-bundle-naive.json')))
    const { entries, total } = await client.search({})
    expect(total).toBe(1)
    expect(entries).toMatchObject([{ ...common, id: common.oid }])
    expect(await chosen(entries[0])).toBe('https://fhir.larch.example/r4/')
  })

  test('an R4 page and one with an outcome entry', async () => {
    const page = await directory(() =>
      jsonAnswer(sample('directory/directory-page-1.json')),
    ).search({})
    expect(page.total).toBe(3)
    expect(page.next).toBe(
      'https://directory.juniper.example/fhir?_getpages=7c5b3a&_getpagesoffset=2&_count=2&_bundletype=searchset',
    )
    expect(page.entries.map(({ oid }) => oid)).toEqual(['2.999.78', '2.999.78.1'])
    expect(await Promise.all(page.entries.map(chosen))).toEqual([
      undefined,
      'https://fhir.juniper.example/r4',
    ])
    const mixed = await directory(() =>
      jsonAnswer(sample('directory/directory-page-with-outcome.json')),
    ).search({})
    expect(mixed.entries).toHaveLength(1)
    expect(mixed.next).toBeUndefined()
  })

  test('an RCE organization that is no OID, and its Endpoint, which is no Organization', async () => {
    const client = directory(() => jsonAnswer(sample('directory/rce-organization.json')))
    expect(await client.read('QHIN-birch')).toMatchObject({
      id: 'QHIN-birch',
      oid: undefined,
      active: false,
      endpoints: [],
    })
    const endpoint = sample('directory/rce-endpoint.json')
    const wrong = directory(() => jsonAnswer(endpoint)).read('birch-way')
    expect(await failureOf(wrong)).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_RESOURCE' })
    const holding = { resourceType: 'Organization', id: 'x', contained: [JSON.parse(endpoint)] }
    const entry = await directory(() => jsonAnswer(holding)).read('x')
    expect(await chosen(entry)).toBe('https://fhir.birch.example/r4')
  })
})
