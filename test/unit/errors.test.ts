import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { errorCatalogue } from '../../src/error-catalogue.ts'
import * as errors from '../../src/errors.ts'
import type { CarequalityError, ErrorCode, ErrorContext } from '../../src/errors.ts'

const { FhirError, PolicyError, ResponseError, TokenError, TransportError } = errors

/** Section 14 of the rules, by hand. */
const CODES: Readonly<Record<string, string>> = {
  ConfigurationError:
    'CERTIFICATE_EXPIRED, KEY_CERTIFICATE_MISMATCH, NO_COMMON_ALGORITHM, CLOCK_SKEW',
  // AUDIT_FAILED: docs/decisions/0024-watching.md.
  PolicyError:
    'ORIGIN_REFUSED, TOKEN_ENDPOINT_UNTRUSTED, REDIRECT_REFUSED, NEXT_LINK_REFUSED, SEARCH_METHOD_REFUSED, FILTER_IGNORED, AUDIT_FAILED',
  // The last two: docs/decisions/0022-discover.md and 0028-several-processes.md.
  TransportError:
    'NETWORK, TIMEOUT, INCOMPLETE_BODY, RESPONSE_TOO_LARGE, BREAKER_OPEN, STORE_FAILED',
  ResponseError:
    'UNEXPECTED_STATUS, UNEXPECTED_CONTENT, INVALID_JSON, INVALID_RESPONSE, UNEXPECTED_RESOURCE, NOT_ACCEPTABLE',
  // The last two: docs/decisions/0005-the-directory.md.
  DirectoryError:
    'ENTRY_NOT_FOUND, ENTRY_AMBIGUOUS, ENTRY_INACTIVE, NO_USABLE_ENDPOINT, DIRECTORY_KEY_REFUSED, SNAPSHOT_INVALID, SNAPSHOT_TOO_OLD',
  DiscoveryError: 'NO_TOKEN_ENDPOINT, UNSUPPORTED_SERVER, NO_UDAP',
  // docs/decisions/0015-x509.md.
  TrustError: 'UNTRUSTED',
  RegistrationError:
    'REGISTRATION_REJECTED, INVALID_REGISTRATION_RESPONSE, REGISTRATION_STORE_FAILED',
  SignerError: 'SIGNER_FAILED, SIGNER_TIMEOUT, INVALID_SIGNATURE',
  TokenError: 'TOKEN_REJECTED, INVALID_TOKEN_RESPONSE, UNSUPPORTED_TOKEN_TYPE, TOKEN_PAUSED',
  // INCOMPLETE_RESULT: docs/decisions/0014-answers-of-the-field.md.
  FhirError:
    'NOT_FOUND, GONE, UNAUTHORIZED, FORBIDDEN, OTHER_PATIENT, TOO_MANY_RESULTS, RATE_LIMITED, OPERATION_FAILED, OPERATION_NOT_SUPPORTED, INCOMPLETE_RESULT, PAGE_EXPIRED, PAGE_LIMIT',
}
const RULED = Object.entries(CODES).flatMap(([name, codes]) =>
  codes.split(', ').map((code) => [`ERR_CQ_${code}` as ErrorCode, name] as const),
)

type Made = new (code: ErrorCode, what: string, context?: ErrorContext) => CarequalityError
const classes = errors as unknown as Readonly<Record<string, Made>>

function make(code: ErrorCode, name: string, context?: ErrorContext): CarequalityError {
  const Class = classes[name]
  if (Class === undefined) throw new Error(`there is no class ${name}`)
  return new Class(code, 'what happened', context)
}

describe('every code of the rules', () => {
  test('is in the catalogue, and the catalogue holds no other', () => {
    expect(Object.keys(errorCatalogue).sort()).toEqual(RULED.map(([code]) => code).sort())
  })

  test.each(RULED)('%s is a %s that ends with its advice', (code, name) => {
    const error = make(code, name)
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(errors.CarequalityError)
    expect(error.name).toBe(name)
    expect(error.code).toBe(code)
    const [className, , advice, retryable] = errorCatalogue[code]
    expect(className).toBe(name)
    expect(error.message).toBe(`what happened. ${advice}`)
    expect(error.retryable).toBe(retryable)
    expect(make(code, name, { retryable: !retryable }).retryable).toBe(!retryable)
    expect('cause' in error).toBe(false)
    expect(errors.isCarequalityError(error)).toBe(true)
  })
})

