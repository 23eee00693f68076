/** The built command, as an installed package has it. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

const bin = `${root}/dist/cli/bin.js`

/** Every module that a file of the build loads at once, by itself or through another one. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^'"]*["']([^'"]+)["'];?$/gm)) {
    if (from.startsWith('.')) loadedBy(join(dirname(file), from), seen)
    else seen.add(from)
  }
  return seen
}

test('package.json names the command, and it begins with a line for the shell', () => {
  const { bin: named } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    bin: Record<string, string>
  }
  expect(named).toEqual({ 'carequality-fhir': 'dist/cli/bin.js' })
  expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})

test('--help loads the command table and two modules of Node, and no part of the library', () => {
  const loaded = [...loadedBy(bin)]
  const packages = loaded.filter((name) => !name.startsWith('/'))
  expect(packages.sort()).toEqual(['node:process', 'node:util'])
  const bytes = loaded
    .filter((name) => name.startsWith('/'))
    .reduce((sum, file) => sum + readFileSync(file, 'utf8').length, 0)
  expect(bytes).toBeLessThan(80_000)
})

test('the main entry holds nothing of the command line and nothing of the diagnosis', () => {
  const loaded = [...loadedBy(`${root}/dist/index.js`)].filter((name) => name.startsWith('/'))
  const text = loaded.map((file) => readFileSync(file, 'utf8')).join('\n')
  expect(text).not.toContain('CAREQUALITY_')
  expect(text).not.toContain('not reached')
})

test('the command runs, prints its version, and gives its exit code', async () => {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    version: string
  }
  expect(await run('node', [bin, '--version'])).toEqual({ code: 0, output: `${version}\n` })
  expect((await run('node', [bin, 'patient', 'read'])).code).toBe(2)
  const read = await run('node', [bin, 'patient', 'read', '1316024', '--sandbox', '--json'])
  expect(read.code).toBe(0)
  expect(JSON.parse(read.output)).toMatchObject({ resourceType: 'Patient', id: '1316024' })
})

test('a reader that leaves early is no error', async () => {
  const { code, output } = await run('bash', ['-c', `node ${bin} --help | head -1`])
  expect([code, output]).toEqual([0, 'NAME\n'])
})
