/** Threat G10: hostile UDAP metadata. Each document is refused at its step, and nothing is sent anywhere. */
import { createHmac } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { TrustError } from '../../src/errors.ts'
import { createKeys, issueCertificate } from '../../src/testing/pki.ts'
import {
  issueCrl,
  issueOcspResponse,
  unknownCriticalExtension,
} from '../../src/testing/pki-revocation.ts'
import type { TrustStep } from '../../src/udap/index.ts'
import {
  clientFor,
  documentOf,
  documentWorld,
  encoded,
  goodClaims,
  json,
  signed,
  type Changes,
  type DocumentWorld,
} from '../support/udap-documents.ts'
import { BASE, crlUrl, DAY, NOW, trustWorld, x5c } from '../support/trust-world.ts'
import { randomOf } from './mutations.ts'

const runs = Number(process.env.CQ_FUZZ_RUNS ?? 5_000)
const seed = Number(process.env.CQ_FUZZ_SEED ?? 20261129)
const LONGEST_CPU_MS = 250

type Document = Readonly<Record<string, unknown>>
type Row = readonly [
  step: TrustStep,
  title: string,
  make: (world: DocumentWorld) => Document | Promise<Document>,
]

let world: DocumentWorld
beforeAll(async () => {
  world = await documentWorld()
})

const changed =
  (changes: Changes) =>
  (given: DocumentWorld): Promise<Document> =>
    documentOf(given, changes)

/** The good document with another signature in it. */
const withSigned =
  (signed_metadata: (given: DocumentWorld, good: string) => unknown) =>
  async (given: DocumentWorld): Promise<Document> => {
    const good = await documentOf(given)
    return { ...good, signed_metadata: await signed_metadata(given, String(good.signed_metadata)) }
  }

/** A leaf of another kind, signing with the same key. */
const withLeaf =
  (spec: Parameters<DocumentWorld['issue']>[0]) =>
  async (given: DocumentWorld): Promise<Document> =>
    documentOf(given, {
      chain: [await given.issue({ keys: given.keys, ...spec }), given.intermediate],
    })

/** Another authority under the root, with a leaf below it. */
const withAuthority =
  (
    spec: Partial<Parameters<typeof issueCertificate>[0]>,
    leafSpec: Parameters<DocumentWorld['issue']>[0] = {},
  ) =>
  async (given: DocumentWorld): Promise<Document> => {
    const authority = await issueCertificate({
      subject: 'Another Intermediate',
      issuer: given.root,
      ca: true,
      notBefore: NOW - 100 * DAY,
      notAfter: NOW + 100 * DAY,
      crlUrls: [crlUrl('root')],
      ...spec,
    })
    given.network.pages.set(
      crlUrl('another'),
      await issueCrl({ issuer: authority, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }),
    )
    const { keys } = given
    const leaf = await given.issue({
      issuer: authority,
      keys,
      crlUrls: [crlUrl('another')],
      ...leafSpec,
    })
    return documentOf(given, { chain: [leaf, authority] })
  }

