import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AssertionSignerOptions } from '../../../src/auth/assertion-options.ts'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import { SignerFacts } from '../../../src/signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../../../src/signers/index.ts'
import type { ClientEvent, JsonValue, Mode, EventName } from '../../../src/types.ts'
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
  customSigner,
} from '../../support/token-endpoint.ts'
import { chooseAlgorithm } from '../../../src/auth/choose-algorithm.ts'
import { isCarequalityError } from '../../../src/errors.ts'
import { contextKey } from '../../../src/auth/identity.ts'
import { requestKey } from '../../../src/auth/keyed-claims.ts'
import { tokenName } from '../../../src/auth/requested-token.ts'
import { tefcaIas } from '../../../src/udap/index.ts'

const DAY = 86_400_000

describe('assertion signer', () => {
  const now = Date.parse('2026-06-01T12:00:00.999Z')
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
      expect(rest).toStrictEqual({
        iss: 'client',
        sub: 'client',
        aud: endpoint,
        iat,
        exp: iat + 240,
      })
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
      expect(claims).toMatchObject({
        aud: 'first',
        deep: { list: ['one'] },
        own: { list: ['one'] },
      })
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
    [
      'signer.certificates',
      { signer: { algorithms: ['ES256'], sign: String, certificates: ['?'] } },
    ],
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
})

describe('choose algorithm', () => {
  const able: readonly SigningAlgorithm[] = ['RS256', 'RS384']

  test.each<[readonly SigningAlgorithm[], readonly string[] | undefined, Mode, SigningAlgorithm]>([
    [able, undefined, 'carequality-legacy', 'RS256'],
    [able, undefined, 'smart-backend', 'RS384'],
    [able, [], 'carequality-legacy', 'RS256'],
    [able, [], 'smart-backend', 'RS384'],
    [['RS384', 'RS256'], undefined, 'carequality-legacy', 'RS256'],
    [['RS384'], undefined, 'carequality-legacy', 'RS384'],
    [['RS256'], undefined, 'smart-backend', 'RS256'],
    [['ES256'], undefined, 'smart-backend', 'ES256'],
    [['ES384'], undefined, 'carequality-legacy', 'ES384'],
    [able, ['RS384'], 'carequality-legacy', 'RS384'],
    [able, ['RS384', 'RS256'], 'smart-backend', 'RS256'],
    [['RS384', 'RS256'], ['RS256', 'RS384'], 'carequality-legacy', 'RS384'],
    [['PS256', 'RS384'], undefined, 'carequality-legacy', 'RS384'],
    [['PS256', 'RS384'], ['PS256'], 'carequality-legacy', 'PS256'],
    [['EdDSA'], ['RS384', 'EdDSA'], 'smart-backend', 'EdDSA'],
    [able, ['none', 'HS256', 'RS384', 'PS384'], 'smart-backend', 'RS384'],
  ])('a key for %j and a server that lists %j in mode %s: %s', (able, listed, mode, expected) => {
    expect(chooseAlgorithm(able, listed, mode)).toBe(expected)
  })

  function failure(
    listed: readonly string[] | undefined,
    own: readonly SigningAlgorithm[] = able,
  ): { code: string; message: string } {
    try {
      chooseAlgorithm(own, listed, 'smart-backend')
    } catch (error) {
      if (isCarequalityError(error)) return error
    }
    throw new Error('it did not fail')
  }

  test('without one in common the error names both lists', () => {
    expect(failure(['ES256', 'ES384'])).toMatchObject({
      name: 'ConfigurationError',
      code: 'ERR_CQ_NO_COMMON_ALGORITHM',
      operation: 'assertion.sign',
      message: expect.stringContaining(
        'the signer supports RS256, RS384 and the server ES256, ES384.',
      ) as string,
    })
  })

  test.each(['RS512', 'PS256', 'PS384', 'PS512', 'ES512', 'EdDSA'] as const)(
    '%s is only used where it is listed',
    (alg) => {
      for (const listed of [undefined, [], ['RS384']]) {
        const { code, message } = failure(listed, [alg])
        expect(code).toBe('ERR_CQ_NO_COMMON_ALGORITHM')
        expect(message).toContain(alg)
      }
    },
  )

  test('K1: none and HS256 are never taken', () => {
    expect(failure(['none', 'HS256', 'rs256']).code).toBe('ERR_CQ_NO_COMMON_ALGORITHM')
  })

  test('of what a hostile server lists only registered names are shown', () => {
    const hostile = ['\u001b[31mES256\r\n', '"><script>', 'x'.repeat(1e6), '\u202e', '']
    const { message } = failure([...hostile, ...Array<string>(1000).fill('PS512')])
    expect(message).toMatch(/^[\x20-\x7e]+$/)
    expect(message).toContain('the server PS512.')
    expect(message.length).toBeLessThan(400)
    expect(failure(['\u0000']).message).toContain('none that is registered')
  })
})

