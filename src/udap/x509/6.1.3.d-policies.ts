/** Policies along the path ([RFC 5280, sections 6.1.3 (d) to (f) and 6.1.4 (a), (b)](https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3)). */
import { ANY_POLICY, type PolicyMapping } from './4.2.1.4-policies.ts'

/**
 * A policy that holds down to one depth. The tree of section 6.1 has a node for each way to get to a
 * policy, which grows with the power of its depth; all that is asked of those ways in the end is
 * which of the anchor's policies they began with, so that one node with its origins is enough.
 */
interface PolicyNode {
  readonly expected: ReadonlySet<string>
  /** The policies by which the ways to this one left `anyPolicy`. */
  readonly origins: ReadonlySet<string>
}

/** All policies that hold at one depth, by identifier. */
export type PolicyLevel = ReadonlyMap<string, PolicyNode>

const ANY: PolicyNode = { expected: new Set([ANY_POLICY]), origins: new Set([ANY_POLICY]) }

/** Before the first certificate: any policy. */
export function initialPolicies(): PolicyLevel {
  return new Map([[ANY_POLICY, ANY]])
}

/** The next level by the policies of a certificate; undefined where none is left. */
export function nextPolicies(
  level: PolicyLevel | undefined,
  policies: readonly string[] | undefined,
  mayBeAny: boolean,
): PolicyLevel | undefined {
  if (level === undefined || policies === undefined) return undefined
  const next = new Map<string, PolicyNode>()
  const add = (policy: string, origins: ReadonlySet<string>): void => {
    const known = next.get(policy)
    const all = known === undefined ? origins : new Set([...known.origins, ...origins])
    next.set(policy, { expected: new Set([policy]), origins: all })
  }
  const parents = parentsByExpected(level)
  for (const policy of policies) {
    if (policy === ANY_POLICY) continue
    const matching = parents.get(policy)
    if (matching !== undefined)
      for (const origins of matching) add(policy, originsBelow(origins, policy))
    else if (level.has(ANY_POLICY)) add(policy, new Set([policy]))
  }
  if (policies.includes(ANY_POLICY) && mayBeAny) {
    const named = new Set(next.keys())
    for (const [policy, all] of parents) {
      if (!named.has(policy)) for (const origins of all) add(policy, originsBelow(origins, policy))
    }
  }
  return next.size === 0 ? undefined : next
}

/** The level after the mappings of a certificate; `allowed` is false where they are inhibited. */
export function mappedPolicies(
  level: PolicyLevel | undefined,
  mappings: readonly PolicyMapping[],
  allowed: boolean,
): PolicyLevel | undefined {
  if (level === undefined) return undefined
  const next = new Map(level)
  for (const issuer of new Set(mappings.map((mapping) => mapping.issuer))) {
    const node = level.get(issuer)
    const expected = new Set(
      mappings.filter((one) => one.issuer === issuer).map((one) => one.subject),
    )
    if (!allowed) next.delete(issuer)
    else if (node !== undefined) next.set(issuer, { ...node, expected })
    else if (level.has(ANY_POLICY)) next.set(issuer, { expected, origins: new Set([issuer]) })
  }
  return next.size === 0 ? undefined : next
}

/** Whether a policy of the wanted set is left at the end of the path. */
export function holdsOneOf(
  level: PolicyLevel | undefined,
  wanted: readonly string[] | undefined,
): boolean {
  if (level === undefined) return false
  if (wanted === undefined || wanted.includes(ANY_POLICY) || level.has(ANY_POLICY)) return true
  return [...level.values()].some(({ origins }) => wanted.some((policy) => origins.has(policy)))
}

function parentsByExpected(level: PolicyLevel): Map<string, ReadonlySet<string>[]> {
  const parents = new Map<string, ReadonlySet<string>[]>()
  for (const { expected, origins } of level.values()) {
    for (const policy of expected) {
      const known = parents.get(policy)
      if (known === undefined) parents.set(policy, [origins])
      else known.push(origins)
    }
  }
  return parents
}

/** A way that has been `anyPolicy` so far begins with the policy that follows. */
function originsBelow(origins: ReadonlySet<string>, policy: string): ReadonlySet<string> {
  return origins.has(ANY_POLICY) ? new Set([policy]) : origins
}