const rows: readonly Row[] = [
  ['jws', 'no signature at all', changed({ plain: { signed_metadata: undefined } })],
  [
    'jws',
    'a JWS as JSON object',
    withSigned((_given, good) => ({ payload: good, signatures: [] })),
  ],
  [
    'jws',
    'a JWS without its signature',
    withSigned((_given, good) => good.split('.').slice(0, 2).join('.')),
  ],
  [
    'jws',
    'a JWS of five parts, as encrypted ones have',
    withSigned((_given, good) => `${good}.a.b`),
  ],
  [
    'jws',
    'claims that are an array',
    withSigned(({ keys, leaf }) => signed({ alg: 'RS256', x5c: x5c(leaf) }, [], keys)),
  ],
  [
    'jws',
    'a signature of several megabytes',
    withSigned((_given, good) => good + 'A'.repeat(3_000_000)),
  ],
  [
    'alg',
    '"none"',
    withSigned(
      ({ leaf }) => `${encoded({ alg: 'none', x5c: x5c(leaf) })}.${encoded(goodClaims)}.AA`,
    ),
  ],
  [
    'alg',
    'HS256 with the public certificate as the secret',
    withSigned(({ leaf }) => {
      const input = `${encoded({ alg: 'HS256', x5c: x5c(leaf) })}.${encoded(goodClaims)}`
      return `${input}.${createHmac('sha256', leaf.keys.spki).update(input).digest('base64url')}`
    }),
  ],
  ['alg', 'an algorithm that is not listed', changed({ header: { alg: 'RS512' } })],
  [
    'alg',
    'a key in the header (jwk)',
    changed({ header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } }),
  ],
  [
    'alg',
    'a key set in the header (jku)',
    changed({ header: { jku: 'https://evil.example/jwks' } }),
  ],
  ['alg', 'a critical header that nobody knows', changed({ header: { crit: ['b64'], b64: true } })],
  ['x5c', 'no certificates', changed({ header: { x5c: undefined } })],
  ['x5c', 'an empty list of certificates', changed({ header: { x5c: [] } })],
  [
    'x5c',
    '1,000 certificates',
    withSigned(({ keys }) =>
      signed({ alg: 'RS256', x5c: Array.from({ length: 1_000 }, () => 'AAAA') }, goodClaims, keys),
    ),
  ],
  [
    'x5c',
    'a certificate in base64url with line breaks',
    changed({ header: { x5c: ['MIIB\nAA=='] } }),
  ],
  [
    'x5c',
    'a certificate that is random bytes',
    changed({ header: { x5c: [Buffer.alloc(400, 7).toString('base64')] } }),
  ],
  [
    'x5c',
    'a signature by another key',
    async (given) => documentOf(given, { keys: await createKeys('RSA') }),
  ],
  ['x5c', 'an algorithm that does not fit the key', changed({ header: { alg: 'ES256' } })],
  [
    'x5c',
    'the leaf after its issuer',
    async (given) => documentOf(given, { chain: [given.intermediate, given.leaf] }),
  ],
  [
    'path',
    'a certificate that signs itself',
    async (given) => {
      const { keys } = given
      const own = await issueCertificate({
        subject: 'Own',
        keys,
        notBefore: NOW - DAY,
        uris: [BASE],
      })
      return documentOf(given, { chain: [own] })
    },
  ],
  [
    'path',
    'a whole PKI of its own, root included',
    async (given) => {
      const other = await trustWorld()
      const leaf = await other.issue({ keys: given.keys })
      return documentOf(given, { chain: [leaf, other.intermediate, other.root] })
    },
  ],
  [
    'path',
    'an authority with the name of ours and another key',
    async (given) => {
      const other = await trustWorld()
      const leaf = await other.issue({ keys: given.keys })
      return documentOf(given, { chain: [leaf, given.intermediate, given.root] })
    },
  ],
  [
    'path',
    'a chain without its intermediate',
    async (given) => documentOf(given, { chain: [given.leaf] }),
  ],
  ['validity', 'an expired leaf', withLeaf({ notBefore: NOW - 400 * DAY, notAfter: NOW - DAY })],
  ['validity', 'a leaf that is not valid yet', withLeaf({ notBefore: NOW + DAY })],
  ['validity', 'an expired intermediate', withAuthority({ notAfter: NOW - DAY })],
  ['constraints', 'a leaf that may not sign', withLeaf({ keyUsage: [2] })],
  [
    'constraints',
    'a leaf with a critical extension that nobody knows',
    withLeaf({ more: [unknownCriticalExtension] }),
  ],
  ['constraints', 'an authority that is none', withAuthority({ ca: false })],
  [
    'constraints',
    'an authority whose names exclude this server',
    withAuthority({ excludedUris: ['fhir.example.org'] }),
  ],
  [
    'constraints',
    'a path longer than its authority permits',
    async (given) => {
      const short = await issueCertificate({
        ...{ subject: 'Short', issuer: given.root, ca: true, pathLength: 0 },
        ...{ notBefore: NOW - DAY, crlUrls: [crlUrl('root')] },
      })
      const below = await issueCertificate({
        subject: 'Below',
        issuer: short,
        ca: true,
        notBefore: NOW - DAY,
      })
      const leaf = await given.issue({ issuer: below, keys: given.keys })
      return documentOf(given, { chain: [leaf, below, short] })
    },
  ],
  [
    'revocation',
    'a leaf that its list revokes',
    async (given) => {
      const leaf = await given.issue({ keys: given.keys, crlUrls: [crlUrl('revoked')] })
      const list = await issueCrl({
        ...{ issuer: given.intermediate, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY },
        revoked: [{ serial: leaf.serial }],
      })
      given.network.pages.set(crlUrl('revoked'), list)
      return documentOf(given, { chain: [leaf, given.intermediate] })
    },
  ],
  [
    'revocation',
    'a leaf that its OCSP responder revokes',
    async (given) => {
      const ocsp = 'http://pki.example.org/ocsp-revoked'
      const leaf = await given.issue({ keys: given.keys, crlUrls: [], ocspUrls: [ocsp] })
      const about = { issuer: given.intermediate, certificate: leaf, status: 'revoked' as const }
      given.network.pages.set(
        ocsp,
        await issueOcspResponse({ ...about, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }),
      )
      return documentOf(given, { chain: [leaf, given.intermediate] })
    },
  ],
  [
    'revocation',
    'a list from the time before the revocation',
    async (given) => {
      const stale = { thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - 8 * DAY }
      given.network.pages.set(
        crlUrl('stale'),
        await issueCrl({ issuer: given.intermediate, ...stale }),
      )
      return withLeaf({ crlUrls: [crlUrl('stale')] })(given)
    },
  ],
  ['revocation', 'a list that cannot be had', withLeaf({ crlUrls: [crlUrl('nowhere')] })],
  ['revocation', 'no list and no responder', withLeaf({ crlUrls: [] })],
  [
    'san',
    'a certificate with a DNS name alone',
    withLeaf({ uris: [], dnsNames: ['fhir.example.org'] }),
  ],
  [
    'san',
    'a certificate for the beginning of the base',
    withLeaf({ uris: ['https://fhir.example.org'] }),
  ],
  [
    'san',
    'a certificate for the base in other letters',
    withLeaf({ uris: ['https://FHIR.example.org/r4'] }),
  ],
  [
    'base',
    'honest metadata of another server, replayed',
    async (given) => {
      const other = 'https://fhir.other.example/r4'
      const leaf = await given.issue({ keys: given.keys, uris: [other] })
      return documentOf(given, {
        chain: [leaf, given.intermediate],
        claims: { iss: other, sub: other },
      })
    },
  ],
  ['claims', 'a subject of its own', changed({ claims: { sub: 'https://fhir.other.example/r4' } })],
  ['claims', 'no jti', changed({ claims: { jti: undefined } })],
  [
    'times',
    'metadata that have expired',
    changed({ claims: { iat: NOW / 1000 - 600, exp: NOW / 1000 - 1 } }),
  ],
  [
    'times',
    'metadata from tomorrow',
    changed({ claims: { iat: NOW / 1000 + 86_400, exp: NOW / 1000 + 90_000 } }),
  ],
  ['times', 'metadata for ten years', changed({ claims: { exp: NOW / 1000 + 3650 * 86_400 } })],
  ['times', 'an exp that is a text', changed({ claims: { exp: '4102444800' } })],
  [
    'endpoints',
    'another token endpoint in the plain part',
    changed({ plain: { token_endpoint: 'https://evil.example/token' } }),
  ],
  [
    'endpoints',
    'a registration endpoint that is not signed',
    changed({ claims: { registration_endpoint: undefined } }),
  ],
  [
    'endpoints',
    'an authorization endpoint in the plain part alone',
    changed({ plain: { authorization_endpoint: 'https://evil.example/authorize' } }),
  ],
  [
    'endpoints',
    'a token endpoint over plain http',
    changed({
      claims: { token_endpoint: 'http://fhir.example.org/token' },
      plain: { token_endpoint: 'http://fhir.example.org/token' },
    }),
  ],
  [
    'endpoints',
    'a token endpoint that is a script',
    changed({
      claims: { token_endpoint: 'javascript:alert(1)' },
      plain: { token_endpoint: 'javascript:alert(1)' },
    }),
  ],
]

