import { constants, privateEncrypt, sign, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import {
  digestSigner,
  type DigestSignerOptions,
  type SigningAlgorithm,
} from '../../../src/signers/index.ts'
import { jwsSignature } from '../../../src/signers/jws-signature.ts'
import { signerContract } from '../../../src/testing/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, failureOf, idle, opensslVerifies, rsa } from './keys.ts'

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
