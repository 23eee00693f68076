import { PolicyError } from '../../errors.ts'
import { requireSignal, requireText } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import type { CallOptions } from '../../types.ts'
import type { Call } from '../../http/call.ts'
import type { AccessFacts } from '../auditor.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { judgeLink } from '../../paging/judge-link.ts'
import { linkScopeOf, tidyLink } from '../pages/next-link.ts'
import { fhirErrorOf } from '../status-errors.ts'

/** Options of a binary. */
export interface BinaryOptions extends CallOptions {
  /**
   * The attachment's type, for the `Accept` header. Default: any. A server that has the content
   * only inside a Binary resource returns that, as `application/fhir+json`.
   */
  contentType?: string | undefined
}

/** The content behind an attachment's URL, not yet read. */
export interface BinaryContent {
  /** As the server states, for example `application/pdf`; undefined where it does not. */
  readonly contentType: string | undefined
  /** Bytes, where the server states it in advance and the response is not compressed. */
  readonly size: number | undefined
  /**
   * The chunks as they arrive, to be read once. It throws `ERR_CQ_INCOMPLETE_BODY`,
   * `ERR_CQ_TIMEOUT` (30 seconds, or `attemptTimeoutMs`, without a chunk) and
   * `ERR_CQ_RESPONSE_TOO_LARGE` (`bodyLimits.binary`): a loop that ends without throwing has all of
   * it. A second loop is a `TypeError`. It is requested uncompressed, because Node's `fetch` does
   * not report where compressed content is cut off; a server that compresses all the same is
   * `ERR_CQ_UNEXPECTED_CONTENT`. `nodeTransport` accepts gzip and br.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** Cancels the rest; a loop that is still reading gets an `AbortError`. */
  cancel(): void
}

/**
 * Opens a Binary, or any other content at or below the FHIR base ([FHIR R4,
 * Binary](https://hl7.org/fhir/R4/binary.html)). `timeoutMs` is the time until the content begins.
 */
export async function openBinary(
  parts: FhirParts,
  url: string,
  given: BinaryOptions = {},
): Promise<BinaryContent> {
  requirePurpose(parts)
  requireText(url, 'url')
  const options = ownOptions(given)
  requireSignal(options.signal, 'signal')
  const { contentType: accept = '*/*' } = options
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(requireText(accept, 'contentType'))) {
    throw new TypeError('"contentType" must be a media type such as application/pdf')
  }
  const { session } = parts
  const verdict = judgeLink(tidyLink(url), session.urlOf(''), linkScopeOf(parts))
  if ('refused' in verdict) {
    const what = `an attachment's address was refused: ${verdict.refused}`
    throw new PolicyError('ERR_CQ_ORIGIN_REFUSED', what, session.where('fhir.binary'))
  }
  const scope = session.http.openStream('fhir.binary', options.signal)
  const end = (): void => session.http.release(scope)
  const drop = (): void => {
    scope.deadline.abort(new DOMException('the content was cancelled', 'AbortError'))
    end()
  }
  try {
    const facts = (): AccessFacts => ({
      interaction: 'binary',
      resource: verdict.url,
      request: { method: 'GET', url: verdict.url },
    })
    const open = async (call: Call): Promise<BinaryContent> => {
      const answer = await session.send(
        {
          ...{ url: verdict.url, accept, streamScope: scope },
          pathTemplate: 'attachment',
          needs: { type: 'Binary', interaction: 'r' },
        },
        call,
      )
      if (answer.status !== 200 || answer.body === undefined) throw fhirErrorOf(answer, accept)
      return contentOf(answer.headers, answer.body, { end, drop })
    }
    // Only the content would say whom it is about.
    return await session.access('fhir.binary', options, facts, open, () => [])
  } catch (error) {
    drop()
    throw error
  }
}

function contentOf(
  headers: Headers,
  body: AsyncIterable<Uint8Array>,
  { end, drop }: { end: () => void; drop: () => void },
): BinaryContent {
  const pieces = body[Symbol.asyncIterator]()
  let isRead = false
  const cancel = (): void => {
    void pieces.return?.()
    drop()
  }
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      const piece = await pieces.next()
      if (piece.done === true) end()
      return piece
    } catch (error) {
      drop()
      throw error
    }
  }
  const stop = (): Promise<IteratorResult<Uint8Array>> => {
    cancel()
    return Promise.resolve({ done: true, value: undefined })
  }
  const length = headers.get('content-length') ?? ''
  const plain = headers.get('content-encoding') === null && /^\d{1,15}$/.test(length)
  return {
    contentType: headers.get('content-type') ?? undefined,
    size: plain ? Number(length) : undefined,
    body: {
      [Symbol.asyncIterator]: () => {
        // A second loop would find nothing and end as if it were complete.
        if (isRead) throw new TypeError('the content of a binary can be read once')
        isRead = true
        return { next, return: stop }
      },
    },
    cancel,
  }
}