test('the good document is accepted, so that each refusal below is its own', async () => {
  const document = await documentOf(world)
  const { udap, requests } = clientFor(world, () => json(document))
  const metadata = await udap.discover(BASE)
  expect(metadata).toMatchObject({
    tokenEndpoint: 'https://fhir.example.org/token',
    registrationEndpoint: 'https://fhir.example.org/register',
    warnings: [],
  })
  expect(requests.map(({ url }) => url)).toEqual([
    `${BASE}/.well-known/udap?community=urn%3Aoid%3A2.16.840.1.113883.3.7204.1.5`,
  ])
  expect(rows.length).toBeGreaterThanOrEqual(31)
})

const atSteps = (...steps: readonly TrustStep[]): readonly Row[] =>
  rows.filter(([step]) => steps.includes(step))

test.each(atSteps('jws', 'alg'))('K1: signed metadata refused at step %s: %s', (...row) =>
  isRefused(row),
)
test.each(atSteps('san', 'base', 'claims', 'times'))(
  'K2: signed metadata refused at step %s: %s',
  (...row) => isRefused(row),
)
test.each(atSteps('x5c', 'path', 'validity', 'constraints', 'revocation'))(
  'K3: signed metadata refused at step %s: %s',
  (...row) => isRefused(row),
)
test.each(atSteps('endpoints'))('A6: signed metadata refused at step %s: %s', (...row) =>
  isRefused(row),
)

