import { expect, test, describe } from 'vitest'
import type { AuthorizationContext, QuirkEffect, VendorQuirk } from '../../src/index.ts'
import {
  claimsOf,
  entry,
  headerOf,
  statement,
  token,
  smartConfiguration,
  tokenEndpoint,
  world,
  type World,
  type Responses,
} from '../support/fake-responder.ts'
import { base, bundle, fhir, failure, leaks, walked } from '../support/fhir-answers.ts'
import { createSandbox } from '../../src/testing/index.ts'

describe('the authorization context', () => {
  const published = { metadata: () => statement({ token: tokenEndpoint }) }

  /** The form fields and claims of each token request. */
  function asked({ of }: World): Record<string, unknown>[] {
    return of('token').map((request) => {
      const form = Object.fromEntries(new URLSearchParams(request.body))
      return { ...form, ...claimsOf(request) }
    })
  }

  test("each responder may have an identity of its own, and one that is undefined leaves the client's", async () => {
    const given: unknown[] = []
    const made = await world(published, {
      directory: { read: (id) => Promise.resolve(entry(id, `https://fhir.example.org/${id}`)) },
      context: (responder): AuthorizationContext => {
        given.push(responder)
        return { clientId: responder.oid === '1.2.3' ? 'theirs' : undefined }
      },
    })
    for (const oid of ['1.2.3', '1.2.4']) {
      const { patients } = await made.client.organization(oid)
      await patients.read('1')
    }
    await made.client.responder({ baseUrl: base })
    expect(asked(made).map(({ iss, sub }) => [iss, sub])).toEqual([
      ['theirs', 'theirs'],
      ['fhir.example-hospital.org', 'fhir.example-hospital.org'],
    ])
    expect(given).toEqual([
      { oid: '1.2.3', baseUrl: 'https://fhir.example.org/1.2.3' },
      { oid: '1.2.4', baseUrl: 'https://fhir.example.org/1.2.4' },
      { oid: undefined, baseUrl: base },
    ])
  })

  test('context() may be async, and a wrong result is a TypeError', async () => {
    const scope = 'system/Patient.read system/Observation.read'
    const made = await world(published, { context: () => Promise.resolve({ scope }) })
    const { patients } = await made.client.responder({ baseUrl: base })
    await patients.read('1')
    expect(asked(made)[0]).toMatchObject({ scope })
    for (const wrong of [5, 'a', [], { clientId: 5 }, { scope: 'a  b' }, { claims: { exp: 1 } }]) {
      const { client } = await world(published, { context: () => wrong as AuthorizationContext })
      await expect(client.responder({ baseUrl: base })).rejects.toThrow(TypeError)
    }
    const mine = new Error('mine')
    const { client } = await world(published, { context: () => Promise.reject(mine) })
    await expect(client.responder({ baseUrl: base })).rejects.toBe(mine)
  })

  test('the client, then context(), then as() decide, member by member', async () => {
    const made = await world(published, {
      scope: 'system/A.read',
      claims: { from: 'client' },
      context: () => ({ scope: 'system/B.read', clientId: 'context' }),
    })
    const second = made.client.as({ scope: 'system/C.read' })
    const { patients } = await second.responder({ baseUrl: base })
    await patients.read('1')
    const own = await made.client.responder({ baseUrl: base })
    await own
      .as({ clientId: 'as' })
      .as({ claims: { from: 'as' } })
      .patients.read('1')
    expect(asked(made)).toMatchObject([
      { scope: 'system/C.read', iss: 'context', from: 'client' },
      { scope: 'system/B.read', iss: 'as', from: 'as' },
    ])
  })

  test('as() asks for a token of its own, over shared documents, and changes nothing', async () => {
    const made = await world({
      ...published,
      token: (request) => token(`for-${claimsOf(request).iss as string}`),
    })
    const responder = await made.client.responder({ baseUrl: base })
    const before = made.seen.length
    const other = responder.as({ clientId: 'other' })
    const third = made.client.as({ clientId: 'third' })
    expect(made.seen).toHaveLength(before)
    await responder.patients.read('1')
    await other.patients.read('1')
    const { patients } = await third.responder({ baseUrl: base })
    await patients.read('1')
    await responder.patients.read('1')
    expect(made.of('metadata')).toHaveLength(1)
    expect(made.of('patients').map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer for-fhir.example-hospital.org',
      'Bearer for-other',
      'Bearer for-third',
      'Bearer for-fhir.example-hospital.org',
    ])
    expect(made.of('token')).toHaveLength(3)
    expect(other.capabilities).toEqual(responder.capabilities)
  })

  test('each purpose, claim, scope and audience has a token of its own; the same one shares', async () => {
    const made = await world(published)
    const responder = await made.client.responder({ baseUrl: base })
    const purpose = (code: string): AuthorizationContext => ({
      claims: { extensions: { 'hl7-b2b': { version: '1', purpose_of_use: [code] } } },
    })
    const contexts: readonly AuthorizationContext[] = [
      {},
      purpose('TREAT'),
      purpose('ETREAT'),
      { purposeOfUse: 'TREAT' },
      { scope: 'system/Patient.rs' },
      { audience: { text: 'https://fhir.example.org' } },
    ]
    for (const context of [...contexts, ...contexts]) await responder.as(context).patients.read('1')
    expect(made.of('token')).toHaveLength(contexts.length)
    expect(asked(made)[1]).toMatchObject({
      extensions: { 'hl7-b2b': { purpose_of_use: ['TREAT'] } },
      aud: tokenEndpoint,
    })
    expect(asked(made)[5]?.aud).toBe('https://fhir.example.org')
  })

  test('as() refuses a wrong context at once', async () => {
    const { client } = await world(published)
    const responder = await client.responder({ baseUrl: base })
    for (const context of [undefined, 5, { mode: 'udap' }, { claims: { jti: 'x' } }])
      expect(() => responder.as(context as never)).toThrow(TypeError)
  })

  test('a context that is changed later makes no difference', async () => {
    const made = await world(published)
    const responder = await made.client.responder({ baseUrl: base })
    const context = { clientId: 'before' }
    const other = responder.as(context)
    context.clientId = 'after'
    await other.patients.read('1')
    expect(asked(made)[0]).toMatchObject({ iss: 'before' })
  })

  test("mode 'smart-backend' through as() takes the other token endpoint, kid and RS384", async () => {
    const smart = 'https://fhir.example.org/smart/token'
    const made = await world({
      ...published,
      smart: () => smartConfiguration({ token_endpoint: smart, capabilities: ['permission-v2'] }),
    })
    const legacy = await made.client.responder({ baseUrl: base })
    const backend = legacy.as({ mode: 'smart-backend' })
    expect(legacy.capabilities.tokenEndpoint).toBe(tokenEndpoint)
    expect(backend.capabilities.tokenEndpoint).toBe(smart)
    await legacy.patients.read('1')
    await backend.patients.read('1')
    await (
      await made.client.as({ mode: 'smart-backend' }).responder({ baseUrl: base })
    ).patients.read('1')
    const [first, second, third] = made.of('token')
    if (first === undefined || second === undefined) throw new Error('two token requests expected')
    expect(third).toBeUndefined()
    expect([first.url, second.url]).toEqual([tokenEndpoint, smart])
    expect(headerOf(first)).toMatchObject({ alg: 'RS256', x5c: expect.any(Array) as unknown })
    expect(headerOf(second)).toMatchObject({ alg: 'RS384', kid: expect.any(String) as unknown })
    expect(headerOf(second)).not.toHaveProperty('x5c')
    expect(claimsOf(second).aud).toBe(smart)
    expect(asked(made).map(({ scope }) => scope)).toEqual([
      'system/Patient.read',
      'system/Patient.rs',
    ])
  })

  test('a refusal of POST is shared by all of as()', async () => {
    const made = await world({
      ...published,
      patients: ({ method }) => (method === 'POST' ? fhir(404, '') : fhir(200, bundle(['1']))),
    })
    const responder = await made.client.responder({ baseUrl: base })
    await responder.patients.search({ family: 'a' }).first()
    await responder.as({ clientId: 'b' }).patients.search({ family: 'a' }).first()
    const again = await made.client.as({ clientId: 'b' }).responder({ baseUrl: base })
    await again.patients.search({ family: 'a' }).first()
    expect(made.of('patients').map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET'])
  })

  test('requirePurpose refuses a patient call without a purpose, before anything is sent', async () => {
    const made = await world(published, { requirePurpose: true })
    const { patients } = await made.client.responder({ baseUrl: base })
    const sent = made.seen.length
    const calls = [
      () => patients.read('1'),
      () => patients.find('1'),
      async () => patients.search({ family: 'a' }).first(), // which throws at once
    ]
    for (const call of calls) {
      await expect(call()).rejects.toThrow(TypeError)
      await expect(call()).rejects.toThrow('"purposeOfUse" is needed')
    }
    expect(made.seen).toHaveLength(sent)
  })

  test('requirePurpose is content with a purpose by context() or as()', async () => {
    const made = await world(published, { requirePurpose: true })
    const responder = await made.client.responder({ baseUrl: base })
    const named = responder.as({ purposeOfUse: 'TREATMENT' })
    expect((await named.patients.read('1')).id).toBe('1')
    await expect(responder.patients.read('1')).rejects.toThrow(TypeError)
    const own = made.client.as({ purposeOfUse: 'TREATMENT' })
    expect((await (await own.responder({ baseUrl: base })).patients.read('1')).id).toBe('1')
    const context = () => ({ purposeOfUse: ['TREATMENT'] })
    const theirs = await world(published, { requirePurpose: true, context })
    const { patients } = await theirs.client.responder({ baseUrl: base })
    expect((await patients.read('1')).id).toBe('1')
    // @ts-expect-error wrong on purpose
    await expect(world(published, { requirePurpose: 'yes' })).rejects.toThrow(/"requirePurpose"/)
  })

  test('what a caller changes afterwards changes no context: constructor, context() and as()', async () => {
    const contextOf = (name: string) => ({
      claims: { extensions: { who: [name] } },
      purposeOfUse: ['TREAT'],
    })
    const change = ({ claims, purposeOfUse }: ReturnType<typeof contextOf>): void => {
      claims.extensions.who.push('changed')
      purposeOfUse.push('changed')
    }
    const [own, theirs, mine] = [contextOf('own'), contextOf('theirs'), contextOf('mine')]
    const made = await world(published, own)
    const hooked = await world(published, { context: () => theirs })
    const as = made.client.as(mine)
    change(own)
    change(mine)
    await (await made.client.responder({ baseUrl: base })).patients.read('1')
    await (await as.responder({ baseUrl: base })).patients.read('1')
    const responder = await hooked.client.responder({ baseUrl: base })
    change(theirs)
    await responder.patients.read('1')
    const second = contextOf('second')
    const other = responder.as(second)
    change(second)
    await other.patients.read('1')
    const who = [...asked(made), ...asked(hooked)].map(({ extensions }) => extensions)
    expect(who).toEqual([
      { who: ['own'] },
      { who: ['mine'] },
      { who: ['theirs'] },
      { who: ['second'] },
    ])
    expect(made.client.describe().purposeOfUse).toEqual(['TREAT'])
  })
})

describe('tokens of a client', () => {
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
})
