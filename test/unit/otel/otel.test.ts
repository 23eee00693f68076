import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { SpanKind, SpanStatusCode, trace, context, propagation } from '@opentelemetry/api'
import { describe, expect, test, onTestFinished } from 'vitest'
import { openTelemetry, metricNames } from '../../../src/otel/index.ts'
import { entry, statement, token, tokenEndpoint, world } from '../../support/fake-responder.ts'
import { base, bundle, fhir, patient } from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { until } from '../../support/time.ts'
import { telemetry, tree } from '../../support/telemetry.ts'
import { FhirPatientClient, type Transport } from '../../../src/index.ts'
import type { Instrumentation } from '../../../src/instrumentation.ts'
import { nodeTransport } from '../../../src/node/index.ts'
import { serve } from '../http/loopback.ts'
import { allOf, CANARY, discoverWorld, peters } from '../../support/discover-world.ts'

describe('spans', () => {
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
      expect(spans().map(({ name, attributes }) => [name, attributes['carequality.page']])).toEqual(
        [
          ['POST /Patient/_search', undefined],
          ['patients.search', 1],
          ['GET /Patient (next page)', undefined],
          ['patients.search', 2],
          ['GET /Patient (next page)', undefined],
          ['patients.search', 3],
        ],
      )
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
})

describe('metrics', () => {
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
        get: (target, name): unknown =>
          name === 'status' ? 777 : Reflect.get(target, name, target),
      })
      const { patients } = fhirWorld(() => response, { instrumentation: openTelemetry(options) })
      await patients.read('1').catch(() => undefined)
      for (const [labels] of await series(metrics, 'http.client.request.duration')) {
        expect(labels['http.response.status_code']).toBeUndefined()
      }
    })
  })
})

