/** What a hostile document costs: time while it is read, and memory while its facts are cached. */
import { describe, expect, test } from 'vitest'
import {
  readCapabilityStatement,
  readSmartConfiguration,
} from '../../../src/discovery/documents.ts'
import { screenNothing } from '../../../src/http/echo.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'
import { heapBytesOf } from '../../../src/lib/heap-bytes.ts'
import { OAUTH_URIS } from '../../support/capability-documents.ts'
import { cpuSince } from '../../support/time.ts'

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
const group = (extension: unknown): object => ({ url: OAUTH_URIS, extension })

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
