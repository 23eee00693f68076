import { CarequalityError, PolicyError, TransportError, type ErrorContext } from '../errors.ts'
import { limited, reasonOf, untilAborted, type Aborter, type Aborting } from '../lib/abort.ts'
import { isRecord } from '../lib/arguments.ts'
import type { Transport, TransportRequest, TransportResponse } from '../types.ts'
import { contextOf } from './answer-context.ts'
import { brokenOff, discard, readBody, type BodyBuffer } from './body.ts'
import { heldBody, heldSignal } from './held-body.ts'
import type { Answer, Exchange } from './exchange.ts'
import { LazyHeaders } from './lazy-headers.ts'
import { parseUrl, type UrlPolicy } from './url-policy.ts'

/** A connection that the other side had closed before this request; worth one more try at once. */
export class StaleConnection extends TransportError {}

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
const CLOSED_BEFORE_US: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

/** Sends a request once and reads the whole answer, following same-origin redirects of GETs. */
export async function attempt(
  setup: AttemptSetup,
  exchange: Exchange,
  body: string | undefined,
  caller: Aborting,
  context: ErrorContext,
): Promise<Answer> {
  const clock = limited(
    setup.timeoutMs,
    caller,
    () =>
      new TransportError('ERR_CQ_TIMEOUT', `no whole answer within ${setup.timeoutMs} ms`, context),
    setup.transport.tellsWhenSent === true ? 'later' : 'now',
  )
  const held = exchange.hold && heldSignal(exchange.hold.aborter, clock.aborter)
  const headers: Record<string, string> = {
    accept: exchange.accept,
    'user-agent': setup.userAgent,
    // What is read as it comes cannot be judged by its end: it must not break off unseen.
    ...(held === undefined ? {} : { 'accept-encoding': 'identity' }),
    ...contentType(exchange, body),
    ...exchange.headers,
  }
  const method = body === undefined ? 'GET' : 'POST'
  const signal = clock.aborter
  try {
    let url = exchange.url
    for (let hop = 0; ; hop += 1) {
      refuseUnlessAllowed(setup.policy, url, context)
      const sentAt = setup.now()
      const response = await dispatch(
        setup.transport,
        outgoing(
          setup.policy,
          url,
          method,
          headers,
          body,
          held?.aborter ?? signal,
          hop === 0 ? clock.start : undefined,
        ),
        signal,
        context,
      )
      const { status } = response
      if (isRedirect(status)) {
        discard(response)
        url = redirectTarget(response, url, method === 'GET' && hop < HOPS, context)
        continue
      }
      const seen = contextOf(response, context, setup.now(), () => [
        url,
        ...Object.values(headers),
        body ?? '',
      ])
      if (held !== undefined && status === 200) {
        held.detach()
        const wait = { limit: setup.bodyLimit, idleMs: setup.timeoutMs, signal: held.aborter }
        const answerBody = heldBody(response, wait, seen)
        const bytes = new Uint8Array()
        return { status, headers: response.headers, bytes, body: answerBody, sentAt, context: seen }
      }
      const limit = held === undefined ? setup.bodyLimit : REFUSAL_LIMIT
      const bytes = await read(response, limit, signal, seen, exchange.buffer)
      return { status, headers: response.headers, bytes, sentAt, context: seen }
    }
  } finally {
    clock.end()
  }
}

function contentType(
  { json }: Exchange,
  body: string | undefined,
): Readonly<Record<string, string>> {
  if (body === undefined) return {}
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/fhir+json'
  return { 'content-type': type }
}

function refuseUnlessAllowed(policy: UrlPolicy, url: string, context: ErrorContext): void {
  const objection = policy.objection(url)
  if (objection !== undefined) {
    throw new PolicyError('ERR_CQ_ORIGIN_REFUSED', `a request was refused: ${objection}`, context)
  }
}

/** What the transport is told. The platform's signal is made for those who ask for it. */
function outgoing(
  policy: UrlPolicy,
  url: string,
  method: 'GET' | 'POST',
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
  aborter: Aborter,
  onSent: (() => void) | undefined,
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

async function dispatch(
  transport: Transport,
  request: TransportRequest,
  signal: Aborting,
  context: ErrorContext,
): Promise<TransportResponse> {
  let response: TransportResponse
  try {
    response = await untilAborted(transport.send(request), signal)
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal)
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

/** The code of a transport's error that refuses an address after the name was looked up. */
export const ADDRESS_REFUSED = 'CQ_ADDRESS_REFUSED'

/** Only a well-formed code of the platform's error is kept: its message holds URLs, its fields may hold bytes. */
function networkFailure(error: unknown, context: ErrorContext): TransportError | PolicyError {
  const code = codeOf(error) ?? codeOf(isRecord(error) ? error.cause : undefined)
  if (code === ADDRESS_REFUSED) {
    const what = 'a request was refused: its host leads to an address that is not public'
    return new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, context)
  }
  const what = `the server could not be asked${code === undefined ? '' : ` (${code})`}`
  return code !== undefined && CLOSED_BEFORE_US.has(code)
    ? new StaleConnection('ERR_CQ_NETWORK', what, context)
    : new TransportError('ERR_CQ_NETWORK', what, context)
}

function codeOf(error: unknown): string | undefined {
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : undefined
}

async function read(
  response: TransportResponse,
  limit: number,
  signal: Aborting,
  context: ErrorContext,
  buffer: BodyBuffer | undefined,
): Promise<Uint8Array> {
  try {
    return await readBody(response, limit, signal, context, buffer)
  } catch (error) {
    if (signal.aborted) throw reasonOf(signal)
    throw error instanceof CarequalityError ? error : brokenOff(context)
  }
}

/** 0 is how an opaque redirect shows itself (browsers). */
function isRedirect(status: number): boolean {
  return status === 0 || [301, 302, 303, 307, 308].includes(status)
}

function redirectTarget(
  response: TransportResponse,
  from: string,
  mayFollow: boolean,
  context: ErrorContext,
): string {
  const { status } = response
  const target = parseUrl(response.headers.get('location') ?? '', from)
  const refuse = (why: string): never => {
    throw new PolicyError(
      'ERR_CQ_REDIRECT_REFUSED',
      `the server answered with a redirect (${status}) ${why}`,
      { ...context, status },
    )
  }
  if (target === undefined || response.headers.get('location') === null) return refuse('to nowhere')
  if (target.origin !== new URL(from).origin) return refuse(`to another origin, ${target.origin}`)
  if (!mayFollow) return refuse('that is not followed')
  return target.href
}
