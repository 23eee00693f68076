import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  readCapabilityStatement,
  readSmartConfiguration,
  type CapabilityFacts,
  type SmartFacts,
} from '../../../src/discovery/documents.ts'
import { isCarequalityError } from '../../../src/errors.ts'
import { screenNothing } from '../../../src/http/echo.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'
import { capability, OAUTH_URIS, uriGroup } from '../../support/capability-documents.ts'
import { defaultScope } from '../../../src/discovery/default-scope.ts'
import { heapBytesOf } from '../../../src/lib/heap-bytes.ts'
import { cpuSince } from '../../support/time.ts'

const group = (extension: unknown): object => ({ url: OAUTH_URIS, extension })

describe('documents', () => {
  const BASE = 'https://fhir.example.org/tenant/r4'

  function answer(body: unknown, type = 'application/json'): HttpResponse {
    return {
      status: 200,
      headers: new Headers({ 'content-type': type }),
      bytes: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
      sentAt: 0,
      screen: screenNothing,
      context: {},
    }
  }
  const parsed = (body: unknown): unknown => JSON.parse(JSON.stringify(body))
  const read = (body: unknown, base = BASE): CapabilityFacts =>
    readCapabilityStatement(parsed(body), answer(body), base)
  const readSmart = (body: unknown, base = BASE): SmartFacts =>
    readSmartConfiguration(parsed(body), answer(body), base)
  const urls = (body: unknown, base = BASE): readonly string[] =>
    read(body, base).oauthUris.map(({ url }) => url)

  describe('the OAuth URIs of a CapabilityStatement', () => {
    test('are listed in document order with their names and extensions', () => {
      const facts = read(
        capability([
          uriGroup('http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', {
            token: 'https://a.example/token',
          }),
          uriGroup(OAUTH_URIS, {
            token: 'https://b.example/token',
            register: 'https://b.example/register',
          }),
        ]),
      )
      expect(facts.oauthUris).toEqual([
        {
          name: 'token',
          extension: 'http://DSTU2/fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
          url: 'https://a.example/token',
        },
        { name: 'token', extension: OAUTH_URIS, url: 'https://b.example/token' },
        { name: 'register', extension: OAUTH_URIS, url: 'https://b.example/register' },
      ])
    })

    test.each(['valueUri', 'valueUrl', 'valueString'])('may stand in %s', (kind) => {
      const document = capability([group([{ url: 'token', [kind]: 'https://a.example/token' }])])
      expect(urls(document)).toEqual(['https://a.example/token'])
    })

    test('white space at the ends is cut off URLs, names and extension URLs', () => {
      const document = capability([
        {
          url: ` ${OAUTH_URIS}\n`,
          extension: [{ url: ' token ', valueUri: '\n https://a.example/token \t' }],
        },
      ])
      expect(read(document).oauthUris).toEqual([
        { name: 'token', extension: OAUTH_URIS, url: 'https://a.example/token' },
      ])
    })

    test('of several rest entries those of servers count, and those of clients do not', () => {
      const rest = (mode: string | undefined, host: string): object => ({
        mode,
        security: { extension: [uriGroup(OAUTH_URIS, { token: `https://${host}.example/token` })] },
      })
      expect(
        urls(
          capability([], {
            rest: [rest('client', 'a'), rest('server', 'b'), rest(undefined, 'c'), {}],
          }),
        ),
      ).toEqual(['https://b.example/token', 'https://c.example/token'])
    })

    test('are none where the extension is absent or empty', () => {
      expect(urls(capability([]))).toEqual([])
      expect(urls(capability([{ url: OAUTH_URIS }]))).toEqual([])
      expect(urls(capability([], { rest: undefined }))).toEqual([])
      expect(urls(capability([], { rest: [{ mode: 'server' }] }))).toEqual([])
      expect(urls(capability([uriGroup(OAUTH_URIS, { token: ' ' })]))).toEqual([])
    })
  })

  describe('a published URL', () => {
    test.each([
      'https://HOST.example:443/Token?x=1',
      'https://fhir.example.org/a/../token',
      'HTTPS://host.example/%7etoken',
      'https://host.example',
      'http://host.example/token',
      'urn:oid:1.2.3',
      'https://user:pass@host.example/',
      'https://host.example/tökén',
    ])('that is absolute stays byte for byte: %s', (url) => {
      expect(urls(capability([uriGroup(OAUTH_URIS, { token: ` ${url} ` })]))).toEqual([url])
      expect(readSmart({ token_endpoint: ` ${url}\n` }).tokenEndpoint).toBe(url)
    })

    test.each([
      ['token', 'https://fhir.example.org/tenant/r4/token'],
      ['./token', 'https://fhir.example.org/tenant/r4/token'],
      ['../token', 'https://fhir.example.org/tenant/token'],
      ['/oauth/token?x=1', 'https://fhir.example.org/oauth/token?x=1'],
      ['?x=1', 'https://fhir.example.org/tenant/r4/?x=1'],
      ['//other.example/token', 'https://other.example/token'],
    ])('that is relative is resolved against the base, slash or none: %s', (url, expected) => {
      for (const base of [BASE, `${BASE}/`, `${BASE}?key=1`]) {
        expect(urls(capability([uriGroup(OAUTH_URIS, { token: url })]), base)).toEqual([expected])
        expect(readSmart({ token_endpoint: url }, base).tokenEndpoint).toBe(expected)
      }
    })
  })

  describe('other facts', () => {
    test('version, software, address and search modes are read', () => {
      const resource = [
        { type: 'Observation', extension: [{ url: 'x' }] },
        {
          type: 'Patient',
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode',
              valueCode: 'POST',
            },
            { url: 'http://example.org/other', valueCode: 'get' },
          ],
        },
      ]
      const document = capability([], {
        software: { name: 'Ours' },
        implementation: { url: ' https://fhir.example.org/r4 ' },
        rest: [{ mode: 'server', resource }],
      })
      expect(read(document)).toEqual({
        resourceType: 'CapabilityStatement',
        fhirVersion: '4.0.1',
        software: 'Ours',
        implementationUrl: 'https://fhir.example.org/r4',
        oauthUris: [],
        searchModes: new Map([['Patient', ['post']]]),
        listsMatch: false,
      })
    })

    test('of a smart-configuration are read, and what is absent stays absent', () => {
      expect(
        readSmart({
          token_endpoint: 'https://a.example/token',
          registration_endpoint: '/register',
          issuer: 'https://a.example',
          token_endpoint_auth_signing_alg_values_supported: ['ES384'],
          scopes_supported: ['system/*.rs'],
          capabilities: ['permission-v2'],
        }),
      ).toEqual({
        tokenEndpoint: 'https://a.example/token',
        registrationEndpoint: 'https://fhir.example.org/register',
        issuer: 'https://a.example',
        signingAlgorithms: ['ES384'],
        scopesSupported: ['system/*.rs'],
        capabilities: ['permission-v2'],
      })
      expect(readSmart({})).toEqual({ capabilities: [] })
    })
  })

  describe('odd documents', () => {
    const odd = [null, 0, true, '', 'x', [], {}, [null], [[]], [{}], [{ url: 7 }], { extension: 3 }]

    test('a member of the wrong kind counts as absent', () => {
      for (const value of odd) {
        for (const name of ['fhirVersion', 'software', 'implementation', 'rest']) {
          expect(read({ resourceType: 'CapabilityStatement', [name]: value }).oauthUris).toEqual([])
        }
        for (const name of ['security', 'resource', 'mode']) {
          expect(read(capability([], { rest: [{ [name]: value }, value] })).oauthUris).toEqual([])
        }
        const good = { url: 'token', valueUri: 'https://a.example/token' }
        const wrong = [value, { url: 'token', valueUri: value }, { valueUri: good.valueUri }]
        const found = urls(capability([group(value), group([...wrong, good])]))
        expect(found.at(-1)).toBe('https://a.example/token')
        for (const name of ['token_endpoint', 'issuer', 'scopes_supported', 'capabilities']) {
          expect(readSmart({ [name]: value, more: 1 })).toBeTypeOf('object')
        }
      }
      expect(readSmart({ token_endpoint: null, issuer: 7, capabilities: [1] })).toEqual({
        capabilities: [],
      })
    })

    test('random JSON is read or refused with an error of ours', () => {
      const names = [
        'resourceType',
        'rest',
        'security',
        'extension',
        'url',
        'valueUri',
        '__proto__',
      ]
      const key = fc.oneof(fc.constantFrom(...names), fc.string({ maxLength: 4 }))
      const value = fc.letrec<{ any: unknown }>((tie) => ({
        any: fc.oneof(
          { maxDepth: 6 },
          fc.constantFrom('CapabilityStatement', 'token', '/t', OAUTH_URIS, null, 3, true),
          fc.array(tie('any'), { maxLength: 3 }),
          fc.dictionary(key, tie('any'), { maxKeys: 5 }),
        ),
      })).any
      const before = Object.getOwnPropertyNames(Object.prototype)
      fc.assert(
        fc.property(value, (document) => {
          const whole = {
            resourceType: 'CapabilityStatement',
            rest: [{ security: document }, document],
          }
          expect(read(whole).oauthUris).toBeInstanceOf(Array)
          for (const reader of [read, readSmart]) {
            try {
              reader(document)
            } catch (error) {
              if (!isCarequalityError(error)) throw error
            }
          }
        }),
        { seed: 20260603, numRuns: 2000 },
      )
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    })

    test.each([
      ['another resource', { resourceType: 'OperationOutcome' }],
      ['no resource', {}],
      ['a list', []],
      ['null', null],
      ['a text', 'CapabilityStatement'],
    ])('%s is no CapabilityStatement', (_, body) => {
      expect(() => read(body)).toThrow(
        expect.objectContaining({ code: 'ERR_CQ_UNEXPECTED_RESOURCE' }),
      )
    })

    test.each([[[]], [null], ['x'], [7]])('%j is no smart-configuration', (body) => {
      expect(() => readSmart(body)).toThrow(
        expect.objectContaining({ code: 'ERR_CQ_INVALID_RESPONSE' }),
      )
    })
  })
})

