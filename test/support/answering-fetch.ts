import type { ClientEvent, FetchLike, HttpOptions } from '../../src/types.ts'

/** A fetch that a test answers, with every request it saw. */
export interface Wire {
  /** Options for any part: this fetch, no waiting between attempts, a clock, the events. */
  readonly options: HttpOptions & { fetch: FetchLike }
  readonly requests: Request[]
  readonly events: ClientEvent[]
  /** Milliseconds since the epoch; move it to let time pass. */
  now: number
}

/** Makes a {@link Wire}. `answer` gets each request and its number, from 1. */
export function wire(
  answer: (request: Request, number: number) => Response | Promise<Response>,
): Wire {
  const requests: Request[] = []
  const events: ClientEvent[] = []
  const made: Wire = {
    requests,
    events,
    now: Date.parse('2026-06-01T12:00:00Z'),
    options: {
      fetch: async (request) => {
        requests.push(request)
        return answer(request, requests.length)
      },
      now: () => made.now,
      randomUUID: () => '00000000-0000-4000-8000-000000000000', // no jitter, so no pauses
      onEvent: (event) => {
        events.push(event)
      },
    },
  }
  return made
}

/** A JSON answer; `type` in place of `application/fhir+json`. */
export function jsonAnswer(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/fhir+json', ...headers },
  })
}

/** An XML answer. */
export function xmlAnswer(
  body: string,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/fhir+xml', ...headers },
  })
}

/** An answer that never comes; the fetch fails when its request is aborted, as the platform's does. */
export function silence(request: Request): Promise<Response> {
  return new Promise((_, reject) => {
    request.signal.addEventListener('abort', () => {
      reject(new DOMException('aborted', 'AbortError'))
    })
  })
}

/** What a promise rejects with; fails where it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
