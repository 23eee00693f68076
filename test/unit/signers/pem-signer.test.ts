import { inspect } from 'node:util'

import { describe, expect, test } from 'vitest'

import { pemSigner } from '../../../src/signers/index.ts'
import { LocalSigner } from '../../../src/signers/local-signer.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, ed25519, failureOf, idle, opensslVerifies, pemOf, rsa } from './keys.ts'

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
