import { createPrivateKey, createSign, randomUUID, type KeyObject } from 'node:crypto'
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../src/testing/index.ts'

/** The servers as their documents name them, written out by hand. */
export const cerner = {
  base: 'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/',
  token:
    'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/Authorization/token',
  closed:
    'https://authorization.sandboxcerner.com/tenants/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/protocols/oauth2/profiles/smart-v1/token',
}
export const sunrise = {
  base: 'https://fhir.sunrise-clinic.example/r4/',
  token: 'https://fhir.sunrise-clinic.example/oauth2/token',
}
export const plain = {
  base: 'https://ehr.plain-hospital.example/fhir/',
  token: 'https://ehr.plain-hospital.example/oauth/token',
}
export const clientId = 'fhir.example-hospital.org'
export const noon: number = Date.parse('2026-06-01T12:00:00Z')

/** A sandbox whose clock stands still until `time.now` is moved. */
export async function atNoon(
  options: SandboxOptions = {},
): Promise<{ sandbox: Sandbox; time: { now: number } }> {
  const time = { now: noon }
  return { sandbox: await createSandbox({ now: () => time.now, ...options }), time }
}

export interface AssertionParts {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  key?: KeyObject
}

/** A client assertion put together by hand; every part can be replaced. */
export function assertion(sandbox: Sandbox, aud: string, parts: AssertionParts = {}): string {
  const header = {
    alg: 'RS256',
    typ: 'JWT',
    x5c: sandbox.options.signer.certificates,
    ...parts.header,
  }
  const seconds = Math.floor((sandbox.options.now?.() ?? Date.now()) / 1000)
  const claims = {
    iss: clientId,
    sub: clientId,
    aud,
    iat: seconds - 5,
    exp: seconds + 200,
    jti: randomUUID(),
    ...parts.claims,
  }
  const input = `${encode(header)}.${encode(claims)}`
  const key = parts.key ?? createPrivateKey(sandbox.pem.key)
  const hash = header.alg.endsWith('384') ? 'SHA384' : 'SHA256'
  const signature = createSign(hash).update(input).sign({ key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export function tokenForm(
  clientAssertion: string,
  scope = 'system/Patient.read',
): Record<string, string> {
  return {
    scope,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion,
  }
}

export function tokenRequest(url: string, form: Record<string, string> | string): Request {
  return new Request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
  })
}

/** Status and OAuth error of a token request with an assertion made of these parts. */
export async function refusal(
  sandbox: Sandbox,
  url: string,
  parts: AssertionParts,
): Promise<unknown[]> {
  const form = tokenForm(assertion(sandbox, url, parts))
  return oauthError(await sandbox.fetch(tokenRequest(url, form)))
}

export async function oauthError(response: Response): Promise<unknown[]> {
  const body = await record(response)
  return [response.status, body.error, body.error_description]
}

export async function record(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null) throw new Error('not an object')
  return { ...body }
}

export async function tokenFor(
  sandbox: Sandbox,
  url: string,
  scope = 'system/Patient.read',
): Promise<string> {
  const response = await sandbox.fetch(tokenRequest(url, tokenForm(assertion(sandbox, url), scope)))
  const { access_token: token } = await record(response)
  if (typeof token !== 'string') throw new Error(`no token: ${response.status}`)
  return token
}

/** GET with a token and the Accept header of FHIR JSON. */
export function get(
  sandbox: Sandbox,
  url: string,
  token?: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return sandbox.fetch(
    new Request(url, {
      headers: {
        accept: 'application/fhir+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    }),
  )
}
