import { expect, test, describe } from 'vitest'
import { describeVersion, releaseOf } from '../../../src/hl7/fhir-version.ts'
import {
  isFailure,
  issueCodesOf,
  readOutcome,
  reportsIncompleteResults,
} from '../../../src/hl7/operation-outcome.ts'

describe('fhir version', () => {
  test.each([
    ['4.0.1', 'R4'],
    [' 4.0.1\n', 'R4'],
    ['4', 'R4'],
    ['4.0', 'R4'],
    ['v4.0.1', 'R4'],
    ['R4', 'R4'],
    ['FHIR 4.0.1', 'R4'],
    ['HL7 FHIR Release 4', 'R4'],
    ['r4b', 'R4'],
    ['4.0.0-ballot', 'R4'],
    ['4.1.0', 'R4'],
    ['4.3.0', 'R4'],
    ['4.2.0', undefined],
    ['4.4.0', undefined],
    ['4.6.0', undefined],
    ['4.00', undefined],
    ['40', undefined],
    ['4a', undefined],
    ['5.0.0', 'R5'],
    ['3', 'STU3'],
    ['3.0', 'STU3'],
    ['3.0.2', 'STU3'],
    ['3.2.0', undefined],
    ['3.5.0', undefined],
    ['1.0.2', 'DSTU2'],
    ['1.4.0', undefined],
    ['', undefined],
    ['unknown', undefined],
  ])('%j is %j', (version, release) => {
    expect(releaseOf(version)).toBe(release)
  })

  test('a version is shown with its release, and nothing else is shown', () => {
    expect(describeVersion(' 1.0.2 ')).toBe('FHIR 1.0.2 (DSTU2)')
    expect(describeVersion('4.6.0')).toBe('FHIR 4.6.0')
    expect(describeVersion('R5')).toBe('FHIR R5')
    expect(describeVersion('Zebulon')).toBe('FHIR of an unknown version')
    expect(describeVersion(`4.${'0'.repeat(1e6)}`)).toBe('FHIR of an unknown version')
  })
})

describe('operation outcome', () => {
  const json = (...issue: readonly object[]): object => ({
    resourceType: 'OperationOutcome',
    issue,
  })

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
})
