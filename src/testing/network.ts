import { untilAborted } from '../lib/abort.ts'
import { isRecord, requireFunction } from '../lib/arguments.ts'
import type { OriginOf, Service } from './respond.ts'

/** A request as the sandbox saw it. */
export interface RecordedRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

/** The response for {@link Network.respondOnce}. */
export type FaultResponse = Response | (() => Response | Promise<Response>)

/** Hosts whose services are made when they are first requested. */
export interface Fleet {
  readonly hosts: readonly string[]
  servicesAt(host: string): readonly Service[]
}

interface Fault {
  readonly match: (request: Request) => boolean
  readonly response: FaultResponse
}

/** The servers behind one door: records, answers with faults first, then lets the host's services answer. */
export class Network {
  readonly requests: RecordedRequest[] = []
  readonly #services: readonly Service[]
  readonly #fleet: Fleet | undefined
  readonly #now: () => number
  readonly #faults: Fault[] = []
  /**
   * Referenced here because an unreferenced `Request` may be collected, and its signal never fires.
   */
  readonly #underway = new Set<Request>()

  constructor(services: readonly Service[], now: () => number, fleet?: Fleet) {
    this.#services = services
    this.#fleet = fleet
    this.#now = now
  }

  /** Names of the known hosts. */
  get hosts(): readonly string[] {
    const hosts = this.#services.map(({ host }) => host)
    return [...new Set([...hosts, ...(this.#fleet?.hosts ?? [])])]
  }

  /** Takes the next request that fits, once; of several faults that fit, the oldest. */
  respondOnce(match: (request: Request) => boolean, response: FaultResponse): void {
    requireFunction(match, 'match')
    if (typeof response !== 'function' && !isRecord(response)) {
      throw new TypeError('"response" must be a Response or a function')
    }
    this.#faults.push({ match, response })
  }

  /** Answers a request to `host`; an undefined or unknown one is not found, as by DNS. */
  async send(request: Request, host: string | undefined, originOf: OriginOf): Promise<Response> {
    request.signal.throwIfAborted()
    this.#underway.add(request)
    try {
      return await untilAborted(this.#answer(request, host, originOf), request.signal)
    } finally {
      this.#underway.delete(request)
    }
  }

  async #answer(request: Request, host: string | undefined, originOf: OriginOf): Promise<Response> {
    const { method, url } = request
    const headers = new Headers(request.headers)
    const body = await request.clone().text()
    this.requests.push({ method, url, headers, body })

    const index = this.#faults.findIndex(({ match }) => match(request))
    const [fault] = index < 0 ? [] : this.#faults.splice(index, 1)
    if (fault !== undefined) {
      return typeof fault.response === 'function' ? fault.response() : fault.response
    }

    const services = this.#servicesAt(host)
    if (services.length === 0) throw notFound(new URL(url).hostname)
    const received = { method, url: new URL(url), headers, body }
    for (const service of services) {
      const response = await service.answer(received, originOf)
      if (response !== undefined) return this.#stamp(response)
    }
    return this.#stamp(new Response(null, { status: 404 }))
  }

  #servicesAt(host: string | undefined): readonly Service[] {
    if (host === undefined) return []
    const many = this.#fleet?.servicesAt(host) ?? []
    return many.length > 0 ? many : this.#services.filter((service) => service.host === host)
  }

  #stamp(response: Response): Response {
    response.headers.set('date', new Date(this.#now()).toUTCString())
    response.headers.set('x-request-id', `sandbox-${this.requests.length}`)
    return response
  }
}

/** The rejection of the platform's `fetch` for a name that does not resolve. */
function notFound(hostname: string): TypeError {
  const cause = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: 'ENOTFOUND',
    hostname,
  })
  return new TypeError('fetch failed', { cause })
}
