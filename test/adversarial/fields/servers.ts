/** Servers behind a transport of our own, and what applications read from them. */
import type { HttpOptions, Transport, TransportRequest } from '../../../src/index.ts'

/** What a server sends. */
export interface Served {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** How applications read a document. */
export interface Reading {
  /** What their requests hold, and so what a server can send back. */
  readonly sent: readonly string[]
  readonly read: (served: Served, options: HttpOptions) => Promise<unknown>
}

/** What is answered to a request; undefined where nothing is there. */
export type Replies = (request: TransportRequest) => Served | undefined

export const FHIR: Served['headers'] = { 'content-type': 'application/fhir+json' }
export const PLAIN: Served['headers'] = { 'content-type': 'application/json' }
export const XML: Served['headers'] = { 'content-type': 'application/fhir+xml' }
/** Above the caps that are on by default, since it is the fields that are looked at. */
const LIMITS = { token: 3e6, metadata: 8e6, page: 16e6 }
const PIECE = 65_536

export function reply(status: number, headers: Served['headers'], text: string): Served {
  return { status, headers, text }
}

export function fhirReply(document: unknown): Served {
  return reply(200, FHIR, JSON.stringify(document))
}

/** Options of a client that these servers answer, and that does not pause between attempts. */
export function optionsFor(replies: Replies, options: HttpOptions): HttpOptions {
  return {
    transport: transportTo(replies),
    bodyLimits: LIMITS,
    // The first digits decide how long a pause is.
    randomUUID: () => `00000000${crypto.randomUUID().slice(8)}`,
    ...options,
  }
}

function transportTo(replies: Replies): Transport {
  return {
    send: (request) => {
      const { status, headers, text } = replies(request) ?? reply(404, PLAIN, '{}')
      const bytes = new TextEncoder().encode(text)
      return Promise.resolve({
        status,
        headers: new Headers(headers),
        // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of what is there
        body: (async function* () {
          for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
        })(),
      })
    },
  }
}
