import { CarequalityError } from '../errors.ts'

/**
 * The error, marked with how far a search had come when it failed. A copy: a token request that
 * failed is shared by all that waited for it, and only one of them is this search.
 */
export function withProgress(error: unknown, received: number, pages: number): unknown {
  if (!(error instanceof CarequalityError)) return error
  const shown = (value: number): PropertyDescriptor => ({
    value,
    enumerable: true,
    configurable: true,
  })
  const members = {
    ...Object.getOwnPropertyDescriptors(error),
    received: shown(received),
    pages: shown(pages),
  }
  return Object.create(Reflect.getPrototypeOf(error), members)
}
