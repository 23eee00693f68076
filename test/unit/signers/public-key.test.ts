import { constants, sign } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { jwkSigner } from '../../../src/signers/index.ts'
import { checkSigner } from '../../../src/signers/check-signer.ts'
import { jwsSignature } from '../../../src/signers/jws-signature.ts'
import { SignerFacts, verifySignature } from '../../../src/signers/signer-facts.ts'
import type { PublicJwk, Signer, SigningAlgorithm } from '../../../src/signers/signer.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, rsa } from './keys.ts'

const noSign = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array())
const pairs = { RSA: rsa(), ES256: ec('P-256'), ES384: ec('P-384') }
const publicOf = (name: keyof typeof pairs): PublicJwk => ({
  kty: '',
  ...pairs[name].publicKey.export({ format: 'jwk' }),
})
const root = makeCertificate({ ...pairs.RSA, subject: 'Root', issuer: pairs.RSA, ca: true })
const leaf = makeCertificate({
  subject: 'fhir.example.org',
  publicKey: pairs.ES256.publicKey,
  issuer: { name: 'Root', privateKey: pairs.RSA.privateKey },
  notBefore: new Date(1_700_000_000_000),
  notAfter: new Date(1_800_000_000_000),
})
const signerWith = (shown: Partial<Signer>): Signer => ({
  algorithms: ['ES256'],
  sign: noSign,
  ...shown,
})

describe('SignerFacts', () => {
  test('the thumbprint is that of RFC 7638, section 3.1', async () => {
    const publicJwk = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    }
    const facts = new SignerFacts(signerWith({ publicJwk }))
    expect(await facts.thumbprint()).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
    expect(await facts.publicJwk()).toEqual({ kty: 'RSA', n: publicJwk.n, e: 'AQAB' })
    expect(facts.publicJwk()).toBe(facts.publicJwk())
  })

  test('a self-signed root is left out of x5c, and the validity is the one of the leaf', async () => {
    const facts = new SignerFacts(signerWith({ certificates: [leaf.pem, root.base64] }))
    expect(facts.x5c).toEqual([leaf.base64])
    expect(facts.rootLeftOut).toBe(true)
    expect(facts.validity).toEqual({ notBefore: 1_700_000_000_000, notAfter: 1_800_000_000_000 })
    expect(await facts.publicJwk()).toEqual(publicOf('ES256'))

    const twice = new SignerFacts(signerWith({ certificates: [leaf.pem, root.pem, root.pem] }))
    expect(twice).toMatchObject({ x5c: [leaf.base64], rootLeftOut: true })
    const doubled = new SignerFacts(signerWith({ certificates: [root.pem, root.pem] }))
    expect(doubled.x5c).toEqual([root.base64])

    const alone = new SignerFacts(signerWith({ certificates: [root.pem] }))
    expect(alone).toMatchObject({ x5c: [root.base64], rootLeftOut: false })
    const none = new SignerFacts(signerWith({ publicJwk: publicOf('ES256'), certificates: [] }))
    expect(none).toMatchObject({ x5c: [], rootLeftOut: false, validity: undefined })
  })

  test('a signer needs a certificate or a public key, and both must be of one key', async () => {
    await expect(new SignerFacts(signerWith({})).publicJwk()).rejects.toThrow(
      new TypeError('"signer" needs "certificates" or "publicJwk"'),
    )
    const both = { certificates: [leaf.pem], publicJwk: publicOf('ES256') }
    expect(await new SignerFacts(signerWith(both)).publicJwk()).toEqual(publicOf('ES256'))
    const differing = signerWith({ ...both, publicJwk: publicOf('ES384') })
    await expect(new SignerFacts(differing).publicJwk()).rejects.toMatchObject({
      code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
    })
    for (const publicJwk of [
      { kty: 'oct', k: 'AA' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    ]) {
      const facts = new SignerFacts(signerWith({ publicJwk }))
      await expect(facts.thumbprint()).rejects.toThrow(TypeError)
    }
    expect(() => new SignerFacts(signerWith({ certificates: ['no'] }))).toThrow(TypeError)
    const k1 = ec('secp256k1')
    const odd = makeCertificate({ ...k1, subject: 'x', issuer: k1 })
    const oddFacts = new SignerFacts(signerWith({ certificates: [odd.pem] }))
    await expect(oddFacts.publicJwk()).rejects.toThrow(/"signer.certificates"/)
  })
})

