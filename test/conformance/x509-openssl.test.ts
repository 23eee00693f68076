/** Generated chains against `openssl verify`, where it is installed. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { pem } from '../../src/testing/certificate-factory.ts'
import {
  createKeys,
  issueCertificate,
  type CertificateSpec,
  type IssuedCertificate,
} from '../../src/testing/pki.ts'
import type { Keys } from '../../src/testing/pki-values.ts'
import { issueCrl, unknownCriticalExtension } from '../../src/testing/pki-revocation.ts'
import { toBase64 } from '../../src/signers/base64.ts'
import type { Bytes } from '../../src/types.ts'
import { randomOf } from '../adversarial/mutations.ts'
import { DAY, NOW } from '../support/trust-world.ts'
import { isFailure, verdict } from '../support/x509-data.ts'

/** All 2,000 with CQ_X509_CHAINS=2000. */
const chains = Number(process.env.CQ_X509_CHAINS ?? 60)
const seed = Number(process.env.CQ_FUZZ_SEED ?? 20261129)
const openssl = version()
const folder = mkdtempSync(join(tmpdir(), 'cq-x509-'))
afterAll(() => rmSync(folder, { recursive: true }))
if (openssl === undefined)
  console.warn('chains against openssl not run: there is no openssl command')

/** What can be wrong with one certificate or list of a chain; `at` counts from the certificate below the root. */
const faults = [
  ...['none', 'none', 'none', 'expired', 'not-yet-valid', 'revoked', 'stale-list', 'no-list'],
  ...['unknown-extension', 'no-authority', 'no-cert-sign', 'no-crl-sign', 'path-length'],
  ...['name-permitted', 'name-excluded', 'other-key', 'untrusted', 'list-other-key'],
] as const
type Fault = (typeof faults)[number]

/** Where openssl 3 and the library differ, and why; empty: nowhere in the generated chains. */
const differences: Readonly<Record<string, string>> = {}

test.skipIf(openssl === undefined)(
  `${chains} generated chains are judged as openssl judges them`,
  { timeout: 300_000 + chains * 200 },
  async () => {
    const random = randomOf(seed)
    const keys = await Promise.all(Array.from({ length: 8 }, () => createKeys()))
    const disagreements: string[] = []
    const seen = { accepted: 0, refused: 0 }
    for (let run = 0; run < chains; run += 1) {
      const depth = 1 + Math.floor(random() * 5)
      const at = Math.floor(random() * depth)
      const fault = faults[Math.floor(random() * faults.length)] ?? 'none'
      const made = await chainOf(depth, fault, at, keys)
      const found = await verdict({
        anchors: [toBase64(made.anchor.der)],
        pool: made.certificates.slice(0, -1).map(({ der }) => toBase64(der)),
        leaf: toBase64(made.certificates.at(-1)?.der ?? new Uint8Array()),
        crls: made.crls.map(toBase64),
        at: NOW,
        isRevocationChecked: true,
      })
      const ours = !isFailure(found)
      seen[ours ? 'accepted' : 'refused'] += 1
      const theirs = opensslAccepts(made)
      if (ours !== theirs && differences[fault] === undefined) {
        disagreements.push(
          `run ${run}: depth ${depth}, ${fault} at ${at}: ` +
            `${ours ? 'accepted' : `${found.step} ${found.reason}`}, openssl ${theirs ? 'accepts' : 'refuses'}`,
        )
      }
    }
    expect(disagreements).toEqual([])
    expect(seen.accepted).toBeGreaterThan(chains / 20)
    expect(seen.refused).toBeGreaterThan(chains / 4)
  },
)

interface Made {
  readonly anchor: IssuedCertificate
  /** From below the anchor to the leaf. */
  readonly certificates: readonly IssuedCertificate[]
  readonly crls: readonly Bytes[]
}

async function chainOf(
  depth: number,
  fault: Fault,
  at: number,
  keys: readonly Keys[],
): Promise<Made> {
  const root: CertificateSpec = {
    subject: 'Root',
    keys: keys[0],
    ca: true,
    notBefore: NOW - 100 * DAY,
    notAfter: NOW + 900 * DAY,
    ...(fault === 'path-length' ? { pathLength: Math.max(0, at - 1) } : {}),
  }
  const signer = await issueCertificate(root)
  const anchor = fault === 'untrusted' ? await issueCertificate({ ...root, keys: keys[6] }) : signer
  const certificates: IssuedCertificate[] = []
  const crls: Bytes[] = []
  for (let index = 0; index < depth; index += 1) {
    const issuer = certificates.at(-1) ?? signer
    const isLeaf = index === depth - 1
    const here = index === at ? fault : 'none'
    const certificate = await issueCertificate({
      subject: isLeaf ? 'Leaf' : `Authority ${index}`,
      issuer: here === 'other-key' ? { ...issuer, keys: keys[7] ?? issuer.keys } : issuer,
      keys: keys[1 + index],
      ca: !isLeaf,
      notBefore: NOW - 10 * DAY,
      uris: isLeaf ? ['https://fhir.example.org/r4'] : [],
      ...change(here, isLeaf),
    })
    certificates.push(certificate)
    const crl = await issueCrl({
      issuer: here === 'list-other-key' ? { ...issuer, keys: keys[7] ?? issuer.keys } : issuer,
      revoked: here === 'revoked' ? [{ serial: certificate.serial, reason: 1 }] : [],
      thisUpdate: NOW - 2 * DAY,
      nextUpdate: here === 'stale-list' ? NOW - DAY : NOW + DAY,
    })
    if (here !== 'no-list') crls.push(crl)
  }
  return { anchor, certificates, crls }
}

function change(fault: Fault, isLeaf: boolean): Partial<CertificateSpec> {
  switch (fault) {
    case 'expired':
      return { notBefore: NOW - 10 * DAY, notAfter: NOW - DAY }
    case 'not-yet-valid':
      return { notBefore: NOW + DAY }
    case 'unknown-extension':
      return { more: [unknownCriticalExtension] }
    case 'no-authority':
      return isLeaf ? {} : { ca: false }
    case 'no-cert-sign':
      return isLeaf ? {} : { keyUsage: [6] }
    case 'no-crl-sign':
      return isLeaf ? {} : { keyUsage: [5] }
    case 'name-permitted':
      return isLeaf ? {} : { permittedUris: ['.example.com'] }
    case 'name-excluded':
      return isLeaf ? {} : { excludedUris: ['fhir.example.org'] }
    default:
      return {}
  }
}

function opensslAccepts({ anchor, certificates, crls }: Made): boolean {
  const file = (name: string, label: string, ders: readonly Bytes[]): string => {
    const path = join(folder, name)
    writeFileSync(path, ders.map((der) => pem(label, der)).join(''))
    return path
  }
  const leaf = certificates.at(-1)?.der ?? new Uint8Array()
  const pool = certificates.slice(0, -1).map(({ der }) => der)
  const args = [
    ...['verify', '-crl_check_all', '-x509_strict', '-attime', String(NOW / 1000)],
    ...['-CAfile', file('anchor.pem', 'CERTIFICATE', [anchor.der])],
    ...(crls.length === 0 ? [] : ['-CRLfile', file('crls.pem', 'X509 CRL', crls)]),
    ...(pool.length === 0 ? [] : ['-untrusted', file('pool.pem', 'CERTIFICATE', pool)]),
    file('leaf.pem', 'CERTIFICATE', [leaf]),
  ]
  try {
    execFileSync('openssl', args, { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

function version(): string | undefined {
  try {
    return execFileSync('openssl', ['version'], { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return undefined
  }
}
