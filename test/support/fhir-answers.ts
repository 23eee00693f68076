/** A fake FHIR server behind a fetch, for tests that look at the wire. */
import { inspect } from 'node:util'
import {
  CarequalityError,
  FhirPatientClient,
  type ClientEvent,
  type FetchLike,
} from '../../src/index.ts'
import type { FhirPatientClientOptions } from '../../src/fhir/index.ts'

export const base = 'https://fhir.example.org/r4'

/** Planted where patient data and secrets may stand; none of them may be shown. */
export const secrets: readonly string[] = [
  'S3CRET-TOKEN',
  'S3CRET-KEY',
  'Zebulon-Marker',
  'MRN-777-MARKER',
  '1931-02-17',
]

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
}

export interface Fake {
  readonly client: FhirPatientClient
  readonly seen: Seen[]
  readonly events: ClientEvent[]
  readonly fetch: FetchLike
}

export type Answers = (request: Seen, number: number) => Response | Promise<Response>

/** A client whose server answers as told; the number counts from 1. No pauses between attempts. */
export function fake(answers: Answers, options: Partial<FhirPatientClientOptions> = {}): Fake {
  const { fetch, seen } = recording(answers)
  const events: ClientEvent[] = []
  const client = new FhirPatientClient({
    baseUrl: base,
    fetch,
    randomUUID: () => '00000000-0000-4000-8000-000000000000',
    onEvent: (event) => events.push(event),
    ...options,
  })
  return { client, seen, events, fetch }
}

export function recording(answers: Answers): { fetch: FetchLike; seen: Seen[] } {
  const seen: Seen[] = []
  const fetch: FetchLike = async (request) => {
    const { method, url } = request
    const one = { method, url, headers: new Headers(request.headers), body: await request.text() }
    seen.push(one)
    return answers(one, seen.length)
  }
  return { fetch, seen }
}

/** Answers in turn; the last one again and again. */
export function inTurn(...answers: readonly (() => Response)[]): Answers {
  return (_request, number) => {
    const answer = answers[Math.min(number, answers.length) - 1]
    if (answer === undefined) throw new Error('no answer')
    return answer()
  }
}

export function fhir(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const bare = [204, 304].includes(status)
  return new Response(bare ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/fhir+json', ...headers },
  })
}

export function outcome(code: string, severity = 'error'): object {
  const text = 'Zebulon-Marker MRN-777-MARKER'
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity, code, details: { text }, diagnostics: '1931-02-17' }],
  }
}

export function patient(id: string, more: object = {}): object {
  return { resourceType: 'Patient', id, ...more }
}

export interface BundleParts {
  readonly next?: unknown
  readonly self?: string
  readonly total?: number
  readonly link?: readonly unknown[]
}

/** A searchset; a text stands for the Patient with that id. */
export function bundle(entries: readonly unknown[], parts: BundleParts = {}): object {
  const { next, self, total, link = [] } = parts
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total,
    link: [
      ...(self === undefined ? [] : [{ relation: 'self', url: self }]),
      ...(next === undefined ? [] : [{ relation: 'next', url: next }]),
      ...link,
    ],
    entry: entries.map((entry) =>
      typeof entry === 'string' ? { resource: patient(entry), search: { mode: 'match' } } : entry,
    ),
  }
}

export async function failure(promise: Promise<unknown>): Promise<CarequalityError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof CarequalityError) return error
  throw new Error(`no CarequalityError but ${inspect(error)}`)
}

/** Every text that a log might hold of a value. */
export function shownText(value: unknown): string {
  const message = value instanceof Error ? `${value.message} ${value.stack ?? ''}` : ''
  return `${message} ${inspect(value, { depth: 9 })} ${JSON.stringify(value) || ''} ${String(value)}`
}

/** The planted secrets that a value shows. */
export function leaks(value: unknown, planted: readonly string[] = secrets): readonly string[] {
  const text = shownText(value)
  return planted.filter((secret) => text.includes(secret))
}

/** All hits of a search, and the error that ended it, if any. */
export async function walked<T extends { readonly id?: string | undefined }>(
  results: AsyncIterable<T>,
): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = []
  try {
    for await (const { id = '' } of results) ids.push(id)
  } catch (error) {
    return { ids, error }
  }
  return { ids, error: undefined }
}
