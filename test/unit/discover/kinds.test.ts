import { beforeAll, describe, expect, test } from 'vitest'
import {
  type CarequalityClientOptions,
  type DiscoverOptions,
  CarequalityClient,
} from '../../../src/index.ts'
import {
  allOf,
  discoverWorld,
  kindOf,
  petersInFull,
  warmUp,
  peters,
} from '../../support/discover-world.ts'
import { virtualTime } from '../../support/virtual-time.ts'
import type { DirectoryEntry } from '../../../src/directory/index.ts'
import type { Sandbox, SandboxResponder } from '../../../src/testing/index.ts'

/** What a responder answers, and which kind of outcome that is. */
describe('kinds', () => {
  beforeAll(warmUp)

  type Answer = Response | undefined
  type Kind = 'match' | 'search-only'

  const fhir = (body: unknown, status = 200): Response =>
    new Response(typeof body === 'string' ? body : JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/fhir+json' },
    })
  const issue = (code: string) => ({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code }],
  })
  const bundle = (entry: readonly object[], more: object = {}) =>
    fhir({ resourceType: 'Bundle', type: 'searchset', entry, ...more })
  const patient = (
    id: string,
    family: string,
    given: string,
    birthDate: string,
    grade?: string,
  ) => ({
    resource: { resourceType: 'Patient', id, name: [{ family, given: [given] }], birthDate },
    search: {
      mode: 'match',
      ...(grade === undefined
        ? {}
        : {
            extension: [
              { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: grade },
            ],
          }),
    },
  })
  const peters = (grade?: string) => patient('1', 'Peters', 'Timothy', '1946-04-05', grade)
  const stranger = (grade?: string, id = '2') =>
    patient(id, 'Zzyzx', 'Quentin', '2001-01-01', grade)

  const isMatch = ({ url }: Request): boolean => url.includes('$match')
  const isSearch = ({ url }: Request): boolean => /_search|Patient\?/.test(url)
  const isToken = ({ url }: Request): boolean => url.endsWith('/token')

  /** The outcome of one responder of this kind, some of whose answers are replaced. */
  async function asking(
    kind: Kind,
    answer: (request: Request) => Answer | Promise<Answer>,
    options: Partial<DiscoverOptions> = {},
    clientOptions: Partial<CarequalityClientOptions> = {},
  ) {
    const during = virtualTime()
    const sent: string[] = []
    const { client, sandbox } = await discoverWorld(
      { responders: 30, seed: 6 },
      {
        fetch: async (request) => {
          sent.push(`${request.method} ${new URL(request.url).pathname}`)
          const body = request.method === 'POST' ? await request.clone().text() : ''
          if (body.includes('555-0124')) sent.push('phone')
          return (await answer(request)) ?? sandbox.fetch(request)
        },
        ...clientOptions,
      },
    )
    const targets = sandbox.responders.filter((one) => one.kind === kind).slice(0, 1)
    const all = { patient: petersInFull, targets, ...options }
    const plan = await during(client.plan(all))
    const [only] = await during(allOf(client.discover(all)))
    if (only === undefined) throw new Error('no outcome')
    return { outcome: only, sent, plan }
  }

  describe('of $match', () => {
    test.each([['no grade'], ['possible'], ['certain']])(
      'a stranger alone, of %s, shows that nothing was compared: invalid, and no second question',
      async (grade) => {
        const known = grade === 'no grade' ? undefined : grade
        const { outcome, sent } = await asking('match', (request) =>
          isMatch(request) ? bundle([stranger(known)]) : undefined,
        )
        expect(outcome).toMatchObject({ kind: 'invalid', error: { code: 'ERR_CQ_FILTER_IGNORED' } })
        expect(sent.filter((one) => one.includes('$match'))).toHaveLength(1)
        expect(sent).not.toContain('phone')
      },
    )

    test('strangers among candidates are dropped, and the outcome says how many', async () => {
      const { outcome } = await asking('match', (request) =>
        isMatch(request)
          ? bundle([stranger('certain'), peters('possible'), stranger('possible', '3')])
          : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'candidates', dropped: 2, truncated: false })
      if (outcome.kind !== 'candidates') throw new Error(outcome.kind)
      expect(outcome.matches.map(({ resource }) => resource.id)).toEqual(['1'])
    })

    test.each([
      ['../Observation/9', '/Patient/..%2FObservation%2F9'],
      ['a?b#c', '/Patient/a%3Fb%23c'],
      ['..', '/Patient/'],
      ['a_1', '/Patient/a_1'],
    ])('the id %j is one step of its reference', async (id, end) => {
      const { outcome } = await asking('match', (request) =>
        isMatch(request)
          ? bundle([patient(id, 'Peters', 'Timothy', '1946-04-05', 'possible')])
          : undefined,
      )
      if (outcome.kind !== 'candidates') throw new Error(outcome.kind)
      expect(outcome.matches.map(({ reference }) => reference)).toEqual([
        `${outcome.target.baseUrl}${end}`,
      ])
    })

    test('a number without Patients is candidates who are not named', async () => {
      const { outcome } = await asking('match', (request) =>
        isMatch(request) ? bundle([], { total: 3 }) : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'candidates', matches: [], truncated: true })
    })

    test('one certain match on the first of several pages is no only one', async () => {
      const link = (url: string) => [{ relation: 'next', url: url.replace(/Patient.*/, '?page=2') }]
      const { outcome, sent } = await asking('match', (request) =>
        isMatch(request) ? bundle([peters('certain')], { link: link(request.url) }) : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'candidates', truncated: true })
      expect(sent.some((one) => one.startsWith('GET') && !/metadata|well-known/.test(one))).toBe(
        false,
      )
    })
  })

  describe('of a server that lists $match', () => {
    test.each([
      ['an OperationOutcome in place of a Bundle', () => fhir(issue('not-found'))],
      ['202', () => fhir('', 202)],
      ['204', () => new Response(null, { status: 204 })],
      ['400 with "invalid"', () => fhir(issue('invalid'), 400)],
      ['422 with "invalid"', () => fhir(issue('invalid'), 422)],
    ])('%s is an invalid answer, and no lack of $match', async (_what, answer) => {
      const { outcome } = await asking('match', (request) =>
        isMatch(request) ? answer() : undefined,
      )
      expect(outcome.kind).toBe('invalid')
    })

    test.each([
      ['404', () => fhir('', 404)],
      ['405', () => fhir('', 405)],
      ['501', () => fhir('', 501)],
      ['400 with "not-supported"', () => fhir(issue('not-supported'), 400)],
    ])('%s is a lack of it: a search takes its place', async (_what, answer) => {
      const { outcome } = await asking('match', (request) =>
        isMatch(request) ? answer() : isSearch(request) ? bundle([peters()]) : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'candidates', matches: [{ confidence: 'unknown' }] })
    })

    test('and rejects that and the search as well nothing is supported', async () => {
      const { outcome } = await asking('match', (request) =>
        isMatch(request) || isSearch(request) ? fhir(issue('not-supported'), 400) : undefined,
      )
      expect(outcome.kind).toBe('unsupported')
    })
  })

  describe('of a token endpoint', () => {
    test.each([
      ['404', () => fhir('', 404)],
      ['403 in HTML', () => fhir('<html>', 403)],
    ])('%s is no token, and says nothing of the patient', async (_what, answer) => {
      const { outcome } = await asking('match', (request) =>
        isToken(request) ? answer() : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'unauthorized', disclosures: [] })
    })
  })

  describe('of an audit trail that records no', () => {
    const trailOf = (phase: 'attempt' | 'outcome') => ({
      onFailure: 'refuse' as const,
      attempt: () => (phase === 'attempt' ? Promise.reject(new Error('full')) : Promise.resolve()),
      outcome: () => (phase === 'outcome' ? Promise.reject(new Error('full')) : Promise.resolve()),
    })
    const clientOptions = (phase: 'attempt' | 'outcome') => ({
      audit: trailOf(phase),
      purposeOfUse: 'TREAT',
    })

    test('attempt, a responder is skipped: it is sent nothing', async () => {
      const { outcome, sent } = await asking('match', () => undefined, {}, clientOptions('attempt'))
      expect(kindOf(outcome)).toBe('skipped policy')
      expect(outcome.disclosures).toEqual([])
      expect(sent.some((one) => one.includes('$match'))).toBe(false)
    })

    test('outcome, what the responder says is withheld: it was asked', async () => {
      const { outcome } = await asking('match', () => undefined, {}, clientOptions('outcome'))
      expect(outcome).toMatchObject({ kind: 'withheld', error: { code: 'ERR_CQ_AUDIT_FAILED' } })
      expect(outcome.disclosures).toHaveLength(1)
    })
  })

  describe('of a search', () => {
    test('one stranger does not cost the patient, and the outcome says that he was dropped', async () => {
      const { outcome } = await asking('search-only', (request) =>
        isSearch(request) ? bundle([stranger(), peters()]) : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'candidates', dropped: 1, truncated: false })
      expect(JSON.stringify(outcome)).not.toContain('Zzyzx')
    })

    test('none but strangers are invalid', async () => {
      const { outcome } = await asking('search-only', (request) =>
        isSearch(request) ? bundle([stranger(), stranger(undefined, '3')]) : undefined,
      )
      expect(outcome).toMatchObject({ kind: 'invalid', error: { code: 'ERR_CQ_FILTER_IGNORED' } })
    })

    test.each([
      ['a number without Patients', { total: 3 }],
      ['an empty page that leads to others', { link: 'next' }],
    ])('%s is candidates who are not named, and never "nobody"', async (_what, more) => {
      const { outcome } = await asking('search-only', (request) => {
        const link = [{ relation: 'next', url: request.url.replace(/Patient.*/, '?page=2') }]
        if (!isSearch(request)) return undefined
        return bundle([], 'link' in more ? { link } : more)
      })
      expect(outcome).toMatchObject({ kind: 'candidates', matches: [], truncated: true })
    })

    test.each([
      ['has eight pages', undefined],
      ['rejects POST and has eight pages', 405],
    ])('that %s no more than the plan permits is sent', async (_what, rejection) => {
      const { outcome, sent, plan } = await asking('search-only', (request) => {
        if (request.url.includes('_search') && rejection !== undefined) return fhir('', rejection)
        const at = Number(new URL(request.url).searchParams.get('page') ?? 1)
        if (!isSearch(request) && at === 1) return undefined
        const url = request.url.replace(/(Patient|\?).*/, `?page=${at + 1}`)
        const one = patient(`p${at}`, 'Peters', 'Timothy', '1946-04-05')
        return bundle([one], at < 8 ? { link: [{ relation: 'next', url }] } : {})
      })
      expect(outcome).toMatchObject({ kind: 'candidates', truncated: true })
      expect(sent.length).toBeLessThanOrEqual(plan.atMost)
      expect(outcome.attempts).toBe(sent.length)
    })

    test('whose criteria are not applied by POST no more than the plan permits is sent', async () => {
      const { outcome, sent, plan } = await asking('search-only', (request) => {
        if (!isSearch(request)) return undefined
        return bundle([request.method === 'POST' ? stranger() : peters()])
      })
      expect(outcome).toMatchObject({ kind: 'candidates', dropped: 0 })
      expect(sent.filter((one) => one.includes('Patient')).length).toBe(3)
      expect(sent.length).toBeLessThanOrEqual(plan.atMost)
    })
  })
})

