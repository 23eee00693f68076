import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { encryptedPemSigner, keyObjectSigner, pkcs12Signer } from '../../../src/node/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, ed25519, failureOf, idle, opensslVerifies, pemOf, rsa } from '../signers/keys.ts'

const pairs = { RSA: rsa(), 'P-256': ec('P-256'), 'P-384': ec('P-384'), Ed25519: ed25519() }
const passphrase = 'open sesame ✓'
const folder = mkdtempSync(join(tmpdir(), 'key-signers-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const certificates = Object.fromEntries(
  Object.entries(pairs).map(([kind, { publicKey }]) => {
    const issuer = { name: 'CA', privateKey: pairs.RSA.privateKey }
    return [kind, makeCertificate({ subject: kind, publicKey, issuer })]
  }),
)
const ca = makeCertificate({ subject: 'CA', ...pairs.RSA, issuer: pairs.RSA, ca: true })
const certificateOf = (kind: string) => certificates[kind] ?? expect.fail(kind)

describe.each(['RSA', 'P-256', 'P-384', 'Ed25519'] as const)('keyObjectSigner with %s', (kind) => {
  test('signs what OpenSSL verifies', async () => {
    const { publicKey, privateKey } = pairs[kind]
    const signer = await keyObjectSigner({ key: privateKey, kid: 'k' })
    expect(signer.kid).toBe('k')
    for (const alg of signer.algorithms) {
      const signature = await signer.sign(data, { alg, signal: idle() })
      expect(opensslVerifies(publicKey, alg, data, signature)).toBe(true)
    }
  })
})

test.each([
  ['a public key', pairs.RSA.publicKey],
  ['a secret key', { type: 'private' }],
  ['secp256k1', ec('secp256k1').privateKey],
  ['RSA 1024', rsa(1024).privateKey],
  ['X25519', generateKeyPairSync('x25519').privateKey],
  ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
  ['text', pemOf(pairs.RSA.privateKey)],
])('keyObjectSigner refuses %s', async (_, key) => {
  const error = await failureOf(keyObjectSigner({ key: key as KeyObject }))
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toContain('"key"')
  expect(error).not.toHaveProperty('cause')
})

describe('encryptedPemSigner', () => {
  const encrypted = (type: 'pkcs8' | 'pkcs1' | 'sec1', key: KeyObject): string =>
    key.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()
  test.each([
    ['PKCS#8 of RSA', encrypted('pkcs8', pairs.RSA.privateKey), 'RSA'],
    ['PKCS#8 of P-256', encrypted('pkcs8', pairs['P-256'].privateKey), 'P-256'],
    ['PKCS#8 of Ed25519', encrypted('pkcs8', pairs.Ed25519.privateKey), 'Ed25519'],
    ['PKCS#1 of OpenSSL', encrypted('pkcs1', pairs.RSA.privateKey), 'RSA'],
    ['SEC1 of OpenSSL', encrypted('sec1', pairs['P-384'].privateKey), 'P-384'],
    ['PKCS#8 with CRLF', encrypted('pkcs8', pairs.RSA.privateKey).replaceAll('\n', '\r\n'), 'RSA'],
    ['a key that is not encrypted', pemOf(pairs.RSA.privateKey), 'RSA'],
    ...(['pkcs8', 'pkcs1'] as const).flatMap((type) => {
      const pem = encrypted(type, pairs.RSA.privateKey)
      return [
        [`${type} with \\n in two characters`, pem.replaceAll('\n', '\\n'), 'RSA'],
        [`${type} with \\n escaped twice`, pem.replaceAll('\n', '\\\\n'), 'RSA'],
        [`${type} with \\r\\n in four characters`, pem.replaceAll('\n', '\\r\\n'), 'RSA'],
        [`${type} with blanks for line breaks`, pem.replaceAll('\n', ' '), 'RSA'],
        [`${type} indented`, pem.replaceAll(/^/gm, '    '), 'RSA'],
      ] as const
    }),
  ] as const)('reads %s', async (_, key, kind) => {
    const signer = await encryptedPemSigner({ key, passphrase })
    const [alg = 'RS256'] = signer.algorithms
    const signature = await signer.sign(data, { alg, signal: idle() })
    expect(opensslVerifies(pairs[kind].publicKey, alg, data, signature)).toBe(true)
  })

  test('uses the certificates of the same text unless others are given', async () => {
    const key = `${encrypted('pkcs8', pairs['P-256'].privateKey)}${certificateOf('P-256').pem}${ca.pem}`
    const signer = await encryptedPemSigner({ key, passphrase })
    expect(signer.certificates).toEqual([certificateOf('P-256').base64, ca.base64])
    const bare = await encryptedPemSigner({ key, passphrase, certificates: [] })
    expect(bare.certificates).toBeUndefined()
  })

  test.each([
    ['cut off', (pem: string) => pem.replace(/[^\n]+\n(-----END)/, '$1')],
    ['with a foreign character', (pem: string) => pem.replace(/MII/, 'M!I')],
    ['with a line that is lost', (pem: string) => pem.replace(/\n[^\n]+\n/, '\n')],
  ])('a key %s is not blamed on the passphrase', async (_, spoil) => {
    const key = spoil(encrypted('pkcs8', pairs.RSA.privateKey))
    const error = await failureOf(encryptedPemSigner({ key, passphrase }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('line breaks')
    expect(error.message).not.toMatch(/passphrase|sesame|MII/)
  })

  test.each([
    ['another passphrase', { passphrase: 'wrong' }, '"passphrase"'],
    ['no passphrase', { passphrase: '' }, '"passphrase"'],
    ['no key', { key: ca.pem }, '"key"'],
    ['two keys', { key: pemOf(pairs.RSA.privateKey).repeat(2) }, '"key"'],
    ['text', { key: 'text' }, '"key"'],
  ])('%s is a TypeError without the key or the passphrase', async (_, more, option) => {
    const options = { key: encrypted('pkcs8', pairs.RSA.privateKey), passphrase, ...more }
    const error = await failureOf(encryptedPemSigner(options))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(option)
    const shown = inspect(error, { depth: 8, showHidden: true })
    expect(shown).not.toMatch(/sesame|wrong|MII/)
    expect(error).not.toHaveProperty('cause')
  })
})

describe('pkcs12Signer', () => {
  const ascii = 'open sesame'
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  }
  /** A file of OpenSSL's making, by this machine's defaults or with the old algorithms. */
  function pfxOf(kind: keyof typeof pairs, ...more: readonly string[]): Buffer {
    writeFileSync(join(folder, 'key.pem'), pemOf(pairs[kind].privateKey))
    writeFileSync(join(folder, 'leaf.pem'), certificateOf(kind).pem)
    writeFileSync(join(folder, 'ca.pem'), ca.pem)
    writeFileSync(join(folder, 'pass'), ascii)
    openssl(
      ...['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'leaf.pem', '-certfile', 'ca.pem'],
      ...['-passout', 'file:pass', '-out', 'out.p12', ...more],
    )
    return readFileSync(join(folder, 'out.p12'))
  }
  let available = true
  try {
    openssl('version')
  } catch {
    available = false
    console.info('not run: the tests of pkcs12Signer, since there is no openssl command')
  }

  describe.skipIf(!available)('with files of OpenSSL', () => {
    test.each([
      ['RSA', []],
      ['P-256', []],
      ['P-384', []],
      ['RSA', ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
      ['RSA', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
    ] as const)('reads %s %j, its chain in order', async (kind, more) => {
      const signer = await pkcs12Signer({ pfx: pfxOf(kind, ...more), passphrase: ascii })
      const chain = [certificateOf(kind).base64, ca.base64]
      expect(signer.certificates).toEqual(chain)
      const [alg = 'RS256'] = signer.algorithms
      const signature = await signer.sign(data, { alg, signal: idle() })
      expect(opensslVerifies(pairs[kind].publicKey, alg, data, signature)).toBe(true)
    })

    test('a wrong passphrase, no key and nonsense are TypeErrors', async () => {
      const pfx = pfxOf('RSA')
      const bare = pfxOf('RSA', '-nokeys')
      for (const options of [
        { pfx, passphrase: 'wrong' },
        { pfx, passphrase: 'wrong ✓' },
        { pfx: bare, passphrase: ascii },
        { pfx: pfx.subarray(0, 500), passphrase: ascii },
        { pfx: new Uint8Array(10), passphrase: ascii },
        { pfx: 'text', passphrase: ascii },
        { pfx, passphrase: 7 },
      ]) {
        // @ts-expect-error some are wrong on purpose
        const error = await failureOf(pkcs12Signer(options))
        expect(error).toBeInstanceOf(TypeError)
        expect(inspect(error, { depth: 8, showHidden: true })).not.toMatch(/sesame|wrong|MII/)
        expect(error).not.toHaveProperty('cause')
      }
    })
  })
})

test('a KeyObject made from PEM is as good as one that was generated', async () => {
  const key = createPrivateKey(pemOf(pairs['P-256'].privateKey))
  const signer = await keyObjectSigner({ key, certificates: certificateOf('P-256').pem })
  expect(signer.certificates).toEqual([certificateOf('P-256').base64])
})
