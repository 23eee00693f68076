import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, afterAll, expect, test } from 'vitest'
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
import { isFailure, verdict, bytes, suiteText } from '../support/x509-data.ts'
import { parseCertificate } from '../../src/udap/x509/4.1-certificate.ts'

/** Generated chains against `openssl verify`, where it is installed. */
describe('paths, compared with OpenSSL', () => {
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
    const anchor =
      fault === 'untrusted' ? await issueCertificate({ ...root, keys: keys[6] }) : signer
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
})

/** The published suites of certification paths: no invalid one is accepted, and each difference is written down. */
describe('published suites of paths', () => {
  interface PkitsCase {
    readonly id: string
    readonly title: string
    readonly certs: readonly string[]
    readonly crls: readonly string[]
    readonly valid: boolean
    readonly explicitPolicy?: boolean
    readonly initialPolicySet?: readonly string[]
    readonly inhibitMapping?: boolean
    readonly inhibitAny?: boolean
  }
  interface Pkits {
    readonly cases: readonly PkitsCase[]
    readonly certs: Readonly<Record<string, string>>
    readonly crls: Readonly<Record<string, string>>
  }
  interface LimboCase {
    readonly id: string
    readonly at: string
    readonly anchors: readonly string[]
    readonly pool: readonly string[]
    readonly leaf: string
    readonly crls: readonly string[]
    readonly valid: boolean
  }

  /** Valid paths that are refused, and why; docs/decisions/0015-x509.md says more. */
  const refusedPkits: Readonly<Record<string, string>> = {
    '4.1.4': 'DSA',
    '4.1.5': 'DSA',
    '4.14.22': 'indirect CRL',
    '4.14.24': 'indirect CRL',
    '4.14.25': 'indirect CRL',
    '4.14.28': 'indirect CRL',
    '4.14.29': 'indirect CRL',
    '4.14.30': 'indirect CRL',
    '4.14.33': 'indirect CRL',
  }
  const refusedLimbo: Readonly<Record<string, string>> = {
    'pathlen::validation-ignores-pathlen-in-leaf': 'the leaf may not make digital signatures',
    'rfc5280::ca-as-leaf': 'the leaf may not make digital signatures',
    'cve::cve-2024-0567':
      'its anchor lacks the identifier that aki::cross-signed-root-missing-aki demands',
  }
  /** 28 valid paths of PKITS have the same property; the constraint is enforced either way. */
  const acceptedLimbo: Readonly<Record<string, string>> = {
    'rfc5280::pc::ica-noncritical-pc': 'policyConstraints that are not critical, but processed',
  }

  /** The suite validates for TLS servers; that matters to these cases alone. */
  function usageOf({ id }: LimboCase): { extendedKeyUsage?: string } {
    return id.startsWith('rfc5280::eku::') ? { extendedKeyUsage: '2b06010505070301' } : {}
  }
  const POLICIES: Readonly<Record<string, string>> = {
    anyPolicy: '551d2000',
    ...Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((n) => [`NIST-test-policy-${n}`, `6086480165030201300${n}`]),
    ),
  }

  function read(file: string): unknown {
    const text = suiteText(file)
    return text === undefined ? undefined : JSON.parse(text)
  }

  // Their shape is held by the number of cases that each test expects.
  const pkits = read('pkits/pkits.json') as Pkits | undefined
  const limbo = read('x509-limbo/limbo-paths.json') as readonly LimboCase[] | undefined
  const absent = 'not run: ../shared/x509 is not on this machine (set CQ_X509_DATA to its folder)'
  if (pkits === undefined || limbo === undefined) console.warn(`published X.509 suites ${absent}`)

  test.skipIf(pkits === undefined)('NIST PKITS: all 249 cases but the written ones', async () => {
    const { cases, certs, crls } = pkits ?? { cases: [], certs: {}, crls: {} }
    expect(cases).toHaveLength(249)
    const differences: string[] = []
    for (const one of cases) {
      const [anchor = '', ...chain] = one.certs.map((name) => certs[name] ?? name)
      const found = await verdict({
        anchors: [anchor],
        pool: chain.slice(0, -1),
        leaf: chain.at(-1) ?? '',
        crls: one.crls.map((name) => crls[name] ?? name),
        at: Date.parse('2020-01-01T00:00:00Z'),
        policy: {
          initialPolicySet: one.initialPolicySet?.map((name) => POLICIES[name] ?? name),
          explicitPolicy: one.explicitPolicy,
          inhibitMapping: one.inhibitMapping,
          inhibitAnyPolicy: one.inhibitAny,
        },
      })
      if (isFailure(found) === one.valid) {
        differences.push(`${one.valid ? 'refused' : 'ACCEPTED'} ${one.id}`)
      }
    }
    expect(differences).toEqual(Object.keys(refusedPkits).map((id) => `refused ${id}`))
  })

  test.skipIf(pkits === undefined)(
    'NIST PKITS: 28 valid paths hold policyConstraints that are not critical, so that they cannot be refused',
    () => {
      const { cases, certs }: Omit<Pkits, 'crls'> = pkits ?? { cases: [], certs: {} }
      const isUncritical = (name: string): boolean => {
        const { extensions } = parseCertificate(bytes(certs[name] ?? name))
        return extensions.policyConstraints !== undefined && !extensions.critical.has('551d24')
      }
      const found = cases.filter((one) => one.valid && one.certs.some(isUncritical))
      expect(found).toHaveLength(28)
    },
  )

  test.skipIf(limbo === undefined)('x509-limbo: all 128 cases but the written ones', async () => {
    const cases = limbo ?? []
    expect(cases).toHaveLength(128)
    const differences: string[] = []
    for (const one of cases) {
      const found = await verdict({ ...one, at: Date.parse(one.at), ...usageOf(one) })
      if (isFailure(found) === one.valid) {
        differences.push(`${one.valid ? 'refused' : 'accepted'} ${one.id}`)
      }
    }
    const written = [
      ...Object.keys(refusedLimbo).map((id) => `refused ${id}`),
      ...Object.keys(acceptedLimbo).map((id) => `accepted ${id}`),
    ]
    expect(differences.sort()).toEqual(written.sort())
  })
})
