import { afterAll, describe, expect, test } from 'vitest'
import type { ClientEvent } from '../../../src/index.ts'
import type { AuditTrail } from '../../../src/audit/index.ts'
import { balpAudit, type AuditEvent } from '../../../src/audit/index.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, bundle, fhir, leaks, patient } from '../../support/fhir-answers.ts'
import { fhirWorld, type FhirWorld } from '../../support/fhir-world.ts'
import { turns, until } from '../../support/time.ts'

const source = { name: 'Record gateway', address: 'gateway.example.org' }
/** It holds what a message must not show. */
const thrown = new Error('S3CRET-KEY Zebulon-Marker')
const throws = (): never => {
  throw thrown
}
const rejects = (): Promise<never> => Promise.reject(thrown)
const hangs = (): Promise<never> => new Promise(() => undefined)

const stray: unknown[] = []
const listen = (reason: unknown): void => void stray.push(reason)
process.on('unhandledRejection', listen)
afterAll(() => {
  process.off('unhandledRejection', listen)
})

type Write = (event: AuditEvent) => Promise<void>

/** A client whose sink does this with the attempt, and this with the outcome. */
function audited(
  onFailure: 'refuse' | 'warn',
  attempt: Write | undefined,
  outcome: Write | undefined,
  answer: () => Response | Promise<Response> = () => fhir(200, patient('1')),
): FhirWorld & { readonly written: AuditEvent[] } {
  const written: AuditEvent[] = []
  const write = async (event: AuditEvent): Promise<void> => {
    await (event.outcome === undefined ? attempt : outcome)?.(event)
    written.push(event)
  }
  const audit = balpAudit({ sink: { write }, source, onFailure, timeoutMs: 20 })
  return { ...fhirWorld(answer, { audit }), written }
}

/** Which records failed. */
function phasesOf(events: readonly ClientEvent[]): unknown[] {
  return events.map((event) => (event.type === 'audit.failed' ? [event.type, event.phase] : []))
}

const failing = [
  ['throws', throws],
  ['rejects', rejects],
  ['hangs', hangs],
] as const

describe('L7: a sink that', () => {
  test.each(failing)('%s at the attempt lets nothing be sent under refuse', async (_, write) => {
    const { patients, seen, events } = audited('refuse', write, undefined)
    const error: unknown = await patients.read('1').catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      ...{ code: 'ERR_CQ_AUDIT_FAILED', name: 'PolicyError', operation: 'patients.read' },
      message: expect.stringContaining('nothing was sent') as unknown,
    })
    expect(seen).toEqual([])
    expect(phasesOf(events)).toEqual([['audit.failed', 'attempt']])
    expect(leaks([error, events])).toEqual([])
  })

  test.each(failing)('%s at the outcome withholds the result under refuse', async (_, write) => {
    const { patients, seen, events } = audited('refuse', undefined, write)
    const error: unknown = await patients.read('1').catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'ERR_CQ_AUDIT_FAILED',
      message: expect.stringContaining('the result is withheld') as unknown,
    })
    expect(seen).toHaveLength(1)
    expect(leaks([error, events])).toEqual([])
  })

  test.each(failing)('%s changes nothing under warn, and an event says so', async (_, write) => {
    const { patients, events } = audited('warn', write, write)
    await expect(patients.read('1')).resolves.toMatchObject({ id: '1' })
    expect(phasesOf(events)).toEqual([
      ['audit.failed', 'attempt'],
      ['audit.failed', 'outcome'],
    ])
    expect(leaks(events)).toEqual([])
  })

  test.each(failing)('%s leaves the error of a failed call as it is', async (_, write) => {
    for (const onFailure of ['refuse', 'warn'] as const) {
      const { patients } = audited(onFailure, undefined, write, () => fhir(404, ''))
      await expect(patients.read('1')).rejects.toMatchObject({ code: 'ERR_CQ_NOT_FOUND' })
    }
    await turns()
    expect(stray.splice(0)).toEqual([])
  })

  test('gives no promise has kept the event', async () => {
    const { patients } = audited('refuse', (() => undefined) as never, undefined)
    await expect(patients.read('1')).resolves.toMatchObject({ id: '1' })
  })

  test('fails for one of many Patients withholds the page', async () => {
    const write: Write = async (event) => {
      if (JSON.stringify(event).includes('Patient/17')) await rejects()
    }
    const ids = Array.from({ length: 40 }, (_, index) => String(index))
    const { patients } = audited('refuse', undefined, write, () => fhir(200, bundle(ids)))
    await expect(patients.search({ family: 'a' }).toArray({ max: 99 })).rejects.toMatchObject({
      ...{ code: 'ERR_CQ_AUDIT_FAILED', received: 0 },
    })
  })
})

