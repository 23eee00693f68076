/**
 * SMART App Launch 2.2.0, Backend Services and Client Authentication: Asymmetric, as a server sees
 * it. The checks are those of Inferno's client suite (TokenRequestVerification,
 * AuthenticationVerification), written anew; the pages have headings and no clause numbers.
 */
import { fileURLToPath } from 'node:url'
import { createPublicKey, createSign, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { AssertionSigner, FhirPatientClient } from '../../src/index.ts'
import { jwkSigner, publicJwks, type Signer } from '../../src/signers/index.ts'
import { patient } from '../support/fhir-answers.ts'
import {
  answered,
  asking,
  assertionOf,
  endpoint,
  formOf,
  granted,
  keyPair,
  opensslAccepts,
  ownSigner,
  provider,
  readJwt,
  tokenWire,
  type Kind,
} from '../support/token-endpoint.ts'

const KINDS: readonly Kind[] = ['RSA', 'P-384']
const clientId = 'https://client.example.org'
const fhirBaseUrl = 'https://fhir.example.org/r4'
const signers = new Map(
  await Promise.all(KINDS.map(async (kind) => [kind, await ownSigner(keyPair(kind))] as const)),
)
const signerOf = (kind: Kind): Signer => signers.get(kind) ?? expect.fail(kind)

/** What a server that knows the client by its JWKS has seen. */
async function registered(kind: Kind, answer: (number: number) => Response = () => granted()) {
  const signer = signerOf(kind)
  const jwks = JSON.parse(JSON.stringify(await publicJwks(signer))) as { keys: JsonWebKey[] }
  const line = tokenWire((request, number) =>
    request.url === endpoint ? answer(number) : answered(JSON.stringify(patient('1'))),
  )
  const tokens = await provider(line.options, { clientId, signer, mode: 'smart-backend' })
  return { ...line, jwks, tokens, signer, line }
}

/** One key of the set, by `kid` and `kty`, as the page on asymmetric authentication says. */
function keyOf(jwks: { keys: JsonWebKey[] }, header: Readonly<Record<string, unknown>>): KeyObject {
  const kty = String(header.alg).startsWith('RS') ? 'RSA' : 'EC'
  const [key, ...others] = jwks.keys.filter((one) => one.kid === header.kid && one.kty === kty)
  if (key === undefined || others.length > 0) throw new Error('not exactly one key')
  return createPublicKey({ key, format: 'jwk' })
}

const AUTHENTICATION = 'SMART 2.2 client-confidential-asymmetric'
const TOKEN = 'SMART 2.2 backend-services, obtain access token'

describe.each(KINDS)('with a key on %s', (kind) => {
  test(`${TOKEN}: grant_type is client_credentials`, async () => {
    const { tokens, requests } = await registered(kind)
    await tokens.getToken(asking())
    expect(formOf(requests[0]).getAll('grant_type')).toEqual(['client_credentials'])
  })

  test(`${TOKEN}: client_assertion_type is the exact URN`, async () => {
    const { tokens, requests } = await registered(kind)
    await tokens.getToken(asking())
    expect(formOf(requests[0]).getAll('client_assertion_type')).toEqual([
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    ])
  })

  test(`${TOKEN}: scope is present, once, and as it was asked for`, async () => {
    const { tokens, requests } = await registered(kind)
    const scope = 'system/Patient.rs system/*.read'
    await tokens.getToken(asking({ scope }))
    expect(formOf(requests[0]).getAll('scope')).toEqual([scope])
  })

  test(`${AUTHENTICATION}: the header has alg, kid and typ exactly JWT`, async () => {
    const { tokens, requests, jwks } = await registered(kind)
    await tokens.getToken(asking())
    const { header } = assertionOf(requests[0])
    const alg = kind === 'RSA' ? 'RS384' : 'ES384'
    expect(header).toStrictEqual({ alg, kid: jwks.keys[0]?.kid, typ: 'JWT' })
  })

  test(`${AUTHENTICATION}: iss and sub are the registered client id`, async () => {
    const { tokens, requests } = await registered(kind)
    await tokens.getToken(asking())
    expect(assertionOf(requests[0]).claims).toMatchObject({ iss: clientId, sub: clientId })
  })

  test(`${AUTHENTICATION}: aud is the token URL that the assertion is sent to`, async () => {
    const { tokens, requests } = await registered(kind)
    await tokens.getToken(asking())
    expect(assertionOf(requests[0]).claims.aud).toBe(endpoint)
    expect(requests[0]?.url).toBe(endpoint)
  })

  test(`${AUTHENTICATION}: exp is ahead, by no more than five minutes`, async () => {
    const { signer, line } = await registered(kind)
    for (const lifetimeMs of [undefined, 10_000, 300_000]) {
      const own = { clientId, signer, mode: 'smart-backend', lifetimeMs } as const
      await (await provider(line.options, own)).getToken(asking())
      const { exp } = assertionOf(line.requests.at(-1)).claims
      expect(Number.isInteger(exp)).toBe(true)
      expect(Number(exp) * 1000).toBeGreaterThan(line.now)
      expect(Number(exp) * 1000).toBeLessThanOrEqual(line.now + 300_000)
    }
  })

  test(`${AUTHENTICATION}: jti is never used twice, not in another try either`, async () => {
    const { tokens, requests } = await registered(kind, (number) =>
      number % 3 === 0 ? granted({ expires_in: 0 }) : answered('', 503),
    )
    for (let count = 0; count < 10; count += 1) await tokens.getToken(asking())
    const used = requests.map((request) => assertionOf(request).claims.jti)
    expect(used.every((jti) => typeof jti === 'string' && jti !== '')).toBe(true)
    expect([requests.length, new Set(used).size]).toEqual([30, 30])
  })

  test(`${AUTHENTICATION}: the signature verifies with the one registered key of that kid`, async () => {
    const { tokens, requests, jwks } = await registered(kind)
    await tokens.getToken(asking())
    const jwt = formOf(requests[0]).get('client_assertion') ?? ''
    expect(opensslAccepts(jwt, keyOf(jwks, readJwt(jwt).header))).toBe(true)
  })

  test(`${AUTHENTICATION}: published keys are bare, with kty and kid, and have no private part`, async () => {
    const { jwks } = await registered(kind)
    const members = kind === 'RSA' ? ['n', 'e'] : ['crv', 'x', 'y']
    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(
      [...members, 'kty', 'kid', 'alg', 'use'].sort(),
    )
  })

  test('SMART 2.2 backend-services: there is no refresh, whatever the server gives', async () => {
    const { tokens, requests, line } = await registered(kind, () =>
      granted({ refresh_token: 'r', expires_in: 60 }),
    )
    for (let count = 0; count < 5; count += 1) {
      await tokens.getToken(asking())
      line.now += 61_000
    }
    expect(requests).toHaveLength(5)
    for (const request of requests) {
      expect(formOf(request).get('grant_type')).toBe('client_credentials')
      expect(formOf(request).has('refresh_token')).toBe(false)
    }
  })

  test('SMART 2.2 backend-services: the token is used as Bearer, and its request is answered', async () => {
    const { tokens, requests, line } = await registered(kind, () =>
      granted({ access_token: 'a.b-c~d+e/f=', token_type: 'bearer', scope: 'system/Patient.rs' }),
    )
    const authorize = tokens.authorizer(asking({ fhirBaseUrl }))
    const patients = new FhirPatientClient({ ...line.options, baseUrl: fhirBaseUrl, authorize })
    const found = await patients.read('1')
    expect(found.id).toBe('1')
    expect(requests.map(({ url }) => url)).toEqual([endpoint, `${fhirBaseUrl}/Patient/1`])
    expect(requests[1]?.headers.get('authorization')).toBe('Bearer a.b-c~d+e/f=')
  })
})

test(`${AUTHENTICATION}: a client can sign with RS384 and with ES384, as the server lists`, async () => {
  const both = ['RS384', 'ES384']
  for (const kind of KINDS) {
    const assertions = new AssertionSigner({
      clientId,
      signer: signerOf(kind),
      mode: 'smart-backend',
    })
    const jwt = await assertions.sign({ audience: endpoint, algorithms: both })
    expect(both).toContain(readJwt(jwt).header.alg)
  }
})

test(`${AUTHENTICATION}: jku is sent where it is configured, next to kid`, async () => {
  const jku = 'https://client.example.org/jwks.json'
  const signer = signerOf('RSA')
  const mode = 'smart-backend'
  const assertions = new AssertionSigner({ clientId, signer, mode, headers: { jku } })
  const { header } = readJwt(await assertions.sign({ audience: endpoint }))
  expect(header).toMatchObject({ jku, kid: expect.any(String) as string })
})

test(`${AUTHENTICATION}: invalid_client comes to the caller as it is, with 400 and 401`, async () => {
  for (const status of [400, 401]) {
    const refusal = answered('{"error":"invalid_client"}', status)
    const { tokens, requests } = await registered('RSA', () => refusal)
    await expect(tokens.getToken(asking())).rejects.toMatchObject({
      code: 'ERR_CQ_TOKEN_REJECTED',
      error: 'invalid_client',
      status,
    })
    expect(requests).toHaveLength(1)
  }
})

const SAMPLES = fileURLToPath(new URL('../fixtures/smart-keys', import.meta.url))

test(`${AUTHENTICATION}: the published RS384 key and example give the same bytes`, async () => {
  const read = (name: string) => readFileSync(`${SAMPLES}/${name}`, 'utf8')
  const { keys } = JSON.parse(read('RS384.private.json')) as { keys: JsonWebKey[] }
  const key = keys.find(({ d }) => d !== undefined) ?? expect.fail('no private key')
  const [header, claims, signature] = read('RS384.example.jwt.txt').trim().split('.')
  const signer = await jwkSigner({ key })

  const { signal } = new AbortController()
  const input = new TextEncoder().encode(`${header ?? ''}.${claims ?? ''}`)
  const made = await signer.sign(input, { alg: 'RS384', signal })
  expect(Buffer.from(made).toString('base64url')).toBe(signature)

  const mode = 'smart-backend'
  const assertions = new AssertionSigner({ clientId: 'c', signer, mode })
  const jwt = await assertions.sign({ audience: 'https://authorize.smarthealthit.org/token' })
  const own = jwt.split('.')
  expect(own[0]).toBe(header) // alg, kid, typ, in this order
  const openssl = createSign('sha384').update(`${own[0] ?? ''}.${own[1] ?? ''}`)
  expect(own[2]).toBe(openssl.sign({ key, format: 'jwk' }, 'base64url'))
})
