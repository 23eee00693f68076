/** The light form finds what it is there to find. */
import { expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import { runLightMatrix } from './light.ts'
import type { Library } from './run.ts'
import { CASES, LIGHT_CASES, ROWS } from './rows.ts'

const QUICKLY = { without: (title: string): boolean => !/^T\d+ token: /.test(title) }

test('the matrix is as large as it says', () => {
  expect(CASES.length).toBeGreaterThan(800)
  // Each fault, and each kind of fault at each stage.
  const names = new Set(LIGHT_CASES.map(({ row }) => row))
  expect(names.size).toBe(ROWS.length)
})

test('it has nothing to say of this library', async () => {
  const { cases, findings } = await runLightMatrix(library, QUICKLY)
  expect(findings).toEqual([])
  expect(cases).toBeGreaterThan(50)
})

test('it has much to say of one that lies about its errors', async () => {
  const forgetful: Library = {
    ...library,
    isCarequalityError: (error): error is never => error === QUICKLY,
  }
  const { findings } = await runLightMatrix(forgetful, QUICKLY)
  expect(findings.length).toBeGreaterThan(20)
})
