import type { ErrorContext } from '../errors.ts'
import { reasonOf, type LazyAbortController } from '../lib/abort.ts'
import type { Deadline } from '../lib/deadline.ts'
import type { Transport } from '../types.ts'
import { discard, readBody } from './body/read.ts'
import { streamAborter, streamBody, type StreamAborter } from './body/stream.ts'
import { screenFor } from './echo.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import { attemptDeadline } from './policies/deadline.ts'
import { refuseUnlessAllowed, type UrlPolicy } from './policies/egress.ts'
import type { Observer } from './observer.ts'
import { parseUrl } from './policies/parse-url.ts'
import { requestHeaders } from './policies/headers.ts'
import { isRedirect, redirectTarget } from './policies/redirect.ts'
import { contextOf, sentBy } from './response-context.ts'
import { dispatch } from './transport/dispatch.ts'

/** What one attempt needs from the client. */
export interface AttemptSetup {
  readonly transport: Transport
  readonly policy: UrlPolicy
  readonly now: () => number
  readonly userAgent: string
  readonly bodyLimit: number
  readonly timeoutMs: number
  readonly observer: Observer | undefined
  /** How often the same request was sent before. */
  readonly sentBefore: number
}

const HOPS = 3
/** Maximum bytes of a response that says why there is no body to be streamed. */
const REFUSAL_LIMIT = 1e6

/** Sends a request once and reads the whole response, following redirects of GETs that stay below the base. */
export async function attempt(
  setup: AttemptSetup,
  request: HttpRequest,
  body: string | undefined,
  call: Deadline,
  context: ErrorContext,
): Promise<HttpResponse> {
  const deadline = attemptDeadline(call, setup.timeoutMs, setup.transport, context)
  try {
    return await deadline.race(responseTo(setup, request, body, deadline, context))
  } finally {
    deadline.end()
  }
}

async function responseTo(
  setup: AttemptSetup,
  request: HttpRequest,
  body: string | undefined,
  deadline: Deadline,
  context: ErrorContext,
): Promise<HttpResponse> {
  const stream = request.streamScope && streamAborter(request.streamScope.deadline, deadline)
  const headers = requestHeaders(request, setup.userAgent, body !== undefined)
  const sending = { setup, request, body, deadline, context, stream, headers }
  let { url } = request
  for (let hop = 0; ; hop += 1) {
    const scheme = request.plainHttp === true ? 'http-too' : 'https'
    refuseUnlessAllowed(setup.policy, url, scheme, context)
    const step = await (setup.observer === undefined
      ? sendOnce(sending, url, hop)
      : observed(setup.observer, sending, url, hop))
    if ('response' in step) return step.response
    url = step.redirectedTo
  }
}

/** What the hops of one attempt share. */
interface Sending {
  readonly setup: AttemptSetup
  readonly request: HttpRequest
  readonly body: string | undefined
  readonly deadline: Deadline
  readonly context: ErrorContext
  readonly stream: StreamAborter | undefined
  readonly headers: Readonly<Record<string, string>>
}

type Step =
  | { readonly status: number; readonly response: HttpResponse }
  | { readonly status: number; readonly redirectedTo: string }

/** Ends with the attempt, even if the transport does not. */
function observed(observer: Observer, sending: Sending, url: string, hop: number): Promise<Step> {
  const { setup, request, body, deadline, context } = sending
  const { operation = '' } = context
  return observer.observe(
    {
      ...{ kind: 'request', operation, purpose: request.kind, method: methodOf(body) },
      origin: parseUrl(url)?.origin ?? '',
      pathTemplate: request.pathTemplate,
      resendCount: setup.sentBefore + hop,
    },
    (propagated) => {
      const headers = { ...propagated, ...sending.headers }
      return deadline.race(sendOnce({ ...sending, headers }, url, hop))
    },
    (step) => ({ status: step?.status }),
  )
}

async function sendOnce(sending: Sending, url: string, hop: number): Promise<Step> {
  const { setup, request, body, deadline, context, stream, headers } = sending
  const { policy, transport } = setup
  const method = methodOf(body)
  const aborter: LazyAbortController = stream?.aborter ?? deadline.aborter
  const sentAt = setup.now()
  const onSent = hop === 0 ? () => deadline.start() : undefined
  const addresses = policy.addressesOf(url)
  const outgoing = { url, method, headers, body, onSent, addresses } as const
  const response = await dispatch(transport, outgoing, aborter, context)
  // The call has ended meanwhile; nothing reads a late response.
  if (deadline.aborter.aborted) {
    discard(response)
    throw reasonOf(deadline.aborter)
  }
  const { status, headers: received } = response
  const screen = screenFor(() => sentBy(request, url, body))
  if (isRedirect(status)) {
    discard(response)
    const mayFollow = method === 'GET' && hop < HOPS
    const from = { from: url, base: request.base, mayFollow, screen }
    return { status, redirectedTo: redirectTarget(response, from, context) }
  }
  const shown = contextOf(response, context, setup.now(), screen)
  const { bodyLimit, timeoutMs } = setup
  const facts = { status, headers: received, sentAt, context: shown, screen }
  if (stream !== undefined && status === 200) {
    stream.detach()
    const limits = { limit: bodyLimit, idleMs: timeoutMs, aborter: stream.aborter }
    const streamed = streamBody(response, limits, shown)
    return { status, response: { ...facts, bytes: new Uint8Array(), body: streamed } }
  }
  const limit = stream === undefined ? bodyLimit : REFUSAL_LIMIT
  const bytes = await readBody(response, limit, deadline.aborter, shown, request.buffer)
  return { status, response: { ...facts, bytes } }
}

function methodOf(body: string | undefined): 'GET' | 'POST' {
  return body === undefined ? 'GET' : 'POST'
}
