/** The published suites of certification paths: no invalid one is accepted, and each difference is written down. */
import { expect, test } from 'vitest'
import { parseCertificate } from '../../src/udap/x509/4.1-certificate.ts'
import { bytes, isFailure, suiteText, verdict } from '../support/x509-data.ts'

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
