import { describe, expect, test } from 'vitest'
import { CapabilityResolver } from '../../../src/discovery/capability-resolver.ts'
import type { ServerCapabilities } from '../../../src/discovery/decide.ts'
import {
  athenahealthTokenRate,
  builtInQuirks,
  cernerCarequalityToken,
  type QuirkEffect,
  type ServerFacts,
  type VendorQuirk,
} from '../../../src/discovery/quirks.ts'
import type { Mode } from '../../../src/types.ts'
import { wire } from '../../support/answering-fetch.ts'
import {
  capability,
  CERNER_URIS,
  OAUTH_URIS,
  publishing,
  uriGroup,
  capabilityWithToken,
} from '../../support/capability-documents.ts'
import { applyQuirks, quirkList } from '../../../src/discovery/apply-quirks.ts'
import { turn } from '../../support/time.ts'

describe('quirks', () => {
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
        const found = await resolved({
          mode: 'smart-backend',
          oid,
          extensions: [withSub, separate],
        })
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
})

describe('apply quirks', () => {
  const server: ServerFacts = {
    baseUrl: 'https://fhir.example.org/r4',
    mode: 'carequality-legacy',
    oauthUris: [],
  }
  const quirk = (
    id: string,
    effect: unknown,
    applies: () => unknown = () => true,
  ): VendorQuirk => ({
    id,
    evidence: 'a test',
    applies: applies as VendorQuirk['applies'],
    apply: () => effect as QuirkEffect,
  })
  const apply = (...quirks: VendorQuirk[]): ReturnType<typeof applyQuirks> =>
    applyQuirks(quirks, server)
  const ids = (...lists: Parameters<typeof quirkList>): readonly string[] =>
    quirkList(...lists).map(({ id }) => id)

  describe('the list of quirks', () => {
    const ours = 'cerner.carequality-token'
    const rate = 'athenahealth.token-rate'

    test('has the user’s after ours, in their order', () => {
      expect(ids()).toEqual([ours, rate])
      expect(ids([quirk('b', {}), quirk('a', {})])).toEqual([ours, rate, 'b', 'a'])
    })

    test('has the user’s in place of ours with the same id', () => {
      const mine = quirk(ours, {})
      expect(quirkList([quirk('a', {}), mine])).toMatchObject([{ id: rate }, { id: 'a' }, mine])
    })

    test('lacks the disabled ones, ours and theirs', () => {
      expect(ids([quirk('a', {}), quirk('b', {})], [ours, rate, 'a', 'unheard.of'])).toEqual(['b'])
    })

    test.each([
      ['quirks', { quirks: null }],
      ['quirks', { quirks: {} }],
      ['quirks', { quirks: [null] }],
      ['quirks', { quirks: ['a'] }],
      ['quirks.id', { quirks: [{ ...quirk('a', {}), id: '' }] }],
      ['quirks.evidence', { quirks: [{ ...quirk('a', {}), evidence: undefined }] }],
      ['quirks.applies', { quirks: [{ ...quirk('a', {}), applies: true }] }],
      ['quirks.apply', { quirks: [{ ...quirk('a', {}), apply: {} }] }],
      ['disabledQuirks', { disabledQuirks: 'a' }],
      ['disabledQuirks', { disabledQuirks: [7] }],
      ['mode', { mode: 'udap2' }],
      ['maxAgeMs', { maxAgeMs: -1 }],
    ])('a wrong "%s" is a TypeError at once: %j', (option, options) => {
      const make = (): unknown => new CapabilityResolver(options as unknown as object)
      expect(make).toThrow(TypeError)
      expect(make).toThrow(`"${option}"`)
    })
  })

  describe('what a quirk changes', () => {
    const everything: Required<QuirkEffect> = {
      tokenEndpoint: 'https://a.example/token',
      audience: { text: 'https://a.example' },
      accept: 'application/fhir+json; fhirVersion=4.0',
      form: { practice: '17' },
      searchMethod: 'get',
      searchParameters: { 'ah-practice': 'a-1.Practice-17' },
      nextLinks: 'same-origin',
      tokenRequestsPerMinute: 5,
    }

    test('passes through whole', () => {
      expect(apply(quirk('a', everything))).toMatchObject({
        effect: everything,
        tokenEndpointFrom: { id: 'a' },
        ids: ['a'],
        failed: [],
      })
    })

    test.each([
      { audience: 'issuer' },
      { audience: 'token-endpoint' },
      { searchMethod: 'post-only' },
      { searchMethod: 'post-then-get' },
      { form: {} },
      {},
    ] satisfies QuirkEffect[])('may be %j', (effect) => {
      expect(apply(quirk('a', effect))).toMatchObject({ effect, ids: ['a'], failed: [] })
    })

    test('is overridden by a later quirk, member by member', () => {
      const applied = apply(
        quirk('a', everything),
        quirk('b', { accept: 'application/json', tokenEndpoint: undefined }),
        quirk('c', { searchMethod: 'post-only' }, () => false),
      )
      expect(applied.effect).toEqual({ ...everything, accept: 'application/json' })
      expect(applied).toMatchObject({
        tokenEndpointFrom: { id: 'a' },
        ids: ['a', 'b'],
      })
      const moved = apply(
        quirk('a', everything),
        quirk('b', { tokenEndpoint: 'https://b.example' }),
      )
      expect(moved).toMatchObject({ tokenEndpointFrom: { id: 'b' } })
    })

    test('holds nothing that the library does not know', () => {
      const applied = apply(
        quirk('a', { headers: { authorization: 'x' }, alg: 'none', scope: '*' }),
      )
      expect(applied).toMatchObject({ effect: {}, ids: ['a'] })
      expect(Object.keys(applied.effect)).toEqual([])
    })
  })

  describe('L7: a quirk that fails counts as not applying', () => {
    const good = quirk('good', { accept: 'application/json' })
    const throwing = (): never => {
      throw new Error('secret from a user’s code')
    }

    test.each([
      ['applies() throws', quirk('bad', {}, throwing)],
      ['apply() throws', { ...quirk('bad', {}), apply: throwing }],
      ['applies() gives a text', quirk('bad', { accept: 'x' }, () => 'yes')],
      ['applies() is async', quirk('bad', { accept: 'x' }, () => Promise.resolve(false))],
      ['applies() rejects', quirk('bad', {}, () => Promise.reject(new Error('x')))],
      ['apply() is async', quirk('bad', Promise.resolve({ accept: 'x' }))],
    ])('%s', async (_, bad) => {
      const applied = apply(bad, good)
      expect(applied).toMatchObject({ ids: ['good'], failed: ['bad'] })
      expect(applied.effect).toEqual({ accept: 'application/json' })
      await turn() // an unheard rejection would end the run
    })

    test.each([false, undefined, null])('applies() giving %s is a plain no', (answer) => {
      expect(apply(quirk('no', {}, () => answer))).toMatchObject({ ids: [], failed: [] })
    })

    test.each([
      undefined,
      null,
      'https://a.example/token',
      [],
      { tokenEndpoint: '' },
      { tokenEndpoint: 7 },
      { tokenEndpoint: null },
      { audience: 'me' },
      { audience: { text: '' } },
      { audience: {} },
      { accept: 'a\r\nx-evil: 1' },
      { accept: '' },
      { form: 'a=b' },
      { form: { a: 1 } },
      { form: { grant_type: 'password' } },
      { form: { scope: 'system/*.*' } },
      { form: { client_assertion: 'x' } },
      { form: { client_assertion_type: 'x' } },
      { searchMethod: 'put' },
      { searchParameters: { a: undefined } },
      { nextLinks: 'anywhere' },
      { tokenRequestsPerMinute: 0 },
      { tokenRequestsPerMinute: Number.NaN },
      { tokenRequestsPerMinute: '5' },
    ])('apply() gives %j', (effect) => {
      const applied = apply(quirk('bad', effect), good)
      expect(applied).toMatchObject({ ids: ['good'], failed: ['bad'] })
    })

    test('is told as an event without its message, and the server is used all the same', async () => {
      const to = wire(publishing(capabilityWithToken('https://fhir.example.org/token')))
      const quirks = [quirk('bad', {}, throwing), quirk('worse', 7), good]
      const resolver = new CapabilityResolver({ ...to.options, quirks })
      const found = await resolver.resolve(server.baseUrl)
      expect(found).toMatchObject({
        tokenEndpoint: 'https://fhir.example.org/token',
        quirks: ['good'],
      })
      expect(to.events).toEqual([
        { type: 'quirk.failed', at: to.now, baseUrl: server.baseUrl, ids: ['bad', 'worse'] },
      ])
    })
  })

  test('a quirk sees what the server publishes and how it was reached', async () => {
    const seen: ServerFacts[] = []
    const looking = quirk('looking', {})
    const to = wire(
      publishing({
        ...capabilityWithToken('https://fhir.example.org/token'),
        software: { name: 'X' },
      }),
    )
    const resolver = new CapabilityResolver({
      ...to.options,
      quirks: [{ ...looking, applies: (facts) => seen.push(facts) < 0 }],
    })
    await resolver.resolve('https://fhir.example.org/r4', { oid: '2.999.1' })
    expect(seen).toEqual([
      {
        baseUrl: 'https://fhir.example.org/r4',
        oid: '2.999.1',
        mode: 'carequality-legacy',
        software: 'X',
        oauthUris: [
          {
            name: 'token',
            extension: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
            url: 'https://fhir.example.org/token',
          },
        ],
      },
    ])
  })
})
