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

test('the lint refuses to normalize a text anywhere but where its length is bounded', async () => {
  const eslint = new ESLint({ cwd: root })
  const level = async (file: string): Promise<unknown> => {
    const config = (await eslint.calculateConfigForFile(`${root}/${file}`)) as {
      rules: Record<string, readonly [unknown, { readonly property: string }?]>
    }
    const [severity, { property } = {}] = config.rules['no-restricted-properties'] ?? []
    return severity === 2 ? property : undefined
  }
  for (const file of ['src/udap/x509/7.1-names.ts', 'src/fhir/search/patient-names.ts']) {
    expect(await level(file)).toBe('normalize')
  }
  expect(await level('src/lib/normalize.ts')).toBeUndefined()
})
