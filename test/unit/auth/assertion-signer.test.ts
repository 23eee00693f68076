import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AssertionSignerOptions } from '../../../src/auth/assertion-options.ts'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import { SignerFacts } from '../../../src/signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../../../src/signers/index.ts'
import type { ClientEvent, JsonValue, Mode } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { makeCertificate } from '../../support/certificates.ts'
import {
  endpoint,
  keyPair,
  opensslAccepts,
  ownSigner,
  readJwt,
  type Kind,
  type Pair,
} from '../../support/token-endpoint.ts'

const now = Date.parse('2026-06-01T12:00:00.999Z')
const DAY = 86_400_000
const kinds: readonly Kind[] = ['RSA', 'P-256', 'P-384']
const modes: readonly Mode[] = ['carequality-legacy', 'smart-backend']
const pairs = Object.fromEntries(kinds.map((kind) => [kind, keyPair(kind)])) as Record<Kind, Pair>
const authority = keyPair('P-256')

const validity = { notBefore: new Date(now - DAY), notAfter: new Date(now + DAY) }
const root = makeCertificate({
  subject: 'Root',
  publicKey: authority.publicKey,
  issuer: authority,
  ca: true,
})
const intermediate = makeCertificate({
  subject: 'Intermediate',
  publicKey: authority.publicKey,
  issuer: { name: 'Root', privateKey: authority.privateKey },
  ca: true,
})
const leafOf = (kind: Kind) =>
  makeCertificate({
    subject: 'fhir.example.org',
    publicKey: pairs[kind].publicKey,
    issuer: { name: 'Intermediate', privateKey: authority.privateKey },
    ...validity,
  })

function made(
  signer: AssertionSignerOptions['signer'],
  more: Partial<AssertionSignerOptions> = {},
): AssertionSigner {
  return new AssertionSigner({ clientId: 'client', signer, now: () => now, ...more })
}

async function signed(signer: Signer, more: Partial<AssertionSignerOptions> = {}) {
  const jwt = await made(signer, more).sign({ audience: endpoint })
  return { jwt, ...readJwt(jwt) }
}

describe.each(modes)('in mode %s', (mode) => {
  const expected: Record<Kind, SigningAlgorithm> = {
    RSA: mode === 'smart-backend' ? 'RS384' : 'RS256',
    'P-256': 'ES256',
    'P-384': 'ES384',
  }

  test.each(kinds)('a %s key without certificates makes a plain header', async (kind) => {
    const signer = await ownSigner(pairs[kind])
    const { jwt, header } = await signed(signer, { mode })
    const kid = await new SignerFacts(signer).thumbprint()
    const named = mode === 'smart-backend' ? { kid } : {}
    expect(header).toStrictEqual({ alg: expected[kind], ...named, typ: 'JWT' })
    expect(opensslAccepts(jwt, pairs[kind].publicKey)).toBe(true)
  })

  test.each(kinds)('a %s key with certificates', async (kind) => {
    const leaf = leafOf(kind)
    const signer = await ownSigner(pairs[kind], { certificates: leaf.pem + intermediate.pem })
    const { jwt, header } = await signed(signer, { mode })
    expect(header.x5c).toEqual(
      mode === 'smart-backend' ? undefined : [leaf.base64, intermediate.base64],
    )
    expect('kid' in header).toBe(mode === 'smart-backend')
    expect(opensslAccepts(jwt, new X509Certificate(leaf.der).publicKey)).toBe(true)
  })

  test("the signer's own kid is used", async () => {
    const { header, headerText } = await signed(await ownSigner(pairs.RSA, { kid: 'mine' }), {
      mode,
    })
    expect(header.kid).toBe('mine')
    expect(headerText).toBe(`{"alg":"${expected.RSA}","kid":"mine","typ":"JWT"}`)
  })

  test('x5c is sent or left out as the option says', async () => {
    const leaf = leafOf('P-256')
    const signer = await ownSigner(pairs['P-256'], { certificates: leaf.pem })
    expect((await signed(signer, { mode, x5c: true })).header.x5c).toEqual([leaf.base64])
    expect((await signed(signer, { mode, x5c: false })).header).not.toHaveProperty('x5c')
  })

  test('a request may name the other mode', async () => {
    const other = modes.find((one) => one !== mode)
    const jwt = await made(await ownSigner(pairs.RSA), { mode }).sign({
      audience: endpoint,
      mode: other,
    })
    expect(readJwt(jwt).header.alg).toBe(other === 'smart-backend' ? 'RS384' : 'RS256')
  })
})

