/** Building of paths ([RFC 4158](https://www.rfc-editor.org/rfc/rfc4158)): from the leaf upwards, every link proven by its signature. */
import { sameCertificate, sameKey, type X509Certificate } from './4.1-certificate.ts'
import type { SignatureChecks, SignatureResult } from './4.1.1.3-signature.ts'
import { pathFailure } from './6.1-path-validation.ts'
import type { PathInputs } from './6.1.2-initialization.ts'
import { failure, type TrustFailure } from './failure.ts'

/** Certificates of one path, the anchor not counted. */
export const MAX_PATH_LENGTH = 10

/** How much one verification may do: whoever sends certificates decides how many ways there are through them. */
export class PathBudget {
  signatures = 64
  paths = 16

  get spent(): boolean {
    return this.signatures <= 0 || this.paths <= 0
  }
}

/** A path whose signatures and constraints hold; revocation is not looked at yet. */
export interface ValidPath {
  readonly anchor: X509Certificate
  /** From the certificate that the anchor issued to the leaf. */
  readonly certificates: readonly X509Certificate[]
}

/** Where paths are looked for. */
export interface PathSearch extends Pick<
  PathInputs,
  'at' | 'policy' | 'role' | 'extendedKeyUsage'
> {
  readonly anchors: readonly X509Certificate[]
  /** Intermediates in any order, trusted by nobody. */
  readonly pool: readonly X509Certificate[]
  readonly checks: SignatureChecks
  readonly budget: PathBudget
  /** A further demand on a path, such as revocation. */
  readonly accepts?: ((path: ValidPath) => Promise<TrustFailure | undefined>) | undefined
  /** Finds more issuers of a certificate that the ones at hand do not lead to an anchor. */
  readonly moreIssuers?:
    ((certificate: X509Certificate) => Promise<readonly X509Certificate[]>) | undefined
}

/** The first path to an anchor that holds, or why none does. */
export async function findPath(
  leaf: X509Certificate,
  search: PathSearch,
): Promise<ValidPath | TrustFailure> {
  const walk: Walk = { search, refusals: [], unanswered: [] }
  const found = await pathAbove([leaf], walk)
  if (found !== undefined) return found
  return worst(walk) ?? noPath(walk)
}

interface Walk {
  readonly search: PathSearch
  /** Why whole paths were refused. */
  readonly refusals: TrustFailure[]
  /** Links whose signature did not hold. */
  readonly unanswered: TrustFailure[]
}

/** `chain` is leaf first; each is issued by the next. */
async function pathAbove(
  chain: readonly X509Certificate[],
  walk: Walk,
): Promise<ValidPath | undefined> {
  const { anchors, pool, moreIssuers, budget } = walk.search
  const last = chain.at(-1)
  if (last === undefined) return undefined
  for (const anchor of issuersOf(last, anchors)) {
    if (budget.spent) return undefined
    if (!(await isSignedBy(last, anchor, chain.length - 1, walk))) continue
    const path = { anchor, certificates: [...chain].reverse() }
    const refused = await refusalOf(path, walk.search)
    if (refused === undefined) return path
    walk.refusals.push(refused)
  }
  if (chain.length >= MAX_PATH_LENGTH) return undefined
  const through = async (issuers: readonly X509Certificate[]): Promise<ValidPath | undefined> => {
    for (const issuer of issuersOf(last, issuers)) {
      if (budget.spent || isRepeated(issuer, chain)) continue
      if (!(await isSignedBy(last, issuer, chain.length - 1, walk))) continue
      const found = await pathAbove([...chain, issuer], walk)
      if (found !== undefined) return found
    }
    return undefined
  }
  const found = await through(pool)
  if (found !== undefined || moreIssuers === undefined || walk.refusals.length > 0) return found
  return through(await moreIssuers(last))
}

/** Those whose name fits, first the ones whose key has the wanted identifier. */
function issuersOf(
  { issuer, extensions }: X509Certificate,
  candidates: readonly X509Certificate[],
): readonly X509Certificate[] {
  const keyId = extensions.authorityKeyId?.keyId
  const named = candidates.filter(({ subject }) => subject.key === issuer.key)
  const fits = (candidate: X509Certificate): boolean =>
    keyId !== undefined && candidate.extensions.subjectKeyId === keyId
  return [...named.filter(fits), ...named.filter((candidate) => !fits(candidate))]
}

/** The same name with the same key makes a loop, whatever else is in the certificate. */
function isRepeated(issuer: X509Certificate, chain: readonly X509Certificate[]): boolean {
  return chain.some(
    (one) =>
      sameCertificate(one, issuer) ||
      (one.subject.key === issuer.subject.key && sameKey(one, issuer)),
  )
}

async function isSignedBy(
  certificate: X509Certificate,
  issuer: X509Certificate,
  position: number,
  { search, unanswered }: Walk,
): Promise<boolean> {
  search.budget.signatures -= 1
  const result = await search.checks.check(certificate, issuer)
  if (result === 'good') return true
  unanswered.push(failure('path', `signature-${REASONS[result]}`, TEXTS[result], position))
  return false
}

const REASONS: Readonly<Record<Exclude<SignatureResult, 'good'>, string>> = {
  bad: 'invalid',
  'unsupported-algorithm': 'algorithm-unsupported',
  'unusable-key': 'key-unusable',
}
const TEXTS: Readonly<Record<Exclude<SignatureResult, 'good'>, string>> = {
  bad: 'its signature does not verify with the key of its issuer',
  'unsupported-algorithm': 'it is signed with an algorithm that is not accepted',
  'unusable-key': "its issuer's key is weak, malformed or of no accepted kind",
}

async function refusalOf(path: ValidPath, search: PathSearch): Promise<TrustFailure | undefined> {
  search.budget.paths -= 1
  const { at, policy, role, extendedKeyUsage } = search
  return (
    pathFailure({ ...path, at, policy, role, extendedKeyUsage }) ?? (await search.accepts?.(path))
  )
}

/** Of several paths that fail, the one that came farthest says most. */
function worst({ refusals }: Walk): TrustFailure | undefined {
  const rank = ({ step }: TrustFailure): number =>
    step === 'revocation' ? 2 : step === 'constraints' ? 1 : 0
  return refusals.reduce<TrustFailure | undefined>(
    (best, one) => (best === undefined || rank(one) > rank(best) ? one : best),
    undefined,
  )
}

function noPath({ search, unanswered }: Walk): TrustFailure {
  if (search.budget.spent) {
    return failure(
      'path',
      'too-many-paths',
      'there are more ways through the certificates than are tried',
    )
  }
  return (
    unanswered[0] ??
    failure('path', 'untrusted', 'no path leads from its leaf to an anchor of the community')
  )
}
