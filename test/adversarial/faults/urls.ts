/** Addresses that lead astray, in every document that carries one. */
import type { ErrorCode } from '../../../src/errors.ts'
import { contentAt } from '../calls.ts'
import { BUNDLE_STAGES, refused, type Expect, type FaultRow } from '../cases.ts'
import {
  capabilityStatement,
  CERNER_URIS,
  endpointR4,
  next,
  organizationR4,
  organizationXml,
  smartConfiguration,
} from '../documents.ts'
import { fhir, json, reply } from '../honest.ts'
import type { Reply, StageId, World } from '../world.ts'

type Address = (world: World) => unknown
type Row = readonly [name: string, address: Address]

/** Refused wherever they stand. */
const BAD: readonly Row[] = [
  ['with user info', ({ base }) => base.replace('://', '://user:MARK@')],
  ['with an empty user info', ({ base }) => base.replace('://', '://@')],
  ['with user info that looks like our host', lookAlike],
  ['file:', () => 'file:///etc/passwd'],
  ['javascript:', () => 'javascript:alert(1)'],
  ['data:', () => 'data:application/json,{}'],
  ['ftp:', () => 'ftp://127.0.0.1/fhir'],
  ['plain http to a public host', () => 'http://fhir.example.org/fhir'],
  ['the metadata address', () => 'https://169.254.169.254/latest/meta-data'],
  ['the metadata address as one number', () => 'https://2852039166/fhir'],
  ['the metadata address in IPv6', () => 'https://[::ffff:169.254.169.254]/fhir'],
  ['a private address', () => 'https://192.168.1.1/fhir'],
  ['a private address in octal', () => 'https://012.0.0.1/fhir'],
  ['an address behind a carrier', () => 'https://100.64.0.1/fhir'],
  ['the unspecified address', () => 'https://0.0.0.0/fhir'],
  ['a link-local address', () => 'https://[fe80::1]/fhir'],
  ['a name of the own network', () => 'https://metadata.google.internal/fhir'],
  ['a tab inside the host', ({ base }) => base.replace('127.', '127.\t')],
  ['a line break inside', ({ base }) => `${base.slice(0, 9)}\r\nX-Injected: 1${base.slice(9)}`],
  ['a backslash', ({ base }) => base.replace('//', '/\\')],
  ['a NUL', ({ base }) => `${base}\0`],
  ['three slashes', ({ base }) => base.replace('://', ':///')],
  ['a fragment', ({ base }) => `${base}#MARK`],
]

/** Other origins that may be asked as such, but by nobody who trusts this one. */
const FOREIGN: readonly Row[] = [
  ['the evil origin', ({ evil }) => evil],
  ['the evil origin, scheme-relative', ({ evil }) => evil.replace('http:', '')],
  ['another port', (world) => world.base.replace(world.origin, world.evilOrigin)],
  ['another name of the host', ({ base }) => base.replace('127.0.0.1', 'localhost')],
  ['a public host', () => 'https://evil.example/fhir'],
  ['a host that begins like Cerner', () => 'https://fhir-ehr.cerner.com.evil.example/fhir'],
]

const NO_TEXT: readonly Row[] = [
  ['a number', () => 42],
  ['null', () => null],
  ['an object', () => ({ MARK: 1 })],
  ['a list', ({ evil }) => [evil]],
]
const EMPTY: readonly Row[] = [
  ['an empty text', () => ''],
  ['blanks', () => '   '],
]

function lookAlike({ evil, origin }: World): string {
  return evil.replace('://', `://${new URL(origin).host}@`)
}

/** A next link has one place that it may lead to. */
const PATHS: readonly Row[] = [
  ['the path of another tenant', ({ origin, path }) => `${origin}${path}/other/Patient?page=2`],
  ['a path that climbs', ({ base }) => `${base}/../other/Patient?page=2`],
  ['a path that climbs in code', ({ base }) => `${base}/..%2f..%2fother?page=2`],
  ['a path that climbs in double code', ({ base }) => `${base}/%252e%252e/other?page=2`],
  ['a path that looks like ours', ({ base }) => `${base}-evil/Patient?page=2`],
  ['https on the same port', ({ base }) => `${base.replace('http:', 'https:')}/Patient?page=2`],
]
/** Without `null` and empty texts, which are the end: docs/decisions/0014-answers-of-the-field.md. */
const LINKS: readonly Row[] = [
  ...[...BAD, ...FOREIGN, ...PATHS],
  ...NO_TEXT.filter(([name]) => name !== 'null'),
]

/** The hits of the page itself are good. */
function linkRefused(stage: StageId): Expect {
  return refused(['ERR_CQ_NEXT_LINK_REFUSED'], [1, 1], {
    received: stage === 'page' ? [3, 2] : undefined,
  })
}

const links: readonly FaultRow[] = LINKS.map(([name, address]) => ({
  ...{ group: 'next link', threat: 'A4', name: `next link: ${name}`, stages: BUNDLE_STAGES },
  play: ({ world, good }) => linked(good, [next(address(world))]),
  expect: linkRefused,
}))

const two: FaultRow = {
  ...{ group: 'next link', threat: 'A4', name: 'next link: two of them', stages: BUNDLE_STAGES },
  play: ({ world, good }) =>
    linked(good, [next(`${world.base}/Patient?page=8`), next(`${world.base}/Patient?page=9`)]),
  expect: linkRefused,
}

