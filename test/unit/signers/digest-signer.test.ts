import { constants, privateEncrypt, sign, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import {
  digestSigner,
  type DigestSignerOptions,
  type SigningAlgorithm,
  cryptoKeySigner,
  jwkSigner,
  publicJwks,
  type Signer,
} from '../../../src/signers/index.ts'
import { jwsSignature } from '../../../src/signers/jws-signature.ts'
import { signerContract } from '../../../src/testing/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, failureOf, idle, opensslVerifies, rsa } from './keys.ts'
import { SignerFacts } from '../../../src/signers/signer-facts.ts'
import type { CryptoKeyLike } from '../../../src/types.ts'

describe('digest signer', () => {
  const pairs = { RSA: rsa(), 'P-256': ec('P-256'), 'P-384': ec('P-384'), 'P-521': ec('P-521') }
  const kindOf = (alg: SigningAlgorithm): keyof typeof pairs => {
    if (alg === 'ES256') return 'P-256'
    if (alg === 'ES384') return 'P-384'
    return alg === 'ES512' ? 'P-521' : 'RSA'
  }

  /** DigestInfo of each hash, for a raw RSA signature over a digest ([RFC 8017, section 9.2](https://www.rfc-editor.org/rfc/rfc8017#section-9.2)). */
  const DIGEST_INFO = {
    'SHA-256': '3031300d060960864801650304020105000420',
    'SHA-384': '3041300d060960864801650304020205000430',
    'SHA-512': '3051300d060960864801650304020305000440',
  } as const

  /** As a key service does it: what comes in is the digest. */
  function service(key: KeyObject): DigestSignerOptions['signDigest'] {
    return (digest, { hash }) => {
      const info = Buffer.concat([Buffer.from(DIGEST_INFO[hash], 'hex'), digest])
      const how = { key, padding: constants.RSA_PKCS1_PADDING }
      return Promise.resolve(new Uint8Array(privateEncrypt(how, info)))
    }
  }

  test.each(['RS256', 'RS384', 'RS512'] as const)(
    '%s over the digest verifies as over the data',
    async (alg) => {
      const { publicKey, privateKey } = pairs[kindOf(alg)]
      const signer = await digestSigner({
        algorithms: [alg],
        signDigest: service(privateKey),
        publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      })
      const signature = await signer.sign(data, { alg, signal: idle() })
      expect(opensslVerifies(publicKey, alg, data, signature)).toBe(true)
    },
  )

  /** A device that answers ECDSA in the form that it is told to; it is given data whose digest it can check. */
  function ecdsa(
    alg: 'ES256' | 'ES384' | 'ES512',
    dsaEncoding: 'der' | 'ieee-p1363',
    more: Partial<DigestSignerOptions> = {},
  ): DigestSignerOptions {
    const { publicKey, privateKey } = pairs[kindOf(alg)]
    return {
      algorithms: [alg],
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      signDigest: async (digest, { hash }) => {
        const bits = hash.slice(4)
        expect(digest).toHaveLength(Number(bits) / 8)
        const own = await crypto.subtle.digest(hash, data)
        expect(Buffer.from(digest)).toEqual(Buffer.from(own))
        return new Uint8Array(sign(`sha${bits}`, data, { key: privateKey, dsaEncoding }))
      },
      ...more,
    }
  }

  describe.each(['ES256', 'ES384', 'ES512'] as const)('%s', (alg) => {
    test.each([
      ['der', 'der'],
      ['ieee-p1363', 'raw'],
      ['der', undefined],
      ['ieee-p1363', undefined],
    ] as const)('given as %s and announced as %s', async (encoding, format) => {
      const signer = await digestSigner(ecdsa(alg, encoding, { format }))
      const given = await signer.sign(data, { alg, signal: idle() })
      const raw = jwsSignature(alg, given) ?? expect.fail('no signature')
      expect(opensslVerifies(pairs[kindOf(alg)].publicKey, alg, data, raw)).toBe(true)
      if (format !== undefined) expect(given).toEqual(raw)
    })

    test('DER that happens to be as long as the raw form is read as DER where it is announced', async () => {
      const half = { ES256: 32, ES384: 48, ES512: 66 }[alg]
      // Two short numbers: SEQUENCE of INTEGERs that fill 2 * half bytes with their headers.
      const body = 2 * half - 2 - (2 * half > 129 ? 1 : 0)
      const first = Math.floor(body / 2)
      const integer = (length: number): number[] => [
        2,
        length - 2,
        ...Array<number>(length - 2).fill(1),
      ]
      const header = body > 127 ? [0x30, 0x81, body] : [0x30, body]
      const der = Uint8Array.from([...header, ...integer(first), ...integer(body - first)])
      expect(der).toHaveLength(2 * half)
      const options = ecdsa(alg, 'der', { format: 'der', signDigest: () => Promise.resolve(der) })
      const signer = await digestSigner(options)
      const raw = await signer.sign(data, { alg, signal: idle() })
      expect(Array.from(raw.slice(0, half))).toEqual([
        ...Array<number>(half - first + 2).fill(0),
        ...Array<number>(first - 2).fill(1),
      ])
    })
  })

  test('a service that answers nonsense where DER was announced sends nothing', async () => {
    for (const nonsense of [new Uint8Array(64), Uint8Array.of(0x30, 2, 2, 0), 'text']) {
      const signDigest = (): Promise<Uint8Array> => Promise.resolve(nonsense as Uint8Array)
      const signer = await digestSigner(ecdsa('ES256', 'der', { format: 'der', signDigest }))
      const assertions = new AssertionSigner({ clientId: 'c', signer })
      await expect(assertions.sign({ audience: 'a' })).rejects.toMatchObject({
        code: 'ERR_CQ_SIGNER_FAILED',
      })
    }
  })

  describe('the public key', () => {
    const { publicKey, privateKey } = pairs['P-384']
    const certificate = makeCertificate({ subject: 'x', publicKey, issuer: { privateKey } })
    const options = ecdsa('ES384', 'der')

    test.each([
      ['as JWK', { publicKey: { kty: '', ...publicKey.export({ format: 'jwk' }) } }],
      ['as PEM', { publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }],
      ['as DER', { publicKey: publicKey.export({ type: 'spki', format: 'der' }) }],
      ['of a certificate in PEM', { publicKey: undefined, certificates: certificate.pem }],
      ['of a certificate in DER', { publicKey: undefined, certificates: certificate.der }],
      ['of a certificate in base64', { publicKey: undefined, certificates: [certificate.base64] }],
    ])('%s', async (_, more) => {
      const signer = await digestSigner({ ...options, ...more })
      const jwt = await new AssertionSigner({ clientId: 'c', signer })
        .sign({ audience: 'a' })
        .catch((error: unknown) => error)
      // The fake device signs `data` whatever it is given, so only the library's own check can fail.
      expect(jwt).toMatchObject({ code: 'ERR_CQ_SIGNER_FAILED' })
      if ('certificates' in more) expect(signer.certificates).toEqual([certificate.base64])
    })

    test('that is not the certificate’s is a mismatch', async () => {
      const other = makeCertificate({ ...pairs['P-256'], subject: 'x', issuer: pairs['P-256'] })
      await expect(digestSigner({ ...options, certificates: other.pem })).rejects.toMatchObject({
        code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
      })
    })

    test.each([
      ['publicKey', { publicKey: undefined }],
      ['publicKey', { publicKey: 'text' }],
      ['publicKey', { publicKey: certificate.pem }],
      ['publicKey', { publicKey: new Uint8Array(8) }],
      ['publicKey', { publicKey: { kty: 'oct', k: 'AA' } }],
      ['publicKey', { publicKey: { kty: '', ...rsa(1024).publicKey.export({ format: 'jwk' }) } }],
      ['algorithms', { algorithms: [] }],
      ['algorithms', { algorithms: undefined }],
      ['algorithms', { algorithms: ['HS256'] }],
      ['algorithms', { algorithms: ['EdDSA'] }],
      ['signDigest', { signDigest: undefined }],
      ['signDigest', { signDigest: 'no' }],
      ['format', { format: 'jws' }],
      ['kid', { kid: '' }],
      ['certificates', { certificates: ['text'] }],
    ])('a wrong "%s" is a TypeError (%#)', async (option, more) => {
      // @ts-expect-error wrong on purpose
      const error = await failureOf(digestSigner({ ...options, ...more }))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain(option === 'publicKey' ? 'ublic' : `${option}"`)
    })
  })

  describe('the contract for signers', () => {
    const { publicKey, privateKey } = pairs.RSA
    const options: DigestSignerOptions = {
      algorithms: ['RS256', 'RS384'],
      signDigest: service(privateKey),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    }
    for (const { name, run } of signerContract(() => digestSigner(options))) test(name, run)

    const failing = async (signer: () => unknown): Promise<readonly string[]> => {
      const names: string[] = []
      // @ts-expect-error wrong on purpose
      for (const { name, run } of signerContract(signer)) await run().catch(() => names.push(name))
      return names
    }

    test('finds each kind of wrong signer, and nothing wrong with a good one', async () => {
      const good = await digestSigner(options)
      const other = await digestSigner({ ...options, signDigest: service(rsa().privateKey) })
      expect(await failing(() => good)).toEqual([])
      expect(await failing(() => ({}))).toHaveLength(6)
      expect((await failing(() => other)).length).toBeGreaterThanOrEqual(2)
      const leaking = { ...good, publicJwk: { kty: '', ...privateKey.export({ format: 'jwk' }) } }
      expect(await failing(() => leaking)).toEqual(['its public key has no private member'])
      const deaf = { ...good, sign: () => good.sign(data, { alg: 'RS256', signal: idle() }) }
      expect(await failing(() => deaf)).toContain('a signal that has aborted ends signing')
    })
  })
})

describe('other keys', () => {
  const rsaPair = rsa()
  const p256 = ec('P-256')
  const p384 = ec('P-384')
  const jwkOf = (key: KeyObject): object => key.export({ format: 'jwk' })
  const certificate = makeCertificate({ ...p384, subject: 'fhir.example.org', issuer: p384 })

  async function cryptoKeys(
    algorithm: EcKeyGenParams | RsaHashedKeyGenParams,
    extractable: boolean,
  ): Promise<{ privateKey: CryptoKeyLike; publicKey: CryptoKeyLike }> {
    return crypto.subtle.generateKey(algorithm, extractable, ['sign', 'verify'])
  }
  const ES384 = { name: 'ECDSA', namedCurve: 'P-384' }
  const RS256 = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  }

  describe('jwkSigner', () => {
    test.each([
      ['RS256', rsaPair],
      ['ES256', p256],
      ['ES384', p384],
    ] as const)('%s signs what OpenSSL verifies', async (alg, pair) => {
      const signer = await jwkSigner({ key: jwkOf(pair.privateKey) })
      const signature = await signer.sign(data, { alg, signal: idle() })
      expect(opensslVerifies(pair.publicKey, alg, data, signature)).toBe(true)
      expect(signer.publicJwk).toEqual(jwkOf(pair.publicKey))
    })

    test('kid, alg and x5c of the key count where the options give none', async () => {
      const key = { ...jwkOf(p384.privateKey), kid: 'own', alg: 'ES384', x5c: [certificate.base64] }
      const signer = await jwkSigner({ key: { ...key, use: 'sig', key_ops: ['sign'], ext: false } })
      expect(signer).toMatchObject({ kid: 'own', certificates: key.x5c, algorithms: ['ES384'] })
      const given = await jwkSigner({ key, kid: 'given', certificates: [] })
      expect(given).toMatchObject({ kid: 'given', certificates: undefined })
      const rsaKey = { ...jwkOf(rsaPair.privateKey), alg: 'RS384' }
      expect((await jwkSigner({ key: rsaKey })).algorithms).toEqual(['RS384'])
    })

    const { n } = rsaPair.publicKey.export({ format: 'jwk' })
    test.each([
      ['public', jwkOf(p256.publicKey)],
      ['symmetric', { kty: 'oct', k: 'c2VjcmV0' }],
      ['of another curve', jwkOf(ec('secp256k1').privateKey)],
      ['short', jwkOf(rsa(1024).privateKey)],
      ['half another key', { ...jwkOf(rsa().privateKey), n }],
      ['for encryption', { ...jwkOf(rsaPair.privateKey), alg: 'RSA-OAEP' }],
      ['no object', 'text'],
      ['null', null],
    ])('a key that is %s is refused', async (_, key) => {
      // @ts-expect-error wrong on purpose
      const error = await failureOf(jwkSigner({ key }))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain('"key"')
      expect(error).not.toHaveProperty('cause')
    })
  })

  describe('cryptoKeySigner', () => {
    test.each([
      ['RS256', RS256],
      ['RS384', { ...RS256, hash: 'SHA-384' }],
      ['RS512', { ...RS256, hash: 'SHA-512' }],
      ['PS256', { ...RS256, name: 'RSA-PSS', saltLength: 32 }],
      ['PS384', { ...RS256, name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 }],
      ['ES512', { name: 'ECDSA', namedCurve: 'P-521' }],
      ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
      ['ES384', ES384],
    ] as const)('%s follows from the key', async (alg, algorithm) => {
      const pair = await cryptoKeys(algorithm, true)
      const signer = await cryptoKeySigner({ key: pair.privateKey })
      expect(signer.algorithms).toEqual([alg])
      const signature = await signer.sign(data, { alg, signal: idle() })
      const parameters = { ...algorithm, hash: `SHA-${alg.slice(2)}` }
      const good = crypto.subtle.verify(parameters, pair.publicKey, new Uint8Array(signature), data)
      expect(await good).toBe(true)
    })

    test('a key that cannot be exported needs its public key or a certificate', async () => {
      const pair = await cryptoKeys(ES384, false)
      const key = pair.privateKey
      await expect(cryptoKeySigner({ key })).rejects.toThrow(/"publicKey" or "certificates"/)
      const signer = await cryptoKeySigner({ key, publicKey: pair.publicKey })
      expect(signer.publicJwk).toMatchObject({ kty: 'EC', crv: 'P-384' })

      const { x5c, own } = await importedWithCertificate()
      const certified = await cryptoKeySigner({ key: own, certificates: x5c })
      expect(certified.publicJwk).toEqual(jwkOf(p384.publicKey))
    })

    async function importedWithCertificate(): Promise<{ own: CryptoKeyLike; x5c: string[] }> {
      const pkcs8 = new Uint8Array(p384.privateKey.export({ type: 'pkcs8', format: 'der' }))
      const own = await crypto.subtle.importKey('pkcs8', pkcs8, ES384, false, ['sign'])
      return { own, x5c: [certificate.base64] }
    }

    test('unsuitable and mismatched keys are errors that say why', async () => {
      const pair = await cryptoKeys(ES384, false)
      const other = await cryptoKeys(ES384, false)
      const short = await cryptoKeys({ ...RS256, modulusLength: 1024 }, true)
      const sha1 = await cryptoKeys({ ...RS256, hash: 'SHA-1' }, true)
      const cases: [() => Promise<unknown>, RegExp][] = [
        [() => cryptoKeySigner({ key: pair.publicKey }), /"key" must be a private/],
        [
          () => cryptoKeySigner({ key: pair.privateKey, publicKey: other.publicKey }),
          /"key" does not/,
        ],
        [
          () => cryptoKeySigner({ key: pair.privateKey, publicKey: other.privateKey }),
          /"publicKey"/,
        ],
        [() => cryptoKeySigner({ key: short.privateKey }), /"key" .* 2048/],
        [() => cryptoKeySigner({ key: sha1.privateKey }), /"key" must be for/],
        // @ts-expect-error a KeyObject is no CryptoKey
        [() => cryptoKeySigner({ key: p256.privateKey }), /"key" must be a private/],
      ]
      for (const [make, message] of cases) {
        const error = await failureOf(make())
        expect(error).toBeInstanceOf(TypeError)
        expect(error.message).toMatch(message)
      }
      const foreign = cryptoKeySigner({ key: pair.privateKey, certificates: certificate.pem })
      await expect(foreign).rejects.toMatchObject({ code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH' })
    })
  })

  describe('publicJwks', () => {
    test('gives bare keys with kid, alg and use', async () => {
      const named = await jwkSigner({ key: jwkOf(rsaPair.privateKey), kid: 'k1' })
      const unnamed = await jwkSigner({
        key: jwkOf(p384.privateKey),
        certificates: certificate.pem,
      })
      const { keys } = await publicJwks(named, unnamed, named)
      expect(keys).toEqual([
        { ...jwkOf(rsaPair.publicKey), kid: 'k1', alg: 'RS384', use: 'sig' },
        {
          ...jwkOf(p384.publicKey),
          kid: await new SignerFacts(unnamed).thumbprint(),
          alg: 'ES384',
          use: 'sig',
        },
      ])
      expect(await publicJwks()).toEqual({ keys: [] })
    })

    test('never shows a private member, whatever a signer holds', async () => {
      const careless: Signer = {
        algorithms: ['RS256'],
        publicJwk: { kty: 'RSA', ...rsaPair.privateKey.export({ format: 'jwk' }) },
        sign: () => Promise.resolve(new Uint8Array(256)),
      }
      const [key = {}] = (await publicJwks(careless)).keys
      expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    })

    test('refuses one kid for two keys', async () => {
      const one = await jwkSigner({ key: jwkOf(p256.privateKey), kid: 'k' })
      const two = await jwkSigner({ key: jwkOf(p384.privateKey), kid: 'k' })
      await expect(publicJwks(one, two)).rejects.toThrow(/same "kid"/)
    })

    test('refuses what is no signer', async () => {
      const sign = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array())
      await expect(publicJwks({ algorithms: ['RS256'], sign })).rejects.toThrow(/"publicJwk"/)
      await expect(publicJwks({ algorithms: [], sign })).rejects.toThrow(/"signer.algorithms"/)
    })
  })
})
