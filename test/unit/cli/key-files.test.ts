/** Keys on the command line that need a passphrase: PKCS#12, and encrypted PEM. Files of OpenSSL's making. */
import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../../support/certificates.ts'
import { ec, rsa } from '../signers/keys.ts'
import { NOW, sandboxOf, terminal, type Terminal } from './terminal.ts'

const SECRET = 'S3CRET open sesame'
const WITHOUT_FILES = { CAREQUALITY_CERTIFICATES_FILE: undefined }
const WITH_SECRET = { ...WITHOUT_FILES, CAREQUALITY_KEY_PASSPHRASE: SECRET }
const assertion = 'assertion --audience https://as.example.org/token'

let hasOpenssl = true
try {
  execFileSync('openssl', ['version'], { stdio: 'ignore' })
} catch {
  hasOpenssl = false
  console.info('not run: the tests of PKCS#12 on the command line, since there is no openssl')
}

/** A terminal whose key file is PKCS#12, of the sandbox's key unless other files are named. */
async function withPfx(
  more: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): Promise<Terminal> {
  const made = await terminal()
  const { folder, env } = made
  await writeFile(join(folder, 'secret.txt'), `${SECRET}\n`)
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const given = ['-inkey', 'key.pem', '-in', 'chain.pem', '-out', 'key.p12']
  execFileSync('openssl', ['pkcs12', '-export', ...given, '-passout', 'file:secret.txt', ...more], {
    cwd: folder,
    stdio: 'ignore',
  })
  env.CAREQUALITY_KEY_FILE = 'key.p12'
  return made
}

describe.skipIf(!hasOpenssl)('a PKCS#12 file as the key', () => {
  test('signs with the passphrase of the environment, its certificates included', async () => {
    const { type } = await withPfx()
    const { code, out, err } = await type(`${assertion} --raw`, { env: WITH_SECRET })
    expect([code, err]).toEqual([0, ''])
    const [header = ''] = out.split('.')
    const { x5c } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { x5c: string[] }
    const [leaf = ''] = x5c
    expect(new X509Certificate(Buffer.from(leaf, 'base64')).subject).toContain(
      'CN=fhir.example-hospital.org',
    )
    expect((await type('token', { env: WITH_SECRET })).code).toBe(0)
  })

  test('signs with a passphrase that is in a file, with or without a line break', async () => {
    const { type, folder } = await withPfx()
    await writeFile(join(folder, 'bare.txt'), SECRET)
    for (const file of ['secret.txt', 'bare.txt']) {
      const { code, err } = await type(`token --key-passphrase-file ${file}`, {
        env: WITHOUT_FILES,
      })
      expect([code, err]).toEqual([0, ''])
    }
    const missing = await type('token --key-passphrase-file nowhere.txt', { env: WITHOUT_FILES })
    expect([missing.code, missing.err]).toEqual([
      2,
      expect.stringContaining('"keyPassphraseFile" cannot be read'),
    ])
  })

  test('of the old algorithms is read as well', async () => {
    const old = ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']
    const { type } = await withPfx(old)
    expect((await type('token', { env: WITH_SECRET })).code).toBe(0)
  })

  test('with several certificates in any order gives its own first, then its issuers', async () => {
    const [root, middle, leaf] = [rsa(), ec('P-256'), ec('P-256')]
    const options = { ca: true, issuer: { name: 'Root', privateKey: root.privateKey } }
    const rootPem = makeCertificate({ subject: 'Root', ...root, ...options }).pem
    const middlePem = makeCertificate({ subject: 'Middle', ...middle, ...options }).pem
    const leafPem = makeCertificate({
      ...{ subject: 'leaf.example', ...leaf, notBefore: new Date(NOW - 86_400_000) },
      issuer: { name: 'Middle', privateKey: middle.privateKey },
    }).pem
    const strangerPem = makeCertificate({ subject: 'Stranger', ...root, issuer: root }).pem
    const { type } = await withPfx([], {
      'key.pem': leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'chain.pem': strangerPem + rootPem + leafPem + middlePem,
    })
    const { code, out } = await type('certificate --json', { env: WITH_SECRET })
    expect(code).toBe(0)
    const shown = JSON.parse(out) as { commonName: string }[]
    expect(shown.map(({ commonName }) => commonName)).toEqual(['leaf.example', 'Middle', 'Root'])
    const signed = await type(`${assertion} --json`, { env: WITH_SECRET })
    expect(JSON.parse(signed.out)).toMatchObject({ header: { alg: 'ES256' } })
  })

  test.each([
    ['a wrong passphrase', { CAREQUALITY_KEY_PASSPHRASE: 'S3CRET-2' }],
    ['none', { CAREQUALITY_KEY_PASSPHRASE: undefined }],
  ])('with %s is refused in the names of the settings', async (_which, env) => {
    const { type } = await withPfx()
    const { code, out, err } = await type('token', { env: { ...WITHOUT_FILES, ...env } })
    expect([code, out]).toEqual([2, ''])
    expect(err.replace(/\s+/g, ' ')).toContain(
      '"keyFile" cannot be read with this passphrase (CAREQUALITY_KEY_PASSPHRASE or "keyPassphraseFile")',
    )
    expect(err).not.toContain('S3CRET')
  })

  test('is diagnosed by doctor: right, wrong passphrase, no passphrase', async () => {
    const { type } = await withPfx()
    const right = await type('doctor --verbose', { env: WITH_SECRET })
    expect([right.code, right.err.includes('S3CRET')]).toEqual([0, false])
    const wrong = await type('doctor --verbose', {
      env: { ...WITHOUT_FILES, CAREQUALITY_KEY_PASSPHRASE: 'S3CRET-2' },
    })
    expect(wrong.code).toBe(10)
    expect(wrong.out).toContain('The private key cannot be opened. Check the passphrase or PIN')
    expect(wrong.out).toMatch(/passed +Directory and API key/)
    expect(wrong.out + wrong.err).not.toContain('S3CRET')
    const none = await type('doctor', { env: WITHOUT_FILES })
    expect(none.out.replace(/\s+/g, ' ')).toContain('Give its passphrase (CAREQUALITY_KEY_PASSPH')
  })
})

