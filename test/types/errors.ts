/** Compiled with the source (`npm run typecheck`), never run: a code gives an error its own members. */
import { isCarequalityError, type AnyCarequalityError, type ErrorCode } from '../../src/errors.ts'

export function whatNext(error: unknown): string {
  if (!isCarequalityError(error)) throw error
  switch (error.code) {
    case 'ERR_CQ_TOKEN_PAUSED':
      return new Date(error.retryAt ?? 0).toISOString()
    case 'ERR_CQ_NO_USABLE_ENDPOINT':
      return (error.candidates ?? []).map(({ address, why }) => `${address ?? ''}: ${why}`).join()
    case 'ERR_CQ_PAGE_LIMIT':
      // @ts-expect-error only errors of tokens have it
      error.retryAt
      return `${error.received ?? 0} in ${error.pages ?? 0} pages`
    // @ts-expect-error no such code
    case 'ERR_CQ_PAGE_LIMITS':
      return ''
    default:
      return error.message
  }
}

type ByCode = { readonly [Code in ErrorCode]: Extract<AnyCarequalityError, { code: Code }> }

/** The union has one error for each code: a switch that handles every code leaves nothing. */
export function isExhaustive(error: AnyCarequalityError): ByCode[ErrorCode] {
  return error
}

type Rest = Exclude<AnyCarequalityError, ByCode[ErrorCode]>

export function nothingIsLeft(error: Rest): never {
  return error
}
