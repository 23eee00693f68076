import { beforeEach, describe, expect, test } from 'vitest'
import {
  CarequalityClient,
  DirectoryClient,
  type CarequalityClientOptions,
  type ClientEvent,
} from '../../src/index.ts'
import type { DirectoryError } from '../../src/errors.ts'
import { DirectorySnapshot } from '../../src/directory/index.ts'
import { createSandbox, type Sandbox } from '../../src/testing/index.ts'
import { failureOf } from '../support/answering-fetch.ts'

const HOST = 'directory.prod.carequality.org'
const where = { release: 'carequality-r4', environment: 'production' } as const
let sandbox: Sandbox
let now: number

beforeEach(async () => {
  now = Date.UTC(2026, 5, 1)
  sandbox = await createSandbox({ directorySize: 20, now: () => now })
})

const apiKey = 'sandbox-api-key'
const directoryOf = (): DirectoryClient =>
  new DirectoryClient({ ...where, apiKey, fetch: sandbox.fetch, now: () => now })
const clientOf = (more: Partial<CarequalityClientOptions> = {}): CarequalityClient =>
  new CarequalityClient({ ...sandbox.options, directory: { ...where, apiKey }, ...more })
const copyNow = (maxAgeMs?: number): Promise<DirectorySnapshot> =>
  DirectorySnapshot.build(directoryOf(), { now: () => now, maxAgeMs })
const asked = (): number => sandbox.requests.filter(({ url }) => new URL(url).host === HOST).length

describe('an organization without an endpoint of its own', () => {
  test('is served by its parent, and says so', async () => {
    const responder = await clientOf().organization('2.999.100.1')
    expect(responder.entry?.oid).toBe('2.999.100.1')
    expect(responder.servedBy?.oid).toBe('2.999.10')
    expect(responder.endpoint.address).toBe('https://fhir.sunrise-clinic.example/r4')
    expect((await responder.patients.read('1316024')).id).toBe('1316024')
    const { steps } = responder.explain()
    expect(steps.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'directory entry 2.999.100.1 read',
        'https://fhir.sunrise-clinic.example/r4 selected: FHIR REST, FHIR 4.0.1, active',
        'served by its ancestor 2.999.10',
      ]),
    )
  })

  test('costs its parent once for all children', async () => {
    const client = clientOf()
    for (const number of [1, 2, 3]) await client.organization(`2.999.100.${number}`)
    expect(asked()).toBe(4)
  })

  test('and without an ancestor that serves is an error that says why', async () => {
    sandbox.directory.put({ oid: '2.999.7', name: 'Lost', partOf: '2.999.8' })
    const error = await failureOf(clientOf().organization('2.999.7'))
    expect(error).toMatchObject({ code: 'ERR_CQ_NO_USABLE_ENDPOINT', organization: '2.999.7' })
    const { candidates = [] } = error as DirectoryError
    expect(candidates.map(({ why }) => why)).toContain(
      'its ancestor 2.999.8 is not in the directory',
    )
    expect(JSON.stringify(error)).not.toContain('candidates')
    expect((error as Error).message).toContain('its ancestor 2.999.8 is not in the directory')
  })

  test('is asked under its own id: the context function is told the organization, not its parent', async () => {
    const told: unknown[] = []
    const client = clientOf({
      context: (responder) => {
        told.push(responder)
        return {}
      },
    })
    await client.organization('2.999.100.1')
    expect(told).toEqual([
      { oid: '2.999.100.1', baseUrl: 'https://fhir.sunrise-clinic.example/r4' },
    ])
  })
})

describe('the purpose of use', () => {
  test('of the client decides about endpoints, in either vocabulary', async () => {
    for (const purposeOfUse of ['TREATMENT', 'TREAT', ['PAYMENT', 'Treatment']])
      expect((await clientOf({ purposeOfUse }).organization('2.999.10')).endpoint).toBeDefined()
    const error = await failureOf(clientOf({ purposeOfUse: 'PAYMENT' }).organization('2.999.10'))
    expect(error).toMatchObject({ code: 'ERR_CQ_NO_USABLE_ENDPOINT' })
    expect((error as Error).message).toContain('it does not accept the purpose of use')
  })

  test('of `as` does as well', async () => {
    const client = clientOf().as({ purposeOfUse: 'PAYMENT' })
    expect(await failureOf(client.organization('2.999.10'))).toMatchObject({
      code: 'ERR_CQ_NO_USABLE_ENDPOINT',
    })
  })
})

describe('a quirk that a directory entry vouches for', () => {
  test('applies to those that are served by it, too', async () => {
    const oid = '2.16.840.1.113883.3.13.1'
    sandbox.directory.put({ oid: '2.999.6', name: 'Child', partOf: oid })
    const responder = await clientOf().organization('2.999.6')
    expect(responder.servedBy?.oid).toBe(oid)
    expect(responder.capabilities.quirks).toEqual(['cerner.carequality-token'])
  })
})

describe('a local copy in place of the network', () => {
  test('answers without asking the directory, climbs within itself, and says how old it is', async () => {
    const copy = await copyNow()
    const before = asked()
    now += 5 * 3_600_000
    const responder = await clientOf({ directory: copy }).organization('2.999.100.1')
    expect(asked()).toBe(before)
    expect(responder.servedBy?.oid).toBe('2.999.10')
    expect(responder.entry?.snapshot).toEqual({ asOf: Date.UTC(2026, 5, 1), ageMs: 5 * 3_600_000 })
    expect(responder.explain().toString()).toContain(
      'directory entry 2.999.100.1 read from a local copy of 2026-06-01T00:00:00.000Z, 5 hours old',
    )
    expect((await responder.patients.read('1316024')).id).toBe('1316024')
  })

  test('answers no more when it is too old', async () => {
    const copy = await copyNow(60_000)
    now += 60_001
    const error = await failureOf(clientOf({ directory: copy }).organization('2.999.10'))
    expect(error).toMatchObject({ code: 'ERR_CQ_SNAPSHOT_TOO_OLD' })
  })

  test('keeps the word of an inactive entry', async () => {
    const client = clientOf({ directory: await copyNow() })
    expect(await failureOf(client.organization('2.999.30'))).toMatchObject({
      code: 'ERR_CQ_ENTRY_INACTIVE',
    })
  })
})

describe('a local copy as fallback', () => {
  const down = (): void => {
    const fits = ({ url }: Request): boolean => new URL(url).host === HOST
    for (let time = 0; time < 20; time += 1)
      sandbox.respondOnce(fits, () => Promise.reject(new TypeError('fetch failed')))
  }

  test('serves when the directory is down, and says so', async () => {
    const events: ClientEvent[] = []
    const fallback = await copyNow()
    now += 3 * 60_000
    down()
    const client = clientOf({
      directory: { ...where, apiKey, fallback },
      randomUUID: () => '00000000-0000-4000-8000-000000000000',
      onEvent: (event) => {
        events.push(event)
      },
    })
    const responder = await client.organization('2.999.10')
    expect(responder.explain().toString()).toContain(
      'local copy of 2026-06-01T00:00:00.000Z, 3 minutes old',
    )
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'directory.fallback',
        code: 'ERR_CQ_NETWORK',
        ageMs: 180_000,
      }),
    )
  })

  test('is not asked while the directory answers', async () => {
    const fallback = await copyNow()
    sandbox.directory.remove('2.999.10')
    const client = clientOf({ directory: { ...where, apiKey, fallback } })
    expect(await failureOf(client.organization('2.999.10'))).toMatchObject({
      code: 'ERR_CQ_ENTRY_NOT_FOUND',
    })
  })
})
