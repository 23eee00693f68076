/** The suite of test/runtimes, in its short form on the Node that is here, so that it cannot rot. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

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