test('certificates are standard base64 of their DER, without line breaks', async () => {
  const leaf = leafOf('RSA')
  const crlf = leaf.pem.replaceAll('\n', '\r\n')
  const { header } = await signed(await ownSigner(pairs.RSA, { certificates: crlf }))
  const [first] = header.x5c as string[]
  expect(first).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
  expect(new X509Certificate(Buffer.from(first ?? '', 'base64')).subject).toBe(
    'CN=fhir.example.org',
  )
})

test('a self-signed root at the end of the chain is left out, and said once', async () => {
  const events: ClientEvent[] = []
  const leaf = leafOf('P-256')
  const chain = leaf.pem + intermediate.pem + root.pem
  const signer = await ownSigner(pairs['P-256'], { certificates: chain })
  const assertions = made(signer, { onEvent: (event) => events.push(event) })
  for (const audience of ['a', 'b']) {
    const { header } = readJwt(await assertions.sign({ audience }))
    expect(header.x5c).toEqual([leaf.base64, intermediate.base64])
  }
  const told = events.filter(({ type }) => type === 'assertion.root-left-out')
  expect(told).toEqual([{ type: 'assertion.root-left-out', at: now }])
})

test('a lone self-signed certificate stays', async () => {
  const { publicKey, privateKey } = pairs['P-256']
  const own = makeCertificate({ subject: 'own', publicKey, issuer: { privateKey }, ...validity })
  const { header } = await signed(await ownSigner(pairs['P-256'], { certificates: own.pem }))
  expect(header.x5c).toEqual([own.base64])
})

describe('claims', () => {
  test('are those of the protocol and no other', async () => {
    const { claims } = await signed(await ownSigner(pairs['P-256']))
    const iat = Math.floor(now / 1000) - 5
    const { jti, ...rest } = claims
    expect(rest).toStrictEqual({ iss: 'client', sub: 'client', aud: endpoint, iat, exp: iat + 240 })
    expect(jti).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  })

  test.each([
    [10_000, 10],
    [59_999, 59],
    [300_000, 300],
  ])('K7: lifetimeMs %d is %d whole seconds', async (lifetimeMs, seconds) => {
    const { claims } = await signed(await ownSigner(pairs['P-256']), { lifetimeMs })
    expect(Number(claims.exp) - Number(claims.iat)).toBe(seconds)
  })

  test.each([0, -1, 9_999, 300_001, Number.NaN, Infinity])(
    'K7: lifetimeMs %d is refused',
    (value) => {
      const build = () => made(() => Promise.reject(new Error()), { lifetimeMs: value })
      expect(build).toThrow(TypeError)
      expect(build).toThrow('lifetimeMs')
    },
  )

  test('K6: jti is new each time', async () => {
    const assertions = made(await ownSigner(pairs['P-256']))
    const jwts = await Promise.all(
      Array.from({ length: 200 }, () => assertions.sign({ audience: endpoint })),
    )
    expect(new Set(jwts.map((jwt) => readJwt(jwt).claims.jti)).size).toBe(200)
  })

  test.each([
    'https://HOST.example.org:443/token',
    'https://as.example.org/token?tenant=A%2fb&x',
    'https://as.example.org/ümlaut"\\',
  ])('aud is %s byte for byte, one string', async (audience) => {
    const jwt = await made(await ownSigner(pairs['P-256'])).sign({ audience })
    expect(readJwt(jwt).claims.aud).toBe(audience)
  })

  test("are joined with the signer's own, the request's first", async () => {
    const assertions = made(await ownSigner(pairs['P-256']), { claims: { a: 1, b: 1 } })
    const jwt = await assertions.sign({ audience: 'x', claims: { b: 2 }, clientId: 'other' })
    expect(readJwt(jwt).claims).toMatchObject({ a: 1, b: 2, iss: 'other', sub: 'other' })
  })

  test.each(['Zoë', '\u0080\u07ff\u2028\uffff', '𝒵🩺', '\ud800', '\0\x7f"\\'])(
    'hold %j as it was given',
    async (text) => {
      const assertions = made(await ownSigner(pairs['P-256']), { headers: { text } })
      const jwt = await assertions.sign({ audience: 'x', claims: { text } })
      const { header, claims } = readJwt(jwt)
      expect([header.text, claims.text]).toEqual([text, text])
    },
  )

  test('that change after they were given change nothing', async () => {
    const deep = { list: ['one'] }
    const request = { audience: 'first', claims: { deep } }
    const assertions = made(await ownSigner(pairs['P-256']), { claims: { own: deep } })
    const jwt = assertions.sign(request)
    request.audience = 'second'
    deep.list[0] = 'two'
    const { claims } = readJwt(await jwt)
    expect(claims).toMatchObject({ aud: 'first', deep: { list: ['one'] }, own: { list: ['one'] } })
  })

  test.each(['iss', 'sub', 'aud', 'iat', 'exp', 'nbf', 'jti'])(
    '%s cannot be replaced',
    async (name) => {
      const claims: Record<string, JsonValue> = { [name]: 'x' }
      const signer = await ownSigner(pairs['P-256'])
      expect(() => made(signer, { claims })).toThrow(TypeError)
      const late = await failureOf(made(signer).sign({ audience: 'x', claims }))
      expect(late).toBeInstanceOf(TypeError)
      expect(String(late)).toContain(`"${name}"`)
    },
  )
})

