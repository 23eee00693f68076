import { describe, expect, test } from 'vitest'
import type { CarequalityClientOptions } from '../../../src/index.ts'
import { statement, tokenEndpoint, world, type World } from '../../support/fake-responder.ts'
import {
  base,
  bundle,
  failure,
  fhir,
  outcome,
  patient,
  type Seen,
} from '../../support/fhir-answers.ts'

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
