import { CarequalityError } from '../errors.ts'

/** The error, marked with how far a search had come when it failed. */
export function withProgress<E>(error: E, received: number, pages: number): E {
  if (error instanceof CarequalityError) {
    for (const [name, value] of Object.entries({ received, pages })) {
      Object.defineProperty(error, name, { value, enumerable: true, configurable: true })
    }
  }
  return error
}
