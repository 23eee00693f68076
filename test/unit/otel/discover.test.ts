/** A run over many responders, as a trace shows it: one span for the run, one below it for each responder. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import type { Instrumentation } from '../../../src/instrumentation.ts'
import { openTelemetry } from '../../../src/otel/index.ts'
import { allOf, CANARY, discoverWorld, peters } from '../../support/discover-world.ts'
import { telemetry, tree } from '../../support/telemetry.ts'

const nobody = '2.999.404'

describe('the spans of a run', () => {
  test('are one for the run, below the span of its caller, and one for each responder below it', async () => {
    const { options, spans, under } = telemetry()
    const world = await discoverWorld(
      { responders: 3, seed: 5 },
      { instrumentation: openTelemetry(options) },
    )
    const { client, sandbox, events } = world
    const targets = [...sandbox.responders, nobody]
    const outcomes = await under(() => allOf(client.discover({ patient: peters, targets })))
    expect(outcomes).toHaveLength(4)
    const names = tree(spans())
    expect(names.filter((name) => name.startsWith('discover.'))).toEqual([
      ...['discover.target < discover.run', 'discover.target < discover.run'],
      'discover.target < discover.run',
      'discover.run < caller',
    ])
    expect(names).toContain('client.discover < discover.run')
    expect(names.filter((name) => name.startsWith('patients.match'))).toEqual(
      Array.from({ length: 3 }, () => 'patients.match < discover.target'),
    )
    const started = events.find(({ type }) => type === 'discover.started')
    const run = spans().find(({ name }) => name === 'discover.run')
    expect(run).toMatchObject({
      kind: SpanKind.INTERNAL,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'carequality.operation': 'discover.run',
        'carequality.run_id': started !== undefined && 'run' in started ? started.run : '',
        'carequality.targets': 4,
        'carequality.complete': false,
        'carequality.outcomes.skipped': 1,
      },
    })
    const told = run?.events.map(({ name }) => name).filter((name) => name.startsWith('discover'))
    expect(told).toEqual([
      'discover.started',
      ...Array.from({ length: 4 }, () => 'discover.outcome'),
      'discover.finished',
    ])
    const kinds = outcomes.filter(({ kind }) => kind !== 'skipped').map(({ kind }) => kind)
    const shown = spans().filter(({ name }) => name === 'discover.target')
    expect(shown.map(({ attributes }) => attributes['carequality.outcome'])).toEqual(kinds)
    for (const { attributes } of shown) {
      expect(attributes['carequality.run_id']).toBe(run?.attributes['carequality.run_id'])
      expect(attributes['server.address']).toMatch(/^fhir\.h\d+\.example$/)
      expect(attributes['carequality.organization']).toMatch(/^2\.999\./)
    }
  })

  test('name the error of a responder that gives no answer, and end where the loop is left', async () => {
    const { options, spans } = telemetry()
    const instrumentation = openTelemetry(options)
    const { client, sandbox } = await discoverWorld(
      { responders: 3, seed: 5 },
      { instrumentation, fetch: undefined },
    )
    const down = { baseUrl: 'https://nowhere.h9999.example/r4' }
    const only = await allOf(client.discover({ patient: peters, targets: [down] }))
    expect(only[0]).toMatchObject({ kind: 'unreachable' })
    const target = spans().find(({ name }) => name === 'discover.target')
    expect(target).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'carequality.outcome': 'unreachable', 'error.type': 'ERR_CQ_NETWORK' },
    })
    const policy = { concurrency: 1 }
    const left = client.discover({ patient: peters, targets: sandbox.responders, policy })
    for await (const { kind } of left) {
      expect(kind).not.toBe('cancelled')
      break
    }
    await left.summary
    const runs = spans().filter(({ name }) => name === 'discover.run')
    expect(runs.map(({ attributes }) => attributes['carequality.complete'])).toEqual([false, false])
    expect(runs[1]?.attributes['carequality.outcomes.cancelled']).toBeGreaterThan(0)
  })

  test('hold nothing of the patient', async () => {
    const { options, spans } = telemetry()
    const instrumentation = openTelemetry(options)
    const { client, sandbox } = await discoverWorld({ responders: 3, seed: 5 }, { instrumentation })
    const [family = '', given = '', , mrn = ''] = CANARY
    const patient = {
      ...{ name: [{ family, given: [given] }], birthDate: '1946-04-05' },
      identifier: [{ system: 'urn:oid:2.999.1', value: mrn }],
    }
    await allOf(client.discover({ patient, targets: sandbox.responders }))
    const text = JSON.stringify(
      spans().map(({ name, attributes, events }) => [name, attributes, events]),
    )
    expect(text).toContain('discover.target')
    for (const value of [...CANARY, '1946-04-05']) expect(text).not.toContain(value)
  })
})

test('whatever an observer does, each responder is asked once', async () => {
  const twice: Instrumentation = {
    start: () => ({
      run: (work) => [work(), work()],
      end: () => {
        throw new Error('observer')
      },
    }),
  }
  const never: Instrumentation = { start: () => ({ run: () => undefined, end: () => undefined }) }
  const failing: Instrumentation = {
    start: () => ({
      run: () => {
        throw new Error('observer')
      },
      end: () => undefined,
    }),
  }
  for (const instrumentation of [twice, never, failing]) {
    const { client, sandbox } = await discoverWorld({ responders: 4, seed: 5 }, { instrumentation })
    const targets = sandbox.responders
    const outcomes = await allOf(client.discover({ patient: peters, targets }))
    expect(outcomes.map(({ target }) => target.position).sort()).toEqual([0, 1, 2, 3])
    const matches = sandbox.requests.filter(({ url }) => url.includes('$match'))
    expect(matches.length).toBe(4)
  }
})
