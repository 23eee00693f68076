import { describe, expect, test } from 'vitest'
import { CapabilityResolver } from '../../../src/discovery/capability-resolver.ts'
import type { ServerCapabilities } from '../../../src/discovery/decide.ts'
import {
  athenahealthTokenRate,
  builtInQuirks,
  cernerCarequalityToken,
} from '../../../src/discovery/quirks.ts'
import type { Mode } from '../../../src/types.ts'
import { wire } from '../../support/answering-fetch.ts'
import {
  capability,
  CERNER_URIS,
  OAUTH_URIS,
  publishing,
  uriGroup,
} from '../../support/capability-documents.ts'

const TOKEN = 'https://authorization.cerner.com/token'
const SUB = 'https://fhir-ehr.cerner.com/sub/token'
const SEPARATE = 'https://fhir-ehr.cerner.com/separate/token'
const CONNECTATHON = '2.16.840.1.113883.3.13.1'
const ID = 'cerner.carequality-token'

const own = uriGroup(OAUTH_URIS, { token: TOKEN })
const withSub = uriGroup(OAUTH_URIS, { token: TOKEN, 'carequality-token': SUB })
const separate = uriGroup(CERNER_URIS, { token: SEPARATE, register: `${SEPARATE}/register` })

interface Case {
  baseUrl?: string
  oid?: string | undefined
  mode?: Mode
  extensions?: readonly object[]
  smart?: object
  disabledQuirks?: readonly string[]
}

async function resolved({
  baseUrl = 'https://fhir-ehr.cerner.com/r4/tenant',
  oid,
  mode,
  extensions = [withSub],
  smart,
  disabledQuirks,
}: Case): Promise<ServerCapabilities> {
  const to = wire(publishing(capability(extensions), smart))
  const resolver = new CapabilityResolver({ ...to.options, mode, disabledQuirks })
  return resolver.resolve(baseUrl, { oid })
}

test('the built-in quirk says what it is and how it is known', () => {
  expect(builtInQuirks).toEqual([cernerCarequalityToken, athenahealthTokenRate])
  expect(cernerCarequalityToken).toMatchObject({
    id: ID,
    revision: 1,
    evidence: expect.stringContaining('docs/quirks.md') as unknown,
  })
})

test.each([
  ['https://api.platform.athenahealth.com/fhir/r4', 50],
  ['https://API.platform.athenahealth.com/fhir/r4', 50],
  ['https://api.preview.platform.athenahealth.com/fhir/r4', 5],
  ['https://api.platform.athenahealth.com.example/fhir/r4', undefined],
  ['https://platform.athenahealth.com/fhir/r4', undefined],
])('athenahealth.token-rate at %s: %j', (baseUrl, rate) => {
  const facts = { baseUrl, mode: 'smart-backend', oauthUris: [] } as const
  expect(athenahealthTokenRate.applies(facts)).toBe(rate !== undefined)
  expect(athenahealthTokenRate.apply(facts).tokenRequestsPerMinute).toBe(rate)
})

describe('cerner.carequality-token is on', () => {
  test.each([
    'https://cerner.com/r4',
    'https://fhir.cerner.com/r4',
    'https://fhir-ehr.cerner.com:8443/r4/',
    'https://FHIR-EHR.CERNER.COM/r4',
    'https://fhir-ehr.stagingcerner.com/beta/x/',
    'https://a.b.sandboxcerner.com',
  ])('for %s', async (baseUrl) => {
    expect(await resolved({ baseUrl })).toMatchObject({ tokenEndpoint: SUB, quirks: [ID] })
  })

  test('for any host that the connectathon entry led to', async () => {
    const baseUrl = 'https://fhir.example.org/r4'
    expect(await resolved({ baseUrl, oid: CONNECTATHON })).toMatchObject({
      tokenEndpoint: SUB,
      quirks: [ID],
    })
  })
})

