/** Servers that do not give their documents, and callers who do not need them. */
import { describe, expect, test } from 'vitest'
import { jsonAnswer } from '../../support/answering-fetch.ts'
import { signer, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, failure } from '../../support/fhir-answers.ts'

const page = (body: string, type: string, status = 200): Response =>
  new Response(body, { status, headers: { 'content-type': type } })
const at = { baseUrl: base, tokenEndpoint }

const withheld: readonly (readonly [what: string, answer: () => Response])[] = [
  ['a login (401)', () => new Response(null, { status: 401 })],
  ['a login (403)', () => new Response(null, { status: 403 })],
  ['a login page', () => page('<!doctype html><form>', 'text/html')],
  [
    'a redirect to a login',
    () => new Response(null, { status: 302, headers: { location: 'https://login.example/' } }),
  ],
  ['XML only', () => page('<CapabilityStatement/>', 'application/fhir+xml')],
  ['406', () => new Response(null, { status: 406 })],
  ['404', () => new Response(null, { status: 404 })],
  ['410', () => new Response(null, { status: 410 })],
]

describe('with a token endpoint of the caller', () => {
  test.each(withheld)('documents behind %s are no failure', async (_, answer) => {
    const made = await world({ metadata: answer, smart: answer })
    const responder = await made.client.responder(at)
    expect((await responder.patients.read('1')).id).toBe('1')
    expect(made.of('token')).toHaveLength(1)
    const explained = responder.explain().toString()
    expect(explained).toContain('CapabilityStatement: ')
    expect(explained).toContain('smart-configuration: ')
    expect(explained).toContain('given by the caller')
  })

  test.each(withheld)(
    'one behind %s beside one that fails for now is a failure',
    async (_, answer) => {
      const down = (): Response => new Response(null, { status: 501 })
      const made = await world({ metadata: down, smart: answer })
      expect((await failure(made.client.responder(at))).code).toBe('ERR_CQ_UNEXPECTED_STATUS')
    },
  )
})

test.each(withheld)('without one, documents behind %s are a failure', async (_, answer) => {
  const made = await world({ metadata: answer, smart: answer })
  await expect(made.client.responder({ baseUrl: base })).rejects.toThrow()
})

describe('a DSTU2 Conformance', () => {
  const conformance =
    (more: object = {}): (() => Response) =>
    () =>
      jsonAnswer({ resourceType: 'Conformance', fhirVersion: '1.0.2', ...more })
  const smart = (): Response =>
    jsonAnswer({ token_endpoint: tokenEndpoint }, { 'content-type': 'application/json' })

  test.each([
    ['alone', {}, { baseUrl: base }],
    ['beside a smart-configuration', { smart }, { baseUrl: base }],
    ['with a token endpoint of the caller', {}, at],
  ])('%s is ERR_CQ_UNSUPPORTED_SERVER with its version', async (_, beside, where) => {
    const made = await world({ metadata: conformance(), ...beside })
    for (const fhirVersion of ['R4', 'STU3'] as const) {
      const error = await failure(made.client.responder(where, { fhirVersion } as object))
      expect(error.code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
      expect(error.message).toContain('FHIR 1.0.2 (DSTU2)')
    }
    const error = await failure(made.client.capabilityResolver.resolve(base))
    expect(error.code).toBe('ERR_CQ_UNSUPPORTED_SERVER')
    expect(made.of('token')).toEqual([])
  })

  test('that says no version is one all the same', async () => {
    const made = await world({ metadata: conformance({ fhirVersion: undefined }), smart })
    expect((await failure(made.client.responder({ baseUrl: base }))).message).toContain('DSTU2')
  })
})

test.each([
  [['client_secret_basic', 'Zebulon'], 'lists only client_secret_basic, other'],
  [['private_key_jwt', 'client_secret_basic'], undefined],
  [[], undefined],
  [undefined, undefined],
])('explain() warns of ways to authenticate that leave out ours: %j', async (methods, said) => {
  const made = await world(
    {
      metadata: () => jsonAnswer({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }),
      smart: () =>
        jsonAnswer(
          { token_endpoint: tokenEndpoint, token_endpoint_auth_methods_supported: methods },
          { 'content-type': 'application/json' },
        ),
    },
    { mode: 'smart-backend', signer: await signer() },
  )
  const explained = (await made.client.responder({ baseUrl: base })).explain().toString()
  expect(explained.includes('private_key_jwt')).toBe(said !== undefined)
  if (said !== undefined) expect(explained).toContain(said)
  expect(explained).not.toContain('Zebulon')
})
