/** The built command, as an installed package has it. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
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

describe('a settings file in TypeScript', () => {
  const newer = `${root}/test/runtimes/node_modules/node24/bin/node`
  const stripsTypes = (version: string): boolean => {
    const [major = 0, minor = 0] = version.split('.').map(Number)
    return major > 22 || (major === 22 && minor >= 18)
  }
  const nodes = [process.execPath, newer].filter((node) => existsSync(node))
  if (!nodes.includes(newer) && !stripsTypes(process.versions.node)) {
    console.info(
      `not run: a settings file in TypeScript where types are stripped, without ${newer}`,
    )
  }
  const ts = `interface Settings { readonly clientId: string }
export const config: Settings = { clientId: 'typed.example' } satisfies Settings
`

  /** The client id that an assertion of a new folder with these files has, or the error. */
  async function clientIdWith(node: string, files: Readonly<Record<string, string>>) {
    const folder = await mkdtemp(join(tmpdir(), 'cq-config-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const args = ['assertion', '--sandbox', '--audience', 'https://as.example.org/token', '--json']
    const { code, output } = await run(node, [bin, ...args], folder)
    return { code, output, id: /"iss": "([^"]+)"/.exec(output)?.[1] }
  }

  test.each(nodes)(
    'is read where %s strips types, and refused in words elsewhere',
    async (node) => {
      const { output: version } = await run(node, ['-p', 'process.versions.node'])
      const { code, output, id } = await clientIdWith(node, { 'carequality.config.ts': ts })
      if (stripsTypes(version.trim())) expect([code, id]).toEqual([0, 'typed.example'])
      else {
        expect(code).toBe(2)
        expect(output).toContain('needs Node 22.18 or newer; write carequality.config.json')
      }
    },
  )

  test.each(nodes.filter((node) => node === newer || stripsTypes(process.versions.node)))(
    'in a CommonJS package is .mts, and a .ts there says so: %s',
    async (node) => {
      const manifest = { 'package.json': '{ "type": "commonjs" }' }
      const mts = await clientIdWith(node, { ...manifest, 'carequality.config.mts': ts })
      expect([mts.code, mts.id]).toEqual([0, 'typed.example'])
      const wrong = 'enum Kind { A }\nexport const config = { clientId: Kind.A }\n'
      const refused = await clientIdWith(node, { ...manifest, 'carequality.config.ts': wrong })
      expect(refused.code).toBe(2)
      expect(refused.output).toContain('.mts in place of .ts')
    },
  )
})
