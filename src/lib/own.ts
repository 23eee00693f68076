/** Not null itself: V8 keeps the members of objects that inherit from null in a hash table, at three times the cost. */
const NOTHING = Object.freeze(Object.create(null) as object)

/** The members that an object has itself, alone: what others put on `Object.prototype` is no option. */
export function own<T extends object>(value: T): T {
  return Object.assign(Object.create(NOTHING) as object, value)
}
