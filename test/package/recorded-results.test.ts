import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { tableOf, type ConsumerResult } from '../consumers/tables.mjs'
import { root, run } from '../support/run.ts'

/** `npm run test:consumers` takes minutes and foreign packages; here only its last run is looked at. */
describe('consumers', () => {
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
})

/** The suite of test/runtimes, in its short form on the Node that is here, so that it cannot rot. */
describe('runtimes', () => {
  interface Result {
    readonly id: string
    readonly title: string
    readonly problems: readonly string[]
  }

  test('the suite for runtimes holds on this Node, and the pages show its last full run', async () => {
    const { code, output } = await run('node', ['test/runtimes/run.mjs', '--quick'])
    expect(output).toMatch(/^this Node [\d.]+: \d+ checks, \d+ faults, holds, \d+ s\n$/)
    expect(code).toBe(0)
  }, 300_000)

  test('the last full run had every runtime, and no problem on any', () => {
    const file = `${root}/test/runtimes/results.json`
    const results = JSON.parse(readFileSync(file, 'utf8')) as readonly Result[]
    expect(results.map(({ id }) => id).filter((id) => !id.endsWith('-fetch'))).toEqual([
      ...['node20', 'node22', 'node24', 'node26', 'bun', 'deno', 'workerd', 'chromium'],
    ])
    expect(
      results.flatMap(({ title, problems }) => problems.map((one) => `${title}: ${one}`)),
    ).toEqual([])
  })
})