describe('default scope', () => {
  const V1 = 'system/Patient.read'
  const V2 = 'system/Patient.rs'

  test.each<
    [listed: readonly string[] | undefined, capabilities: readonly string[], scope: string]
  >([
    [undefined, [], V1],
    [undefined, ['permission-v1'], V1],
    [undefined, ['permission-v2'], V2],
    [undefined, ['permission-v1', 'permission-v2'], V1],
    [[], ['permission-v2'], V2],
    // what is listed comes before what is announced
    [['system/Account.read', 'system/Patient.write'], ['permission-v2'], V1],
    [['system/Patient.crus', 'system/Condition.rs'], ['permission-v1', 'permission-v2'], V2],
    [['system/Patient.crus'], ['permission-v1'], V2],
    [['system/*.cruds'], [], V2],
    [['system/*.rs', 'user/Patient.read', 'openid'], [], V2],
    [['system/Patient.rs?_security=x'], [], V2],
    [['system/*.*'], ['permission-v2'], V1],
    [['system/*.read', 'system/*.rs'], ['permission-v2'], V1],
    // other scopes say nothing
    [['user/Patient.rs', 'patient/*.rs', 'launch'], [], V1],
    [['system/Patient.$match', 'system/Patient.', 'system/.rs'], [], V1],
  ])('smart-backend, %j and %j: %s', (scopesSupported, capabilities, scope) => {
    expect(defaultScope('smart-backend', { scopesSupported, capabilities })).toBe(scope)
    expect(defaultScope('carequality-legacy', { scopesSupported, capabilities })).toBe(V1)
  })

  test('a server without a smart-configuration is asked in the first form', () => {
    expect(defaultScope('smart-backend', undefined)).toBe(V1)
  })
})

