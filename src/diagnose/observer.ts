/** The exchanges of a diagnosis: kept in memory, evaluated, and never shown as they are. */
import { platformTransport } from '../http/transport/platform-transport.ts'
import { kyTransport } from '../http/transport/ky-transport.ts'
import { watchedBody } from '../http/transport/watched-body.ts'
import { failureCodeOf } from '../http/transport/network-failure.ts'
import { parseUrl } from '../http/policies/egress.ts'
import type { HttpOptions, Transport, TransportRequest, TransportResponse } from '../types.ts'

/** One exchange, as far as a diagnosis needs it. */
export interface Observed {
  readonly origin: string
  readonly url: string
  readonly body: string | undefined
  /** By our clock, in milliseconds since the epoch. */
  readonly sentAt: number
  receivedAt?: number
  /** Undefined where no response came. */
  status?: number
  headers?: Headers
  /** The first 64 kB of the body. */
  text: string
  /** The platform's code of a failure, for example `ENOTFOUND`. */
  failure?: string | undefined
}

const KEPT = 64_000
/** Beyond any deadline. */
const NEVER_S = 86_400

/**
 * A transport that records each exchange. A server that asks to wait is not waited for: its
 * `Retry-After` is raised beyond every deadline, so that the call ends at once.
 */
export class Observer {
  readonly seen: Observed[] = []
  readonly transport: Transport
  readonly #transport: Transport
  readonly #now: () => number

  constructor({ transport, fetch, now = Date.now }: HttpOptions) {
    this.#transport = transport ?? (fetch === undefined ? platformTransport() : kyTransport(fetch))
    this.#now = now
    const { reportsSent } = this.#transport
    this.transport = {
      reportsSent,
      send: (request) => this.#send(request),
      clientCertificate: (url) => this.#transport.clientCertificate?.(url),
      close: async () => this.#transport.close?.(),
    }
  }

  /** The latest exchange whose URL ends with this. */
  last(end: string): Observed | undefined {
    return [...this.seen]
      .reverse()
      .find(({ url }) => parseUrl(url)?.pathname.endsWith(end) === true)
  }

  /** The latest exchange with exactly this URL. */
  lastOf(url: string): Observed | undefined {
    return [...this.seen].reverse().find((one) => one.url === url)
  }

  /** The latest exchange from this index on. */
  lastFrom(mark: number): Observed | undefined {
    return this.seen.slice(mark).at(-1)
  }

  async #send(request: TransportRequest): Promise<TransportResponse> {
    const { url, body } = request
    const origin = parseUrl(url)?.origin ?? ''
    const observed: Observed = { origin, url, body, sentAt: this.#now(), text: '' }
    this.seen.push(observed)
    let response: TransportResponse
    try {
      response = await this.#transport.send(request)
    } catch (error) {
      observed.failure = failureCodeOf(error)
      throw error
    }
    const { status } = response
    observed.status = status
    observed.headers = response.headers
    observed.receivedAt = this.#now()
    return {
      status,
      headers: response.headers.has('retry-after')
        ? withoutWait(response.headers)
        : response.headers,
      body:
        response.body &&
        watchedBody(response.body, KEPT, (text) => {
          observed.text += text
        }),
    }
  }
}

function withoutWait(headers: Headers): Headers {
  const own = new Headers(headers)
  own.set('retry-after', String(NEVER_S))
  return own
}
