/** Objects whose members are listed once, in a table of rules: checks, copies and keys follow from it. */
import type { JsonValue } from '../types.ts'

/** How one member is checked, copied, and named in a cache key. */
export interface MemberRule<T extends object, Value> {
  /** Throws `TypeError` unless the value is well-formed. It comes from a caller and may be anything. */
  readonly check: (value: unknown) => unknown
  /** A copy of the member that later changes do not affect. Omitted where a value is immutable. */
  readonly copy?: (object: T) => Partial<T>
  /** Equal for values that mean the same; `ignored` where two values may share a cache entry. */
  readonly key: ((value: Value | undefined) => JsonValue) | 'ignored'
}

/** One rule for each member: a table that lacks one does not compile. */
export type MemberRules<T extends object> = {
  readonly [Name in keyof T]-?: MemberRule<T, NonNullable<T[Name]>>
}

/** The members that the table lists, in its order. */
export function membersOf<T extends object>(
  rules: MemberRules<T>,
): readonly Extract<keyof T, string>[] {
  const names: Extract<keyof T, string>[] = []
  // `in` keeps the type of the names, and would list what others put on `Object.prototype`.
  for (const name in rules) if (Object.hasOwn(rules, name)) names.push(name)
  return names
}

/** Throws `TypeError` for the first member that is not well-formed. */
export function checkMembers<T extends object>(rules: MemberRules<T>, value: T): void {
  for (const name of membersOf(rules)) rules[name].check(value[name])
}

/** Sets the members of `into` that `from` has. */
export function setMembers<T extends object>(rules: MemberRules<T>, into: T, from: T): void {
  for (const name of membersOf(rules)) if (from[name] !== undefined) into[name] = from[name]
}

/** The value's part of a cache key. */
export function keyOf<T extends object>(rules: MemberRules<T>, value: T): readonly JsonValue[] {
  return membersOf(rules).flatMap((name) => {
    const { key } = rules[name]
    return key === 'ignored' ? [] : [key(value[name] ?? undefined)]
  })
}
