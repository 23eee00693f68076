/** `npm run test:consumers` takes minutes and foreign packages; here only its last run is looked at. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tableOf, type ConsumerResult } from '../consumers/tables.mjs'
import { root } from '../support/run.ts'

const results = JSON.parse(
  readFileSync(`${root}/test/consumers/results.json`, 'utf8'),
) as readonly ConsumerResult[]

test('the last run had every compiler, bundler, test runner and package manager, and all worked', () => {
  const groups = new Set(results.map(({ group }) => group.replace(/,.*/, '')))
  expect([...groups].sort()).toEqual([
    ...['Node', 'TypeScript 5.4', 'TypeScript 5.5', 'TypeScript 5.6', 'TypeScript 5.7'],
    ...['TypeScript 5.8', 'TypeScript 5.9', 'TypeScript 6.0', 'TypeScript 7.0', 'Yarn 1'],
    ...['Yarn 4', 'esbuild', 'jest 30', 'pnpm 12', 'vite', 'vitest 4', 'webpack 5'],
  ])
  expect(results.filter(({ ok }) => !ok)).toEqual([])
})

test('docs/support.md shows it', () => {
  expect(readFileSync(`${root}/docs/support.md`, 'utf8')).toContain(tableOf(results))
})
