import { requireObject } from './arguments.ts'

/** Not null itself: V8 keeps the members of objects that inherit from null in a hash table, at three times the cost. */
const NOTHING = Object.freeze(Object.create(null) as object)

/** The own members of an object: what others put on `Object.prototype` is not an option. */
export function ownProperties<T extends object>(value: T): T {
  return Object.assign(Object.create(NOTHING) as object, value)
}

/** Adds members to an object of ours. */
export function withMembers<T extends object, M extends object>(target: T, members: M): T & M {
  return Object.assign(target, members)
}

/**
 * Options as every public constructor and factory accepts them, their own members only. Nested
 * settings are copied the same way. Throws `TypeError` for what is not an object.
 */
export function ownOptions<T extends object>(value: T, option = 'options'): T {
  requireObject(value, option)
  return ownProperties(value)
}

/** {@link ownOptions} of what may be left out. */
export function ownIfGiven<T extends object>(value: T | undefined, option: string): T | undefined {
  return value === undefined ? undefined : ownOptions(value, option)
}

/** A member of an object or of its class, but not of `Object.prototype`. */
export function hasMember(value: object, name: string): boolean {
  for (let at: object | null = value; at !== null; at = Reflect.getPrototypeOf(at)) {
    // The last one in the chain is `Object.prototype`, of this realm or another one.
    if (Reflect.getPrototypeOf(at) === null && at !== value) return false
    if (Object.hasOwn(at, name)) return true
  }
  return false
}
