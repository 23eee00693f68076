/** Help, from the table of commands. */
import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { settingsTable } from '../../../src/cli/settings-table.ts'
import { terminal } from './terminal.ts'

const names = commands.map(({ name }) => name)

describe('the page of', () => {
  test.each(names)('%s has the sections of a manual, and fits 60 and 160 columns', async (name) => {
    const { type } = await terminal()
    for (const columns of [60, 160]) {
      const { code, out } = await type(`${name} --help`, { columns, env: { NO_COLOR: '1' } })
      expect(code).toBe(0)
      const sections = [...out.matchAll(/^[A-Z][A-Z ]+$/gm)].map(([title]) => title)
      expect(sections.slice(0, 3)).toEqual(['NAME', 'SYNOPSIS', 'DESCRIPTION'])
      expect(sections).toContain('EXAMPLES')
      const long = out.split('\n').filter((line) => line.length > Math.min(columns, 100))
      expect(long.filter((line) => !/\S{45}/.test(line))).toEqual([])
    }
  })
})

test('the main page lists every command, every setting and every exit code', async () => {
  const { type } = await terminal()
  const { code, out } = await type('--help')
  expect(code).toBe(0)
  for (const name of names) expect(out).toContain(name)
  for (const { env } of settingsTable) expect(out).toContain(env)
  expect(out).toMatch(/130 +stopped by Ctrl-C/)
  expect((await type('help')).out).toBe(out)
  expect((await type('help patient read')).out).toContain('carequality-fhir patient read ID')
})

test('names in "see also" and settings of commands exist', () => {
  const settings = settingsTable.map(({ name }) => name)
  for (const spec of commands) {
    for (const name of spec.seeAlso) expect(names).toContain(name)
    for (const name of spec.settings) expect(settings).toContain(name)
  }
})

test('no setting that is a secret has an option', async () => {
  const { type } = await terminal()
  const { out } = await type('--help')
  expect(out).not.toMatch(/--(api-key|key-passphrase|proxy)\b(?!-)/)
})
