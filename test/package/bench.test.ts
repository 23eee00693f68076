import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

test('docs/performance.md and its pictures are what bench/results say', async () => {
  expect(await run('node', [`${root}/bench/report.mjs`, '--check'])).toEqual({
    code: 0,
    output: '',
  })
})
