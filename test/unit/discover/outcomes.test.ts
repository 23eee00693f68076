import { describe, expect, test } from 'vitest'
import { compareDemographics, isStranger } from '../../../src/discover/demographics.ts'
import { questionOf } from '../../../src/discover/question.ts'
import { cpuMs } from '../../support/time.ts'
import { peters, petersInFull } from '../../support/discover-world.ts'
import type { OutcomeKind } from '../../../src/discover/index.ts'
import type { DiscoverOutcome } from '../../../src/index.ts'
import { failureOf } from '../../../src/discover/failure.ts'
import { errorCatalogue } from '../../../src/error-catalogue.ts'
import {
  FhirError,
  PolicyError,
  ResponseError,
  TokenError,
  TransportError,
  type ErrorCode,
} from '../../../src/errors.ts'
import { isAnswered } from '../../../src/discover/summary.ts'

describe('demographics', () => {
  describe('two patients compared', () => {
    test.each([
      [{ ...petersInFull }, { family: 'same', telecom: 'same', postalCode: 'same' }],
      [{ name: [{ family: 'PÉTERS', given: ['Tim'] }] }, { family: 'same', given: 'similar' }],
      [{ name: [{ family: 'Smith-Peters' }] }, { family: 'similar' }],
      [{ name: [{ text: 'Timothy Peters' }] }, { family: 'same', given: 'same' }],
      [{ birthDate: '1946' }, { birthDate: 'similar' }],
      [
        { birthDate: '1947-04-05', gender: 'female' },
        { birthDate: 'different', gender: 'different' },
      ],
      [{ gender: 'unknown' }, {}],
      [{ telecom: [{ system: 'phone', value: '+1 (800) 555-0124' }] }, { telecom: 'different' }],
      [{}, {}],
    ] as const)('%j agrees in %j', (found, expected) => {
      const agreement = compareDemographics(petersInFull, found as never)
      expect(agreement).toMatchObject(expected)
      if (Object.keys(expected).length === 0) expect(agreement).toEqual({})
    })

    test('an identifier is different only where the same system names somebody else', () => {
      const asked = { identifier: [{ system: 'urn:a', value: '1' }] }
      const compared = (system: string, value: string): unknown =>
        compareDemographics(asked, { identifier: [{ system, value }] }).identifier
      expect(compared('urn:a', '1')).toBe('same')
      expect(compared('urn:a', '2')).toBe('different')
      expect(compared('urn:b', '2')).toBeUndefined()
    })

    test('a stranger is one who agrees in neither name nor birth date', () => {
      expect(isStranger({ family: 'different', birthDate: 'different', gender: 'same' })).toBe(true)
      expect(isStranger({ family: 'different', given: 'similar', birthDate: 'different' })).toBe(
        false,
      )
      expect(isStranger({ gender: 'different' })).toBe(false)
    })

    test.each([
      { name: 'Peters' },
      { name: [null, 7, { family: { deep: true }, given: 'Timothy' }, { given: [null, 3] }] },
      { birthDate: 1946, gender: ['male'], telecom: [{ value: 5 }], identifier: { value: [] } },
      { address: [{ postalCode: 64117 }], identifier: [null, { system: 1, value: 2 }] },
    ])('a server may put anything there: %j', (found) => {
      expect(() => compareDemographics(petersInFull, found as never)).not.toThrow()
    })

    test('a patient with endless names is not compared to the end', () => {
      const name = Array.from({ length: 20_000 }, () => ({ family: 'x'.repeat(500), given: ['y'] }))
      expect(cpuMs(() => compareDemographics(peters, { name }))).toBeLessThan(200)
    })
  })

  describe('a question', () => {
    test('sends nothing but what people are recognised by', () => {
      const patient = {
        ...petersInFull,
        id: '77',
        photo: [{ title: 'me' }],
        contact: [{}],
      } as const
      const { steps, search } = questionOf(patient as never, 'two-step', false)
      expect(Object.keys(steps[0].demographics)).toEqual(['name', 'birthDate', 'gender'])
      expect(Object.keys(steps[1]?.demographics ?? {}).sort()).toEqual([
        ...['address', 'birthDate', 'gender', 'name', 'telecom'],
      ])
      expect(search.parameters).toEqual({
        ...{ family: 'Peters', given: 'Timothy', birthdate: '1946-04-05', gender: 'male' },
      })
    })

    test('has one step where there is nothing more to send', () => {
      expect(questionOf(peters, 'two-step', false).steps).toHaveLength(1)
      expect(questionOf(petersInFull, 'minimal', false).steps).toHaveLength(1)
      expect(questionOf(petersInFull, 'full', false).steps[0].elements).toContain('telecom')
    })
  })
})

