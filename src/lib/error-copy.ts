import { CarequalityError } from '../errors.ts'

/**
 * A copy of one of our errors with other members; anything else is given back as it is. Work that
 * is shared fails with one error for all who waited, and each of them has its own story.
 */
export function copyWith(error: unknown, members: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof CarequalityError)) return error
  // A real Error with the other's prototype, so that the platform takes it for one.
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
