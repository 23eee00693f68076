import { describe, expect, test } from 'vitest'
import {
  type Responder,
  type AccessToken,
  type Authorize,
  CarequalityClient,
} from '../../../src/index.ts'
import {
  entry,
  statement,
  tokenEndpoint,
  world,
  type World,
  token,
} from '../../support/fake-responder.ts'
import {
  base,
  bundle,
  fhir,
  patient,
  failure,
  type Seen,
  fake,
  inTurn,
  leaks,
} from '../../support/fhir-answers.ts'
import { until } from '../../support/time.ts'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'

/** Every call of a responder: the purpose that it must have, its abort and its time. */
describe('purpose of use', () => {
  type Options = { signal?: AbortSignal; timeoutMs?: number }

  const demographics = { birthDate: '1931-02-17' }

  /** All calls of a responder that ask its FHIR server. */
  const calls: readonly [string, (to: Responder, options: Options) => Promise<unknown>][] = [
    ['patients.read', ({ patients }, options) => patients.read('1', options)],
    ['patients.find', ({ patients }, options) => patients.find('1', options)],
    ['patients.vread', ({ patients }, options) => patients.vread('1', '2', options)],
    ['patients.history', async ({ patients }, options) => patients.history('1', options).first()],
    [
      'patients.search',
      async ({ patients }, options) => patients.search({ name: 'a' }, options).first(),
    ],
    ['patients.match', ({ patients }, options) => patients.match(demographics, options)],
    [
      'patients.everything',
      async ({ patients }, options) => patients.everything('1', options).first(),
    ],
    ['fhir.read', ({ fhir: to }, options) => to.read('Condition', 'c', options)],
    ['fhir.vread', ({ fhir: to }, options) => to.vread('Condition', 'c', '1', options)],
    [
      'fhir.history',
      async ({ fhir: to }, options) => to.history('Condition', 'c', options).first(),
    ],
    [
      'fhir.search',
      async ({ fhir: to }, options) => to.search('Condition', { code: 'x' }, options).first(),
    ],
    ['fhir.operation', ({ fhir: to }, options) => to.operation('x', options)],
    ['fhir.binary', ({ fhir: to }, options) => to.binary('Binary/1', options)],
  ]

  const published = { metadata: () => statement({ token: tokenEndpoint }) }

  async function connected(
    patients: () => Response | Promise<Response>,
    requirePurpose: boolean,
  ): Promise<{ made: World; responder: Responder }> {
    const made = await world(
      { ...published, patients },
      { requirePurpose, directory: { read: (id) => Promise.resolve(entry(id)) } },
    )
    return { made, responder: await made.client.organization('1.2.3') }
  }

  /** An answer that each of the calls can use. */
  const answers: Readonly<Record<string, () => Response>> = {
    patients: () => fhir(200, patient('1')),
    fhir: () => fhir(200, { resourceType: 'Condition', id: 'c' }),
  }
  const answerOf = (call: string): Response =>
    /history|search|match|everything/.test(call)
      ? fhir(200, bundle(call.endsWith('everything') ? ['1'] : []))
      : (answers[call.split('.')[0] ?? '']?.() ?? fhir(404, ''))

  test('the list above holds every call', async () => {
    const { responder } = await connected(() => fhir(404, ''), false)
    const named = (name: 'patients' | 'fhir'): string[] =>
      Object.getOwnPropertyNames(Object.getPrototypeOf(responder[name]))
        // The first pages of search and match, which `discover` uses, are calls of those names.
        .filter((method) => !['constructor', 'firstHits', 'firstMatches'].includes(method))
        .map((method) => `${name}.${method}`)
    expect(calls.map(([name]) => name).sort()).toEqual(
      [...named('patients'), ...named('fhir')].sort(),
    )
  })

  describe.each(calls)('%s', (name, call) => {
    test('is refused without a purpose where one is required, before anything is asked', async () => {
      const { made, responder } = await connected(() => answerOf(name), true)
      const before = made.seen.length
      const ask = async (to: Responder): Promise<unknown> => call(to, {})
      await expect(ask(responder)).rejects.toThrow(TypeError)
      await expect(ask(responder)).rejects.toThrow('"purposeOfUse"')
      expect(made.seen).toHaveLength(before)
      await ask(responder.as({ purposeOfUse: 'TREAT' }))
      expect(made.of('patients')).toHaveLength(1)
    })

    test('needs no purpose where none is required', async () => {
      const { made, responder } = await connected(() => answerOf(name), false)
      await call(responder, {})
      expect(made.of('patients')).toHaveLength(1)
    })

    test('ends with the caller’s own reason, before it begins and in the middle', async () => {
      const { made, responder } = await connected(() => new Promise(() => undefined), false)
      const mine = { my: 'reason' }
      const gone = AbortSignal.abort(mine)
      await expect(call(responder, { signal: gone })).rejects.toBe(mine)
      expect(made.of('patients')).toHaveLength(0)
      const leaving = new AbortController()
      const asked = call(responder, { signal: leaving.signal })
      const ended = expect(asked).rejects.toBe(mine)
      await until(() => made.of('patients').length === 1)
      leaving.abort(mine)
      await ended
    })

    test('ends at its timeout, and says which call it was', async () => {
      const { responder } = await connected(() => new Promise(() => undefined), false)
      await expect(call(responder, { timeoutMs: 30 })).rejects.toMatchObject({
        code: 'ERR_CQ_TIMEOUT',
        operation: name.replace('patients.find', 'patients.read'),
      })
    })

    test('after close() is refused', async () => {
      const { made, responder } = await connected(() => answerOf(name), false)
      await made.client.close()
      await expect(call(responder, {})).rejects.toMatchObject({ name: 'AbortError' })
      expect(made.of('patients')).toHaveLength(0)
    })
  })

  test('a base that the caller gave has the same calls', async () => {
    const made = await world(published, { requirePurpose: true })
    const responder = await made.client.responder({ baseUrl: base })
    await expect(responder.fhir.binary('Binary/1')).rejects.toThrow('"purposeOfUse"')
  })
})

