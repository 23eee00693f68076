import type { KyInstance } from 'ky'
import type { FetchLike, Transport, TransportRequest, TransportResponse } from '../types.ts'

/**
 * Moves bytes with `ky` over a fetch. ky dispatches one attempt and decides nothing: retries,
 * deadlines, redirects and errors belong to the policy layer above. The only file that knows ky.
 */
export function kyTransport(fetch?: FetchLike): Transport {
  let loaded: KyInstance | undefined
  return {
    async send(request) {
      // Loaded with the first request: it touches the platform's fetch, which takes its time.
      const ky = (loaded ??= (await import('ky')).default)
      let plain = false
      const response = await ky(request.url, {
        ...nothingElse(),
        method: request.method,
        ...bodyOf(request),
        signal: request.signal,
        fetch: (input) => {
          const asked = input as Request
          // Browsers drop the header; there the browser answers for what it undoes.
          plain = asked.headers.get('accept-encoding') === 'identity'
          return (fetch ?? globalThis.fetch)(onlyOurs(asked, request.headers))
        },
        redirect: 'manual',
        retry: 0,
        timeout: false,
        throwHttpErrors: false,
      })
      return answerOf(response, plain)
    },
  }
}

/**
 * Said, because ky and `Request` would otherwise take them from a polluted `Object.prototype`. Workers
 * refuse a `referrerPolicy`, and send no Referer; browsers would send the page's origin.
 */
function nothingElse(): {
  body: null
  json: undefined
  searchParams: string
  referrerPolicy?: 'no-referrer'
} {
  const asked = { body: null, json: undefined, searchParams: '' }
  return 'referrerPolicy' in Request.prototype ? { ...asked, referrerPolicy: 'no-referrer' } : asked
}

/** Without what ky found on `Object.prototype`: it takes the headers of plain objects for options. */
function onlyOurs(request: Request, headers: TransportRequest['headers']): Request {
  const ours = new Set([
    'content-length',
    ...Object.keys(headers).map((name) => name.toLowerCase()),
  ])
  for (const name of [...request.headers.keys()]) if (!ours.has(name)) request.headers.delete(name)
  return request
}

/**
 * A stream with its length instead of a text: Node's fetch silently sends a buffered body again
 * after a 421, and a client assertion is good for one try.
 */
function bodyOf({ headers, body }: TransportRequest): {
  headers: Record<string, string>
  body?: ReadableStream
} {
  if (body === undefined) return { headers: { ...headers } }
  const bytes = new TextEncoder().encode(body)
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
  return { headers: { ...headers, 'content-length': String(bytes.length) }, body: stream }
}

function answerOf(response: Response, plain: boolean): TransportResponse {
  return {
    status: response.type === 'opaqueredirect' ? 0 : response.status,
    // An error's body is read whole, and parsed: there a broken end shows.
    headers: plain && response.status === 200 ? marked(response.headers) : response.headers,
    body: response.body === null ? null : chunks(response.body),
  }
}

/**
 * Node's fetch takes gzip that breaks off for whole. Where a plain body was asked for, an encoded one
 * is marked as something that nobody can undo, so that it is refused.
 */
function marked(headers: Headers): Headers {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return headers
  const own = new Headers(headers)
  own.set('content-encoding', `unasked ${encoding}`)
  return own
}

/**
 * Safari's streams cannot be iterated, so they are read by hand everywhere. No generator: one that
 * was never started, or waits for a chunk, does not cancel its stream when it is told to return.
 */
function chunks(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.getReader()
      return {
        async next() {
          const chunk = await reader.read()
          return chunk.done ? { done: true, value: undefined } : { done: false, value: chunk.value }
        },
        async return() {
          await reader.cancel()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
