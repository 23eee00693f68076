/** Remembers the requests of a command, for --curl and --http. Nothing of them is shown as it was sent. */
import type { FetchLike, Transport, TransportRequest } from '../types.ts'

/** One request as it went out. */
export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** The requests of one command, in order. */
export class Recorder {
  readonly requests: Recorded[] = []
  readonly #onSend: (url: string) => () => void

  /** `onSend` is told of each request; the function that it gives is called at its response. */
  constructor(onSend: (url: string) => () => void = () => () => undefined) {
    this.#onSend = onSend
  }

  /** The same fetch, remembered. */
  fetch(inner: FetchLike): FetchLike {
    return async (request) => {
      const body = request.method === 'GET' ? undefined : await request.clone().text()
      const { method, url } = request
      this.requests.push({ method, url, headers: Object.fromEntries(request.headers), body })
      const settled = this.#onSend(url)
      return inner(request).finally(settled)
    }
  }

  /** The same transport, remembered. */
  transport(inner: Transport): Transport {
    return {
      reportsSent: inner.reportsSent,
      send: (request: TransportRequest) => {
        const { method, url, headers, body } = request
        this.requests.push({ method, url, headers, body })
        const settled = this.#onSend(url)
        return inner.send(request).finally(settled)
      },
      clientCertificate: (url) => inner.clientCertificate?.(url),
      close: async () => inner.close?.(),
    }
  }
}
