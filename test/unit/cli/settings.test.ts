/** Settings: arguments before environment before file, and no secret in a file. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { createSandbox } from '../../../src/testing/index.ts'
import { NOW, randomUUID, terminal } from './terminal.ts'

const assertion = 'assertion --audience https://as.example.org/token --json'
const claimsOf = (out: string): { iss: string } =>
  (JSON.parse(out) as { claims: { iss: string } }).claims

test('an argument comes before the environment, and the environment before the file', async () => {
  const { type, folder } = await terminal()
  await writeFile(`${folder}/carequality.config.json`, JSON.stringify({ clientId: 'file.example' }))
  const env = { CAREQUALITY_CLIENT_ID: 'env.example' }
  const none = { CAREQUALITY_CLIENT_ID: undefined }
  expect(claimsOf((await type(`${assertion} --client-id arg.example`, { env })).out).iss).toBe(
    'arg.example',
  )
  expect(claimsOf((await type(assertion, { env })).out).iss).toBe('env.example')
  expect(claimsOf((await type(assertion, { env: none })).out).iss).toBe('file.example')
})

test('paths in a settings file are relative to the file', async () => {
  const { type, folder } = await terminal()
  const { mkdir, copyFile } = await import('node:fs/promises')
  await mkdir(`${folder}/etc`)
  await copyFile(`${folder}/key.pem`, `${folder}/etc/own.pem`)
  await writeFile(`${folder}/etc/settings.json`, JSON.stringify({ keyFile: 'own.pem' }))
  const { code } = await type(`${assertion} --config etc/settings.json`, {
    env: { CAREQUALITY_KEY_FILE: undefined },
  })
  expect(code).toBe(0)
})

describe('a settings file is refused with a reason, and its values are not repeated, where', () => {
  test.each([
    ['it holds a secret', { apiKey: 'S3CRET' }, 'set CAREQUALITY_API_KEY in the environment'],
    ['it holds a passphrase', { keyPassphrase: 'S3CRET' }, 'CAREQUALITY_KEY_PASSPHRASE'],
    ['it holds something unknown', { S3CRT: 1, other: 2 }, 'is not a setting'],
    ['a value is not a choice', { mode: 'S3CRET' }, '"mode" must be one of carequality-legacy'],
    ['a value is of another kind', { clientId: { a: 'S3CRET' } }, '"clientId" must be a text'],
    ['it is a list', ['S3CRET'], 'must hold an object'],
  ])('%s', async (_where, value, reason) => {
    const { type, folder } = await terminal()
    await writeFile(`${folder}/carequality.config.json`, JSON.stringify(value))
    const { code, err } = await type('token')
    expect(code).toBe(2)
    expect(err.replace(/\s+/g, ' ')).toContain(reason)
    expect(err).not.toContain('S3CRET')
  })

  test('it is not JSON, or not there', async () => {
    const { type, folder } = await terminal()
    await writeFile(`${folder}/carequality.config.json`, '{ S3CRET')
    expect((await type('token')).err).toContain('carequality.config.json is not JSON')
    expect((await type('token --config nowhere.json')).err).toContain('cannot be read')
  })
})

test('a settings file in TypeScript is taken where Node strips types, and refused in words elsewhere', async () => {
  const { type, folder } = await terminal()
  await writeFile(`${folder}/settings.mjs`, `export const config = { clientId: 'module.example' }`)
  const none = { CAREQUALITY_CLIENT_ID: undefined }
  const taken = await type(`${assertion} --config settings.mjs`, { env: none })
  expect(claimsOf(taken.out).iss).toBe('module.example')
})

describe('a setting that is needed is asked for by all its names:', () => {
  test.each([
    ['CAREQUALITY_CLIENT_ID', '--client-id, CAREQUALITY_CLIENT_ID or "clientId"'],
    ['CAREQUALITY_KEY_FILE', '--key-file, CAREQUALITY_KEY_FILE or "keyFile"'],
  ])('%s', async (name, words) => {
    const { type } = await terminal()
    const { code, err } = await type('token', { env: { [name]: undefined } })
    expect(code).toBe(2)
    expect(err.replace(/\s+/g, ' ')).toContain(words)
  })

  test('the organization', async () => {
    const { type } = await terminal()
    const { code, err } = await type('patient read 1', {
      env: { CAREQUALITY_ORGANIZATION: undefined },
    })
    expect(code).toBe(2)
    expect(err.replace(/\s+/g, ' ')).toContain('--organization, CAREQUALITY_ORGANIZATION')
  })
})

test('policy settings reach the library', async () => {
  const { type } = await terminal()
  const only = await type('capabilities --base-url https://fhir.sunrise-clinic.example/r4', {
    env: { CAREQUALITY_ALLOWED_ORIGINS: 'https://connect.carequality.org' },
  })
  expect(only.code).toBe(4)
  expect(only.err).toContain('allowedOrigins')
  const pair = 'https://a.example=https://b.example'
  expect((await type('token', { env: { CAREQUALITY_TRUSTED_ORIGINS: pair } })).code).toBe(0)
  expect((await type('token', { env: { CAREQUALITY_TRUSTED_ORIGINS: 'x' } })).code).toBe(2)
  expect((await type('token --timeout 0')).err).toContain('"timeout" must be')
  expect((await type('token --scope system/Patient.rs --json')).out).toContain('system/Patient.rs')
})

test('mode udap works from files, and a registration is kept between commands', async () => {
  const { type, folder } = await terminal()
  const sandbox = await createSandbox({ now: () => NOW, randomUUID, udap: true })
  const { servers, communities } = sandbox.udap
  const { clientUri, pem } = await sandbox.udap.identity('ssraa')
  const { baseUrl, community } = servers.ssraa
  const own = communities.find((one) => one.community === community)
  await writeFile(`${folder}/key.pem`, pem.key)
  await writeFile(`${folder}/chain.pem`, pem.certificates)
  await writeFile(`${folder}/anchors.pem`, own?.anchors ?? '')
  await writeFile(`${folder}/intermediates.pem`, own?.intermediates ?? '')
  await writeFile(
    `${folder}/carequality.config.json`,
    JSON.stringify({
      ...{ mode: 'udap', baseUrl, udapClientUri: clientUri, udapCommunity: community },
      ...{ udapClientName: 'Example Hospital', udapContacts: ['mailto:it@example.org'] },
      ...{ udapAnchorsFile: 'anchors.pem', udapIntermediatesFile: 'intermediates.pem' },
      ...{ registrationsFile: 'registrations.json', purposeOfUse: 'TREAT' },
      ...{ udapOrganizationId: 'urn:oid:2.999.77', udapOrganizationName: 'Example Hospital' },
    }),
  )
  const { fetch } = sandbox
  const registered = await type('udap register --json', { fetch })
  expect([registered.code, registered.err]).toEqual([0, ''])
  const again = await type('udap register --json', { fetch })
  expect(again.out).toBe(registered.out)
  const read = await type('patient read 1316024', {
    fetch,
    env: { CAREQUALITY_ORGANIZATION: undefined },
  })
  expect([read.code, read.err]).toEqual([0, ''])
  const hosts = await type('egress', { fetch, env: { CAREQUALITY_ORGANIZATION: undefined } })
  expect(hosts.out).toMatch(/ 80 +http +certificate status/)
  const cancelled = await type('udap cancel', { fetch })
  expect(cancelled.code).toBe(0)
})

describe('the exit code tells the class of the error:', () => {
  test.each([
    ['patient read nobody', 9, {}],
    ['patient read 1', 7, { CAREQUALITY_API_KEY: 'another' }],
    ['directory get 2.999.77', 7, {}],
    ['capabilities --base-url https://10.0.0.1/fhir', 4, {}],
    ['capabilities --base-url https://nowhere.example/fhir', 5, {}],
    ['token --scope system/Other.read', 8, {}],
    ['patient read 1 2', 2, {}],
    ['nothing', 2, {}],
    ['patient', 2, {}],
    ['patient search --limit 0 --family x', 2, {}],
  ])('%s: %i', async (line, expected, env) => {
    const { type } = await terminal()
    const { code, out, err } = await type(line, { env })
    expect(code).toBe(expected)
    expect(out).toBe('')
    expect(err).not.toBe('')
  })

  test('with --json the error is JSON on stderr', async () => {
    const { type } = await terminal()
    const { err, out } = await type('patient read nobody --json')
    expect(out).toBe('')
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'ERR_CQ_NOT_FOUND' }, exitCode: 9 })
  })

  test('Ctrl-C stops a command that waits', async () => {
    const { type } = await terminal()
    const stop = new AbortController()
    const running = type('capabilities', {
      signal: stop.signal,
      fetch: () => {
        stop.abort()
        return new Promise(() => undefined)
      },
    })
    expect(await running).toMatchObject({ code: 130, err: 'stopped\n' })
  })
})

test('a mistyped command is answered with what may be meant', async () => {
  const { type } = await terminal()
  expect((await type('pateint read')).err).toContain('carequality-fhir has no such command')
  expect((await type('patient reed 1')).err).toContain('did you mean: patient read')
  expect((await type('docter')).err).toContain('did you mean: doctor')
})
