import { inspect } from 'node:util'
import { constants, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { pemSigner, jwkSigner } from '../../../src/signers/index.ts'
import { LocalSigner } from '../../../src/signers/local-signer.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, ed25519, failureOf, idle, opensslVerifies, pemOf, rsa } from './keys.ts'
import { checkSigner } from '../../../src/signers/check-signer.ts'
import { jwsSignature } from '../../../src/signers/jws-signature.ts'
import { SignerFacts, verifySignature } from '../../../src/signers/signer-facts.ts'
import type { PublicJwk, Signer, SigningAlgorithm } from '../../../src/signers/signer.ts'

describe('pem signer', () => {
  const pairs = {
    RSA: rsa(),
    'P-256': ec('P-256'),
    'P-384': ec('P-384'),
    'P-521': ec('P-521'),
    Ed25519: ed25519(),
  }
  const RSA_ALGORITHMS = ['RS384', 'RS256', 'RS512', 'PS384', 'PS256', 'PS512'] as const
  const { privateKey, publicKey } = pairs.RSA
  const certificate = makeCertificate({
    subject: 'fhir.example.org',
    publicKey,
    issuer: { privateKey },
  })

  describe('keys that are read', () => {
    test.each([
      ['RSA', 'pkcs8', RSA_ALGORITHMS],
      ['RSA', 'pkcs1', RSA_ALGORITHMS],
      ['P-256', 'pkcs8', ['ES256']],
      ['P-256', 'sec1', ['ES256']],
      ['P-384', 'pkcs8', ['ES384']],
      ['P-384', 'sec1', ['ES384']],
      ['P-521', 'pkcs8', ['ES512']],
      ['P-521', 'sec1', ['ES512']],
      ['Ed25519', 'pkcs8', ['EdDSA']],
    ] as const)('%s as %s signs what OpenSSL verifies', async (kind, type, algorithms) => {
      const pair = pairs[kind]
      const signer = await pemSigner({ key: pemOf(pair.privateKey, type) })
      expect(signer.algorithms).toEqual(algorithms)
      expect(signer.publicJwk).toEqual(pair.publicKey.export({ format: 'jwk' }))
      expect(LocalSigner.owns(signer)).toBe(true)
      for (const alg of signer.algorithms) {
        const signature = await signer.sign(data, { alg, signal: idle() })
        expect(opensslVerifies(pair.publicKey, alg, data, signature)).toBe(true)
      }
    })

    test.each([
      ['CRLF', (pem: string) => pem.replaceAll('\n', '\r\n')],
      ['line breaks as two characters', (pem: string) => pem.replaceAll('\n', '\\n')],
      ['no line breaks', (pem: string) => pem.replaceAll('\n', '')],
      ['text around', (pem: string) => `Bag Attributes\n  friendlyName: x\n${pem}\n-- end\n`],
      [
        'curve parameters before it',
        (pem: string) => `-----BEGIN EC PARAMETERS-----\nBggq\n-----END EC PARAMETERS-----\n${pem}`,
      ],
    ])('with %s', async (_, change) => {
      const signer = await pemSigner({ key: change(pemOf(pairs['P-256'].privateKey, 'sec1')) })
      expect(signer.algorithms).toEqual(['ES256'])
    })

    test('certificates of a bundle are used unless others are given', async () => {
      const key = `${certificate.pem}\n${pemOf(privateKey)}`
      expect((await pemSigner({ key })).certificates).toEqual([certificate.base64])
      expect((await pemSigner({ key, certificates: [] })).certificates).toBeUndefined()
      const other = makeCertificate({ subject: 'other', publicKey, issuer: { privateKey } })
      const given = await pemSigner({ key, certificates: other.pem })
      expect(given.certificates).toEqual([other.base64])
    })
  })

  function withLine(pem: string, at: number, text: string): string {
    const change = (line: string, index: number): string => (index === at ? text : line)
    return pem.split('\n').map(change).join('\n')
  }

  describe('keys that are refused', () => {
    const pem = pemOf(privateKey)
    const encrypted = privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
      .toString()
    const legacy = privateKey
      .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
      .toString()
    const sec1WithoutCurve = `-----BEGIN EC PRIVATE KEY-----\n${Buffer.from(
      `30250201010420${'11'.repeat(32)}`,
      'hex',
    ).toString('base64')}\n-----END EC PRIVATE KEY-----`

    test.each([
      ['encrypted PKCS#8', encrypted, /encrypted; use encryptedPemSigner/],
      ['encrypted PKCS#1', legacy, /encrypted; use encryptedPemSigner/],
      ['RSA 1024', pemOf(rsa(1024).privateKey), /2048 bits/],
      ['secp256k1', pemOf(ec('secp256k1').privateKey), /P-256, P-384, P-521 or Ed25519/],
      [
        'secp256k1 as SEC1',
        pemOf(ec('secp256k1').privateKey, 'sec1'),
        /P-256, P-384, P-521 or Ed25519/,
      ],
      ['SEC1 without its curve', sec1WithoutCurve, /P-256, P-384, P-521 or Ed25519/],
      [
        'another label',
        pem.replaceAll('PRIVATE KEY', 'OPENSSH PRIVATE KEY'),
        /PKCS#8, PKCS#1 or SEC1/,
      ],
      ['two keys', pem + pem, /more than one/],
      ['no key', certificate.pem, /no private key/],
      ['cut off', pem.slice(0, 800), /without its end/],
      ['a byte lost', pem.replace(/\n.{4}/, '\n'), /cannot be read/],
      ['no base64', pem.replace(/\n.{4}/, '\n!!!!'), /cannot be read/],
      ['wrong numbers', withLine(pem, 4, 'A'.repeat(64)), /cannot be used|does not sign/],
      ['empty', '', /non-empty string/],
    ])('%s', async (_, key, message) => {
      const error = await failureOf(pemSigner({ key }))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toMatch(message)
      expect(error.message).toContain('"key"')
      expect(error).not.toHaveProperty('cause')
      const lines = key.split('\n').filter((line) => /^[\w+/=]{16,}$/.test(line))
      for (const line of lines) expect(inspect(error, { depth: 8 })).not.toContain(line)
    })
  })

  describe('what stands beside the key', () => {
    const key = pemOf(privateKey)

    test('kid and algorithms are as given, and no other algorithm is signed with', async () => {
      const signer = await pemSigner({ key, kid: 'k1', algorithms: ['RS384'] })
      expect(signer).toMatchObject({ kid: 'k1', algorithms: ['RS384'] })
      await expect(signer.sign(data, { alg: 'RS256', signal: idle() })).rejects.toThrow(TypeError)
      const both = await pemSigner({ key, algorithms: ['RS384', 'RS256'] })
      expect(both.algorithms).toEqual(['RS384', 'RS256'])
    })

    test.each([[['ES256']], [[]], [['HS256']], ['RS256']])('algorithms %j', async (algorithms) => {
      const options = Object.assign({ key }, { algorithms })
      // @ts-expect-error wrong on purpose
      const error = await failureOf(pemSigner(options))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain('"algorithms"')
    })

    test('K4: a certificate of another key is a mismatch', async () => {
      for (const pair of [rsa(), ec('P-256'), ec('P-521')]) {
        const certificates = makeCertificate({ ...pair, subject: 'x', issuer: pair }).base64
        await expect(pemSigner({ key, certificates })).rejects.toMatchObject({
          code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
        })
      }
    })

    test('an aborted signal ends signing with its reason', async () => {
      const signer = await pemSigner({ key })
      const reason = new Error('gone')
      const signal = AbortSignal.abort(reason)
      await expect(signer.sign(data, { alg: 'RS256', signal })).rejects.toBe(reason)
    })

    test('a signer shows nothing of its key when it is inspected or serialized', async () => {
      const signer = await pemSigner({ key: `${certificate.pem}${key}` })
      const shown = `${inspect(signer, { depth: 8, showHidden: true })}${JSON.stringify(signer)}`
      const { d, p, q, dp, dq, qi } = privateKey.export({ format: 'jwk' })
      for (const secret of [d, p, q, dp, dq, qi]) {
        expect(shown).not.toContain(String(secret).slice(0, 12))
      }
      expect(shown).not.toMatch(/CryptoKey|PRIVATE/)
      expect(shown).toContain(certificate.base64.slice(0, 60))
    })
  })
})

describe('public key', () => {
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
      const plain = [
        signerWith({ publicJwk }),
        signerWith({ publicJwk, kid: 'k', certificates: [] }),
      ]
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
    test.each(['ES256', 'ES384'] as const)(
      'K11: %s: 200 DER signatures of OpenSSL',
      async (alg) => {
        const key = pairs[alg].privateKey
        const hash = `sha${alg.slice(2)}`
        for (let round = 0; round < 200; round++) {
          const bytes = crypto.getRandomValues(new Uint8Array(16))
          const signature = jwsSignature(alg, sign(hash, bytes, { key, dsaEncoding: 'der' }))
          expect(signature).toHaveLength(alg === 'ES256' ? 64 : 96)
          const good = verifySignature(publicOf(alg), alg, bytes, signature ?? new Uint8Array())
          expect(await good).toBe(true)
        }
      },
    )

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
      expect(
        await verifySignature({ kty: 'RSA', n: '!', e: 'AQAB' }, 'RS256', data, signature),
      ).toBe(false)
      const pss = sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING })
      expect(await verifySignature(jwk, 'RS256', data, pss)).toBe(false)
    })
  })
})
