import { describe, expect, test } from 'vitest'
import type { QuirkEffect, VendorQuirk } from '../../src/index.ts'
import { claimsOf, statement, token, tokenEndpoint, world } from '../support/fake-responder.ts'
import { entry, smartConfiguration, type Responses } from '../support/fake-responder.ts'
import { base, bundle, failure, fhir, leaks, walked } from '../support/fhir-answers.ts'
import { createSandbox } from '../../src/testing/index.ts'

const published = { metadata: () => statement({ token: tokenEndpoint }) }

describe('an open server', () => {
  test('is read without a token', async () => {
    const { client, of } = await world({ metadata: () => statement() })
    const { patients } = await client.responder({ baseUrl: base })
    await patients.read('1')
    expect(of('patients')[0]?.headers.get('authorization')).toBeNull()
    expect(of('token')).toEqual([])
  })

  const refusing: Responses = { metadata: () => statement(), patients: () => fhir(401, '') }

  test('that wants a token after all names none to ask at', async () => {
    const { client, of } = await world(refusing)
    const { patients } = await client.responder({ baseUrl: base })
    const error = await failure(patients.read('1'))
    expect(error).toMatchObject({
      code: 'ERR_CQ_NO_TOKEN_ENDPOINT',
      origin: 'https://fhir.example.org',
      retryable: false,
    })
    expect(error.message).toContain('not published (404)')
    expect([of('patients').length, of('metadata').length]).toEqual([1, 1])
  })

  test('may name one the next time where a document had failed', async () => {
    let working = false
    const made = await world({
      ...refusing,
      smart: () => (working ? smartConfiguration() : new Response('<html>', { status: 403 })),
      patients: ({ headers }) => fhir(headers.has('authorization') ? 200 : 401, bundle(['1'])),
    })
    const { patients } = await made.client.responder({ baseUrl: base })
    const error = await failure(patients.search({ family: 'a' }).first())
    expect(error).toMatchObject({ code: 'ERR_CQ_NO_TOKEN_ENDPOINT', retryable: false })
    working = true
    const passing = await world({
      ...refusing,
      smart: () => (working ? fhir(503, '', { 'retry-after': '0' }) : smartConfiguration()),
      patients: ({ headers }) => fhir(headers.has('authorization') ? 200 : 401, bundle(['1'])),
    })
    const responder = await passing.client.responder({ baseUrl: base })
    const again = await failure(responder.patients.search({ family: 'a' }).first())
    expect(again).toMatchObject({ code: 'ERR_CQ_NO_TOKEN_ENDPOINT', retryable: true })
    working = false
    expect((await responder.patients.search({ family: 'a' }).first())?.id).toBe('1')
    expect(passing.of('token')).toHaveLength(1)
  })
})

test("A15: another organization's token endpoint is handed no assertion and gives no token", async () => {
  const honest = 'https://fhir.sunrise-clinic.example/oauth2/token'
  const evil = 'https://fhir.counterfeit.example/r4'
  const documents: readonly Responses[] = [
    { metadata: () => statement({ token: honest }) },
    { metadata: () => statement(), smart: () => smartConfiguration({ token_endpoint: honest }) },
  ]
  for (const responses of documents) {
    for (const mode of ['carequality-legacy', 'smart-backend'] as const) {
      const signed: unknown[] = []
      const { options } = await sandboxed()
      const made = await world(responses, {
        mode,
        directory: { read: (id) => Promise.resolve(entry(id, evil)) },
        signer: () => {
          signed.push(1)
          return options.signer
        },
      })
      const responder = await made.client.organization('1.2.3')
      for (const call of [
        () => responder.patients.read('1'),
        () => responder.patients.search({ family: 'Zebulon-Marker' }).first(),
      ]) {
        const error = await failure(call())
        expect(error.code).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
        expect(error.organization).toBe('1.2.3')
        expect(error.message).toContain('https://fhir.counterfeit.example')
        expect(error.message).toContain('https://fhir.sunrise-clinic.example')
        expect(leaks(error)).toEqual([])
      }
      expect(signed).toEqual([])
      expect(made.seen.every(({ url }) => url.startsWith(evil))).toBe(true)
      expect([made.of('token'), made.of('patients')]).toEqual([[], []])
      expect(responder.explain().toString()).toContain('not trusted')
    }
  }
})

