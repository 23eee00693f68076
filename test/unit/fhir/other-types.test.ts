import { describe, expect, test } from 'vitest'
import { AccessToken } from '../../../src/access-token.ts'
import {
  base,
  bundle,
  failure,
  fhir,
  inTurn,
  leaks,
  outcome,
  secrets,
  walked,
} from '../../support/fhir-answers.ts'
import {
  entry,
  smartConfiguration,
  token,
  tokenEndpoint,
  statement,
  world,
} from '../../support/fake-responder.ts'
import { fhirWorld } from '../../support/fhir-world.ts'

const condition = (id: string): object => ({ resourceType: 'Condition', id })

describe('a read of another type', () => {
  test('requests it by type and id, and returns it', async () => {
    const { fhir: client, lines } = fhirWorld(() => fhir(200, condition('c.1')))
    expect(await client.read('Condition', 'c.1')).toEqual(condition('c.1'))
    expect(lines()).toEqual(['GET /Condition/c.1'])
  })

  test.each<[string, object, string]>([
    ['another id', condition('d'), 'ERR_CQ_UNEXPECTED_RESOURCE'],
    ['another type', { resourceType: 'Observation', id: 'c' }, 'ERR_CQ_UNEXPECTED_RESOURCE'],
    ['a Bundle', bundle([]), 'ERR_CQ_UNEXPECTED_RESOURCE'],
    ['no id', { resourceType: 'Condition' }, 'ERR_CQ_INVALID_RESPONSE'],
    ['an error with 200', outcome('processing'), 'ERR_CQ_OPERATION_FAILED'],
  ])('answered by %s is an error', async (_, answer, code) => {
    const { fhir: client } = fhirWorld(() => fhir(200, answer))
    for (const asked of [client.read('Condition', 'c'), client.vread('Condition', 'c', '1')]) {
      const error = await failure(asked)
      expect(error.code).toBe(code)
      expect(leaks(error, [...secrets, 'Condition/c'])).toEqual([])
    }
  })

  test.each([
    [404, 'ERR_CQ_NOT_FOUND'],
    [410, 'ERR_CQ_GONE'],
    [403, 'ERR_CQ_FORBIDDEN'],
  ])('answered by %i is %s', async (status, code) => {
    const { fhir: client } = fhirWorld(() => fhir(status, outcome('x')))
    const error = await failure(client.read('Condition', 'c'))
    expect(error).toMatchObject({ code, operation: 'fhir.read', pathTemplate: '/Condition/:id' })
  })

  test.each(['', 'condition', 'Condition/1', '../x', '$x', '1Condition'])(
    'whose type is %j is a TypeError, unsent',
    async (type) => {
      const { fhir: client, seen } = fhirWorld(() => fhir(200, condition('c')))
      await expect(client.read(type as 'Condition', 'c')).rejects.toThrow('"type"')
      expect(() => client.history(type as 'Condition', 'c')).toThrow('"type"')
      expect(() => client.search(type as 'Condition', { patient: '1' })).toThrow('"type"')
      expect(seen).toEqual([])
    },
  )

  test('does not say of a resource with links that a patient was replaced', async () => {
    const link = [{ type: 'replaced-by' }]
    const { fhir: client, events } = fhirWorld(() => fhir(200, { ...condition('c'), link }))
    await client.read('Condition', 'c')
    expect(events).toEqual([])
  })
})

describe('a search of another type', () => {
  const hits = [
    { resource: condition('c'), search: { mode: 'match' } },
    { resource: { resourceType: 'Patient', id: '1' }, search: { mode: 'include' } },
  ]

  test('goes by POST, gives its hits, and has what came along on its pages', async () => {
    const { fhir: client, lines, seen } = fhirWorld(() => fhir(200, bundle(hits)))
    const results = client.search('Condition', { patient: '1', _include: 'Condition:patient' })
    expect(await walked(results)).toEqual({ ids: ['c'], error: undefined })
    expect(lines()).toEqual(['POST /Condition/_search'])
    expect(seen[0]?.body).toBe('patient=1&_include=Condition%3Apatient')
    for await (const { included } of results.pages()) expect(included).toEqual([hits[1]?.resource])
  })

  test('remembers a refusal of POST for its type alone', async () => {
    const {
      fhir: client,
      lines,
      events,
    } = fhirWorld(({ method, url }) =>
      method === 'POST' && url.includes('Condition') ? fhir(405, '') : fhir(200, bundle([])),
    )
    await client.search('Condition', { patient: '1' }).first()
    await client.search('Condition', { patient: '1' }).first()
    await client.search('Observation', { patient: '1' }).first()
    expect(lines()).toEqual([
      'POST /Condition/_search',
      'GET /Condition?patient=1',
      'GET /Condition?patient=1',
      'POST /Observation/_search',
    ])
    expect(events).toMatchObject([
      { type: 'search.demographics-in-url', resourceType: 'Condition' },
      { type: 'search.demographics-in-url', resourceType: 'Condition' },
    ])
  })

  test('may be of OperationOutcomes', async () => {
    const { fhir: client } = fhirWorld(() =>
      fhir(200, bundle([{ resource: { ...outcome('x'), id: 'o' } }])),
    )
    expect((await walked(client.search('OperationOutcome', { _id: 'o' }))).ids).toEqual(['o'])
  })

  test('without a criterion is a TypeError, unless it is asked for in words', async () => {
    const { fhir: client, seen } = fhirWorld(() => fhir(200, bundle([])))
    for (const parameters of [{}, { _count: 5 }, { _sort: 'date' }])
      expect(() => client.search('Condition', parameters)).toThrow('{ all: true }')
    await client.search('Condition', {}, { all: true }).first()
    expect(seen).toHaveLength(1)
  })

  test('that fails names the type and nothing of what was searched for', async () => {
    const { fhir: client } = fhirWorld(() => fhir(400, outcome('invalid')))
    const error = await failure(
      client.search('Condition', { identifier: 'MRN-777-MARKER' }).first(),
    )
    expect(error).toMatchObject({ operation: 'fhir.search', pathTemplate: '/Condition/_search' })
    expect(leaks(error)).toEqual([])
  })
})

