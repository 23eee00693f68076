import { describe, expect, test } from 'vitest'
import { metricNames, openTelemetry } from '../../../src/otel/index.ts'
import { statement, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, fhir, patient } from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { telemetry } from '../../support/telemetry.ts'

/** Each series of a metric: its labels, and how often it was counted. */
async function series(
  metrics: ReturnType<typeof telemetry>['metrics'],
  name: string,
): Promise<[Record<string, unknown>, unknown][]> {
  const found = (await metrics()).find(({ descriptor }) => descriptor.name === name)
  return (found?.dataPoints ?? []).map(({ attributes, value }) => [
    attributes,
    typeof value === 'number' ? value : value.count,
  ])
}

describe('metrics', () => {
  test('count requests, calls and events by the labels that are listed', async () => {
    const { options, metrics } = telemetry()
    const instrumentation = openTelemetry(options)
    const made = await world(
      { metadata: () => statement({ token: tokenEndpoint }) },
      { instrumentation },
    )
    const responder = await made.client.responder({ baseUrl: base })
    await responder.patients.read('1')
    await responder.patients.read('1')
    await responder.patients.find('2').catch(() => undefined)
    const server = { 'server.address': 'fhir.example.org', 'server.port': 443 }
    expect(await series(metrics, 'http.client.request.duration')).toEqual(
      expect.arrayContaining([
        [{ 'http.request.method': 'GET', ...server, 'http.response.status_code': 200 }, 4],
        [{ 'http.request.method': 'POST', ...server, 'http.response.status_code': 200 }, 1],
      ]),
    )
    expect(await series(metrics, 'carequality.call.duration')).toEqual(
      expect.arrayContaining([
        [{ 'carequality.operation': 'patients.read' }, 2],
        [{ 'carequality.operation': 'patients.read', 'error.type': 'ERR_CQ_OTHER_PATIENT' }, 1],
        [{ 'carequality.operation': 'token.get' }, 1],
      ]),
    )
    expect(await series(metrics, 'carequality.events')).toContainEqual([
      { 'carequality.event': 'token.issued' },
      1,
    ])
    for (const { descriptor, dataPoints } of await metrics()) {
      const labels = metricNames[descriptor.name]
      expect(labels).toBeDefined()
      for (const { attributes } of dataPoints) {
        expect(labels).toEqual(expect.arrayContaining(Object.keys(attributes)))
      }
    }
  })

  test('are measured in seconds, with the boundaries that the conventions advise', async () => {
    const { options, metrics } = telemetry()
    const { patients } = fhirWorld(() => fhir(200, patient('1')), {
      instrumentation: openTelemetry(options),
    })
    await patients.read('1')
    const found = (await metrics()).find(
      ({ descriptor }) => descriptor.name === 'http.client.request.duration',
    )
    expect(found?.descriptor.unit).toBe('s')
    const [point] = found?.dataPoints ?? []
    expect(point?.value).toMatchObject({
      buckets: {
        boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
      },
    })
  })

  test('tell so many servers apart as is set, whatever the directory lists', async () => {
    const { options, metrics } = telemetry()
    const instrumentation = openTelemetry({ ...options, maxServers: 3 })
    for (let number = 0; number < 20; number += 1) {
      const { patients } = fhirWorld(() => fhir(200, patient('1')), {
        ...{ instrumentation, baseUrl: `https://h${number}.example.org/r4` },
      })
      await patients.read('1')
    }
    const found = await series(metrics, 'http.client.request.duration')
    expect(found.map(([labels, count]) => [labels['server.address'], count])).toEqual([
      ...[0, 1, 2].map((number) => [`h${number}.example.org`, 1]),
      ['_OTHER', 17],
    ])
  })

  test('have no label for a status that HTTP does not have', async () => {
    const { options, metrics } = telemetry()
    const response = new Proxy(fhir(200, ''), {
      get: (target, name): unknown => (name === 'status' ? 777 : Reflect.get(target, name, target)),
    })
    const { patients } = fhirWorld(() => response, { instrumentation: openTelemetry(options) })
    await patients.read('1').catch(() => undefined)
    for (const [labels] of await series(metrics, 'http.client.request.duration')) {
      expect(labels['http.response.status_code']).toBeUndefined()
    }
  })
})
