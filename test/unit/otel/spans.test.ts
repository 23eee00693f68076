import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, test } from 'vitest'
import { openTelemetry } from '../../../src/otel/index.ts'
import { entry, statement, token, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, bundle, fhir, patient } from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { until } from '../../support/time.ts'
import { telemetry, tree } from '../../support/telemetry.ts'

const docs = { metadata: () => statement({ token: tokenEndpoint }) }

describe('spans', () => {
  test('of a read are a call, its token and its requests, below the span of the caller', async () => {
    const { options, spans, under } = telemetry()
    const made = await world(docs, { instrumentation: openTelemetry(options) })
    const responder = await made.client.responder({ baseUrl: base })
    await under(() => responder.patients.read('1', { runId: 'run-7' }))
    const [discovery, reading] = [spans().slice(0, 5), spans().slice(5)]
    expect(tree(discovery).sort()).toEqual([
      'GET /.well-known/smart-configuration < capabilities.resolve',
      'GET /metadata < capabilities.resolve',
      ...['capabilities.resolve < client.responder', 'capabilities.resolve < client.responder'],
      'client.responder',
    ])
    expect(tree(reading)).toEqual([
      'POST token endpoint < token.get',
      'token.get < patients.read',
      'GET /Patient/:id < patients.read',
      'patients.read < caller',
      'caller',
    ])
    const [tokenRequest, tokenCall, request, call] = reading
    expect(tokenRequest?.attributes).toEqual({
      'carequality.operation': 'token.get',
      'carequality.request.purpose': 'token',
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.address': 'fhir.example.org',
      'server.port': 443,
    })
    expect(tokenCall?.attributes).toMatchObject({ 'carequality.shared': true })
    expect(tokenCall?.events.map(({ name }) => name)).toContain('token.issued')
    expect(request).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'server.address': 'fhir.example.org',
        'server.port': 443,
        'url.template': '/Patient/:id',
      },
    })
    expect(call).toMatchObject({
      kind: SpanKind.INTERNAL,
      attributes: {
        'carequality.operation': 'patients.read',
        'carequality.run_id': 'run-7',
        'server.address': 'fhir.example.org',
      },
    })
  })

  test('of an organization that was found name it by its OID', async () => {
    const { options, spans } = telemetry()
    const oid = '2.16.840.1.113883.3.13.1'
    const directory = { read: () => Promise.resolve(entry(oid)) }
    const made = await world(docs, { directory, instrumentation: openTelemetry(options) })
    await made.client.organization(oid)
    const call = spans().find(({ name }) => name === 'client.organization')
    expect(call?.attributes['carequality.organization']).toBe(oid)
  })

  test('of concurrent callers share the one of their token request', async () => {
    const { options, spans } = telemetry()
    const made = await world(docs, { instrumentation: openTelemetry(options) })
    const responder = await made.client.responder({ baseUrl: base })
    await Promise.all(['1', '1', '1'].map((id) => responder.patients.read(id)))
    const names = spans().map(({ name }) => name)
    expect(names.filter((name) => name === 'POST token endpoint')).toHaveLength(1)
    expect(names.filter((name) => name === 'patients.read')).toHaveLength(3)
  })

  test('of a retry count how often the request was sent before', async () => {
    const { options, spans } = telemetry()
    const { patients } = fhirWorld(
      (_, number) => (number < 3 ? fhir(503, '') : fhir(200, patient('1'))),
      { instrumentation: openTelemetry(options) },
    )
    await patients.read('1')
    const requests = spans().filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(
      requests.map(({ attributes, status }) => [
        attributes['http.request.resend_count'],
        attributes['http.response.status_code'],
        attributes['error.type'],
        status.code,
      ]),
    ).toEqual([
      [undefined, 503, '503', SpanStatusCode.ERROR],
      [1, 503, '503', SpanStatusCode.ERROR],
      [2, 200, undefined, SpanStatusCode.UNSET],
    ])
    const call = spans().at(-1)
    expect(call?.events.map(({ name }) => name)).toEqual(['http.retry', 'http.retry'])
  })

  test('of a redirect and of a renewed token count it as sent again', async () => {
    const { options, spans } = telemetry()
    const instrumentation = openTelemetry(options)
    const moved = fhirWorld(
      (_, number) =>
        number === 1 ? fhir(302, '', { location: `${base}/Patient/2` }) : fhir(200, patient('1')),
      { instrumentation },
    )
    await moved.patients.read('1')
    const renewed = fhirWorld(
      (_, number) => (number === 1 ? fhir(401, '') : fhir(200, patient('1'))),
      {
        instrumentation,
        authorize: ({ challenged }) => Promise.resolve(challenged === true ? 'new' : 'old'),
      },
    )
    await renewed.patients.read('1')
    const requests = spans().filter(({ kind }) => kind === SpanKind.CLIENT)
    expect(requests.map(({ attributes: one }) => one['http.request.resend_count'])).toEqual([
      ...[undefined, 1],
      ...[undefined, 1],
    ])
    expect(requests[0]?.attributes['http.response.status_code']).toBe(302)
  })

  test('of a search are one for each page, numbered, without an address', async () => {
    const { options, spans } = telemetry()
    const { patients } = fhirWorld(
      (_, number) =>
        fhir(200, bundle([String(number)], number < 3 ? { next: `${base}?page=${number}` } : {})),
      { instrumentation: openTelemetry(options) },
    )
    await patients.search({ family: 'Zebulon-Marker' }).toArray({ max: 9 })
    expect(spans().map(({ name, attributes }) => [name, attributes['carequality.page']])).toEqual([
      ['POST /Patient/_search', undefined],
      ['patients.search', 1],
      ['GET /Patient (next page)', undefined],
      ['patients.search', 2],
      ['GET /Patient (next page)', undefined],
      ['patients.search', 3],
    ])
  })

  test('of what fails name the error by its code, and hold no message', async () => {
    const { options, spans } = telemetry()
    const instrumentation = openTelemetry(options)
    const { patients } = fhirWorld(() => fhir(404, ''), { instrumentation })
    await expect(patients.read('1')).rejects.toThrow()
    const left = new AbortController()
    const silent = fhirWorld(
      (_, number) => {
        if (number === 2) left.abort(new Error('Zebulon-Marker'))
        return new Promise<Response>(() => undefined)
      },
      { instrumentation },
    )
    await expect(silent.patients.read('1', { timeoutMs: 5 })).rejects.toThrow()
    const leaving = silent.patients.read('1', { signal: left.signal })
    await expect(leaving).rejects.toThrow('Zebulon-Marker')
    await until(() => spans().length === 6)
    const calls = spans().filter(({ kind }) => kind === SpanKind.INTERNAL)
    expect(calls.map(({ attributes }) => attributes['error.type'])).toEqual([
      ...['ERR_CQ_NOT_FOUND', 'ERR_CQ_TIMEOUT', '_OTHER'],
    ])
    for (const { status, events } of spans()) {
      expect([status.code, status.message, events]).toEqual([SpanStatusCode.ERROR, undefined, []])
    }
    // Also of requests whose transport never came back.
    expect(spans().filter(({ kind }) => kind === SpanKind.CLIENT)).toHaveLength(3)
  })

  test('are those of the global provider where no other is given', async () => {
    const { options, spans } = telemetry()
    trace.disable()
    trace.setGlobalTracerProvider(options.tracerProvider)
    const made = await world(
      { ...docs, token: () => token('x') },
      { instrumentation: openTelemetry() },
    )
    await made.client.responder({ baseUrl: base })
    trace.disable()
    expect(spans().length).toBeGreaterThan(0)
  })

  test('options of the wrong kind are TypeErrors that name them', () => {
    expect(() => openTelemetry({ maxServers: -1 })).toThrow('"maxServers"')
    expect(() => openTelemetry({ tracerProvider: {} as never })).toThrow(
      '"tracerProvider.getTracer"',
    )
    expect(() => openTelemetry({ meterProvider: 5 as never })).toThrow('"meterProvider"')
  })
})
