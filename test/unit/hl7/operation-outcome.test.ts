import { describe, expect, test } from 'vitest'
import {
  isFailure,
  issueCodesOf,
  readOutcome,
  reportsIncompleteResults,
} from '../../../src/hl7/operation-outcome.ts'

const json = (...issue: readonly object[]): object => ({ resourceType: 'OperationOutcome', issue })

describe('an OperationOutcome is read alike', () => {
  test.each([
    ['from FHIR JSON', json({ severity: 'error', code: 'timeout' })],
    ['in capitals', json({ severity: 'ERROR', code: 'Timeout' })],
    ['from XML', { issue: { severity: { value: 'error' }, code: { value: 'timeout' } } }],
  ])('%s', (_, outcome) => {
    expect(readOutcome(outcome).issue).toEqual([
      { severity: 'error', code: 'timeout', text: undefined },
    ])
    expect(issueCodesOf(outcome)).toEqual(['timeout'])
    expect(isFailure(outcome)).toBe(true)
    expect(reportsIncompleteResults(outcome)).toBe(true)
  })
})

test('a code that FHIR does not define is left out, for it may be what was sent', () => {
  const outcome = json({ severity: 'zebulon', code: 'the-key' }, { code: 'incomplete' })
  expect(issueCodesOf(outcome)).toEqual(['incomplete'])
  expect(JSON.stringify(readOutcome(outcome))).not.toMatch(/zebulon|the-key/)
  expect([isFailure(outcome), reportsIncompleteResults(outcome)]).toEqual([false, true])
})

test.each([undefined, null, 'text', {}, { issue: 'text' }, { issue: [null, 1, []] }])(
  '%j is an outcome without issues',
  (outcome) => {
    expect(issueCodesOf(outcome)).toEqual([])
    expect(isFailure(outcome)).toBe(false)
    expect(readOutcome(outcome).issue.every(({ code }) => code === undefined)).toBe(true)
  },
)