describe('scopes', () => {
  const granted = (scope: string) => ({
    authorize: () => Promise.resolve(new AccessToken('S3CRET-TOKEN', scope, 9e15)),
  })
  const needed = async (
    scope: string,
    ask: (made: ReturnType<typeof fhirWorld>) => Promise<unknown>,
  ) => {
    const made = fhirWorld(() => fhir(403, ''), granted(scope))
    const error = await failure(ask(made))
    expect([leaks(error), leaks(made.events)]).toEqual([[], []])
    const told = made.events.filter((event) => event.type === 'fhir.scope-not-covering')
    for (const { needed: one } of told) {
      expect(error.message).toContain(`needed ${one}`)
    }
    return told.map((event) => event.needed)
  }

  test.each<[string, string, (made: ReturnType<typeof fhirWorld>) => Promise<unknown>]>([
    ['read', 'system/Condition.r', ({ fhir: to }) => to.read('Condition', 'c')],
    ['vread', 'system/Condition.r', ({ fhir: to }) => to.vread('Condition', 'c', '1')],
    ['history', 'system/Condition.r', ({ fhir: to }) => to.history('Condition', 'c').first()],
    [
      'search',
      'system/Condition.s',
      ({ fhir: to }) => to.search('Condition', { patient: '1' }).first(),
    ],
    ['binary', 'system/Binary.r', ({ fhir: to }) => to.binary('Binary/1')],
    ['match', 'system/Patient.s', ({ patients: to }) => to.match({ birthDate: '1931-02-17' })],
    ['patients.history', 'system/Patient.r', ({ patients: to }) => to.history('1').first()],
  ])('%s that no scope covers is told of before the 403 names it', async (_, scope, ask) => {
    const other = scope.includes('Patient') ? 'system/Binary.read' : 'system/Patient.read'
    expect(await needed(other, ask)).toEqual([scope])
    expect(await needed('system/*.rs', ask)).toEqual([])
    expect(await needed(scope, ask)).toEqual([])
    expect(await needed(scope.replace(/\.\w$/, '.read'), ask)).toEqual([])
  })

  test('operations and $everything say nothing of scopes', async () => {
    expect(await needed('system/Patient.read', ({ fhir: to }) => to.operation('x'))).toEqual([])
    expect(await needed('launch', ({ patients: to }) => to.everything('1').first())).toEqual([])
  })

  test('are asked for as configured: nothing is widened for another type', async () => {
    const made = await world(
      {
        metadata: () => statement({ token: tokenEndpoint }),
        smart: () => smartConfiguration(),
        token: () => token('S3CRET-TOKEN'),
        patients: () => fhir(200, condition('c')),
      },
      { directory: { read: (id) => Promise.resolve(entry(id)) } },
    )
    const responder = await made.client.organization('1.2.3')
    await responder.fhir.read('Condition', 'c')
    const wider = responder.as({ scope: 'system/Patient.read system/Condition.read' })
    await wider.fhir.read('Condition', 'c')
    expect(made.of('token').map(({ body }) => new URLSearchParams(body).get('scope'))).toEqual([
      'system/Patient.read',
      'system/Patient.read system/Condition.read',
    ])
    expect(made.events.filter((event) => event.type === 'fhir.scope-not-covering')).toMatchObject([
      { baseUrl: base, needed: 'system/Condition.r' },
    ])
  })
})

test('a 401 is renewed for every interaction', async () => {
  let tokens = 0
  const authorize = () => Promise.resolve(`token-${(tokens += 1)}`)
  const good: Record<string, object> = {
    read: condition('c'),
    history: { ...bundle([]), type: 'history' },
    search: bundle([]),
  }
  for (const [what, answer] of Object.entries(good)) {
    const { fhir: client, seen } = fhirWorld(
      inTurn(
        () => fhir(401, ''),
        () => fhir(200, answer),
      ),
      { authorize },
    )
    if (what === 'read') await client.read('Condition', 'c')
    if (what === 'history') await client.history('Condition', 'c').first()
    if (what === 'search') await client.search('Condition', { patient: '1' }).first()
    const sent = seen.map(({ headers }) => headers.get('authorization'))
    expect(sent).toEqual([`Bearer token-${tokens - 1}`, `Bearer token-${tokens}`])
  }
})