/** From targets as they are named to responders that are asked: none waits for another. */
describe('locating', () => {
  beforeAll(warmUp)

  const never = (): Promise<never> => new Promise(() => undefined)
  const HANGS = '2.999.1'
  const answered = ['matched', 'candidates', 'no-match']

  type Hooks = Partial<Pick<CarequalityClientOptions, 'context' | 'directory' | 'fetch'>>

  /** Healthy responders by base URL, and a client with hooks of its own. */
  async function asking(responders: number, hooks: Hooks) {
    const { client, sandbox } = await discoverWorld({ responders }, hooks)
    const bases = sandbox.responders.map(({ baseUrl }) => ({ baseUrl }))
    return { client, sandbox, bases }
  }

  function firstOf({ responders: [first] }: Sandbox): SandboxResponder {
    if (first === undefined) throw new Error('no responders')
    return first
  }

  test.each([1, 40])(
    'a directory that does not answer for %i targets costs the others no answer and no time',
    async (many) => {
      const during = virtualTime()
      const { client, bases } = await asking(20, { directory: { read: never } })
      const slow = Array.from({ length: many }, (_, at) => `${HANGS}.${at}`)
      const policy = { targetTimeoutMs: 2_000 }
      const run = client.discover({ patient: peters, targets: [...slow, ...bases], policy })
      const at = new Map<number, number>()
      const collect = async (): Promise<string[]> => {
        const kinds: string[] = []
        for await (const outcome of run) {
          kinds[outcome.target.position] = kindOf(outcome)
          at.set(outcome.target.position, performance.now())
        }
        return kinds
      }
      const began = performance.now()
      const kinds = await during(collect())
      for (const kind of kinds.slice(many)) expect(answered).toContain(kind)
      for (const kind of kinds.slice(0, many)) expect(kind).toBe('skipped directory')
      const base = Math.max(...[...at].filter(([one]) => one >= many).map(([, ms]) => ms))
      expect(base - began).toBeLessThan(1_000)
      // Sixteen at a time, each in its own time.
      expect(performance.now() - began).toBeLessThan(Math.ceil(many / 16) * 2_000 + 500)
    },
  )

  test('a context that does not come costs the others no answer', async () => {
    const during = virtualTime()
    const { client, bases } = await asking(20, {
      context: ({ baseUrl }) => (baseUrl.includes('h0004') ? never() : {}),
    })
    const policy = { targetTimeoutMs: 1_000 }
    const outcomes = await during(
      allOf(client.discover({ patient: peters, targets: bases, policy })),
    )
    const odd = outcomes.filter((one) => !answered.includes(one.kind))
    expect(odd.map(kindOf)).toEqual(['skipped policy'])
    expect(odd[0]?.target.baseUrl).toContain('h0004')
    expect(odd[0]).toMatchObject({ error: { code: 'ERR_CQ_TIMEOUT' }, attempts: 0 })
  })

  test('contexts that take a while are asked for beside each other', async () => {
    const during = virtualTime()
    let first: number | undefined
    const { client, bases } = await asking(100, {
      context: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return {}
      },
    })
    const run = client.discover({ patient: peters, targets: bases })
    const began = performance.now()
    const ask = async (): Promise<void> => {
      for await (const { kind } of run) {
        first ??= performance.now() - began
        expect(answered).toContain(kind)
      }
    }
    await during(ask())
    expect(first).toBeLessThan(100)
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test('a run that ends while targets are located gives each of them its outcome at once', async () => {
    const during = virtualTime()
    const { client, bases } = await asking(5, { directory: { read: never } })
    const targets = [...bases, ...Array.from({ length: 40 }, (_, at) => `${HANGS}.${at}`)]
    const run = client.discover({ patient: peters, targets, deadlineMs: 1_000 })
    const began = performance.now()
    const outcomes = await during(allOf(run))
    expect(performance.now() - began).toBeLessThanOrEqual(1_250)
    expect(outcomes).toHaveLength(45)
    const late = outcomes.filter(({ target }) => target.position >= 5)
    for (const one of late) expect(one).toMatchObject({ kind: 'cancelled', reason: 'deadline' })
    const others = outcomes.filter(({ target }) => target.position < 5)
    for (const { kind } of others) expect(answered).toContain(kind)
  })

  test('a budget goes to the first targets, however slowly they are located', async () => {
    const during = virtualTime()
    const { client, sandbox, bases } = await asking(4, {
      context: async ({ baseUrl }) => {
        if (baseUrl.includes('h0001')) await new Promise((resolve) => setTimeout(resolve, 500))
        return {}
      },
    })
    const policy = { maxResponders: 2 }
    const outcomes = await during(
      allOf(client.discover({ patient: peters, targets: bases, policy })),
    )
    const left = outcomes.filter((one) => kindOf(one) === 'skipped budget')
    expect(left.map(({ target }) => target.position).sort()).toEqual([2, 3])
    const hosts = new Set(sandbox.requests.map(({ url }) => new URL(url).hostname))
    expect([...hosts].sort()).toEqual(['fhir.h0001.example', 'fhir.h0002.example'])
  })

  test('a duplicate that is located late names the one that was asked, whose outcome stays as it was given', async () => {
    const entries: DirectoryEntry[] = []
    const { client, sandbox } = await discoverWorld(
      { responders: 1 },
      {
        directory: {
          read: async () => {
            await new Promise((resolve) => setTimeout(resolve, 3_000))
            return entries[0] ?? never()
          },
        },
      },
    )
    const { oid, baseUrl } = firstOf(sandbox)
    entries.push(await new CarequalityClient(sandbox.options).directory.read(oid))
    const during = virtualTime()
    const run = client.discover({ patient: peters, targets: [oid, baseUrl] })
    const [first, second] = await during(allOf(run))
    expect(first?.target.position).toBe(1)
    expect(answered).toContain(first?.kind)
    expect(first?.aliases).toEqual([])
    expect(second).toMatchObject({ kind: 'skipped', duplicateOf: baseUrl })
  })

  describe('what the directory does is told of the directory, and not of responders that were never asked', () => {
    const empty = (status: number, headers = {}): Response => new Response('', { status, headers })
    test.each([
      [
        'a page of HTML',
        () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      ],
      ['a fault', () => empty(500)],
      ['a plea for fewer requests', () => empty(429, { 'retry-after': '100' })],
      ['a key that is rejected', () => empty(401)],
    ])('%s', async (_what, answer) => {
      const during = virtualTime()
      const { client, sandbox } = await discoverWorld(
        { responders: 1 },
        {
          fetch: (request) =>
            request.url.includes('/Organization')
              ? Promise.resolve(answer())
              : sandbox.fetch(request),
        },
      )
      const targets = sandbox.responders.map(({ oid }) => oid)
      const [one] = await during(allOf(client.discover({ patient: peters, targets })))
      expect(one).toMatchObject({ kind: 'skipped', reason: 'directory', attempts: 0 })
      expect(one).toMatchObject({ error: { code: expect.stringMatching(/^ERR_CQ_/) as string } })
    })

    test('a reader of your own that throws', async () => {
      const read = () => Promise.reject(new Error('no such Peters'))
      const { client } = await asking(1, { directory: { read } })
      const [one] = await allOf(client.discover({ patient: peters, targets: [HANGS] }))
      expect(one).toMatchObject({ kind: 'skipped', reason: 'directory' })
      expect(JSON.stringify(one)).not.toContain('Peters')
    })
  })

  describe('"policy.allow"', () => {
    test.each([
      ['a promise of false', () => Promise.resolve(false)],
      ['a promise that rejects', () => Promise.reject(new Error('no'))],
      ['a promise of true', () => Promise.resolve(true)],
      ['undefined', () => undefined],
      ['a text', () => 'no'],
    ])('that returns %s permits nothing and says so', async (_what, allow) => {
      const { client, sandbox, bases } = await asking(3, {})
      const policy = { allow: allow as never }
      const options = { patient: peters, targets: bases, policy }
      const outcomes = await allOf(client.discover(options))
      expect(outcomes.map(kindOf)).toEqual(Array(3).fill('skipped policy'))
      for (const one of outcomes) {
        expect(one).toMatchObject({
          error: { message: expect.stringContaining('policy.allow') as string },
        })
      }
      expect((await client.plan(options)).targets).toEqual([])
      expect(sandbox.requests).toEqual([])
    })

    test('that throws permits nothing', async () => {
      const { client, sandbox, bases } = await asking(3, {})
      const allow = () => {
        throw new Error('Peters')
      }
      const outcomes = await allOf(
        client.discover({ patient: peters, targets: bases, policy: { allow } }),
      )
      expect(outcomes.map(kindOf)).toEqual(Array(3).fill('skipped policy'))
      expect(JSON.stringify(outcomes)).not.toContain('Peters')
      expect(sandbox.requests).toEqual([])
    })
  })

  describe('where a purpose of use is required', () => {
    test('a run without one is a TypeError before any request', async () => {
      const { client, sandbox } = await discoverWorld({ responders: 2 }, { requirePurpose: true })
      const options = { patient: peters, targets: sandbox.responders }
      expect(() => client.discover(options)).toThrow(TypeError)
      expect(() => client.discover(options)).toThrow('"purposeOfUse" is needed')
      await expect(client.plan(options)).rejects.toThrow('"purposeOfUse" is needed')
      expect(sandbox.requests).toEqual([])
      const context = { purposeOfUse: 'T-TREAT' }
      expect((await client.discover({ ...options, context }).summary).complete).toBe(true)
    })

    test('and each responder has its own, one without is not asked, and its outcome says why', async () => {
      const { client, sandbox } = await discoverWorld(
        { responders: 2 },
        {
          requirePurpose: true,
          context: ({ baseUrl }) => (baseUrl.includes('h0001') ? { purposeOfUse: 'T-TREAT' } : {}),
        },
      )
      const targets = sandbox.responders.map(({ baseUrl }) => baseUrl)
      const outcomes = await allOf(client.discover({ patient: peters, targets }))
      const odd = outcomes.find(({ target }) => target.position === 1)
      expect(odd).toMatchObject({ kind: 'skipped', reason: 'policy', attempts: 0 })
      expect(odd).toMatchObject({
        error: { message: expect.stringContaining('purposeOfUse') as string },
      })
      const hosts = new Set(sandbox.requests.map(({ url }) => new URL(url).hostname))
      expect(hosts.has('fhir.h0002.example')).toBe(false)
      const plan = await client.plan({ patient: peters, targets })
      expect(plan.skipped).toMatchObject([{ reason: 'policy', target: { position: 1 } }])
    })
  })

  test('targets of one base that name different token endpoints are different questions', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 1 })
    const { baseUrl } = firstOf(sandbox)
    const targets = [
      { baseUrl },
      { baseUrl, tokenEndpoint: `${baseUrl}/other/token` },
      { baseUrl, tokenEndpoint: `${baseUrl}/other/token` },
    ]
    const outcomes = await allOf(client.discover({ patient: peters, targets }))
    const kinds = new Map(outcomes.map((one) => [one.target.position, kindOf(one)]))
    expect(answered).toContain(kinds.get(0))
    expect(kinds.get(1)).toBe('unauthorized')
    expect(kinds.get(2)).toBe('skipped duplicate')
    expect(sandbox.requests.some(({ url }) => url.endsWith('/other/token'))).toBe(true)
  })
})
