/**
 * SMART backend services: a registered key in place of a certificate, then a new key beside the old
 * one while calls go on. Offline on the sandbox; `SMART_BASE_URL`, `SMART_CLIENT_ID`, `SMART_KEY_FILE`
 * (PEM), `SMART_KEY_ID` and `SMART_PATIENT` take a real server.
 */
import { generateKeyPairSync } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  CarequalityClient,
  pemSigner,
  publicJwks,
  type CarequalityClientOptions,
} from 'carequality-fhir'
import { createSandbox, type Sandbox } from 'carequality-fhir/testing'

const baseUrl = process.env['SMART_BASE_URL']
const clientId = process.env['SMART_CLIENT_ID'] ?? 'backend.example-hospital.org'
const patient = process.env['SMART_PATIENT'] ?? '1316024'

const old = await pemSigner({
  key: baseUrl === undefined ? newKey() : await readFile(needed('SMART_KEY_FILE'), 'utf8'),
  kid: process.env['SMART_KEY_ID'] ?? '2026-01',
})
const next = await pemSigner({ key: newKey(), kid: '2026-07' })
let current = old

const { keys } = await publicJwks(old, next)
print('The keys to publish')
for (const { kid, kty, alg, use } of keys) print(`  ${JSON.stringify({ kid, kty, alg, use })}`)

const sandbox = baseUrl === undefined ? await sandboxWith() : undefined
const client = new CarequalityClient({
  ...optionsOf(sandbox),
  mode: 'smart-backend',
  clientId,
  signer: () => current,
  onEvent: (event) => {
    if (event.type === 'token.issued') print(`  (a token for ${event.lifeMs / 1000} s)`)
  },
})
const responder = await client.responder({
  baseUrl: baseUrl ?? 'https://fhir.sunrise-clinic.example/r4',
})

print('\nThe letter to the operator')
const letter = await responder.registrationSummary({
  description: 'Record requests of the emergency department',
  jwksUrl: 'https://example-hospital.org/jwks.json',
  contact: 'it@example-hospital.org',
})
for (const line of letter.trim().split('\n')) print(line === '' ? '' : `  ${line}`)

print('\nThe first key')
print(`  ${(await responder.patients.read(patient)).birthDate ?? 'no birth date'}`)
showAssertion()

if (sandbox !== undefined) {
  print('\nThe next key')
  current = next
  print(
    `  ${(await responder.patients.read(patient)).birthDate ?? 'no birth date'} by the old token`,
  )
  const other = responder.as({ scope: 'system/Patient.rs' })
  print(`  ${(await other.patients.read(patient)).birthDate ?? 'no birth date'} by a new one`)
  showAssertion()
}
await client.close()

/** Both keys are registered, as they are where an operator reads them from your JWKS URL. */
async function sandboxWith(): Promise<Sandbox> {
  return createSandbox({ clients: [old, next].map((signer) => ({ clientId, signer })) })
}

function optionsOf(network: Sandbox | undefined): Partial<CarequalityClientOptions> {
  return network === undefined ? {} : { fetch: network.fetch }
}

/** Header and scope of the latest token request that the sandbox has seen. */
function showAssertion(): void {
  const posts = sandbox?.requests.filter(({ method }) => method === 'POST') ?? []
  const form = new URLSearchParams(posts.at(-1)?.body)
  const [header] = form.get('client_assertion')?.split('.') ?? []
  if (header === undefined) return
  print(`  header ${Buffer.from(header, 'base64url').toString()}, scope ${form.get('scope') ?? ''}`)
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function needed(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`set ${name}`)
  return value
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
