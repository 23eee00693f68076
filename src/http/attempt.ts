import type { ErrorContext } from '../errors.ts'
import { reasonOf, type LazyAbortController } from '../lib/abort.ts'
import type { Deadline } from '../lib/deadline.ts'
import type { Transport } from '../types.ts'
import { discard, readBody } from './body/read.ts'
import { streamAborter, streamBody } from './body/stream.ts'
import { screenFor } from './echo.ts'
import type { HttpRequest, HttpResponse } from './messages.ts'
import { attemptDeadline } from './policies/deadline.ts'
import { refuseUnlessAllowed, type UrlPolicy } from './policies/egress.ts'
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
}

const HOPS = 3
/** Bytes of a response that says why there is no body to be streamed. */
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
  const { policy, transport, bodyLimit, timeoutMs } = setup
  const stream = request.streamScope && streamAborter(request.streamScope.deadline, deadline)
  const headers = requestHeaders(request, setup.userAgent, body !== undefined)
  const method = body === undefined ? 'GET' : 'POST'
  const aborter: LazyAbortController = stream?.aborter ?? deadline.aborter
  let { url } = request
  for (let hop = 0; ; hop += 1) {
    refuseUnlessAllowed(policy, url, request.plainHttp === true ? 'http-too' : 'https', context)
    const sentAt = setup.now()
    const onSent = hop === 0 ? deadline.start : undefined
    const outgoing = {
      url,
      method,
      headers,
      body,
      onSent,
      addresses: policy.addressesOf(url),
    } as const
    const response = await dispatch(transport, outgoing, aborter, context)
    // The caller has left meanwhile; what came late is read by nobody.
    if (deadline.aborter.aborted) {
      discard(response)
      throw reasonOf(deadline.aborter)
    }
    const from = url
    const screen = screenFor(() => sentBy(request, from, body))
    if (isRedirect(response.status)) {
      discard(response)
      const mayFollow = method === 'GET' && hop < HOPS
      url = redirectTarget(response, { from, base: request.base, mayFollow, screen }, context)
      continue
    }
    const shown = contextOf(response, context, setup.now(), screen)
    const { status, headers: received } = response
    const seen = { status, headers: received, sentAt, context: shown, screen }
    if (stream !== undefined && status === 200) {
      stream.detach()
      const limits = { limit: bodyLimit, idleMs: timeoutMs, aborter: stream.aborter }
      return { ...seen, bytes: new Uint8Array(), body: streamBody(response, limits, shown) }
    }
    const limit = stream === undefined ? bodyLimit : REFUSAL_LIMIT
    const bytes = await readBody(response, limit, deadline.aborter, shown, request.buffer)
    return { ...seen, bytes }
  }
}
