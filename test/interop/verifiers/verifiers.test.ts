/** Our assertions under the eyes of implementations other than jose (npm), where they are installed. */
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { AssertionSigner, pemSigner, type SigningAlgorithm } from '../../../src/index.ts'
import { makeCertificate } from '../../support/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'verifiers-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Debian's `jose` (written in C). */
const jose = works('jose', ['alg'])
/** Debian's python3-authlib belongs to Debian's own python. */
const authlib = works('/usr/bin/python3', ['-c', 'import authlib.jose'])
if (!jose) console.info("not run: the suite with Debian's `jose`, which is not installed")
if (!authlib)
  console.info("not run: the suite with Debian's python3-authlib, which is not installed")

const algorithms = [
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
]
const rsa = (): KeyPair => generateKeyPairSync('rsa', { modulusLength: 2048 })
interface KeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const pairs: Readonly<Record<(typeof algorithms)[number], () => KeyPair>> = {
  RS256: rsa,
  RS384: () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
}

/** An assertion with x5c, and the public key that a reader finds in its leaf. */
async function assertion(alg: (typeof algorithms)[number]): Promise<{ jwt: string; jwk: object }> {
  const pair = pairs[alg]()
  const certificate = makeCertificate({
    ...pair,
    subject: 'fhir.example.org',
    issuer: { privateKey: pair.privateKey },
  })
  const signer = await pemSigner({
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificates: certificate.pem,
    algorithms: [alg],
  })
  const jwt = await new AssertionSigner({ clientId: 'fhir.example.org', signer }).sign({
    audience: 'https://as.example.org/token',
    algorithms: [alg],
  })
  const header = JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()) as {
    x5c: string[]
  }
  const leaf = new X509Certificate(Buffer.from(header.x5c[0] ?? '', 'base64'))
  return { jwt, jwk: { ...leaf.publicKey.export({ format: 'jwk' }), alg } }
}

function tampered(jwt: string): string {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const other = Buffer.from(
    JSON.stringify({
      ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object),
      sub: 'other',
    }),
  ).toString('base64url')
  return `${header}.${other}.${signature}`
}

describe.skipIf(!jose)("Debian's jose", () => {
  const verifies = (jwt: string, jwk: object): boolean => {
    writeFileSync(join(folder, 'a.jwt'), jwt)
    writeFileSync(join(folder, 'a.jwk'), JSON.stringify(jwk))
    return works('jose', ['jws', 'ver', '-i', join(folder, 'a.jwt'), '-k', join(folder, 'a.jwk')])
  }

  test.each(algorithms)(
    'accepts a %s assertion by the key in x5c, and not a changed one',
    async (alg) => {
      const { jwt, jwk } = await assertion(alg)
      expect(verifies(jwt, jwk)).toBe(true)
      expect(verifies(tampered(jwt), jwk)).toBe(false)
    },
  )
})

describe.skipIf(!authlib)("Debian's python3-authlib", () => {
  const script = `
import json, sys
from authlib.jose import JsonWebToken
given = json.load(sys.stdin)
claims = JsonWebToken([given['alg']]).decode(given['jwt'], given['jwk'])
claims.validate()
print(claims['sub'])`
  const subject = (alg: SigningAlgorithm, jwt: string, jwk: object): string =>
    execFileSync('/usr/bin/python3', ['-c', script], {
      input: JSON.stringify({ alg, jwt, jwk }),
      stdio: ['pipe', 'pipe', 'ignore'],
    })
      .toString()
      .trim()

  test.each(algorithms)(
    'accepts a %s assertion by the key in x5c, and not a changed one',
    async (alg) => {
      const { jwt, jwk } = await assertion(alg)
      expect(subject(alg, jwt, jwk)).toBe('fhir.example.org')
      expect(() => subject(alg, tampered(jwt), jwk)).toThrow()
    },
  )
})
