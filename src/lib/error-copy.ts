import { CarequalityError } from '../errors.ts'

/**
 * A copy of one of our errors with other members; anything else is returned unchanged. Shared work
 * fails with one error for all who waited, and each of them has its own context.
 */
export function copyWith(error: unknown, members: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof CarequalityError)) return error
  // A real Error with the other's prototype, so that the platform treats it as one.
  const copy = new Error(error.message)
  Object.setPrototypeOf(copy, Reflect.getPrototypeOf(error))
  const shown = Object.entries(members).map(([name, value]): [string, PropertyDescriptor] => [
    name,
    { value, enumerable: value !== undefined, configurable: true },
  ])
  return Object.defineProperties(copy, {
    ...Object.getOwnPropertyDescriptors(error),
    ...Object.fromEntries(shown),
  })
}