describe('a token endpoint that is no longer there', () => {
  const moved = 'https://fhir.example.org/new/token'

  test.each([404, 410])('(%i) is looked up once more', async (status) => {
    let now = tokenEndpoint
    const made = await world({
      metadata: () => statement({ token: now }),
      token: ({ url }) => (url === now ? token('fresh') : fhir(status, '')),
    })
    const { patients } = await made.client.responder({ baseUrl: base })
    now = moved
    await patients.read('1')
    await patients.read('1')
    expect(made.of('token').map(({ url }) => url)).toEqual([tokenEndpoint, moved])
    expect(claimsOf(made.of('token')[1] ?? fail()).aud).toBe(moved)
    expect(made.of('metadata')).toHaveLength(2)
    now = tokenEndpoint
    const other = (await made.client.responder({ baseUrl: base })).as({ clientId: 'x' })
    await other.patients.read('1')
    expect(made.of('token')).toHaveLength(4)
  })

  test('stays an error where nothing new is published', async () => {
    const made = await world({ ...published, token: () => fhir(404, '') })
    const { patients } = await made.client.responder({ baseUrl: base })
    const error = await failure(patients.read('1'))
    expect(error).toMatchObject({ status: 404, pathTemplate: 'token endpoint' })
    expect([made.of('token').length, made.of('metadata').length]).toEqual([1, 2])
    expect(made.of('patients')).toEqual([])
  })

  test('may move back again', async () => {
    let now = tokenEndpoint
    const made = await world({
      metadata: () => statement({ token: now }),
      token: ({ url }) => (url === now ? token('fresh', { expires_in: 0 }) : fhir(404, '')),
    })
    const { patients } = await made.client.responder({ baseUrl: base })
    for (const next of [moved, tokenEndpoint, moved]) {
      now = next
      await patients.read('1')
    }
    expect(made.of('patients')).toHaveLength(3)
  })
})

