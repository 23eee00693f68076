import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root, run } from '../support/run.ts'

const check = (...more: readonly string[]) =>
  run('node', [`${root}/tools/write-threats.mjs`, '--check', ...more])

test('docs/security.md has each row of the threats with the tests that show it', async () => {
  expect(await check()).toEqual({ code: 0, output: '' })
})

test('a row that no test shows fails, and a table that is out of date', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'threats-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const first = 'A1' // apart, so that this text counts for no row itself
  writeFileSync(
    join(folder, 'some.test.ts'),
    `test('${first}: a title', () => {})\ntest('no A2: title')\n// 'A3' without a colon\n`,
  )
  const { code, output } = await check('--tests', folder)
  expect(code).toBe(1)
  expect(output).toContain('no test shows A2, A3, A4')
  expect(output).not.toContain('A1,')
  const rows = ['A', 'B', 'K', 'T', 'R', 'I', 'L'].flatMap((letter) =>
    Array.from({ length: 24 }, (_, index) => `test('${letter}${index + 1}: x', () => {})`),
  )
  writeFileSync(join(folder, 'some.test.ts'), rows.join('\n'))
  expect(await check('--tests', folder)).toMatchObject({
    code: 1,
    output: expect.stringContaining('out of date') as unknown,
  })
})