test('an encrypted PEM key is read with the passphrase of the environment or of a file', async () => {
  const { type, folder } = await terminal()
  const key = createPrivateKey((await sandboxOf()).pem.key).export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: SECRET },
  })
  await writeFile(`${folder}/key.pem`, key)
  await writeFile(`${folder}/secret.txt`, `${SECRET}\r\n`)
  const env = { CAREQUALITY_KEY_PASSPHRASE: SECRET }
  expect((await type('token', { env })).code).toBe(0)
  expect((await type('token --key-passphrase-file secret.txt')).code).toBe(0)
  const doctor = await type('doctor --verbose', { env })
  expect(doctor.code).toBe(0)
  expect(doctor.out + doctor.err).not.toContain('S3CRET')
  const other = { CAREQUALITY_KEY_PASSPHRASE: 'S3CRET-2' }
  const wrong = await type('token', { env: other })
  expect([wrong.code, wrong.err.includes('S3CRET')]).toEqual([2, false])
  expect((await type('doctor', { env: other })).out).toContain('cannot be opened')
  expect((await type('token')).err).toContain('CAREQUALITY_KEY_PASSPHRASE')
  expect((await type('doctor')).out).toContain('The private key is encrypted')
})

test('a certificate of another key is a finding of doctor, where the key is encrypted, too', async () => {
  const { type, folder } = await terminal()
  const { privateKey } = rsa()
  const options = { cipher: 'aes-256-cbc', passphrase: SECRET } as const
  await writeFile(
    `${folder}/key.pem`,
    privateKey.export({ type: 'pkcs8', format: 'pem', ...options }),
  )
  const { code, out } = await type('doctor', { env: { CAREQUALITY_KEY_PASSPHRASE: SECRET } })
  expect(code).toBe(10)
  expect(out).toContain('The private key does not belong to the certificate')
})
