/** Remembers the requests of a command, for --curl and --http. Nothing of them is shown as it was sent. */
import { watchedBody } from '../http/transport/watched-body.ts'
import type { Transport, TransportRequest, TransportResponse } from '../types.ts'

/** One request as it went out. */
export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** The response to a token request, by which later requests are known to carry its token. */
  tokenResponse?: string
}

const LONGEST_TOKEN_RESPONSE = 64_000

/** Whether a request asks for a token. */
export function isTokenRequest({ body = '' }: Pick<Recorded, 'body'>): boolean {
  return /^client_assertion=|&client_assertion=/.test(body)
}

/** The requests of one command, in order. */
export class Recorder {
  readonly requests: Recorded[] = []
  readonly #onSend: (url: string) => () => void

  /** `onSend` is told of each request; the function that it gives is called at its response. */
  constructor(onSend: (url: string) => () => void = () => () => undefined) {
    this.#onSend = onSend
  }

  /** The same transport, remembered. */
  transport(inner: Transport): Transport {
    return {
      reportsSent: inner.reportsSent,
      send: (request) => this.#send(inner, request),
      clientCertificate: (url) => inner.clientCertificate?.(url),
      close: async () => inner.close?.(),
    }
  }

  async #send(inner: Transport, request: TransportRequest): Promise<TransportResponse> {
    const { method, url, headers, body } = request
    const recorded: Recorded = { method, url, headers, body }
    this.requests.push(recorded)
    const settled = this.#onSend(url)
    const response = await inner.send(request).finally(settled)
    if (response.body === null || !isTokenRequest(recorded)) return response
    const watched = watchedBody(response.body, LONGEST_TOKEN_RESPONSE, (text) => {
      recorded.tokenResponse = (recorded.tokenResponse ?? '') + text
    })
    return { ...response, body: watched }
  }
}
