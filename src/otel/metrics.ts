import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api'
import type { ClientEvent } from '../types.ts'
import type { Activity, ActivityResult } from '../instrumentation.ts'
import { endOf, serverOf } from './attributes.ts'

/** Every metric with all labels that it may have. */
export const metricNames: Readonly<Record<string, readonly string[]>> = Object.freeze({
  'http.client.request.duration': [
    ...['http.request.method', 'server.address', 'server.port'],
    ...['http.response.status_code', 'error.type'],
  ],
  'carequality.call.duration': ['carequality.operation', 'error.type'],
  'carequality.events': ['carequality.event'],
})

/** Seconds, as the conventions advise ([HTTP metrics](https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpclientrequestduration)). */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const OTHER = { 'server.address': '_OTHER', 'server.port': 0 }

/** Durations and counts. Labels come from short lists, except servers, which are counted. */
export class Meters {
  readonly #requests: Histogram
  readonly #calls: Histogram
  readonly #events: Counter
  readonly #servers = new Set<string>()
  readonly #maxServers: number

  constructor(meter: Meter, maxServers: number) {
    this.#maxServers = maxServers
    this.#requests = meter.createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: BOUNDARIES },
    })
    this.#calls = meter.createHistogram('carequality.call.duration', {
      description: 'Duration of calls, with discovery, token and retries.',
      unit: 's',
      advice: { explicitBucketBoundaries: BOUNDARIES },
    })
    this.#events = meter.createCounter('carequality.events', {
      description: 'Events of the client, by type.',
      unit: '{event}',
    })
  }

  /** Measures from now until the returned function is called. */
  start(activity: Activity): (result: ActivityResult) => void {
    const began = performance.now()
    return (result) => {
      const seconds = (performance.now() - began) / 1000
      if (activity.kind === 'request') {
        const { method, origin } = activity
        const labels = { 'http.request.method': method, ...this.#serverOf(origin) }
        this.#requests.record(seconds, { ...labels, ...endOf(result) })
        return
      }
      const { errorType } = result
      this.#calls.record(seconds, {
        'carequality.operation': activity.operation,
        ...(errorType === undefined ? {} : { 'error.type': errorType }),
      })
    }
  }

  event({ type }: ClientEvent): void {
    this.#events.add(1, { 'carequality.event': type })
  }

  /**
   * Addresses come from the directory: one that lists many must not fill the memory of a metrics
   * store.
   */
  #serverOf(origin: string): Attributes {
    if (!this.#servers.has(origin)) {
      if (this.#servers.size >= this.#maxServers) return OTHER
      this.#servers.add(origin)
    }
    return serverOf(origin)
  }
}
