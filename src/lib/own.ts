/** The members that an object has itself, alone: what others put on `Object.prototype` is no option. */
export function own<T extends object>(value: T): T {
  return { __proto__: null, ...value }
}
