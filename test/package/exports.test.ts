import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

describe('exports', () => {
  const manifest: unknown = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))

  async function namesOf(entry: string): Promise<readonly string[]> {
    const { output } = await run('node', [
      '--input-type=module',
      '-e',
      `console.log(Object.keys(await import('${entry}')).sort().join(' '))`,
    ])
    return output.trim().split(' ')
  }

  const errors = [
    ...[
      'CarequalityError',
      'ConfigurationError',
      'DirectoryError',
      'DiscoveryError',
      'FhirError',
      'PolicyError',
      'RegistrationError',
    ],
    ...[
      'ResponseError',
      'SignerError',
      'TokenError',
      'TransportError',
      'TrustError',
      'isCarequalityError',
    ],
  ]
  const signers = [
    ...['cryptoKeySigner', 'describeCertificates', 'digestSigner', 'jwkSigner'],
    ...['pemSigner', 'publicJwks'],
  ]

  test('the main entry exports exactly these values', async () => {
    expect(await namesOf('carequality-fhir')).toEqual([
      ...['AccessToken', 'AssertionSigner', 'CapabilityResolver', 'CarequalityClient'],
      ...['CarequalityError', 'DirectoryClient', 'FhirPatientClient', 'TokenProvider'],
      ...['athenahealthTokenRate', 'cernerCarequalityToken', 'cryptoKeySigner'],
      ...['isCarequalityError', 'jwkSigner', 'pemSigner', 'publicJwks', 'readDirectoryEntry'],
      'selectEndpoint',
    ])
  })

  test('the other entries export exactly these values', async () => {
    expect(await namesOf('carequality-fhir/errors')).toEqual([...errors].sort())
    expect(await namesOf('carequality-fhir/auth')).toEqual([
      ...['AccessToken', 'AssertionSigner', 'MemoryTokenCache', 'TokenProvider'],
    ])
    expect(await namesOf('carequality-fhir/directory')).toEqual([
      ...['DirectoryClient', 'DirectorySnapshot', 'directoryReleases', 'readDirectoryEntry'],
      'selectEndpoint',
    ])
    expect(await namesOf('carequality-fhir/fhir')).toEqual(['FhirClient', 'FhirPatientClient'])
    expect(await namesOf('carequality-fhir/signers')).toEqual(signers)
    expect(await namesOf('carequality-fhir/udap')).toEqual([
      ...['UdapClient', 'hl7B2b', 'memoryRegistrations', 'tefcaBasicApp', 'tefcaIas'],
      ...['trustSteps', 'trustStore', 'udapProfiles'],
    ])
    expect(await namesOf('carequality-fhir/redis')).toEqual([
      ...['redisLeases', 'redisLimits', 'redisRegistrations', 'redisTokenCache'],
    ])
    expect(await namesOf('carequality-fhir/queue')).toEqual(['discoverOn', 'startDiscoverWorker'])
    expect(await namesOf('carequality-fhir/diagnose')).toEqual([
      ...['diagnose', 'diagnosisSteps', 'findings'],
    ])
    expect(await namesOf('carequality-fhir/node')).toEqual([
      ...[
        'encryptedPemSigner',
        'fileRegistrations',
        'keyObjectSigner',
        'nodeTransport',
        'pkcs11Signer',
        'pkcs12Signer',
      ],
    ])
    for (const types of ['discover', 'instrumentation'])
      expect(await namesOf(`carequality-fhir/${types}`)).toEqual([''])
    expect(await namesOf('carequality-fhir/otel')).toEqual(['metricNames', 'openTelemetry'])
    expect(await namesOf('carequality-fhir/audit')).toEqual(['balpAudit'])
    expect(await namesOf('carequality-fhir/testing')).toEqual([
      ...['createSandbox', 'signerContract', 'tokenCacheContract'],
    ])
  })

  test('the version in the source is the one in package.json', async () => {
    const { VERSION } = await import('../../src/version.ts')
    expect(manifest).toMatchObject({ version: VERSION })
  })

  test('importing the package prints nothing, keeps nothing running and touches no network', async () => {
    const script = `
    let asked = 0
    globalThis.fetch = () => { asked += 1 }
    for (const entry of ['', '/signers', '/auth', '/directory', '/fhir', '/discover', '/errors', '/udap', '/redis', '/queue', '/instrumentation', '/otel', '/audit', '/diagnose', '/node', '/testing']) await import('carequality-fhir' + entry)
    process.on('exit', () => { if (asked > 0) process.exitCode = 1 })`
    expect(await run('node', ['--input-type=module', '-e', script])).toEqual({
      code: 0,
      output: '',
    })
  })

  /** The declarations that a user's compiler reads, with their code. */
  function reachable(): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    const visit = (file: string): void => {
      if (found.has(file)) return
      const code = readFileSync(`${root}/dist/${file}`, 'utf8')
      found.set(file, code)
      for (const match of code.matchAll(/from '(\.[^']+)'/g)) {
        visit(
          new URL((match[1] ?? '').replace(/\.ts$/, '.d.ts'), `file:///${file}`).pathname.slice(1),
        )
      }
    }
    for (const entry of [
      'index',
      'signers/index',
      'auth/index',
      'directory/index',
      'fhir/index',
      'discover/index',
      'instrumentation',
      'errors',
      'udap/index',
      'redis/index',
      'queue/index',
      'otel/index',
      'audit/index',
      'diagnose/index',
      'node/index',
      'testing/index',
    ])
      visit(`${entry}.d.ts`)
    return found
  }

  test('no type of zod, ky, jose, saxes, undici or node-forge is in the declarations', () => {
    const declarations = reachable()
    expect(declarations.size).toBeGreaterThan(15)
    for (const [file, code] of declarations)
      expect(code, file).not.toMatch(
        /from '(zod|ky|jose|saxes|undici|node-forge|ioredis|redis|bullmq)/,
      )
  })
})

/** What is loaded, and touched, by an import alone. */
describe('loads', () => {
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
      const text = [...filesOf(`${root}/dist/${entry}.js`)].map((file) =>
        readFileSync(file, 'utf8'),
      )
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
})
