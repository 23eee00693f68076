/**
 * G9, K6, K7, K11: assertions and signatures judged by node:crypto, which is not what made them. A
 * small number here; `npm run signatures` makes a million assertions and 10,000 signatures of each kind.
 */
import { constants, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  AssertionSigner,
  TokenProvider,
  type Signer,
  type SigningAlgorithm,
} from '../../src/index.ts'
import { ownSigner, readJwt } from '../support/token-endpoint.ts'

const assertions = Number(process.env.CQ_ASSERTIONS ?? 2_000)
const signatures = Number(process.env.CQ_SIGNATURES ?? 300)

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const
type Curve = keyof typeof curves

function pairOf(alg: SigningAlgorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  return alg === 'ES256' || alg === 'ES384' || alg === 'ES512'
    ? generateKeyPairSync('ec', { namedCurve: curves[alg] })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
}

/** Whether OpenSSL takes the signature for the key's, by the header's algorithm. */
function accepts(jwt: string, key: KeyObject): boolean {
  const { header, signature, input } = readJwt(jwt)
  const alg = String(header.alg)
  const padding = alg.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {}
  const how = { key, dsaEncoding: 'ieee-p1363' as const, ...padding }
  return verify(`sha${alg.slice(2)}`, Buffer.from(input), how, signature)
}

describe('assertions', () => {
  test(
    `G9: ${assertions} of them: each verifies, no jti twice, at most 300 s, for the URL that is asked`,
    { timeout: 300_000 + assertions * 10 },
    async () => {
      // As much of each as keys take time: RSA signs a tenth as fast as P-256.
      const kinds = [
        ...([
          'ES256',
          'ES256',
          'ES256',
          'ES256',
          'ES256',
          'ES256',
          'ES384',
          'ES384',
          'RS256',
          'RS384',
        ] as const),
      ]
      const makers = await Promise.all(
        [...new Set(kinds)].map(async (alg) => {
          const pair = pairOf(alg)
          const signer = await ownSigner(pair)
          const lifetimeMs = alg === 'ES384' ? 300_000 : undefined
          return {
            alg,
            pair,
            own: new AssertionSigner({ clientId: 'client.example.org', signer, lifetimeMs }),
          }
        }),
      )
      const jtis = new Set<string>()
      const counts = new Map<string, number>()
      const problems = new Set<string>()
      const one = async (number: number): Promise<void> => {
        const alg = kinds[number % kinds.length]
        const maker = makers.find((made) => made.alg === alg)
        if (maker === undefined) throw new Error('no maker')
        const audience = `https://as${number % 97}.example.org:8443/Token/${number % 13}`
        const jwt = await maker.own.sign({ audience, algorithms: [maker.alg] })
        const { header, claims } = readJwt(jwt)
        if (!accepts(jwt, maker.pair.publicKey))
          problems.add('a signature that OpenSSL does not take')
        if (header.alg !== alg) problems.add('another algorithm')
        const { aud, exp, iat, jti, iss, sub } = claims
        if (typeof jti !== 'string' || jti.length < 22) problems.add('a short jti')
        jtis.add(String(jti).replaceAll('-', ''))
        if (!Number.isInteger(exp) || !Number.isInteger(iat))
          problems.add('times that are no whole seconds')
        const life = Number(exp) - Number(iat)
        if (life <= 0 || life > 300) problems.add(`a life of ${life} s`)
        if (aud !== audience || iss !== 'client.example.org' || sub !== iss)
          problems.add('other claims')
        counts.set(maker.alg, (counts.get(maker.alg) ?? 0) + 1)
      }
      const batch = 100
      for (let number = 0; number < assertions; number += batch) {
        await Promise.all(
          Array.from({ length: Math.min(batch, assertions - number) }, (_, at) => one(number + at)),
        )
      }
      console.info(
        `signatures: ${assertions} assertions, ${[...counts].map(([alg, count]) => `${alg} ${count}`).join(', ')}`,
      )
      expect([...problems]).toEqual([])
      expect(jtis.size).toBe(assertions)
    },
  )

  test('K6, K8: on the wire: the audience is the URL that is posted to, a jti is for one attempt', async () => {
    const posted: {
      readonly url: string
      readonly assertion: string
      readonly authorization: string | undefined
    }[] = []
    const pair = pairOf('ES256')
    const own = new AssertionSigner({
      clientId: 'client.example.org',
      signer: await ownSigner(pair),
    })
    const tokens = new TokenProvider({
      assertions: own,
      tokenRequestsPerMinute: 1e6,
      randomUUID: () => `00000000${crypto.randomUUID().slice(8)}`,
      transport: {
        send: ({ url, body, headers }) => {
          const assertion = new URLSearchParams(body).get('client_assertion') ?? ''
          posted.push({ url, assertion, authorization: headers.authorization })
          // Two attempts fail, the third has a token.
          const status = posted.length % 3 === 0 ? 200 : 503
          const text =
            status === 200 ? '{"access_token":"t","token_type":"Bearer","expires_in":0}' : ''
          const answer = new Response(text, {
            status,
            headers: { 'content-type': 'application/json' },
          })
          return Promise.resolve({ status, headers: answer.headers, body: chunksOf(text) })
        },
      },
    })
    for (let number = 0; number < 100; number += 1) {
      const tokenEndpoint = `https://fhir.example.org/${number % 7}/TOKEN`
      await tokens.getToken({
        tokenEndpoint,
        fhirBaseUrl: 'https://fhir.example.org/r4',
        scope: 'system/Patient.read',
      })
    }
    expect(posted).toHaveLength(300)
    expect(new Set(posted.map(({ assertion }) => readJwt(assertion).claims.jti)).size).toBe(300)
    for (const { url, assertion, authorization } of posted) {
      expect(readJwt(assertion).claims.aud).toBe(url)
      expect(accepts(assertion, pair.publicKey)).toBe(true)
      expect(authorization).toBeUndefined()
    }
  })
})

