import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root, run } from '../support/run.ts'

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
  expect(await run('node', ['--input-type=module', '-e', script])).toEqual({ code: 0, output: '' })
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