describe('A9: cerner.carequality-token is off', () => {
  test.each([
    'https://evilcerner.com/r4',
    'https://fhir.evil-cerner.com/r4',
    'https://cerner.com.example.org/r4',
    'https://cerner.org/r4',
    'https://example.org/cerner.com/r4',
    'https://example.org/?host=fhir.cerner.com',
    'https://xn--cerner-9ua.com/r4',
    'https://203.0.113.7/cerner.com',
  ])('for %s, though it publishes both extensions', async (baseUrl) => {
    const extensions = [withSub, separate]
    expect(await resolved({ baseUrl, extensions })).toMatchObject({
      tokenEndpoint: TOKEN,
      quirks: [],
    })
  })

  test.each(['2.16.840.1.113883.3.13', `${CONNECTATHON}1`, `${CONNECTATHON}.1`, '2.999', ''])(
    'for a strange host that entry %j led to',
    async (oid) => {
      const found = await resolved({ baseUrl: 'https://fhir.example.org/r4', oid })
      expect(found).toMatchObject({ tokenEndpoint: TOKEN, quirks: [] })
    },
  )

  test('in mode smart-backend, for its host and for its entry', async () => {
    for (const oid of [undefined, CONNECTATHON]) {
      const found = await resolved({ mode: 'smart-backend', oid, extensions: [withSub, separate] })
      expect(found).toMatchObject({ tokenEndpoint: TOKEN, quirks: [] })
    }
  })

  test('where it is disabled', async () => {
    const found = await resolved({ disabledQuirks: [ID] })
    expect(found).toMatchObject({ tokenEndpoint: TOKEN, quirks: [] })
  })

  test('where the server publishes neither form', async () => {
    expect(await resolved({ extensions: [own] })).toMatchObject({
      tokenEndpoint: TOKEN,
      quirks: [],
    })
  })
})

describe('which token endpoint Cerner’s quirk prefers', () => {
  test.each([
    ['the separate extension before the sub-extension', [withSub, separate], SEPARATE],
    ['in either order', [separate, withSub], SEPARATE],
    ['the separate extension alone', [separate], SEPARATE],
    ['the sub-extension before `token`', [withSub], SUB],
    ['`token` where there is neither', [own], TOKEN],
    [
      'the sub-extension where the separate one has no token',
      [withSub, uriGroup(CERNER_URIS, { register: SEPARATE })],
      SUB,
    ],
    [
      'the sub-extension where the separate one is misspelt',
      [withSub, uriGroup(`${CERNER_URIS}2`, { token: SEPARATE })],
      SUB,
    ],
    [
      'the separate extension with white space around its URL',
      [withSub, uriGroup(` ${CERNER_URIS} `, { token: ` ${SEPARATE} ` })],
      SEPARATE,
    ],
  ])('%s', async (_, extensions, expected) => {
    expect((await resolved({ extensions })).tokenEndpoint).toBe(expected)
  })

  test('comes before a smart-configuration, and the trail says why', async () => {
    const found = await resolved({ smart: { token_endpoint: 'https://smart.cerner.com/token' } })
    expect(found.tokenEndpoint).toBe(SUB)
    expect(found.trail).toEqual([
      'CapabilityStatement: read',
      'smart-configuration: read',
      `published "token" (oauth-uris): ${TOKEN}`,
      `published "carequality-token" (oauth-uris): ${SUB}`,
      'published "token_endpoint" (smart-configuration): https://smart.cerner.com/token',
      `token endpoint ${SUB}, because the quirk ${ID} prefers it, see docs/quirks.md#cernercarequality-token`,
    ])
  })

  test('the separate extension’s `token` is never taken for the plain one', async () => {
    const found = await resolved({ disabledQuirks: [ID], extensions: [separate] })
    expect(found.tokenEndpoint).toBeUndefined()
    expect(found.oauthUris.map(({ name }) => name)).toEqual(['token', 'register'])
  })
})
