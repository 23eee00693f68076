import { expect, test } from 'vitest'
import { covers, convertScopeVersion, sameScopes, shownScopes } from '../../../src/lib/scopes.ts'

test.each([
  ['system/Patient.read', 'system/Patient.rs'],
  ['system/Patient.rs', 'system/Patient.read'],
  ['system/*.write', 'system/*.cud'],
  ['system/Patient.*', 'system/Patient.cruds'],
  ['system/Patient.rs?birthdate=1', 'system/Patient.read?birthdate=1'],
  [
    'system/Patient.read launch system/Observation.rs',
    'system/Patient.rs launch system/Observation.read',
  ],
  ['system/Patient.r', undefined],
  ['openid', undefined],
  ['user/Patient.read', undefined],
])('%s in the other form is %s', (scope, other) => {
  expect(convertScopeVersion(scope)).toBe(other)
})

test.each([
  ['system/Patient.read', 'r', true],
  ['system/Patient.read', 's', true],
  ['system/Patient.r', 's', false],
  ['system/Patient.s', 's', true],
  ['system/Patient.rs', 'r', true],
  ['system/*.read', 'r', true],
  ['system/*.*', 's', true],
  ['system/Patient.*', 'd', true],
  ['system/Patient.write', 'r', false],
  ['system/Patient.cud', 'r', false],
  ['system/Observation.read', 'r', false],
  ['system/Observation.read system/Patient.rs', 'r', true],
  ['system/Observation.read,system/Patient.rs', 'r', true],
  ['system/Patient.rs?gender=female', 's', true],
  ['user/Patient.read', 'r', false],
  ['system/Patient.sr', 'r', false],
  ['xsystem/Patient.read', 'r', false],
  ['', 'r', false],
] as const)('%s covers %s on Patient: %j', (scope, interaction, covered) => {
  expect(covers(scope, 'Patient', interaction)).toBe(covered)
})

test('the same scopes in another order are the same', () => {
  expect(sameScopes('a b', ' b  a')).toBe(true)
  expect(sameScopes('a b', 'a')).toBe(false)
})

test('what is shown of scopes is their form, never free text', () => {
  expect(shownScopes('system/Patient.read MRN12345 system/*.rs Peters')).toBe(
    'system/Patient.read (other) system/*.rs',
  )
  expect(
    shownScopes(
      Array.from({ length: 90 }, (_, n) => `system/A${'b'.repeat(n % 30)}.rs`).join(' '),
    ).split(' ').length,
  ).toBeLessThanOrEqual(20)
})
