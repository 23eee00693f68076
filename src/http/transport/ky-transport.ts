import type { KyInstance } from 'ky'
import { ownProperties } from '../../lib/own.ts'
import { contentCodingOf } from '../body/content-coding.ts'
import type { FetchLike, Transport, TransportRequest, TransportResponse } from '../../types.ts'

/**
 * Moves bytes with `ky` over a fetch. ky dispatches one attempt and decides nothing: retries,
 * deadlines, redirects and errors belong to the policy layer above. The only file that knows ky.
 */
export function kyTransport(fetch?: FetchLike): Transport {
  let loaded: KyInstance | undefined
  return {
    async send(request) {
      // Loaded with the first request: it accesses the platform's fetch, which takes time.
      const ky = (loaded ??= (await import('ky')).default)
      const ours = requestOf(request)
      let sent: Promise<Response> | undefined
      const send = (): Promise<Response> => (sent ??= (fetch ?? globalThis.fetch)(ours))
      // From a hook: ky takes the response before it clones its request for a retry that never happens.
      const hooks = { beforeRequest: [send] }
      return responseOf(await ky(request.url, { ...NOTHING, fetch: send, hooks }), ours)
    },
  }
}

/**
 * ky is given nothing of the request but its URL: it would copy headers, body and signal three
 * times, and treat members of a polluted `Object.prototype` as more of them.
 */
const NOTHING = {
  body: null,
  json: undefined,
  searchParams: '',
  retry: 0,
  timeout: false,
  throwHttpErrors: false,
} as const

/** Own members only, for the same reason. */
function requestOf({ url, method, headers, body, signal }: TransportRequest): Request {
  const init: RequestInit = {
    ...{ method, signal, redirect: 'manual', body: null },
    headers: { ...headers },
    // Browsers would send the page's origin. Workers reject the option, and send no Referer.
    ...('referrerPolicy' in Request.prototype ? { referrerPolicy: 'no-referrer' } : {}),
  }
  if (body === undefined) return new Request(url, ownProperties(init))
  const request = new Request(url, ownProperties({ ...init, ...streamed(body, headers) }))
  // Browsers set the length themselves, and send streams over HTTP/2 at most.
  return request.headers.has('content-length')
    ? request
    : new Request(url, ownProperties({ ...init, body }))
}

/**
 * A stream with its length instead of a text: Node's fetch silently resends a buffered body after a
 * 421, and a client assertion is valid for one attempt.
 */
function streamed(
  text: string,
  headers: TransportRequest['headers'],
): RequestInit & { duplex: 'half' } {
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
  return {
    body,
    duplex: 'half',
    headers: { ...headers, 'content-length': String(bytes.length) },
  }
}

function responseOf(response: Response, request: Request): TransportResponse {
  // Browsers remove the header, and decode the body themselves.
  const plain = request.headers.get('accept-encoding') === 'identity'
  return {
    status: response.type === 'opaqueredirect' ? 0 : response.status,
    // An error's body is read whole, and parsed: that shows if it was cut off.
    headers: plain && response.status === 200 ? marked(response.headers) : response.headers,
    body: response.body === null ? null : chunks(response.body, request),
  }
}

/**
 * Node's fetch does not notice gzip that is cut off. If an uncompressed body was requested, a
 * compressed one is marked with an unknown encoding, so that it is rejected.
 */
function marked(headers: Headers): Headers {
  if (contentCodingOf(headers) === '') return headers
  const own = new Headers(headers)
  own.set('content-encoding', 'unasked')
  return own
}

/**
 * Safari's streams cannot be iterated, so they are read by hand everywhere. Not a generator: one
 * that was never started, or waits for a chunk, does not cancel its stream on return. It references
 * the request, because Node's fetch ignores an abort once its `Request` was collected.
 */
function chunks(stream: ReadableStream<Uint8Array>, request: Request): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.getReader()
      const held = {
        request,
        next: () => reader.read(),
        async return() {
          await reader.cancel()
          return { done: true, value: undefined } as const
        },
      }
      return held
    },
  }
}
