import { ESLint } from 'eslint'
import { expect, test } from 'vitest'
import { root } from '../support/run.ts'

test('the lint refuses regular expressions whose time grows faster than the text', async () => {
  const eslint = new ESLint({ cwd: root })
  const config = (await eslint.calculateConfigForFile(
    `${root}/src/http/policies/addresses.ts`,
  )) as {
    rules: Record<string, readonly unknown[]>
  }
  for (const rule of ['regexp/no-super-linear-backtracking', 'regexp/no-super-linear-move']) {
    expect(config.rules[rule]?.[0]).toBe(2)
  }
})