describe('isCarequalityError', () => {
  test('knows the errors of another copy of the library', async () => {
    const elsewhere = new URL('../../src/errors.ts?copy', import.meta.url).href
    const copy = (await import(elsewhere)) as typeof errors
    const foreign = new copy.PolicyError('ERR_CQ_ORIGIN_REFUSED', 'no')
    expect(foreign).not.toBeInstanceOf(PolicyError)
    expect(errors.isCarequalityError(foreign)).toBe(true)
    expect(copy.isCarequalityError(new PolicyError('ERR_CQ_ORIGIN_REFUSED', 'no'))).toBe(true)
  })

  test('is not taken in by names and codes', () => {
    const alike = Object.assign(new Error('x'), { name: 'PolicyError', code: 'ERR_CQ_NETWORK' })
    for (const other of [
      alike,
      Object.assign({}, alike),
      null,
      undefined,
      'ERR_CQ_NETWORK',
      7,
      () => 1,
    ]) {
      expect(errors.isCarequalityError(other)).toBe(false)
    }
  })

  test('leads to a switch on the code that narrows the class', () => {
    const told = (error: CarequalityError | errors.TokenError | errors.FhirError): string => {
      switch (error.code) {
        case 'ERR_CQ_NETWORK':
        case 'ERR_CQ_TIMEOUT':
          return `again: ${String(error.retryable)}`
        case 'ERR_CQ_TOKEN_REJECTED': {
          const code: 'ERR_CQ_TOKEN_REJECTED' = error.code
          return code
        }
        default:
          return error.name
      }
    }
    expect(told(new TransportError('ERR_CQ_NETWORK', 'x'))).toBe('again: true')
    expect(told(new TokenError('ERR_CQ_TOKEN_REJECTED', 'x'))).toBe('ERR_CQ_TOKEN_REJECTED')
    expect(told(new FhirError('ERR_CQ_GONE', 'x'))).toBe('FhirError')
    // @ts-expect-error a code of another class
    expect(new FhirError('ERR_CQ_NETWORK', 'x').name).toBe('FhirError')
  })
})

describe('what an error shows', () => {
  const context = {
    operation: 'patients.read',
    organization: '2.16.840.1',
    origin: 'https://fhir.example.org',
    pathTemplate: '/Patient/:id',
    status: 503,
    requestId: 'r-1',
    retryAfterMs: 7_000,
  }

  test('is the context, as members and as JSON', () => {
    const error = new TransportError('ERR_CQ_NETWORK', 'x', context)
    expect(error).toMatchObject(context)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      ...context,
      name: 'TransportError',
      code: 'ERR_CQ_NETWORK',
      message: error.message,
      retryable: true,
    })
  })

  test('has no member for what is not known', () => {
    const error = new TransportError('ERR_CQ_NETWORK', 'x', { status: undefined })
    expect(Object.keys(error).sort()).toEqual(['code', 'name', 'retryable'])
    expect(Object.keys(error.toJSON()).sort()).toEqual(['code', 'message', 'name', 'retryable'])
  })

  test('does not change afterwards', () => {
    const error = new TransportError('ERR_CQ_NETWORK', 'x', context)
    expect(Reflect.set(error, 'origin', 'https://other.example')).toBe(false)
    expect(error.origin).toBe('https://fhir.example.org')
  })

  test('includes what a search had read', () => {
    const error = new FhirError('ERR_CQ_PAGE_LIMIT', 'x', context)
    Object.assign(error, { received: 200, pages: 2 })
    expect(error.toJSON()).toMatchObject({ received: 200, pages: 2 })
  })

  test('names the class in the stack, in inspect and in String', () => {
    const error = new PolicyError('ERR_CQ_ORIGIN_REFUSED', 'x')
    expect(String(error)).toMatch(/^PolicyError: x\. /)
    expect(inspect(error)).toContain('PolicyError')
    expect(inspect(error)).toContain("code: 'ERR_CQ_ORIGIN_REFUSED'")
  })

  test('leaves out what an authorization server wrote', () => {
    const details = {
      error: 'invalid_client',
      errorDescription: 'about MARK-Mustermann',
      errorUri: 'https://as.example/MARK',
    }
    const error = new TokenError('ERR_CQ_TOKEN_REJECTED', 'x', context, details)
    expect(error).toMatchObject(details)
    expect(Object.keys(error)).toContain('error')
    expectNoMark(error)
  })

  test('leaves out what a FHIR server wrote, but for the issue codes', () => {
    const outcome = {
      issue: [{ code: 'not-found', text: 'MARK-Mustermann' }, { severity: 'error' }],
    }
    const error = new FhirError('ERR_CQ_NOT_FOUND', 'x', context, outcome)
    expect(error.outcome).toBe(outcome)
    expect(error.issueCodes).toEqual(['not-found'])
    expect(inspect(error)).toContain('not-found')
    expectNoMark(error)
  })

  test('holds the paths of what was wrong', () => {
    const error = new ResponseError('ERR_CQ_INVALID_RESPONSE', 'x', context, ['entry.0.resource'])
    expect(error.issues).toEqual(['entry.0.resource'])
    expect('issues' in new ResponseError('ERR_CQ_INVALID_RESPONSE', 'x')).toBe(false)
  })
})

function expectNoMark(error: Error): void {
  const shown = [
    error.message,
    error.stack,
    String(error),
    JSON.stringify(error),
    JSON.stringify(Object.entries(error)),
    inspect(error, { depth: 8 }),
    inspect(error, { depth: 8, showHidden: false }),
    inspect({ wrapped: [error] }, { depth: 8 }),
  ]
  expect(shown.join('\n')).not.toContain('MARK')
}
