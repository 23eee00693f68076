import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

const manifest: unknown = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

async function namesOf(entry: string): Promise<readonly string[]> {
  const { output } = await run('node', ['--input-type=module', '-e', `console.log(Object.keys(await import('${entry}')).sort().join(' '))`])
  return output.trim().split(' ')
}

const errors = [
  ...['CarequalityError', 'ConfigurationError', 'DirectoryError', 'DiscoveryError', 'FhirError', 'PolicyError'],
  ...['ResponseError', 'SignerError', 'TokenError', 'TransportError', 'isCarequalityError'],
]
const signers = ['cryptoKeySigner', 'jwkSigner', 'pemSigner', 'publicJwks']

test('the main entry exports exactly these values', async () => {
  expect(await namesOf('carequality-fhir')).toEqual(
    [
      ...['AccessToken', 'AssertionSigner', 'CapabilityResolver', 'CarequalityClient', 'DirectoryClient'],
      ...['FhirPatientClient', 'TokenProvider', 'cernerCarequalityToken'],
      ...errors,
      ...signers,
    ].sort(),
  )
})

test('the other entries export exactly these values', async () => {
  expect(await namesOf('carequality-fhir/errors')).toEqual([...errors].sort())
  expect(await namesOf('carequality-fhir/signers')).toEqual(signers)
  expect(await namesOf('carequality-fhir/testing')).toEqual(['createSandbox'])
})

test('the version in the source is the one in package.json', async () => {
  const { VERSION } = await import('../../src/version.ts')
  expect(manifest).toMatchObject({ version: VERSION })
})

test('importing the package prints nothing, keeps nothing running and touches no network', async () => {
  const script = `
    let asked = 0
    globalThis.fetch = () => { asked += 1 }
    for (const entry of ['', '/signers', '/errors', '/testing']) await import('carequality-fhir' + entry)
    process.on('exit', () => { if (asked > 0) process.exitCode = 1 })`
  expect(await run('node', ['--input-type=module', '-e', script])).toEqual({ code: 0, output: '' })
})

/** Ambient types that a program without lib DOM has, too; anything else would silently be `any` there. */
const ambient = ['AbortSignal', 'Headers', 'Request', 'Response', 'URL', 'crypto', 'TextEncoder']
const forbidden = [
  ...['CryptoKey', 'JsonWebKey', 'ReadableStream', 'BodyInit', 'HeadersInit', 'RequestInit', 'BufferSource'],
  ...['AbortController', 'DOMException', 'TextDecoder', 'URLSearchParams', 'Blob', 'FormData', 'Buffer', 'NodeJS'],
]

test(`the declarations name no ambient type but ${ambient.join(', ')}`, () => {
  const declarations = readdirSync(`${root}/dist`, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'))
  const found = declarations.flatMap((file) => {
    const code = readFileSync(`${root}/dist/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/(['"`]).*?\1/g, '')
    return forbidden.filter((name) => new RegExp(`\\b${name}\\b(?!\\s*[:?(])`).test(code)).map((name) => `${file}: ${name}`)
  })
  expect(declarations.length).toBeGreaterThan(30)
  expect(found).toEqual([])
})

test('no type of zod, ky or jose is in the declarations that the entries reach', () => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const code = readFileSync(`${root}/dist/${file}`, 'utf8')
    for (const match of code.matchAll(/from '(\.[^']+)'/g)) {
      visit(new URL((match[1] ?? '').replace(/\.ts$/, '.d.ts'), `file:///${file}`).pathname.slice(1))
    }
    expect(code, file).not.toMatch(/from '(zod|ky|jose|saxes)/)
  }
  for (const entry of ['index.d.ts', 'signers/index.d.ts', 'errors.d.ts', 'testing/index.d.ts']) visit(entry)
  expect(seen.size).toBeGreaterThan(15)
})