describe("a quirk's effect reaches the wire", () => {
  const quirk = (effect: QuirkEffect): { quirks: VendorQuirk[] } => ({
    quirks: [{ id: 'test.quirk', evidence: 'here', applies: () => true, apply: () => effect }],
  })

  test('Accept, form fields and audience are sent as the quirk says', async () => {
    const effect = {
      accept: 'application/json',
      form: { resource: 'urn:x' },
      audience: { text: 'https://fhir.example.org/r4' },
    }
    const made = await world(published, quirk(effect))
    const responder = await made.client.responder({ baseUrl: base })
    await responder.patients.read('1')
    expect(made.of('patients')[0]?.headers.get('accept')).toBe('application/json')
    const request = made.of('token')[0] ?? fail()
    expect([...new URLSearchParams(request.body).keys()].sort()).toEqual([
      'client_assertion',
      'client_assertion_type',
      'grant_type',
      'resource',
      'scope',
    ])
    expect(claimsOf(request).aud).toBe('https://fhir.example.org/r4')
    expect(responder.capabilities.quirks).toEqual(['test.quirk'])
    await responder.as({ audience: 'token-endpoint' }).patients.read('1')
    expect(claimsOf(made.of('token')[1] ?? fail()).aud).toBe(tokenEndpoint)
  })

  test('searchMethod and searchParameters, which name nobody and replace nothing', async () => {
    const effect = {
      searchMethod: 'get',
      searchParameters: { active: 'true', _count: '7' },
    } as const
    const made = await world(
      { ...published, patients: () => fhir(200, bundle(['1'])) },
      { ...quirk(effect), searchMethod: 'post-only' },
    )
    const { patients } = await made.client.responder({ baseUrl: base })
    await patients.search({ family: 'a', _count: 3 }).first()
    await patients.search({ family: 'a' }).first()
    expect(made.of('patients').map(({ url }) => url)).toEqual([
      `${base}/Patient?family=a&_count=3&active=true`,
      `${base}/Patient?family=a&active=true&_count=7`,
    ])
    expect(() => patients.search({})).toThrow(TypeError)
  })

  test('next links and token endpoint are those of the quirk', async () => {
    const next = 'https://fhir.example.org/elsewhere?page=2'
    const patients: Responses['patients'] = ({ url }) =>
      fhir(200, url === next ? bundle(['2']) : bundle(['1'], { next }))
    const mine = 'https://fhir.example.org/quirk/token'
    const effect = { nextLinks: 'same-origin', tokenEndpoint: mine } as const
    const made = await world({ ...published, patients }, quirk(effect))
    const responder = await made.client.responder({ baseUrl: base })
    expect((await walked(responder.patients.search({ family: 'a' }))).ids).toEqual(['1', '2'])
    expect(made.of('token').map(({ url }) => url)).toEqual([mine])
    const strict = await world({ ...published, patients })
    const found = await walked(
      (await strict.client.responder({ baseUrl: base })).patients.search({ family: 'a' }),
    )
    expect(found.error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
  })
})

describe('what the CapabilityStatement says of searches', () => {
  const searching = (searchModes: readonly string[], searchMethod?: 'post-only' | 'get') =>
    world(
      {
        metadata: () => statement({ token: tokenEndpoint, searchModes }),
        patients: () => fhir(200, bundle(['1'])),
      },
      { searchMethod },
    )

  test('decides the method of the first request', async () => {
    for (const [modes, method] of [
      [['get'], 'GET'],
      [['post'], 'POST'],
      [['get', 'POST'], 'POST'],
      [[], 'POST'],
    ] as const) {
      const made = await searching(modes)
      const { patients } = await made.client.responder({ baseUrl: base })
      await patients.search({ family: 'a' }).first()
      expect(made.of('patients').map((request) => request.method)).toEqual([method])
    }
  })

  test('and ends a search that must stay out of URLs, unsent', async () => {
    const made = await searching(['get'], 'post-only')
    const { patients } = await made.client.responder({ baseUrl: base })
    const error = await failure(patients.search({ family: 'a' }).first())
    expect(error.code).toBe('ERR_CQ_SEARCH_METHOD_REFUSED')
    expect(made.of('patients')).toEqual([])
  })

  test.each([
    ['https://fhir.example.org/public/fhir/', 'https://fhir.example.org/public/fhir?n=2', true],
    ['https://fhir.example.org/public/fhir', 'https://fhir.example.org/public?n=2', false],
    ['https://other.example.org/public/fhir', 'https://other.example.org/public/fhir?n=2', false],
    ['https://other.example.org/public/fhir', 'https://fhir.example.org/public/fhir?n=2', false],
  ])(
    'where it says it is at %s, the next link %s is followed: %s',
    async (implementation, next, ok) => {
      const made = await world({
        metadata: () => statement({ token: tokenEndpoint, implementation }),
        patients: ({ url }) => fhir(200, url === next ? bundle(['2']) : bundle(['1'], { next })),
      })
      const { patients } = await made.client.responder({ baseUrl: base })
      const { ids, error } = await walked(patients.search({ family: 'a' }))
      expect(ids).toEqual(ok ? ['1', '2'] : ['1'])
      if (!ok) expect(error).toMatchObject({ code: 'ERR_CQ_NEXT_LINK_REFUSED' })
    },
  )
})

let box: ReturnType<typeof createSandbox> | undefined
function sandboxed(): ReturnType<typeof createSandbox> {
  box ??= createSandbox()
  return box
}

function fail(): never {
  throw new Error('one more token request expected')
}
