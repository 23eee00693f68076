/** Real documents, public bug reports and first-hour habits (issue 16, D): each case is an input, what is expected, and where it was met. */
import { describe, expect, test } from 'vitest'
import { differences } from './field-cases/judge.ts'
import { fieldCases } from './field-cases/model.ts'
import { runCase } from './field-cases/run.ts'

const CASES = fieldCases()

test('every case has a sentence that says what it is about, and none is told twice', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(61)
  expect(CASES.filter(({ title }) => !title.includes(' '))).toEqual([])
})

describe('the field', () => {
  for (const one of CASES) {
    test(`${one.name}: ${one.title}`, async () => {
      expect(differences(one.expected, await runCase(one))).toEqual([])
    })
  }
})