describe('checkSigner', () => {
  test('plain objects and instances of classes are accepted', async () => {
    const local = await jwkSigner({ key: pairs.ES256.privateKey.export({ format: 'jwk' }) })
    const publicJwk = { kty: 'EC' }
    const plain = [signerWith({ publicJwk }), signerWith({ publicJwk, kid: 'k', certificates: [] })]
    for (const signer of [...plain, local]) {
      expect(() => {
        checkSigner(signer, 'signer')
      }).not.toThrow()
    }
  })

  test.each([
    ['signer', undefined],
    ['signer', 'text'],
    ['signer.algorithms', { sign: noSign }],
    ['signer.algorithms', { algorithms: [], sign: noSign }],
    ['signer.algorithms', { algorithms: ['none'], sign: noSign }],
    ['signer.sign', { algorithms: ['RS256'] }],
    ['signer.certificates', { ...signerWith({}), certificates: 'text' }],
    ['signer.certificates', { ...signerWith({}), certificates: [1] }],
    ['signer.kid', { ...signerWith({}), kid: '' }],
    ['signer.publicJwk', { ...signerWith({}), publicJwk: 'text' }],
    ['signer', signerWith({ certificates: [] })],
  ])('names "%s"', (option, value) => {
    const check = (): void => {
      checkSigner(value, 'signer')
    }
    expect(check).toThrow(TypeError)
    expect(check).toThrow(`"${option}"`)
  })
})

describe('signatures', () => {
  test.each(['ES256', 'ES384'] as const)('K11: %s: 200 DER signatures of OpenSSL', async (alg) => {
    const key = pairs[alg].privateKey
    const hash = `sha${alg.slice(2)}`
    for (let round = 0; round < 200; round++) {
      const bytes = crypto.getRandomValues(new Uint8Array(16))
      const signature = jwsSignature(alg, sign(hash, bytes, { key, dsaEncoding: 'der' }))
      expect(signature).toHaveLength(alg === 'ES256' ? 64 : 96)
      const good = verifySignature(publicOf(alg), alg, bytes, signature ?? new Uint8Array())
      expect(await good).toBe(true)
    }
  })

  test('short numbers are padded, raw values stay as they are', () => {
    const short = Buffer.from('3007020201ff020101', 'hex')
    const raw = Buffer.from(jwsSignature('ES256', short) ?? []).toString('hex')
    expect(raw).toBe(`${'00'.repeat(30)}01ff${'00'.repeat(31)}01`)
    const value = new Uint8Array(64).fill(0x30)
    expect(jwsSignature('ES256', value)).toEqual(value)
    expect(jwsSignature('RS256', Buffer.of(1, 2))).toEqual(Uint8Array.of(1, 2))
  })

  test.each([
    ['nothing', ''],
    ['three numbers', '3009020101020101020101'],
    ['one number', '3003020101'],
    ['a negative number', '3006020181020101'],
    ['a number not in its short form', '300702020001020101'],
    ['an empty number', '30050200020101'],
    ['bytes after the end', '300602010102010100'],
    ['an octet string', '3006040101020101'],
    ['a number too long', `3026022101${'00'.repeat(32)}020101`],
  ])('%s is no ES256 signature', (_, hex) => {
    expect(jwsSignature('ES256', new Uint8Array(Buffer.from(hex, 'hex')))).toBeUndefined()
  })

  test('anything at all gives bytes or undefined', () => {
    const algorithms = fc.constantFrom<SigningAlgorithm>('RS256', 'RS384', 'ES256', 'ES384')
    const derLike = fc
      .tuple(fc.uint8Array({ maxLength: 50 }), fc.uint8Array({ maxLength: 50 }))
      .map(([r, s]) =>
        Uint8Array.of(0x30, r.length + s.length + 4, 2, r.length, ...r, 2, s.length, ...s),
      )
    const values = fc.oneof(fc.uint8Array({ maxLength: 120 }), derLike, fc.anything())
    fc.assert(
      fc.property(algorithms, values, (alg, value) => {
        const signature = jwsSignature(alg, value)
        if (signature === undefined) return
        expect(value).toBeInstanceOf(Uint8Array)
        if (alg === 'ES256') expect(signature).toHaveLength(64)
        if (alg === 'ES384') expect(signature).toHaveLength(96)
      }),
      { numRuns: 2000 },
    )
    const detached = new Uint8Array(8)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    expect(jwsSignature('RS256', detached)).toBeUndefined()
  })

  test('verification is false for another key, algorithm, text or form', async () => {
    const { privateKey: key } = pairs.RSA
    const signature = sign('sha256', data, key)
    const jwk = publicOf('RSA')
    expect(await verifySignature(jwk, 'RS256', data, signature)).toBe(true)
    expect(await verifySignature(jwk, 'RS384', data, signature)).toBe(false)
    expect(await verifySignature(jwk, 'ES256', data, signature)).toBe(false)
    expect(await verifySignature(publicOf('ES256'), 'RS256', data, signature)).toBe(false)
    expect(await verifySignature(publicOf('ES384'), 'ES256', data, signature)).toBe(false)
    expect(await verifySignature(jwk, 'RS256', Uint8Array.of(1), signature)).toBe(false)
    expect(await verifySignature(jwk, 'RS256', data, new Uint8Array())).toBe(false)
    expect(await verifySignature({ kty: 'RSA', n: '!', e: 'AQAB' }, 'RS256', data, signature)).toBe(
      false,
    )
    const pss = sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING })
    expect(await verifySignature(jwk, 'RS256', data, pss)).toBe(false)
  })
})
