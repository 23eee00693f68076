import { describe, expect, test } from 'vitest'
import { statement, token, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, bundle, failure, fhir, type Seen } from '../../support/fhir-answers.ts'

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