test.each([
  ['throws', throws],
  ['rejects', rejects],
  ['hangs', hangs],
  ['gives nonsense', (() => 5) as never],
] as const)('L7: a function for the person that %s counts as a failed record', async (_, user) => {
  const audit = balpAudit({ sink: { write: () => Promise.resolve() }, source, user, timeoutMs: 20 })
  const { patients, seen, events } = fhirWorld(() => fhir(200, patient('1')), { audit })
  const error: unknown = await patients.read('1').catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ERR_CQ_AUDIT_FAILED' })
  expect(seen).toEqual([])
  expect(leaks([error, events])).toEqual([])
})

describe('L6: an access', () => {
  test('is recorded before its token is asked for, and before its result is given out', async () => {
    const order: string[] = []
    const write = (event: AuditEvent): Promise<void> => {
      order.push(event.outcome === undefined ? 'attempt' : 'outcome')
      return Promise.resolve()
    }
    const made = await world(
      {
        metadata: () => statement({ token: tokenEndpoint }),
        patients: () => {
          order.push('request')
          return fhir(200, patient('1'))
        },
        token: () => {
          order.push('token')
          return Response.json({ access_token: 'x', token_type: 'Bearer', expires_in: 300 })
        },
      },
      { audit: balpAudit({ sink: { write }, source }), purposeOfUse: 'TREAT' },
    )
    const responder = await made.client.responder({ baseUrl: base })
    await responder.patients.read('1').then(() => order.push('result'))
    expect(order).toEqual(['attempt', 'token', 'request', 'outcome', 'result'])
  })

  test('that waits for its record waits no longer than the call may take', async () => {
    const trail: AuditTrail = { onFailure: 'refuse', attempt: hangs, outcome: hangs }
    const { patients, seen } = fhirWorld(() => fhir(200, patient('1')), { audit: trail })
    await expect(patients.read('1', { timeoutMs: 5 })).rejects.toMatchObject({
      code: 'ERR_CQ_TIMEOUT',
    })
    const left = new AbortController()
    const leaving = patients.read('1', { signal: left.signal })
    const reason = new Error('gone')
    left.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    await turns()
    expect(seen).toEqual([])
    expect(stray.splice(0)).toEqual([])
  })

  test('that its caller leaves is recorded as failed', async () => {
    const left = new AbortController()
    const { patients, written } = audited('refuse', undefined, undefined, () => {
      left.abort()
      return new Promise<Response>(() => undefined)
    })
    await expect(patients.read('1', { signal: left.signal })).rejects.toThrow()
    await until(() => written.length === 2)
    expect(written[1]).toMatchObject({ outcome: '8', outcomeDesc: 'AbortError' })
  })

  test('that is repeated is one access, with one X-Request-Id', async () => {
    const { patients, seen, written } = audited('refuse', undefined, undefined, () =>
      seen.length < 3 ? fhir(503, '') : fhir(200, patient('1')),
    )
    await patients.read('1')
    expect(seen).toHaveLength(3)
    expect(new Set(seen.map(({ headers }) => headers.get('x-request-id'))).size).toBe(1)
    expect(written).toHaveLength(2)
  })

  test('that takes wrong arguments is none', async () => {
    const { patients, written } = audited('refuse', undefined, undefined)
    await expect(patients.read('../Patient')).rejects.toThrow(TypeError)
    await expect(patients.read('1', { runId: 'a b' })).rejects.toThrow('"runId"')
    expect(written).toEqual([])
  })
})

test.each([
  [{}, '"audit.attempt"'],
  [{ attempt: rejects, outcome: rejects }, '"audit.onFailure"'],
  [{ attempt: rejects, outcome: rejects, onFailure: 'ignore' }, '"audit.onFailure"'],
  [{ attempt: rejects, outcome: rejects, onFailure: 'warn', timeoutMs: -1 }, '"audit.timeoutMs"'],
  ['text', '"audit"'],
])('a client refuses %j as an audit trail', (audit, option) => {
  expect(() => fhirWorld(() => fhir(200, ''), { audit: audit as never })).toThrow(option)
})