describe('scopes', () => {
  const observation = { resourceType: 'Observation', id: '1' }
  const told = 'fhir.scope-not-covering'

  /** A responder that grants scopes in turn, the last again and again, and answers as told. */
  async function granting(
    granted: readonly string[],
    patients: (request: Seen, number: number) => Response,
    scope = 'system/Patient.read system/Observation.read',
  ) {
    let tokens = 0
    let requests = 0
    const made = await world(
      {
        metadata: () => statement({ token: tokenEndpoint }),
        token: () =>
          token(`t${(tokens += 1)}`, { scope: granted[Math.min(tokens, granted.length) - 1] }),
        patients: (request) => patients(request, (requests += 1)),
      },
      { scope },
    )
    const responder = await made.client.responder({ baseUrl: base })
    return { made, responder, said: () => made.events.filter(({ type }) => type === told) }
  }
  const forbidding = (): Response => fhir(403, '')

  describe('a scope that was not granted', () => {
    test('is told before the request, and the 403 names requested, granted and needed', async () => {
      const order: number[] = []
      const { responder, said } = await granting(['system/Patient.read'], () => {
        order.push(said().length)
        return forbidding()
      })
      const reading = await failure(responder.fhir.read('Observation', '1'))
      expect(order).toEqual([1])
      expect(said()).toMatchObject([
        {
          baseUrl: base,
          asked: 'system/Patient.read system/Observation.read',
          granted: 'system/Patient.read',
          needed: 'system/Observation.r',
        },
      ])
      expect(reading.code).toBe('ERR_CQ_FORBIDDEN')
      expect(reading.message).toContain(
        'requested system/Patient.read system/Observation.read, granted system/Patient.read, needed system/Observation.r',
      )
      const searching = await failure(responder.fhir.search('Observation', { code: 'a' }).first())
      expect(searching.message).toContain('needed system/Observation.s')
      expect(said()[1]).toMatchObject({ needed: 'system/Observation.s' })
    })

    test('is told once a call, though POST and GET are asked', async () => {
      const { responder, said } = await granting(['system/Patient.rs'], ({ method }) =>
        method === 'POST' ? fhir(405, '') : forbidding(),
      )
      const error = await failure(responder.fhir.search('Observation', { code: 'a' }).first())
      expect(error.message).toContain('needed system/Observation.s')
      expect(said()).toHaveLength(1)
    })

    test('is told of each page, which is a call of its own, and stops nothing', async () => {
      const { responder, said } = await granting(['system/Patient.rs'], (_request, number) =>
        fhir(
          200,
          bundle(
            [{ resource: { ...observation, id: `${number}` } }],
            number === 1 ? { next: '?n=2' } : {},
          ),
        ),
      )
      const { resources } = await responder.fhir
        .search('Observation', { code: 'a' })
        .toArray({ max: 9 })
      expect([resources.length, said().length]).toEqual([2, 2])
    })

    test('stands in the 403 that comes after a new token, once told', async () => {
      const { made, responder, said } = await granting(['system/Patient.rs'], (_request, number) =>
        number === 1 ? fhir(401, '') : forbidding(),
      )
      const error = await failure(responder.fhir.read('Observation', '1'))
      expect(error.code).toBe('ERR_CQ_FORBIDDEN')
      expect(error.message).toContain('needed system/Observation.r')
      expect([made.of('token').length, said().length]).toEqual([2, 1])
    })

    test('is judged anew where the new token has another', async () => {
      const fewer = await granting(['system/*.*', 'system/Patient.rs'], (_request, number) =>
        number === 1 ? fhir(401, '') : forbidding(),
      )
      expect((await failure(fewer.responder.fhir.read('Observation', '1'))).message).toContain(
        'granted system/Patient.rs',
      )
      expect(fewer.said()).toHaveLength(1)
      const more = await granting(['system/Patient.rs', 'system/*.*'], (_request, number) =>
        number === 1 ? fhir(401, '') : forbidding(),
      )
      expect((await failure(more.responder.fhir.read('Observation', '1'))).message).not.toContain(
        'granted',
      )
      expect(more.said()).toHaveLength(1)
    })

    test('shows no more of what a server grants than scopes look like', async () => {
      const { responder, said } = await granting(['system/Patient.read Zebulon-Marker'], forbidding)
      const error = await failure(responder.fhir.read('Observation', '1'))
      expect(error.message).toContain('granted system/Patient.read (other)')
      expect(JSON.stringify([error, error.message, said()])).not.toContain('Zebulon')
    })
  })

  describe('a scope that covers', () => {
    test.each<[string, 'read' | 'search', boolean]>([
      ['system/Observation.read', 'read', true],
      ['system/Observation.read', 'search', true],
      ['system/*.read', 'search', true],
      ['system/*.*', 'read', true],
      ['system/Observation.*', 'search', true],
      ['system/Observation.rs', 'search', true],
      ['system/Observation.cruds', 'read', true],
      ['system/Observation.r', 'read', true],
      ['system/Observation.r', 'search', false],
      ['system/Observation.s', 'search', true],
      ['system/Observation.s', 'read', false],
      ['system/Observation.rs?category=a', 'search', true],
      ['system/Patient.read,system/Observation.read', 'read', true],
      ['system/Observation.write', 'read', false],
      ['system/Observation.cud', 'search', false],
      ['system/ObservationDefinition.read', 'read', false],
      ['user/Observation.read', 'read', false],
      ['openid', 'read', false],
    ])('%s, a %s: %j', async (scope, what, covered) => {
      const answer = (): Response =>
        fhir(200, what === 'read' ? observation : bundle([{ resource: observation }]))
      const { responder, said } = await granting([scope], answer)
      const found = await (what === 'read'
        ? responder.fhir.read('Observation', '1')
        : responder.fhir.search('Observation', { code: 'a' }).first())
      expect(found).toEqual(observation)
      expect(said()).toHaveLength(covered ? 0 : 1)
    })

    test('leaves a 403 to speak for itself', async () => {
      const { responder, said } = await granting(['system/Observation.read'], forbidding)
      expect((await failure(responder.fhir.read('Observation', '1'))).message).not.toContain(
        'granted',
      )
      expect(said()).toEqual([])
    })
  })
})