/** What a hostile document costs: time while it is read, and memory while its facts are cached. */
describe('bounds', () => {
  const BASE = 'https://fhir.example.org/r4'
  const SEARCH_MODE = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-mode'
  const LONG = 'x'.repeat(1_000_000)

  const answer: HttpResponse = {
    status: 200,
    headers: new Headers({ 'content-type': 'application/json' }),
    bytes: new Uint8Array(),
    sentAt: 0,
    screen: screenNothing,
    context: {},
  }
  const many = <T>(count: number, item: (at: number) => T): T[] =>
    Array.from({ length: count }, (_, at) => item(at))
  const statement = (rest: unknown): object => ({ resourceType: 'CapabilityStatement', rest })
  const mode = (valueCode: string): object => ({ url: SEARCH_MODE, valueCode })
  const uri = (url: string, valueUri: string): object => ({ url, valueUri })

  const hostile: readonly (readonly [what: string, document: object])[] = [
    [
      '45,000 search modes of one type',
      statement(
        many(15, () => ({
          mode: 'server',
          resource: many(3_000, () => ({ type: 'Patient', extension: [mode('post')] })),
        })),
      ),
    ],
    [
      '45,000 search modes of one resource',
      statement([
        { resource: [{ type: 'Patient', extension: many(45_000, (at) => mode(`m${at}`)) }] },
      ]),
    ],
    [
      '100,000 types',
      statement([
        { resource: many(100_000, (at) => ({ type: `T${at}`, extension: [mode('post')] })) },
      ]),
    ],
    ['100,000 servers', statement(many(100_000, () => ({})))],
    [
      '50,000 token endpoints',
      statement([
        {
          security: {
            extension: [group(many(50_000, (at) => uri('token', `https://a.example/${at}`)))],
          },
        },
      ]),
    ],
    [
      '50,000 groups',
      statement([{ security: { extension: many(50_000, () => group([uri('token', '/t')])) } }]),
    ],
    [
      '1 MB in each member',
      {
        resourceType: 'CapabilityStatement',
        fhirVersion: LONG,
        software: { name: LONG },
        implementation: { url: LONG },
        rest: [
          {
            mode: LONG,
            security: {
              extension: [{ url: LONG, extension: [uri(LONG, LONG)] }, group([uri('token', LONG)])],
            },
            resource: [
              { type: LONG, extension: [mode(LONG)] },
              { type: 'Patient', extension: [mode(LONG)] },
            ],
          },
        ],
      },
    ],
  ]

  describe('/metadata', () => {
    test.each(hostile)('%s: read within 250 ms, and little of it is cached', (_, document) => {
      const began = process.cpuUsage()
      const facts = readCapabilityStatement(document, answer, BASE)
      expect(cpuSince(began)).toBeLessThan(250)
      expect(heapBytesOf(facts)).toBeLessThan(500_000)
    })

    test('a token endpoint of 1 MB is not left out: the server is no open one', () => {
      const document = statement([
        { security: { extension: [group([uri('token', `https://${LONG}`)])] } },
      ])
      const [token] = readCapabilityStatement(document, answer, BASE).oauthUris
      expect(token?.name).toBe('token')
      expect(token?.url.length).toBe(8_193)
    })

    test('search modes of one type are collected, each once', () => {
      const patient = (...codes: readonly string[]): object => ({
        type: 'Patient',
        extension: codes.map(mode),
      })
      const document = statement([{ resource: [patient('POST', 'get'), patient('post')] }])
      expect(readCapabilityStatement(document, answer, BASE).searchModes).toEqual(
        new Map([['Patient', ['post', 'get']]]),
      )
    })
  })

  describe('smart-configuration', () => {
    const names = [
      ...['token_endpoint', 'registration_endpoint', 'issuer', 'scopes_supported', 'capabilities'],
      'token_endpoint_auth_signing_alg_values_supported',
      'token_endpoint_auth_methods_supported',
    ]
    test.each<[what: string, value: unknown]>([
      ['1 MB', LONG],
      ['a list of 1 MB texts', [LONG, 'a', LONG]],
      ['300,000 texts', many(300_000, (at) => `${at}`)],
      ['300,000 objects', many(300_000, () => ({}))],
      ['1 MB of white space', ' '.repeat(1_000_000)],
    ])('%s in each member: read within 250 ms, and little of it is cached', (_, value) => {
      const document = Object.fromEntries(names.map((name) => [name, value]))
      const began = process.cpuUsage()
      const facts = readSmartConfiguration(document, answer, BASE)
      expect(cpuSince(began)).toBeLessThan(250)
      expect(heapBytesOf(facts)).toBeLessThan(700_000)
    })
  })
})