describe('headers', () => {
  test('may set typ and jku', async () => {
    const headers = { typ: 'client-authentication+jwt', jku: 'https://c.example.org/jwks' }
    const { header } = await signed(await ownSigner(pairs['P-256']), { headers })
    expect(header).toStrictEqual({ alg: 'ES256', ...headers })
  })

  test.each(['alg', 'kid', 'x5c', 'crit', 'b64', 'jwk'])('cannot hold %s', async (name) => {
    const signer = await ownSigner(pairs['P-256'])
    const build = () => made(signer, { headers: { [name]: 'none' } })
    expect(build).toThrow(TypeError)
    expect(build).toThrow(`"${name}"`)
  })
})

describe('the time of the certificate', () => {
  const cases: readonly [number, string | undefined][] = [
    [validity.notBefore.getTime() - 1000, 'is not valid before 2026-05-31'],
    [now, undefined],
    [validity.notAfter.getTime() + 1000, 'expired on 2026-06-02'],
  ]
  test.each(cases)('at %d: %s', async (at, said) => {
    const signer = await ownSigner(pairs['P-256'], { certificates: leafOf('P-256').pem })
    const jwt = made(signer, { now: () => at }).sign({ audience: 'x' })
    if (said === undefined) await expect(jwt).resolves.toBeTypeOf('string')
    else
      await expect(jwt).rejects.toMatchObject({
        name: 'ConfigurationError',
        code: 'ERR_CQ_CERTIFICATE_EXPIRED',
        message: expect.stringContaining(said) as string,
      })
  })
})

test.each<[string, unknown]>([
  ['clientId', { clientId: '' }],
  ['signer.algorithms', { signer: {} }],
  ['signer.certificates', { signer: { algorithms: ['ES256'], sign: String, certificates: ['?'] } }],
  ['mode', { mode: 'udap2' }],
  ['x5c', { x5c: 'yes' }],
  ['headers', { headers: [] }],
  ['claims', { claims: 'x' }],
  ['signerTimeoutMs', { signerTimeoutMs: 0 }],
  ['now', { now: 5 }],
  ['randomUUID', { randomUUID: 'x' }],
  ['onEvent', { onEvent: {} }],
])('a wrong %s is a TypeError of the constructor', async (name, wrong) => {
  const good = { clientId: 'client', signer: await ownSigner(pairs['P-256']) }
  const build = () => new AssertionSigner({ ...good, ...(wrong as object) })
  expect(build).toThrow(TypeError)
  expect(build).toThrow(`"${name}"`)
})

test.each<[string, unknown]>([
  ['request', undefined],
  ['audience', { audience: '' }],
  ['audience', { audience: ['x'] }],
  ['clientId', { audience: 'x', clientId: '' }],
  ['mode', { audience: 'x', mode: 'x' }],
  ['algorithms', { audience: 'x', algorithms: 'RS384' }],
  ['claims', { audience: 'x', claims: [] }],
  ['signal', { audience: 'x', signal: {} }],
])('a wrong %s is a TypeError of the call', async (name, request) => {
  const error = await failureOf(
    made(await ownSigner(pairs['P-256'])).sign(request as { audience: string }),
  )
  expect(error).toBeInstanceOf(TypeError)
  expect(String(error)).toContain(`"${name}"`)
})