describe('a 401', () => {
  const refused = (headers = {}): Response => fhir(401, '', headers)
  const good = (): Response => fhir(200, patient('1'))

  /** Gives S3CRET-TOKEN-1, -2 and so on, and tells how it was asked. */
  function counting(): { authorize: Authorize; asked: unknown[] } {
    const asked: unknown[] = []
    const authorize: Authorize = ({ url, rejected, challenged }) => {
      asked.push({ url, rejected, challenged })
      return Promise.resolve(`S3CRET-TOKEN-${asked.length}`)
    }
    return { authorize, asked }
  }

  test('after a 401 one new token and one repeat', async () => {
    const { authorize, asked } = counting()
    const { client, seen } = fake(inTurn(refused, good), { authorize })
    await client.read('1')
    expect(asked).toMatchObject([{ challenged: false }, { challenged: true }])
    expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer S3CRET-TOKEN-1',
      'Bearer S3CRET-TOKEN-2',
    ])
  })

  test('a second 401 is the end', async () => {
    const { authorize, asked } = counting()
    const { client, seen } = fake(() => refused(), { authorize })
    const error = await failure(client.read('1'))
    expect(error).toMatchObject({ code: 'ERR_CQ_UNAUTHORIZED', status: 401, retryable: false })
    expect([asked.length, seen.length]).toEqual([2, 2])
    expect(leaks(error)).toEqual([])
  })

  test('T5: insufficient_scope asks for no new token', async () => {
    for (const status of [401, 403]) {
      const headers = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="x"' }
      const { authorize, asked } = counting()
      const { client, seen } = fake(() => fhir(status, '', headers), { authorize })
      expect((await failure(client.read('1'))).status).toBe(status)
      expect([asked.length, seen.length]).toEqual([1, 1])
    }
  })

  test('a token of the user that does not change is not sent twice', async () => {
    const { client, seen } = fake(() => refused(), { authorize: () => Promise.resolve('same') })
    expect((await failure(client.read('1'))).code).toBe('ERR_CQ_UNAUTHORIZED')
    expect(seen).toHaveLength(1)
  })

  test('without "authorize" a 401 is final', async () => {
    const { client, seen } = fake(() => refused())
    expect((await failure(client.read('1'))).code).toBe('ERR_CQ_UNAUTHORIZED')
    expect(seen).toHaveLength(1)
  })

  test('a search by POST and then by GET asks for two tokens at most', async () => {
    const { authorize, asked } = counting()
    const { client, seen } = fake(
      inTurn(
        () => refused(),
        () => fhir(404, ''),
        () => refused(),
      ),
      { authorize },
    )
    const error = await failure(client.search({ family: 'a' }).first())
    expect(error.code).toBe('ERR_CQ_UNAUTHORIZED')
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET'])
    expect(asked.map((one) => (one as { challenged: boolean }).challenged)).toEqual([false, true])
  })

  test('a 401 on a later page is mended once for that page', async () => {
    const { authorize } = counting()
    const { client, seen } = fake(
      inTurn(
        () => fhir(200, bundle(['1'], { next: '?page=2' })),
        () => refused(),
        () => fhir(200, bundle(['2'])),
      ),
      { authorize },
    )
    const { resources } = await client.search({ family: 'a' }).toArray({ max: 9 })
    expect(resources.map(({ id }) => id)).toEqual(['1', '2'])
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET'])
  })

  test('what "authorize" throws comes through untouched, unsent', async () => {
    const mine = new Error('mine')
    const { client, seen } = fake(() => good(), { authorize: () => Promise.reject(mine) })
    await expect(client.read('1')).rejects.toBe(mine)
    expect(seen).toEqual([])
  })

  const isToken = ({ body }: { body: string }): boolean => body.includes('client_assertion')
  const isRead = (request: { url: string }): boolean => request.url.endsWith('/Patient/1316024')

  async function connected(): Promise<{ sandbox: Sandbox; client: CarequalityClient }> {
    const sandbox = await createSandbox()
    return { sandbox, client: new CarequalityClient(sandbox.options) }
  }

  test('T5: through the client a refused token is dropped and one new one is asked for', async () => {
    const { sandbox, client } = await connected()
    const { patients } = await client.organization('2.999.10')
    await patients.read('1316024')
    sandbox.respondOnce(isRead, fhir(401, ''))
    await patients.read('1316024')
    expect(sandbox.requests.filter(isToken)).toHaveLength(2)
    await patients.read('1316024')
    expect(sandbox.requests.filter(isToken)).toHaveLength(2)
  })

  test('T5: a server that always refuses gets two tokens a call', async () => {
    const { sandbox, client } = await connected()
    const { patients } = await client.organization('2.999.10')
    sandbox.respondOnce(isRead, fhir(401, ''))
    sandbox.respondOnce(isRead, fhir(401, ''))
    expect((await failure(patients.read('1316024'))).code).toBe('ERR_CQ_UNAUTHORIZED')
    expect(sandbox.requests.filter(isToken)).toHaveLength(2)
  })

  test('a refused token does not drop one that another request brought meanwhile', async () => {
    const { client } = await connected()
    const { patients, capabilities } = await client.organization('2.999.10')
    const held: AccessToken[] = []
    const authorize = client.tokenProvider.authorizer({
      tokenEndpoint: capabilities.tokenEndpoint ?? '',
      fhirBaseUrl: 'https://fhir.sunrise-clinic.example/r4',
      scope: 'system/Patient.read',
      mode: 'carequality-legacy',
      clientId: 'fhir.example-hospital.org',
    })
    const ask = async (rejected?: AccessToken): Promise<AccessToken> => {
      const { signal } = new AbortController()
      const token = await authorize({
        url: '',
        rejected,
        challenged: rejected !== undefined,
        signal,
      })
      if (typeof token !== 'object') throw new Error('a token expected')
      held.push(token)
      return token
    }
    const first = await ask()
    const second = await ask(first)
    expect(second).not.toBe(first)
    expect(await ask(first)).toBe(second)
    await patients.read('1316024')
    expect(held.every((token) => leaks(token, [token.accessToken]).length === 0)).toBe(true)
  })

  test('T5: 64 callers survive a token that dies under them', async () => {
    const { sandbox, client } = await connected()
    const { patients } = await client.organization('2.999.10')
    await patients.read('1316024')
    for (let n = 0; n < 64; n += 1) sandbox.respondOnce(isRead, fhir(401, ''))
    const reads = Array.from({ length: 64 }, () => patients.read('1316024'))
    expect((await Promise.all(reads)).every(({ id }) => id === '1316024')).toBe(true)
    expect(sandbox.requests.filter(isToken)).toHaveLength(2)
  })
})