describe('trace context', () => {
  const origin = new URL(base).origin
  const parent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01'

  /** An instrumentation that gives these headers for each request. */
  function giving(headers: unknown, propagateTo: readonly string[] = [origin]): Instrumentation {
    return {
      propagateTo,
      start: () => ({ headers: () => headers as Record<string, string>, end: () => undefined }),
    }
  }

  const answers = (): Response => fhir(200, patient('1'))

  describe('the trace context', () => {
    test('goes to the origins that are named, as that of the request span', async () => {
      const { options, spans } = telemetry()
      const instrumentation = openTelemetry({ ...options, propagateTo: [origin] })
      const { patients, seen } = fhirWorld(answers, { instrumentation })
      await patients.read('1')
      const { traceId, spanId } = spans()[0]?.spanContext() ?? {}
      expect(seen[0]?.headers.get('traceparent')).toBe(`00-${traceId ?? ''}-${spanId ?? ''}-01`)
    })

    test.each([
      ['none are named', []],
      ['another is named', ['https://other.example.org']],
      ['one is named that this one begins with', ['https://fhir.example.or']],
      ['one is named on another port', ['https://fhir.example.org:8443']],
      ['its http twin is named', ['http://fhir.example.org']],
    ])('goes nowhere where %s', async (_, propagateTo) => {
      const { options } = telemetry()
      const instrumentation = openTelemetry({ ...options, propagateTo })
      const { patients, seen } = fhirWorld(answers, { instrumentation })
      await patients.read('1')
      expect(seen).toHaveLength(1)
      expect(seen[0]?.headers.get('traceparent')).toBeNull()
    })

    test('is all that an instrumentation may send: it replaces no header and adds no other', async () => {
      const headers = {
        ...{ traceparent: parent, tracestate: 'a=b', baggage: 'name=Zebulon-Marker' },
        ...{ authorization: 'Bearer evil', accept: 'text/html', 'x-other': '1', cookie: 'a=b' },
      }
      const { patients, seen } = fhirWorld(answers, {
        instrumentation: giving(headers),
        authorize: () => Promise.resolve('good'),
      })
      await patients.read('1')
      expect(Object.fromEntries(seen[0]?.headers ?? [])).toEqual({
        accept: 'application/fhir+json',
        authorization: 'Bearer good',
        traceparent: parent,
        tracestate: 'a=b',
        'user-agent': expect.stringContaining('carequality-fhir/') as unknown,
      })
    })

    test.each([
      ['no object', 'text'],
      ['nothing', undefined],
      ['a malformed traceparent', { traceparent: '00-Zebulon-Marker' }],
      ['a traceparent with a line break', { traceparent: `${parent}\nx-evil: 1` }],
      ['a tracestate alone', { tracestate: 'a=b' }],
    ])('is not sent where the instrumentation gives %s', async (_, headers) => {
      const { patients, seen } = fhirWorld(answers, { instrumentation: giving(headers) })
      await patients.read('1')
      expect(seen[0]?.headers.get('traceparent')).toBeNull()
      expect(seen[0]?.headers.get('tracestate')).toBeNull()
    })

    test('goes without a tracestate that is too long or holds control characters', async () => {
      for (const tracestate of ['a'.repeat(513), 'a=\n', 'a=ü', 5]) {
        const instrumentation = giving({ traceparent: parent, tracestate })
        const { patients, seen } = fhirWorld(answers, { instrumentation })
        await patients.read('1')
        expect(seen[0]?.headers.get('traceparent')).toBe(parent)
        expect(seen[0]?.headers.get('tracestate')).toBeNull()
      }
    })

    test.each(['fhir.example.org', 'https://fhir.example.org/', 'https://a.example/r4', 5, ''])(
      'refuses %j as an origin',
      (one) => {
        const instrumentation = giving({}, [one] as never)
        expect(() => fhirWorld(answers, { instrumentation })).toThrow(
          '"instrumentation.propagateTo',
        )
      },
    )
  })

  /** What instrumentations of `fetch` and undici do: a span with the whole URL, and headers for any server. */
  function otherInstrumentation(): void {
    const listen = (message: unknown): void => {
      const { request } = message as {
        request: { path: string; addHeader: (name: string, value: string) => void }
      }
      const tracer = trace.getTracer('other')
      const span = tracer.startSpan('other', { attributes: { 'url.full': request.path } })
      const carrier: Record<string, string> = {}
      propagation.inject(trace.setSpan(context.active(), span), carrier)
      for (const [name, value] of Object.entries(carrier)) request.addHeader(name, value)
      span.end()
    }
    subscribe('undici:request:create', listen)
    onTestFinished(() => {
      unsubscribe('undici:request:create', listen)
    })
  }

  describe.each([
    ['undici', (): { transport: Transport } => ({ transport: nodeTransport() })],
    ['fetch', () => ({ fetch: (request: Request) => globalThis.fetch(request) })],
  ] as const)('with %s', (_, sending) => {
    test('the spans have their parents, and no other instrumentation sees the URL', async () => {
      const { options, spans, under } = telemetry()
      trace.disable()
      trace.setGlobalTracerProvider(options.tracerProvider)
      onTestFinished(() => {
        trace.disable()
      })
      otherInstrumentation()
      const server = await serve((response) => {
        response.setHeader('content-type', 'application/fhir+json')
        response.end(JSON.stringify(patient('Zebulon-Marker')))
      })
      const settings = { baseUrl: `${server.origin}/r4`, allowInsecureLoopback: true, ...sending() }
      const read = (more: object): Promise<unknown> =>
        new FhirPatientClient({ ...settings, ...more }).read('Zebulon-Marker')
      await under(() => read({ instrumentation: openTelemetry(options) }))
      const names = spans().map(({ name }) => name)
      expect(names).toEqual(['GET /Patient/:id', 'patients.read', 'caller'])
      expect(server.seen[0]?.headers.traceparent).toBeUndefined()
      // The other one is real: without ours it sees all.
      await under(() => read({}))
      expect(spans().at(-2)?.attributes['url.full']).toContain('Zebulon-Marker')
      expect(server.seen[1]?.headers.traceparent).toMatch(/^00-/)
    })
  })
})

/** A run over many responders, as a trace shows it: one span for the run, one below it for each responder. */
describe('spans of a run', () => {
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
      expect(runs.map(({ attributes }) => attributes['carequality.complete'])).toEqual([
        false,
        false,
      ])
      expect(runs[1]?.attributes['carequality.outcomes.cancelled']).toBeGreaterThan(0)
    })

    test('hold nothing of the patient', async () => {
      const { options, spans } = telemetry()
      const instrumentation = openTelemetry(options)
      const { client, sandbox } = await discoverWorld(
        { responders: 3, seed: 5 },
        { instrumentation },
      )
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
      const { client, sandbox } = await discoverWorld(
        { responders: 4, seed: 5 },
        { instrumentation },
      )
      const targets = sandbox.responders
      const outcomes = await allOf(client.discover({ patient: peters, targets }))
      expect(outcomes.map(({ target }) => target.position).sort()).toEqual([0, 1, 2, 3])
      const matches = sandbox.requests.filter(({ url }) => url.includes('$match'))
      expect(matches.length).toBe(4)
    }
  })
})