function linked(good: Reply, link: readonly unknown[]): Reply {
  const bundle = JSON.parse(good.body.toString()) as object
  return { ...good, body: JSON.stringify({ ...bundle, link }) }
}

const DIRECTORIES: readonly StageId[] = ['directory-xml', 'directory-r4']

/** A directory's address: nothing is asked where it may not be. */
const addresses: readonly FaultRow[] = [...BAD, ...EMPTY, ...NO_TEXT].map(
  ([name, address], index) => ({
    ...{ group: 'endpoint address', threat: 'A5', name: `endpoint address: ${name}` },
    stages: index < BAD.length + EMPTY.length ? DIRECTORIES : ['directory-r4'],
    play: ({ world }) =>
      world.stage === 'directory-xml'
        ? reply(200, organizationXml(String(address(world))), 'application/fhir+xml')
        : fhir(organizationR4(address(world))),
    // In XML a NUL cannot be written at all.
    expect: refused(['ERR_CQ_NO_USABLE_ENDPOINT', 'ERR_CQ_INVALID_RESPONSE']),
  }),
)

const allowed: readonly FaultRow[] = FOREIGN.slice(0, 1).flatMap(([name, address]) => [
  {
    ...{ group: 'endpoint address', threat: 'A5', name: `endpoint address: ${name}, not allowed` },
    stages: DIRECTORIES,
    play: ({ world }) =>
      world.stage === 'directory-xml'
        ? reply(200, organizationXml(String(address(world))), 'application/fhir+xml')
        : fhir(organizationR4(address(world))),
    options: ({ origin }) => ({ allowedOrigins: [origin] }),
    expect: refused(['ERR_CQ_NO_USABLE_ENDPOINT']),
  },
  {
    ...{ group: 'endpoint address', threat: 'A5', name: `endpoint reference: ${name}` },
    stages: ['directory-r4'],
    play: ({ world }) =>
      fhir(
        organizationR4(world.evil, {
          contained: [],
          endpoint: [{ reference: `${world.evil}/Endpoint/e1` }],
        }),
      ),
    expect: refused(['ERR_CQ_NO_USABLE_ENDPOINT']),
  },
  {
    ...{ group: 'endpoint address', threat: 'A12', name: `parent: ${name}` },
    stages: ['directory-r4'],
    play: ({ world }) =>
      fhir(
        organizationR4(world.evil, {
          contained: [endpointR4('e1', 'file:///x')],
          partOf: { reference: `${world.evil}/Organization/2.999.7.2` },
        }),
      ),
    // The parent's id is asked for at the directory itself.
    ...{ times: 1, expect: refused(['ERR_CQ_NO_USABLE_ENDPOINT'], [1, 2]) },
  },
])

const TOKEN_REFUSED: readonly ErrorCode[] = [
  'ERR_CQ_ORIGIN_REFUSED',
  'ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED',
]

/** A token endpoint: nothing is signed for one that is not trusted. */
const endpoints: readonly FaultRow[] = [...BAD, ...FOREIGN, ...EMPTY, ...NO_TEXT].map((row) => {
  const [name, address] = row
  const threat = name.startsWith('plain http') ? 'A7' : 'A6'
  return {
    ...{ group: 'token endpoint', threat, name: `token endpoint: ${name}` },
    stages: ['capability', 'smart'],
    play: ({ world }) =>
      world.stage === 'capability'
        ? fhir(capabilityStatement(address(world)))
        : json(smartConfiguration(address(world))),
    expect: [...EMPTY, ...NO_TEXT].includes(row)
      ? refused(['ERR_CQ_NO_TOKEN_ENDPOINT'], [1, 2])
      : refused(TOKEN_REFUSED, [1, 1], {
          also: ({ world }) => (world.count('token') > 0 ? 'a token was asked for' : undefined),
        }),
  }
})

const quirks: readonly FaultRow[] = [
  ['in an extension of its own', (url: string) => [cerner(url, 'token')]],
  ['by name', (url: string) => [cerner(url, 'carequality-token')]],
].map(([name, more]) => ({
  ...{ group: 'token endpoint', threat: 'A10', name: `carequality-token ${String(name)}` },
  stages: ['capability'],
  play: ({ world }) =>
    fhir(capabilityStatement(world.tokenEndpoint, (more as (url: string) => object[])(world.evil))),
  // Ignored where the host is not Cerner's.
  expect: { outcome: 'recovers', codes: [], requests: [1, 1] },
}))

function cerner(url: string, name: string): object {
  return { url: CERNER_URIS, extension: [{ url: name, valueUri: url }] }
}

/** The address of an attachment, as a record may hold it. */
const attachments: readonly FaultRow[] = [...BAD, ...FOREIGN, ...PATHS].map(([name, address]) => ({
  ...{ group: 'attachment', threat: 'A4', name: `attachment: ${name}`, stages: ['binary'] },
  play: ({ good }) => good,
  call: (client, world) => contentAt(client, world, String(address(world))),
  expect: refused(['ERR_CQ_ORIGIN_REFUSED'], [0, 0]),
}))

const implementation: FaultRow = {
  ...{ group: 'next link', threat: 'A4', name: 'next link: to an implementation.url that is evil' },
  stages: ['page'],
  play: ({ world, good }) => linked(good, [next(`${world.evil}/Patient?page=3`)]),
  expect: linkRefused,
}

export const URL_ROWS: readonly FaultRow[] = [
  ...[...links, two, implementation],
  ...[...addresses, ...allowed],
  ...[...endpoints, ...quirks, ...attachments],
]
