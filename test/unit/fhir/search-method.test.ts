import { describe, expect, test, vi } from 'vitest'
import {
  FhirPatientClient,
  type CarequalityClientOptions,
  type PatientSearchParameters,
} from '../../../src/index.ts'
import {
  base,
  bundle,
  failure,
  fake,
  fhir,
  leaks,
  outcome,
  type Answers,
  patient,
  type Seen,
  recording,
  walked,
} from '../../support/fhir-answers.ts'
import { statement, tokenEndpoint, world, type World } from '../../support/fake-responder.ts'
import { FhirClient } from '../../../src/fhir/index.ts'

describe('search method', () => {
  const hits = (): Response => fhir(200, bundle(['1']))
  const methods = (seen: readonly { method: string }[]): string[] =>
    seen.map(({ method }) => method)

  /** Answers POST as told and GET with a hit. */
  function refusing(post: () => Response): Answers {
    return ({ method }) => (method === 'POST' ? post() : hits())
  }

  test('B4: a search is a form POST to _search, patient data out of the URL', async () => {
    const { client, seen, events } = fake(hits)
    const found = await client.search({ family: 'Zebulon-Marker', birthdate: 'ge1946' }).first()
    expect(found?.id).toBe('1')
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: `${base}/Patient/_search`,
        body: 'family=Zebulon-Marker&birthdate=ge1946',
      },
    ])
    const { headers } = seen[0] ?? {}
    expect(headers?.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(headers?.get('accept')).toBe('application/fhir+json')
    expect(headers?.get('prefer')).toBeNull()
    expect(events).toEqual([])
  })

  test('nothing is asked before the result is used', async () => {
    const { client, seen } = fake(hits)
    const results = client.search({ family: 'a' })
    results.pages()
    await Promise.resolve()
    expect(seen).toEqual([])
    await results.first()
    await results.first()
    expect(seen).toHaveLength(2)
  })

  const notSupported = (status: number) => () => fhir(status, outcome('not-supported'))
  describe('a server that refuses POST', () => {
    test.each([
      [404, () => fhir(404, '')],
      [405, () => fhir(405, '')],
      [415, () => fhir(415, '')],
      [501, () => fhir(501, '')],
      [400, notSupported(400)],
      [403, notSupported(403)],
    ])('with %i is asked by GET once', async (_status, refusal) => {
      const { client, seen, events } = fake(refusing(refusal))
      const { ids } = await all(client, { family: 'Zebulon-Marker', _count: 5 })
      expect(ids).toEqual(['1'])
      expect(methods(seen)).toEqual(['POST', 'GET'])
      expect(seen[1]?.url).toBe(`${base}/Patient?family=Zebulon-Marker&_count=5`)
      expect(seen[1]?.body).toBe('')
      expect(events).toMatchObject([
        { type: 'search.demographics-in-url', baseUrl: base, resourceType: 'Patient' },
      ])
      expect(leaks(events)).toEqual([])
    })

    test.each([
      [400, outcome('invalid'), 'ERR_CQ_OPERATION_FAILED'],
      [400, '', 'ERR_CQ_OPERATION_FAILED'],
      [401, '', 'ERR_CQ_UNAUTHORIZED'],
      [403, '', 'ERR_CQ_FORBIDDEN'],
      [422, outcome('not-supported'), 'ERR_CQ_OPERATION_FAILED'],
      [422, outcome('processing'), 'ERR_CQ_TOO_MANY_RESULTS'],
      [422, '', 'ERR_CQ_TOO_MANY_RESULTS'],
      [429, '', 'ERR_CQ_RATE_LIMITED'],
      [500, outcome('not-supported'), 'ERR_CQ_OPERATION_FAILED'],
      [503, '', 'ERR_CQ_UNEXPECTED_STATUS'],
      [302, '', 'ERR_CQ_REDIRECT_REFUSED'],
      [307, '', 'ERR_CQ_REDIRECT_REFUSED'],
    ])('is not what %i %j means', async (status, body, code) => {
      const location = `${base}/Patient/_search2`
      const { client, seen, events } = fake(() => fhir(status, body, { location }))
      const error = await failure(client.search({ family: 'Zebulon-Marker' }).first())
      expect(error).toMatchObject({ code, received: 0, pages: 0, pathTemplate: '/Patient/_search' })
      expect(new Set(methods(seen))).toEqual(new Set(['POST']))
      expect(events.filter(({ type }) => type.startsWith('search.'))).toEqual([])
      expect(leaks(error)).toEqual([])
    })

    test('is remembered for 24 hours of the injected clock, and told each time', async () => {
      const time = { now: 1_000_000 }
      const { client, seen, events } = fake(
        refusing(() => fhir(404, '')),
        { now: () => time.now },
      )
      const search = () => client.search({ family: 'a' }).first()
      await search()
      time.now += 24 * 3_600_000 - 1
      await search()
      expect(methods(seen)).toEqual(['POST', 'GET', 'GET'])
      time.now += 1
      await search()
      expect(methods(seen)).toEqual(['POST', 'GET', 'GET', 'POST', 'GET'])
      expect(events.map(({ type, at }) => [type, at])).toEqual([
        ['search.demographics-in-url', 1_000_000],
        ['search.demographics-in-url', 1_000_000 + 24 * 3_600_000 - 1],
        ['search.demographics-in-url', 1_000_000 + 24 * 3_600_000],
      ])
    })

    test('is remembered for its own base only', async () => {
      const { client, fetch, seen } = fake(refusing(() => fhir(404, '')))
      await client.search({ family: 'a' }).first()
      const other = new FhirPatientClient({ baseUrl: 'https://fhir.example.org/other', fetch })
      await other.search({ family: 'a' }).first()
      expect(methods(seen)).toEqual(['POST', 'GET', 'POST', 'GET'])
    })

    test('B4: ends a search that must stay out of URLs', async () => {
      const { client, seen, events } = fake(
        refusing(() => fhir(404, '')),
        { searchMethod: 'post-only' },
      )
      for (const asked of [1, 2]) {
        const error = await failure(client.search({ family: 'Zebulon-Marker' }).first())
        expect(error).toMatchObject({
          code: 'ERR_CQ_SEARCH_METHOD_REFUSED',
          operation: 'patients.search',
          origin: 'https://fhir.example.org',
          retryable: false,
          received: 0,
        })
        expect(leaks(error)).toEqual([])
        expect(seen).toHaveLength(asked)
      }
      expect(events).toEqual([])
    })

    test('goes no other way where the URL would be longer than servers take', async () => {
      const { client, seen, events } = fake(refusing(() => fhir(404, '')))
      const family = 'Zebulon-Marker'.repeat(600)
      const error = await failure(client.search({ family }).first())
      expect(error).toMatchObject({ code: 'ERR_CQ_SEARCH_METHOD_REFUSED', status: 404 })
      expect(error.message).toContain('8443 characters')
      expect(leaks(error)).toEqual([])
      expect([methods(seen), events]).toEqual([['POST'], []])
    })

    test('says so once more when GET fails, too', async () => {
      const { client, seen } = fake(() => fhir(404, ''))
      expect((await failure(client.search({ family: 'a' }).first())).code).toBe('ERR_CQ_NOT_FOUND')
      expect(methods(seen)).toEqual(['POST', 'GET'])
    })
  })

  test('searchMethod get asks by GET alone, and tells', async () => {
    const { client, seen, events } = fake(hits, { searchMethod: 'get' })
    await client.search({ identifier: 'a|b' }).first()
    await client.search({ _id: '5' }).first()
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${base}/Patient?identifier=a%7Cb`,
      `GET ${base}/Patient?_id=5`,
    ])
    expect(events).toHaveLength(1)
  })

  test('the event shows no query of the base', async () => {
    const baseUrl = `${base}?key=S3CRET-KEY`
    const { client, seen, events } = fake(hits, { baseUrl, searchMethod: 'get' })
    await client.search({ family: 'a' }).first()
    expect(seen[0]?.url).toBe(`${base}/Patient?key=S3CRET-KEY&family=a`)
    expect(events).toHaveLength(1)
    expect(leaks(events)).toEqual([])
  })

  function all(
    client: FhirPatientClient,
    parameters: Parameters<FhirPatientClient['search']>[0],
  ): Promise<{ ids: (string | undefined)[] }> {
    return client
      .search(parameters)
      .toArray({ max: 100 })
      .then(({ resources }) => ({ ids: resources.map(({ id }) => id) }))
  }
})

describe('search memory', () => {
  const hits = (): Response =>
    fhir(200, bundle([{ resource: patient('1', { name: [{ family: 'Peters' }] }) }]))

  async function responder(
    patients: (request: Seen) => Response,
    searchModes: readonly string[] = [],
    options: Partial<CarequalityClientOptions> = {},
  ) {
    const metadata = (): Response => statement({ token: tokenEndpoint, searchModes })
    const made = await world({ metadata, patients }, options)
    return { made, responder: await made.client.responder({ baseUrl: base }) }
  }

  /** What was asked of the FHIR server beside its metadata, without the queries. */
  function asked({ of }: World): string[] {
    return of('patients').map(
      ({ method, url }) => `${method} ${url.slice(base.length).split('?', 1)[0] ?? ''}`,
    )
  }

  describe('what the CapabilityStatement announces decides first', () => {
    test('GET alone: no POST is tried', async () => {
      const { made, responder: at } = await responder(hits, ['get'])
      expect((await at.patients.search({ family: 'Peters' }).first())?.id).toBe('1')
      await at.fhir.search('Observation', { code: 'a' }).first()
      expect(asked(made)).toEqual(['GET /Patient', 'POST /Observation/_search'])
    })

    test('GET alone, of a search that must stay out of URLs: nothing is asked', async () => {
      const { made, responder: at } = await responder(hits, ['GET'], { searchMethod: 'post-only' })
      const error = await failure(at.patients.search({ family: 'Peters' }).first())
      expect(error.code).toBe('ERR_CQ_SEARCH_METHOD_REFUSED')
      expect(asked(made)).toEqual([])
    })

    test.each([[['post']], [['get', 'post']], [['POST']], [[]]])(
      '%j: POST is tried',
      async (modes) => {
        const { made, responder: at } = await responder(hits, modes)
        await at.patients.search({ family: 'Peters' }).first()
        expect(asked(made)).toEqual(['POST /Patient/_search'])
      },
    )

    test('POST that is refused all the same is asked by GET', async () => {
      const refusing = ({ method }: Seen): Response =>
        method === 'POST' ? fhir(405, outcome('not-supported')) : hits()
      const { made, responder: at } = await responder(refusing, ['post'])
      await at.patients.search({ family: 'Peters' }).first()
      expect(asked(made)).toEqual(['POST /Patient/_search', 'GET /Patient'])
    })
  })

  test('a refusal is remembered by type, for whoever asks the same base', async () => {
    const { made, responder: at } = await responder(({ method, url }) =>
      method === 'POST' && url.includes('/Patient') ? fhir(404, '') : hits(),
    )
    const sameBase = await made.client.responder({ baseUrl: `${base}/` })
    await at.patients.search({ family: 'Peters' }).first()
    await at.fhir.search('Observation', { code: 'a' }).first()
    await at.fhir.search('Patient', { family: 'Peters' }).first()
    await at.as({ purposeOfUse: 'ETREAT' }).patients.search({ family: 'Peters' }).first()
    await sameBase.patients.search({ family: 'Peters' }).first()
    expect(asked(made)).toEqual([
      'POST /Patient/_search',
      'GET /Patient',
      'POST /Observation/_search',
      'GET /Patient',
      'GET /Patient',
      'GET /Patient',
    ])
  })

  test('so is that POST does not apply the criteria', async () => {
    const { made, responder: at } = await responder(({ method }) => {
      const family = method === 'GET' ? 'Peters' : 'Smith'
      return fhir(200, bundle([{ resource: patient(family, { name: [{ family }] }) }]))
    })
    expect((await at.fhir.search('Patient', { name: 'Peters' }).first())?.id).toBe('Peters')
    expect((await at.patients.search({ family: 'Peters' }).first())?.id).toBe('Peters')
    expect(asked(made)).toEqual(['POST /Patient/_search', 'GET /Patient', 'GET /Patient'])
  })
})

describe('filter check', () => {
  const human = (id: string, family: string, given: readonly string[] = [], more: object = {}) =>
    patient(id, { name: [{ family, given }], ...more })
  const page = (...patients: readonly object[]): Response =>
    fhir(200, bundle(patients.map((resource) => ({ resource, search: { mode: 'match' } }))))

  const strangers = [
    human('1', 'Smith', ['Zebulon-Marker'], { birthDate: '1931-02-17' }),
    human('2', 'Jones'),
  ]
  const wanted = human('9', 'Peters')
  const methods = (seen: readonly { method: string }[]): string =>
    seen.map(({ method }) => method).join(' ')

  /** A server that answers POST and GET each in its own way. */
  function answering(post: () => Response, get: () => Response): Answers {
    return ({ method }) => (method === 'POST' ? post() : get())
  }
  const unfiltered = answering(
    () => page(...strangers),
    () => page(wanted),
  )

  describe('each page is parsed once', () => {
    test.each([
      [
        'where the criteria were applied',
        answering(
          () => page(wanted),
          () => page(),
        ),
        1,
      ],
      ['where POST and GET are compared', unfiltered, 2],
      [
        'where POST is not supported',
        answering(
          () => fhir(405, ''),
          () => page(wanted),
        ),
        1,
      ],
    ])('%s', async (_, answers, pages) => {
      const { client } = fake(answers)
      const parse = vi.spyOn(JSON, 'parse')
      try {
        expect((await walked(client.search({ family: 'Peters' }))).ids).toEqual(['9'])
        const bundles = parse.mock.calls.filter(([text]) => text.includes('"Bundle"'))
        expect(bundles).toHaveLength(pages)
      } finally {
        parse.mockRestore()
      }
    })
  })

  describe('a POST answer with none that was searched for', () => {
    test('is not given out: the same search by GET is, and POST is disqualified', async () => {
      const { client, seen, events } = fake(unfiltered)
      expect(await walked(client.search({ family: 'Peters' }))).toEqual({
        ids: ['9'],
        error: undefined,
      })
      expect(methods(seen)).toBe('POST GET')
      expect(seen[1]?.url).toBe(`${base}/Patient?family=Peters`)
      expect(events).toMatchObject([
        { type: 'search.demographics-in-url' },
        { type: 'search.filter-ignored', baseUrl: base, resourceType: 'Patient' },
      ])
      expect(leaks(events)).toEqual([])
      await client.search({ family: 'Peters' }).first()
      expect(methods(seen)).toBe('POST GET GET')
    })

    test('disqualifies POST for 24 hours, and is judged anew then', async () => {
      const time = { now: 1_000_000 }
      const { client, seen } = fake(unfiltered, { now: () => time.now })
      const search = () => client.search({ family: 'Peters' }).first()
      await search()
      time.now += 24 * 3_600_000 - 1
      await search()
      expect(methods(seen)).toBe('POST GET GET')
      time.now += 1
      expect((await search())?.id).toBe('9')
      expect(methods(seen)).toBe('POST GET GET POST GET')
    })

    test('ends a search that must stay out of URLs, each time, and no GET leaves', async () => {
      const { client, seen, events } = fake(unfiltered, { searchMethod: 'post-only' })
      for (const asked of ['POST', 'POST POST']) {
        const { ids, error } = await walked(client.search({ family: 'Peters' }))
        expect(ids).toEqual([])
        expect(error).toMatchObject({
          code: 'ERR_CQ_FILTER_IGNORED',
          name: 'PolicyError',
          operation: 'patients.search',
          pathTemplate: '/Patient/_search',
          received: 0,
        })
        expect(leaks(error)).toEqual([])
        expect(methods(seen)).toBe(asked)
      }
      expect(leaks(events)).toEqual([])
    })

    test('is given out where GET finds the same, in any order, and POST is proven', async () => {
      const { client, seen, events } = fake(
        answering(
          () => page(...strangers),
          () => page(...[...strangers].reverse()),
        ),
      )
      expect((await walked(client.search({ family: 'Peters' }))).ids).toEqual(['1', '2'])
      expect((await walked(client.search({ family: 'Peters' }))).ids).toEqual(['1', '2'])
      expect(methods(seen)).toBe('POST GET POST')
      expect(events.map(({ type }) => type)).toEqual(['search.demographics-in-url'])
    })

    test('is not given out where GET finds fewer, more, or nobody', async () => {
      const found = [[], [strangers[0]], [...strangers, wanted], [strangers[0], wanted]]
      for (const list of found) {
        const patients = list.filter((one) => one !== undefined)
        const { client, seen } = fake(
          answering(
            () => page(...strangers),
            () => page(...patients),
          ),
        )
        const ids = patients.map((one) => (one as { id: string }).id)
        expect((await walked(client.search({ family: 'Peters' }))).ids).toEqual(ids)
        expect(methods(seen)).toBe('POST GET')
      }
    })

    test.each([400, 403, 404, 405, 414, 501])(
      'is not given out where GET is refused with %i, now or later',
      async (status) => {
        const { client, seen } = fake(
          answering(
            () => page(...strangers),
            () => fhir(status, outcome('not-supported')),
          ),
        )
        for (const asked of ['POST GET', 'POST GET POST GET']) {
          const { ids, error } = await walked(client.search({ family: 'Peters' }))
          expect([ids, methods(seen)]).toEqual([[], asked])
          expect(error).toMatchObject({ code: 'ERR_CQ_FILTER_IGNORED' })
          expect(leaks(error)).toEqual([])
        }
      },
    )

    const html = { headers: { 'content-type': 'text/html' } }
    test.each<[string, () => Response, string, string]>([
      ['is too busy', () => fhir(429, ''), 'RATE_LIMITED', 'POST GET GET GET'],
      ['fails', () => fhir(500, ''), 'UNEXPECTED_STATUS', 'POST GET GET'],
      ['wants another token', () => fhir(401, ''), 'UNAUTHORIZED', 'POST GET'],
      ["is the firewall's", () => new Response('<html>', html), 'UNEXPECTED_CONTENT', 'POST GET'],
    ])(
      'is not given out, and POST is not disqualified, where GET %s',
      async (_what, get, code, once) => {
        const { client, seen, events } = fake(answering(() => page(...strangers), get))
        for (const asked of [once, `${once} ${once}`]) {
          const { ids, error } = await walked(client.search({ family: 'Peters' }))
          expect(ids).toEqual([])
          expect(error).toMatchObject({ code: `ERR_CQ_${code}` })
          expect(methods(seen)).toBe(asked)
        }
        expect(events.map(({ type }) => type)).not.toContain('search.filter-ignored')
      },
    )
  })

  describe('a POST answer that agrees', () => {
    test('is proof once: later answers are given as they are', async () => {
      const answers = [[wanted], strangers]
      const { client, seen } = fake(() => page(...(answers.shift() ?? [])))
      expect((await walked(client.search({ family: 'Peters' }))).ids).toEqual(['9'])
      expect((await walked(client.search({ family: 'Peters' }))).ids).toEqual(['1', '2'])
      expect(methods(seen)).toBe('POST POST')
    })

    test('is proof for its own base only', async () => {
      const { fetch, seen } = recording(({ url, method }) =>
        method === 'POST' && url.startsWith(base) ? page(wanted) : page(...strangers),
      )
      const at = (baseUrl: string) => new FhirPatientClient({ baseUrl, fetch })
      await at(base).search({ family: 'Peters' }).first()
      await at('https://fhir.example.org/other').search({ family: 'Peters' }).first()
      expect(methods(seen)).toBe('POST POST GET')
    })

    test('where nobody is found is no proof, and neither are failures', async () => {
      const answers = [() => page(), () => fhir(400, ''), () => page(...strangers)]
      const { client, seen } = fake(({ method }) =>
        method === 'GET' ? page(wanted) : (answers.shift()?.() ?? page()),
      )
      for (let times = 0; times < 3; times += 1) await walked(client.search({ family: 'Peters' }))
      expect(methods(seen)).toBe('POST POST POST GET')
    })
  })

  /** Whether a search that finds these Patients by POST is asked once more by GET. */
  async function doubted(
    parameters: PatientSearchParameters,
    ...found: readonly object[]
  ): Promise<boolean> {
    const { client, seen } = fake(() => page(...found))
    await walked(client.search(parameters))
    return methods(seen) !== 'POST'
  }

  describe('what agrees', () => {
    const amy = human('1', 'Müller-Lüdenscheidt', ['Amy', 'Zoë'], { birthDate: '1946-04-05' })
    const other = human('2', 'Smith', [], { birthDate: '1980' })
    const dutch = patient('1', { name: [{ text: 'Jan van der Berg' }, { family: "O'Brien" }] })
    test.each<[PatientSearchParameters, object]>([
      [{ family: 'MULLER' }, amy],
      [{ family: 'mül' }, amy],
      [{ family: 'Lüdenscheidt' }, amy],
      [{ family: 'Muller Ludenscheidt' }, amy],
      [{ family: { exact: 'Müller-Lüdenscheidt' } }, amy],
      [{ family: { contains: 'denscheid' } }, amy],
      [{ given: 'zoe' }, amy],
      [{ given: ['Bob', 'Amy'] }, amy],
      [{ given: 'Amy Zoë' }, amy],
      [{ name: 'Amy Muller' }, amy],
      [{ name: 'Muller, Amy' }, amy],
      [{ name: { anyOf: ['Bob', 'Amy'] } }, amy],
      [{ name: { anyOf: ['a\\', 'Amy'] } }, amy],
      [{ family: 'Peters', given: 'Amy' }, amy],
      [{ family: 'Peters', birthdate: '1946' }, amy],
      [{ name: 'van der b' }, dutch],
      [
        { name: 'vanderberg jan' },
        patient('1', { name: [{ family: 'van der Berg', given: ['Jan'] }] }),
      ],
      [{ name: 'OBrien' }, dutch],
      [{ name: 'o’brien' }, dutch],
      ...[
        '1946',
        '1946-04',
        '1946-04-05',
        'eq1946',
        'ge1940',
        'ge1946-04-05',
        'le1946',
        'lt1950',
        'sa1945',
        'eb1947',
      ].map((birthdate): [PatientSearchParameters, object] => [{ birthdate }, amy]),
      [{ birthdate: { ge: '1940', lt: '1950' } }, amy],
      [{ birthdate: { anyOf: ['1950', '1946-04-05'] } }, amy],
      [{ birthdate: '1980-04-05' }, other],
      [{ 'name:exact': 'Smith' }, other],
    ])('%j', async (parameters, found) => {
      expect(await doubted(parameters, human('7', 'Nobody'), found)).toBe(false)
    })

    test.each<[PatientSearchParameters]>([
      [{ family: 'Peters' }],
      [{ family: 'ller' }],
      [{ family: { exact: 'Peters' } }],
      [{ family: { contains: 'eter' } }],
      [{ name: 'Amy Peters' }],
      [{ name: { anyOf: ['Peters', 'Petersen'] } }],
      [{ given: ['Bob', 'Peter'] }],
      [{ 'family:exact': 'Peters' }],
      [{ birthdate: '1947' }],
      [{ birthdate: '1946-05' }],
      [{ birthdate: 'ge1981' }],
      [{ birthdate: 'lt1940' }],
      [{ birthdate: { ge: '1950', lt: '1960' } }],
      [{ birthdate: ['ge1950', 'lt1960'] }],
      [{ family: 'Peters', birthdate: { ge: '1950', lt: '1960' } }],
      [{ family: 'Peters', birthdate: 'ne1900' }],
      [{ family: 'Peters', birthdate: 'ap1900' }],
      [{ family: 'Peters', identifier: 'a|b' }],
      [{ family: 'Peters', gender: 'female' }],
      [{ family: 'Peters', given: '...' }],
    ])('and what does not: %j', async (parameters) => {
      expect(await doubted(parameters, amy, other)).toBe(true)
    })
  })

  describe('nothing is doubted, and nothing proven', () => {
    const [stranger = {}] = strangers
    const bare = patient('1', { gender: 'female' })
    test.each<[string, PatientSearchParameters, object]>([
      ['by an identifier', { identifier: 'a|b' }, stranger],
      ['by an id', { _id: '5' }, stranger],
      ['by contact points', { phone: '555', email: 'a@b.example', telecom: 'x' }, stranger],
      ['by sound', { phonetic: 'Peters' }, stranger],
      ["by the practitioner's name", { 'general-practitioner.name': 'Peters' }, stranger],
      ['by what is missing', { family: { missing: true } }, stranger],
      ['by what is not there', { birthdate: { missing: true } }, stranger],
      ['by a comparison that all pass', { birthdate: 'ne1900' }, stranger],
      ['by nothing but punctuation', { name: '*' }, stranger],
      ['by another modifier', { 'family:sounds-like': 'Peters' }, stranger],
      ['where the answer has no names', { family: 'Peters', _elements: ['gender'] }, bare],
      ['where the answer has no birth date', { birthdate: '1946', _elements: ['gender'] }, bare],
      ['where names are of no known shape', { family: 'Peters' }, patient('1', { name: 'Smith' })],
    ])('in a search %s', async (_what, parameters, found) => {
      const { client, seen } = fake(({ method }) => (method === 'GET' ? page(wanted) : page(found)))
      expect((await walked(client.search(parameters))).ids).toEqual(['1'])
      expect(methods(seen)).toBe('POST')
      await client.search({ family: 'Nobody' }).first()
      expect(methods(seen)).toBe(found === stranger ? 'POST POST GET' : 'POST POST')
    })

    test('and neither is in searches by GET, and of other types', async () => {
      const { client, seen } = fake(() => page(...strangers), { searchMethod: 'get' })
      await client.search({ family: 'Peters' }).first()
      expect(methods(seen)).toBe('GET')
      const wire = recording(() =>
        fhir(
          200,
          bundle([{ resource: { resourceType: 'Person', id: '1', name: [{ family: 'Smith' }] } }]),
        ),
      )
      await new FhirClient({ baseUrl: base, fetch: wire.fetch })
        .search('Person', { name: 'a' })
        .first()
      expect(methods(wire.seen)).toBe('POST')
    })
  })

  test('Patients are judged the same way however they are searched for', async () => {
    const { fetch, seen } = recording(unfiltered)
    const client = new FhirClient({ baseUrl: base, fetch, searchMethod: 'post-only' })
    const error = await failure(client.search('Patient', { name: 'Peters' }).toArray({ max: 9 }))
    expect(error.code).toBe('ERR_CQ_FILTER_IGNORED')
    expect(methods(seen)).toBe('POST')
  })
})