describe('certificates that end soon', () => {
  const pair = keyPair('P-256')
  const certificate = makeCertificate({
    subject: 'Fhir.Example.org',
    ...pair,
    issuer: pair,
    dnsNames: ['alias.example.org'],
    uris: ['https://fhir.example.org/Organization/2.999'],
  })
  const notAfter = Math.floor(Date.now() / 1000) * 1000 + 365 * DAY

  async function watched(at: number, clientId = 'fhir.example.org', mode?: Mode) {
    const events: ClientEvent[] = []
    const clock = { now: at }
    const signer = await ownSigner(pair, { certificates: certificate.pem })
    const assertions = new AssertionSigner({
      clientId,
      signer,
      mode,
      now: () => clock.now,
      onEvent: (event) => events.push(event),
    })
    const told = <Name extends EventName>(name: Name) => {
      const isNamed = (event: ClientEvent): event is Extract<ClientEvent, { type: Name }> =>
        event.type === name
      return events.filter(isNamed)
    }
    return { assertions, clock, told }
  }

  describe('certificate.expires-soon', () => {
    test('is told 30 days ahead, at once and then once a day', async () => {
      const { assertions, clock, told } = await watched(notAfter - 31 * DAY)
      await assertions.sign({ audience: 'a' })
      expect(told('certificate.expires-soon')).toEqual([])
      clock.now = notAfter - 29 * DAY - 60_000
      for (let count = 0; count < 5; count += 1) await assertions.sign({ audience: 'a' })
      const [event, ...others] = told('certificate.expires-soon')
      expect(others).toEqual([])
      expect(event).toMatchObject({ at: clock.now, days: 29 })
      expect(Math.abs(Number(event?.notAfter) - notAfter)).toBeLessThan(5_000)
      clock.now += DAY
      await assertions.sign({ audience: 'a' })
      expect(told('certificate.expires-soon').map(({ days }) => days)).toEqual([29, 28])
    })

    test('is told at construction, before anything is signed', async () => {
      const { told } = await watched(notAfter - 3 * DAY)
      expect(told('certificate.expires-soon')).toHaveLength(1)
    })

    test('is told of an intermediate certificate that ends before the leaf', () => {
      const [top, own] = [keyPair('P-384'), keyPair('P-256')]
      const soon = new Date(Date.now() + 10 * DAY)
      const middle = makeCertificate({
        subject: 'CA',
        ...top,
        issuer: { ...top, name: 'Root' },
        notAfter: soon,
      })
      const leaf = makeCertificate({ subject: 'x', ...own, issuer: { ...top, name: 'CA' } })
      const events: ClientEvent[] = []
      const signer = customSigner(own, 'ES256', { certificates: [leaf.pem, middle.pem] })
      new AssertionSigner({ clientId: 'x', signer, onEvent: (event) => events.push(event) })
      expect(events).toMatchObject([{ type: 'certificate.expires-soon', days: 9 }])
    })

    test('is no error, and the day after the last is one', async () => {
      const { assertions, clock } = await watched(notAfter - 10_000)
      expect(await assertions.sign({ audience: 'a' })).toContain('.')
      clock.now = notAfter + 10_000
      await expect(assertions.sign({ audience: 'a' })).rejects.toMatchObject({
        code: 'ERR_CQ_CERTIFICATE_EXPIRED',
      })
    })
  })

  describe('assertion.client-id-not-in-certificate', () => {
    test.each([
      ...['fhir.example.org', 'FHIR.example.ORG', 'alias.example.org'],
      'https://fhir.example.org/Organization/2.999',
    ])('is not told of %s', async (clientId) => {
      const { assertions, told } = await watched(Date.now(), clientId)
      await assertions.sign({ audience: 'a' })
      expect(told('assertion.client-id-not-in-certificate')).toEqual([])
    })

    test.each([
      ...['example.org', 'x.alias.example.org', 'https://fhir.example.org', '12345'],
      ...[
        'https://FHIR.example.org/Organization/2.999',
        'https://fhir.example.org/Organization/2.999/',
      ],
    ])('is told of %s, once', async (clientId) => {
      const { assertions, told } = await watched(Date.now(), clientId)
      await assertions.sign({ audience: 'a' })
      await assertions.sign({ audience: 'b' })
      expect(told('assertion.client-id-not-in-certificate')).toMatchObject([{ clientId }])
    })

    test('is told of each client id that a request names', async () => {
      const { assertions, told } = await watched(Date.now())
      for (const clientId of ['one', 'two', 'one'])
        await assertions.sign({ audience: 'a', clientId })
      const ids = told('assertion.client-id-not-in-certificate').map(({ clientId }) => clientId)
      expect(ids).toEqual(['one', 'two'])
    })

    test('is not told in smart-backend, nor without a certificate', async () => {
      const { assertions, told } = await watched(Date.now(), 'anything', 'smart-backend')
      await assertions.sign({ audience: 'a' })
      expect(told('assertion.client-id-not-in-certificate')).toEqual([])
      const events: ClientEvent[] = []
      const signer = await ownSigner(pair)
      await new AssertionSigner({
        clientId: 'anything',
        signer,
        onEvent: (event) => events.push(event),
      }).sign({ audience: 'a' })
      expect(events).toEqual([])
    })
  })
})

describe('claims by key', () => {
  const extensions = (idToken: string) =>
    tefcaIas({ userInformation: {}, patientInformation: {}, idToken })
  const request = (idToken: string) => ({
    ...{
      tokenEndpoint: 'https://as.example.org/token',
      fhirBaseUrl: 'https://fhir.example.org/r4',
    },
    ...{ scope: 'system/Patient.rs', claims: { extensions: extensions(idToken) } },
  })
  const identity = { clientId: 'a', mode: 'udap', certificates: [] } as const

  test('no key holds an id token, and keys of two id tokens differ', () => {
    const keysOf = (idToken: string): readonly string[] => [
      tokenName(request(idToken), identity),
      contextKey({ claims: { extensions: [extensions(idToken)] } }),
      requestKey(request(idToken), []) ?? '',
    ]
    const [one, same, other] = ['S3CRET.1', 'S3CRET.1', 'S3CRET.2'].map(keysOf)
    expect(one).toEqual(same)
    for (const [at, key] of (one ?? []).entries()) {
      expect(key).not.toContain('S3CRET')
      expect(key).not.toBe(other?.[at])
    }
  })
})