describe('what foreign signers give', () => {
  const cases = (Object.keys(curves) as Curve[]).flatMap((alg) =>
    (['der', 'ieee-p1363'] as const).map((form) => [alg, form] as const),
  )

  test.each(cases)(
    `K11: %s in %s: ${signatures} of them verify, and are of one width`,
    { timeout: 300_000 + signatures * 20 },
    async (alg, dsaEncoding) => {
      const pair = pairOf(alg)
      const lengths = new Set<number>()
      const signer: Signer<SigningAlgorithm> = {
        algorithms: [alg],
        publicJwk: { kty: 'EC', ...pair.publicKey.export({ format: 'jwk' }) },
        sign: (data) => {
          const given = sign(`sha${alg.slice(2)}`, data, { key: pair.privateKey, dsaEncoding })
          lengths.add(given.length)
          return Promise.resolve(given)
        },
      }
      const own = new AssertionSigner({ clientId: 'client.example.org', signer, x5c: false })
      const width = { ES256: 64, ES384: 96, ES512: 132 }[alg]
      for (let number = 0; number < signatures; number += 1) {
        const jwt = await own.sign({ audience: 'https://as.example.org/token', algorithms: [alg] })
        if (!accepts(jwt, pair.publicKey)) throw new Error(`number ${number} does not verify`)
        expect(readJwt(jwt).signature).toHaveLength(width)
      }
      // DER drops leading zeros, so its length varies; raw never does.
      if (dsaEncoding === 'der') expect(lengths.size).toBeGreaterThan(1)
      else expect([...lengths]).toEqual([width])
    },
  )
})

function chunksOf(text: string): AsyncIterable<Uint8Array> {
  // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of what is there
  return (async function* () {
    yield new TextEncoder().encode(text)
  })()
}
