import type { KeyObject } from 'node:crypto'

import { describe, expect, test } from 'vitest'

import { cryptoKeySigner, jwkSigner, publicJwks, type Signer } from '../../../src/signers/index.ts'
import { SignerFacts } from '../../../src/signers/signer-facts.ts'
import type { CryptoKeyLike } from '../../../src/types.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, failureOf, idle, opensslVerifies, rsa } from './keys.ts'

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
      [() => cryptoKeySigner({ key: pair.privateKey, publicKey: other.privateKey }), /"publicKey"/],
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
    const unnamed = await jwkSigner({ key: jwkOf(p384.privateKey), certificates: certificate.pem })
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
