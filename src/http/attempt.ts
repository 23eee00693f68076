import { PolicyError, TransportError, type ErrorContext } from '../errors.ts'
import {
  limited,
  reasonOf,
  untilAborted,
  type Aborter,
  type Aborting,
  type Limited,
} from '../lib/abort.ts'
import { isRecord } from '../lib/arguments.ts'
import type { Transport, TransportRequest, TransportResponse } from '../types.ts'
import { contextOf, sentBy } from './response-context.ts'
import { discard, readBody } from './body/read.ts'
import { screenFor } from './echo.ts'
import type { Answer, Exchange } from './exchange.ts'
import { heldBody, heldSignal } from './body/stream.ts'
import { LazyHeaders } from './transport/lazy-headers.ts'
import { networkFailure } from './transport/network-failure.ts'
import { isRedirect, redirectTarget } from './policies/redirect.ts'
import type { UrlPolicy } from './policies/egress.ts'

/** What one attempt needs from the client. */
export interface AttemptSetup {
  readonly transport: Transport
  readonly policy: UrlPolicy
  readonly now: () => number
  readonly userAgent: string
  readonly bodyLimit: number
  readonly timeoutMs: number
}

const HOPS = 3
/** Bytes of an answer that says why there is no body to be read later. */
const REFUSAL_LIMIT = 1e6

/** Sends a request once and reads the whole answer, following redirects of GETs that stay below the base. */
export async function attempt(
  setup: AttemptSetup,
  exchange: Exchange,
  body: string | undefined,
  caller: Aborting,
  context: ErrorContext,
): Promise<Answer> {
  const { timeoutMs, transport } = setup
  const clock = limited(
    timeoutMs,
    caller,
    () => new TransportError('ERR_CQ_TIMEOUT', `no whole answer within ${timeoutMs} ms`, context),
    transport.tellsWhenSent === true ? 'later' : 'now',
  )
  try {
    return await untilAborted(answered(setup, exchange, body, clock, context), clock.aborter)
  } finally {
    clock.end()
  }
}

async function answered(
  setup: AttemptSetup,
  exchange: Exchange,
  body: string | undefined,
  clock: Limited,
  context: ErrorContext,
): Promise<Answer> {
  const { policy, transport } = setup
  const held = exchange.hold && heldSignal(exchange.hold.aborter, clock.aborter)
  const headers = headersOf(setup, exchange, body, held !== undefined)
  const method = body === undefined ? 'GET' : 'POST'
  const aborter = held?.aborter ?? clock.aborter
  let url = exchange.url
  for (let hop = 0; ; hop += 1) {
    refuseUnlessAllowed(policy, url, exchange, context)
    const sentAt = setup.now()
    const onSent = hop === 0 ? clock.start : undefined
    const request = outgoing(policy, { url, method, headers, body, aborter, onSent })
    const response = await responseOf(transport, request, context)
    // Whoever asked has left meanwhile; what came late is nobody's.
    if (clock.aborter.aborted) {
      discard(response)
      throw reasonOf(clock.aborter)
    }
    const { status } = response
    const from = url
    const screen = screenFor(() => sentBy(exchange, from, body))
    if (isRedirect(status)) {
      discard(response)
      const mayFollow = method === 'GET' && hop < HOPS
      url = redirectTarget(response, { from, base: exchange.base, mayFollow, screen }, context)
      continue
    }
    const seen = contextOf(response, context, setup.now(), screen)
    const answer = { status, headers: response.headers, sentAt, context: seen, screen }
    if (held !== undefined && status === 200) {
      held.detach()
      const limits = { limit: setup.bodyLimit, idleMs: setup.timeoutMs, signal: held.aborter }
      return { ...answer, bytes: new Uint8Array(), body: heldBody(response, limits, seen) }
    }
    const limit = held === undefined ? setup.bodyLimit : REFUSAL_LIMIT
    const bytes = await readBody(response, limit, clock.aborter, seen, exchange.buffer)
    return { ...answer, bytes }
  }
}

function headersOf(
  { userAgent }: AttemptSetup,
  exchange: Exchange,
  body: string | undefined,
  isHeld: boolean,
): Readonly<Record<string, string>> {
  return {
    accept: exchange.accept,
    'user-agent': userAgent,
    // What is read as it comes cannot be judged by its end: it must not break off unseen.
    ...(isHeld ? { 'accept-encoding': 'identity' } : undefined),
    ...(body === undefined ? undefined : contentType(exchange)),
    ...exchange.headers,
  }
}

function contentType({ json }: Exchange): Readonly<Record<string, string>> {
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/fhir+json'
  return { 'content-type': type }
}

function refuseUnlessAllowed(
  policy: UrlPolicy,
  url: string,
  { plainHttp }: Exchange,
  context: ErrorContext,
): void {
  const objection = policy.objection(url, plainHttp === true ? 'http-too' : 'https')
  if (objection !== undefined) {
    throw new PolicyError('ERR_CQ_ORIGIN_REFUSED', `a request was refused: ${objection}`, context)
  }
}

/** What the transport is told. The platform's signal is made for those who ask for it. */
function outgoing(
  policy: UrlPolicy,
  { url, method, headers, body, aborter, onSent }: Outgoing,
): TransportRequest {
  return {
    url,
    method,
    headers,
    body,
    get signal() {
      return aborter.signal
    },
    onAbort: (listener) => onAbort(aborter, listener),
    onSent,
    addresses: policy.addressesOf(url),
  }
}

type Outgoing = Omit<TransportRequest, 'signal' | 'onAbort' | 'addresses'> & {
  readonly aborter: Aborter
}

async function responseOf(
  transport: Transport,
  request: TransportRequest,
  context: ErrorContext,
): Promise<TransportResponse> {
  let response: TransportResponse
  try {
    response = await transport.send(request)
  } catch (error) {
    throw networkFailure(error, context)
  }
  if (!isAnswer(response)) throw networkFailure(undefined, context)
  const headers = ownHeaders(response.headers)
  if (headers === undefined) throw networkFailure(undefined, context)
  return headers === response.headers
    ? response
    : { status: response.status, headers, body: response.body }
}

function onAbort(aborter: Aborter, listener: (reason: unknown) => void): () => void {
  const leave = (): void => listener(aborter.reason)
  if (aborter.aborted) leave()
  else aborter.addEventListener('abort', leave)
  return () => aborter.removeEventListener('abort', leave)
}

/** A user's transport is code like any other: it may give back anything. */
function isAnswer(value: unknown): value is TransportResponse {
  return isRecord(value) && Number.isInteger(value.status) && hasGet(value.headers)
}

function hasGet(headers: unknown): boolean {
  return isRecord(headers) && typeof headers.get === 'function'
}

/** The platform's own kind, whatever a transport's library has; undefined where they cannot be read. */
function ownHeaders(headers: Headers): Headers | undefined {
  try {
    return isOwnKind(headers) ? headers : new Headers(headers)
  } catch {
    return undefined
  }
}

function isOwnKind(headers: unknown): boolean {
  return headers instanceof Headers || headers instanceof LazyHeaders
}
