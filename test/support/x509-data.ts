/** The published suites of certification paths, read from outside the project where they are. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Bytes } from '../../src/types.ts'
import { parseCertificate, type X509Certificate } from '../../src/udap/x509/4.1-certificate.ts'
import { SignatureChecks } from '../../src/udap/x509/4.1.1.3-signature.ts'
import { parseCrl, type Crl } from '../../src/udap/x509/5-crl.ts'
import type { PolicyInputs } from '../../src/udap/x509/6.1.2-initialization.ts'
import { failure, isFailure, type TrustFailure } from '../../src/udap/x509/failure.ts'
import { revocationFailure, type RevocationCheck } from '../../src/udap/x509/revocation.ts'
import { findPath, PathBudget, type ValidPath } from '../../src/udap/x509/rfc4158-path-building.ts'

/** The text of a suite's file, or undefined where it is not on this machine. */
export function suiteText(file: string): string | undefined {
  const folder =
    process.env.CQ_X509_DATA ?? fileURLToPath(new URL('../../../shared/x509', import.meta.url))
  const path = `${folder}/${file}`
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

export const bytes: (base64: string) => Bytes = (base64) =>
  new Uint8Array(Buffer.from(base64, 'base64'))

/** One case of a suite: base64 of DER. */
export interface PathCase {
  readonly anchors: readonly string[]
  readonly pool: readonly string[]
  readonly leaf: string
  readonly crls: readonly string[]
  readonly at: number
  readonly policy?: PolicyInputs
  readonly extendedKeyUsage?: string
  /** Also where there are no lists. */
  readonly isRevocationChecked?: boolean
}

/** What the library says of a case; lists are looked at where the case has some. */
export async function verdict(one: PathCase): Promise<ValidPath | TrustFailure> {
  const read = (texts: readonly string[]): X509Certificate[] =>
    texts.flatMap((text) => parsed(text) ?? [])
  const [leaf] = read([one.leaf])
  if (leaf === undefined) return failure('x5c', 'malformed', 'the leaf is malformed', 0)
  const crls: Crl[] = []
  for (const text of one.crls) {
    const crl = await parseCrl(bytes(text)).catch(() => undefined)
    if (crl !== undefined) crls.push(crl)
  }
  const search = {
    anchors: read(one.anchors),
    pool: read(one.pool),
    checks: new SignatureChecks(),
    budget: new PathBudget(),
    at: one.at,
    policy: one.policy,
    extendedKeyUsage: one.extendedKeyUsage,
  }
  const sources = { crls: () => Promise.resolve(crls) }
  const check: RevocationCheck = { sources, onUnknown: 'refuse', warnings: [], search }
  const accepts =
    one.crls.length === 0 && one.isRevocationChecked !== true
      ? undefined
      : (path: ValidPath): Promise<TrustFailure | undefined> => revocationFailure(path, check)
  return findPath(leaf, { ...search, accepts })
}

export { isFailure }

function parsed(text: string): X509Certificate | undefined {
  try {
    return parseCertificate(bytes(text))
  } catch {
    return undefined
  }
}
