/** What is loaded, and touched, by an import alone. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

/** All packages that a file of dist/ loads at once, by itself or through another file. */
function packagesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\b[^'"]*["']([^'"]+)["'];?$/gm)) {
    if (!from.startsWith('.')) packages.add(from)
    else for (const one of packagesOf(join(dirname(file), from), seen)) packages.add(one)
  }
  return packages
}

test('the main entry loads no ky, no zod, no XML parser and no Public Suffix List', () => {
  const packages = [...packagesOf(`${root}/dist/index.js`)]
  expect(packages).toContain('jose/base64url')
  expect(packages.filter((name) => !name.startsWith('jose/'))).toEqual([])
})

test('OpenTelemetry is loaded by its own entry alone, and nothing else is loaded there', () => {
  expect([...packagesOf(`${root}/dist/otel/index.js`)]).toEqual(['@opentelemetry/api'])
  expect([...packagesOf(`${root}/dist/audit/index.js`)]).toEqual([])
  for (const entry of ['index', 'udap/index', 'node/index', 'testing/index', 'audit/index']) {
    const text = [...filesOf(`${root}/dist/${entry}.js`)].map((file) => readFileSync(file, 'utf8'))
    expect(text.join('\n')).not.toContain('@opentelemetry')
  }
})

test('neither tracing nor auditing splits what the main entry loads into more files', () => {
  const alone = ['otel/index', 'audit/index'].flatMap((entry) => [
    ...filesOf(`${root}/dist/${entry}.js`),
  ])
  const main = filesOf(`${root}/dist/index.js`)
  // What they share with it is one file of helpers, which the signers' entry has made already.
  expect(alone.filter((file) => main.has(file))).toEqual(
    Array<string>(2).fill(join(root, 'dist/parts/own.js')),
  )
})

test('the entry for Node loads no peer before it is asked for', () => {
  const packages = [...packagesOf(`${root}/dist/node/index.js`)]
  expect(packages.filter((name) => !/^(jose\/|node:)/.test(name))).toEqual([])
})

/** All files of dist/ that one loads, now or later. */
function filesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, from = ''] of text.matchAll(
    /(?:\bfrom|\bimport\(|\bimport) ?["'](\.[^"']+)["']/g,
  )) {
    filesOf(join(dirname(file), from), seen)
  }
  return seen
}

test('the main entry holds nothing of UDAP but where a UdapClient is handed in', () => {
  const text = (entry: string): string =>
    [...filesOf(`${root}/dist/${entry}`)].map((file) => readFileSync(file, 'utf8')).join('\n')
  // A word of each part: certificates, discovery, registration, extensions.
  const words = ['caIssuers', '.well-known/udap', 'certification_uris', 'purpose_of_use']
  const udap = text('udap/index.js')
  expect(words.filter((word) => !udap.includes(word))).toEqual([])
  const main = text('index.js')
  expect(words.filter((word) => main.includes(word))).toEqual([])
})

/** Node makes these when they are first touched, which takes longer than all of the import. */
const program = `
  const touched = []
  for (const name of ['fetch', 'Request', 'Response', 'Headers', 'FormData', 'WebSocket', 'crypto']) {
    const own = Object.getOwnPropertyDescriptor(globalThis, name)
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        touched.push(name)
        return own?.get === undefined ? own?.value : own.get.call(globalThis)
      },
    })
  }
  for (const entry of ['', '/signers', '/auth', '/directory', '/fhir', '/discover', '/udap', '/redis', '/queue', '/instrumentation', '/otel', '/audit', '/diagnose', '/node', '/errors']) await import('carequality-fhir' + entry)
  console.log(JSON.stringify(touched))
`

test('the Public Suffix List is loaded by import(), in one file of the build', () => {
  const files = readdirSync(`${root}/dist`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .filter((file) => readFileSync(join(root, 'dist', file), 'utf8').includes('tldts'))
  expect(files).toHaveLength(1)
  const [file = ''] = files
  const text = readFileSync(join(root, 'dist', file), 'utf8')
  expect(text).toMatch(/\bimport\(["']tldts["']\)/)
  expect(text).not.toMatch(/\bfrom ["']tldts["']/)
})

test('an import touches nothing that the platform makes when it is touched', async () => {
  const { output } = await run('node', ['--input-type=module', '-e', program])
  expect(output.trim()).toBe('[]')
})