async function isRefused([step, , make]: Row): Promise<void> {
  const document = await make(world)
  const { udap, requests } = clientFor(world, () => json(document))
  const error = await udap.discover(BASE).then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(TrustError)
  expect(error).toMatchObject({ code: 'ERR_CQ_UNTRUSTED', step, retryable: false })
  expect(requests.map(({ method, headers }) => [method, headers.get('authorization')])).toEqual([
    ['GET', null],
  ])
}

test(`K1: ${runs} documents with one changed character in the signature, its header or its claims: none is accepted`, async () => {
  const random = randomOf(seed)
  const good = await documentOf(world)
  const jws = String(good.signed_metadata)
  let answer = good
  const trust = world.store()
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ '
  const steps = new Set<string>()
  for (let run = 0; run < runs; run += 1) {
    // The last characters of each part get more than their share: some of their bits are padding.
    const ends = [jws.indexOf('.') - 1, jws.lastIndexOf('.') - 1, jws.length - 1]
    const at = run % 10 === 0 ? (ends[run % 3] ?? 0) : Math.floor(random() * jws.length)
    const others = alphabet.replace(jws[at] ?? '', '')
    const other = others[Math.floor(random() * others.length)] ?? ''
    answer = { ...good, signed_metadata: jws.slice(0, at) + other + jws.slice(at + 1) }
    const { udap } = clientFor(world, () => json(answer), trust)
    const started = process.cpuUsage()
    const found = await udap.discover(BASE).then(
      () => `accepted with ${other} at ${at} of ${jws.length}`,
      (error: unknown) => (error instanceof TrustError ? error.step : String(error)),
    )
    const { user, system } = process.cpuUsage(started)
    expect((user + system) / 1000).toBeLessThan(LONGEST_CPU_MS)
    steps.add(found)
  }
  expect([...steps].sort()).toEqual(['alg', 'jws', 'x5c'])
})
