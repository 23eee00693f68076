/** What a responder answers, and which kind of outcome that is. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { CarequalityClientOptions, DiscoverOptions } from '../../../src/index.ts'
import { allOf, discoverWorld, kindOf, petersInFull, warmUp } from '../../support/discover-world.ts'
import { virtualTime } from '../../support/virtual-time.ts'

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
const patient = (id: string, family: string, given: string, birthDate: string, grade?: string) => ({
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
const stranger = (grade?: string, id = '2') => patient(id, 'Zzyzx', 'Quentin', '2001-01-01', grade)

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