describe('outcome types', () => {
  /** Compiles only while every kind has its case: the compiler is the test. */
  function obligation(outcome: DiscoverOutcome): string {
    switch (outcome.kind) {
      case 'matched':
        return outcome.matches[0].reference + outcome.responder.endpoint.address
      case 'candidates':
        return String(outcome.matches.length)
      case 'no-match':
        return outcome.responder.endpoint.address
      case 'refused':
        return outcome.consent?.form ?? outcome.error.message
      case 'unauthorized':
      case 'unsupported':
      case 'invalid':
      case 'untrusted':
      case 'unreachable':
      case 'timeout':
      case 'overloaded':
      case 'withheld':
        return outcome.error.message
      case 'skipped':
        return outcome.reason
      case 'cancelled':
        return outcome.reason
      default:
        return impossible(outcome)
    }
  }

  function impossible(outcome: never): string {
    return outcome
  }

  test('a switch over the kinds of outcome is exhaustive, and each kind has its own members', () => {
    const facts = { target: { id: '1', position: 0 }, aliases: [], disclosures: [] }
    const times = { queuedMs: 0, tokenMs: 0, requestMs: 0, attempts: 0, hedged: false }
    expect(obligation({ ...facts, ...times, kind: 'skipped', reason: 'budget' })).toBe('budget')
  })

  test('four kinds count as answered', () => {
    const kinds: readonly OutcomeKind[] = [
      'matched',
      'candidates',
      'no-match',
      'refused',
      'timeout',
    ]
    expect(kinds.map(isAnswered)).toEqual([true, true, true, true, false])
  })

  test('every error code leads to a kind, and what an application throws to none of theirs', () => {
    const codes = Object.keys(errorCatalogue) as ErrorCode[]
    expect(codes.length).toBeGreaterThan(40)
    expect(failureOf(new Error('secret of the application'))).toEqual({
      kind: 'skipped',
      reason: 'policy',
      error: { message: 'something outside of the library failed' },
    })
  })

  test.each([
    [401, 'unauthorized'],
    [403, 'refused'],
    [408, 'timeout'],
    [200, 'invalid'],
    [202, 'invalid'],
    [204, 'invalid'],
    [400, 'invalid'],
    [404, 'unsupported'],
    [405, 'unsupported'],
    [422, 'invalid'],
    [429, 'overloaded'],
    [500, 'unreachable'],
    [501, 'unsupported'],
    [503, 'overloaded'],
    [504, 'unreachable'],
  ])('a failed operation with status %i is %s', (status, kind) => {
    const error = new FhirError('ERR_CQ_OPERATION_FAILED', 'it failed', { status })
    expect(failureOf(error)).toMatchObject({ kind, error: { status } })
  })

  test.each([
    ['token endpoint', 404, 'unauthorized'],
    ['token endpoint', 403, 'unauthorized'],
    ['token endpoint', 501, 'unauthorized'],
    ['token endpoint', 503, 'overloaded'],
    ['token endpoint', 500, 'unreachable'],
    ['registration endpoint', 404, 'unauthorized'],
    ['/metadata', 403, 'unauthorized'],
    ['/.well-known/smart-configuration', 403, 'unauthorized'],
    ['/Patient/_search', 403, 'refused'],
    ['/Patient/_search', 404, 'unsupported'],
  ])('of the request to %s, status %i is %s', (pathTemplate, status, kind) => {
    const where = { status, pathTemplate }
    const error = new ResponseError('ERR_CQ_UNEXPECTED_STATUS', 'unexpected', where)
    expect(failureOf(error)).toMatchObject({ kind, error: { status } })
  })

  test('whoever was sent something was not skipped, whatever failed after that', () => {
    const audit = new PolicyError('ERR_CQ_AUDIT_FAILED', 'not recorded')
    const open = new TransportError('ERR_CQ_BREAKER_OPEN', 'left alone')
    const blocked = new PolicyError('ERR_CQ_ORIGIN_REFUSED', 'blocked')
    const own = new Error('of the application')
    const wasAsked = true
    expect(failureOf(audit)).toMatchObject({ kind: 'skipped', reason: 'policy' })
    expect(failureOf(audit, { wasAsked }).kind).toBe('withheld')
    expect(failureOf(own, { wasAsked }).kind).toBe('withheld')
    expect(failureOf(blocked, { isBlocked: true })).toMatchObject({ reason: 'blocked' })
    expect(failureOf(blocked, { isBlocked: true, wasAsked }).kind).toBe('withheld')
    expect(failureOf(open)).toMatchObject({ kind: 'skipped', reason: 'breaker-open' })
    expect(failureOf(open, { wasAsked }).kind).toBe('unreachable')
  })

  test('a server that wants a consent refuses, and says which', () => {
    const consent = { required: ['urn:oid:2.999.9'], form: undefined }
    const details = { error: 'invalid_grant', consent }
    const error = new TokenError('ERR_CQ_TOKEN_REJECTED', 'rejected', {}, details)
    expect(failureOf(error)).toMatchObject({ kind: 'refused', consent })
    const other = new TokenError(
      'ERR_CQ_TOKEN_REJECTED',
      'rejected',
      {},
      { error: 'invalid_client' },
    )
    expect(failureOf(other)).toMatchObject({ kind: 'unauthorized' })
  })
})
