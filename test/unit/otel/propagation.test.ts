import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { context, propagation, trace } from '@opentelemetry/api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FhirPatientClient, type Transport } from '../../../src/index.ts'
import type { Instrumentation } from '../../../src/instrumentation.ts'
import { nodeTransport } from '../../../src/node/index.ts'
import { openTelemetry } from '../../../src/otel/index.ts'
import { base, fhir, patient } from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { telemetry } from '../../support/telemetry.ts'
import { serve } from '../http/loopback.ts'

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
      expect(() => fhirWorld(answers, { instrumentation })).toThrow('"instrumentation.propagateTo')
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
