import { ResponseError, TransportError } from '../../errors.ts'
import { urlBelow } from '../../http/policies/base-url.ts'
import type { BodyBuffer } from '../../http/body/buffer.ts'
import { mediaTypeOf } from '../../http/body/media-type.ts'
import { jsonOf, textOf } from '../../http/body/text.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import type { HttpClient } from '../../http/client.ts'
import { isRecord } from '../../lib/arguments.ts'
import { heapBytesOf } from '../../lib/heap-bytes.ts'
import { Yielder } from '../../lib/turn.ts'
import { unwrap, withoutKey } from './responses.ts'
import { readEntry } from '../model/entry.ts'
import { withinLimits } from '../model/limits.ts'
import type { DirectoryEntry } from '../model/model.ts'
import type { DirectoryPlace } from './options.ts'
import type { DirectoryRelease } from './releases.ts'
import { MAX_ENTRY, splitBundle, TOO_LARGE } from './split-bundle.ts'
import { issueCodesOf } from '../../hl7/operation-outcome.ts'
import { list, member } from '../../hl7/tree.ts'
import { parseXml } from './xml.ts'

const ATTEMPT_MS = 60_000
/**
 * How much memory {@link MAX_ENTRY} of JSON or XML takes, as estimated, where entries are parsed
 * together.
 */
const MAX_ENTRY_IN_MEMORY = 8 * MAX_ENTRY

/** One request to the directory; the key is added here and nowhere else. */
export interface DirectoryRequest {
  /** Below the base, or the whole URL of a next link without its key. */
  readonly at: { readonly path: string } | { readonly url: string }
  readonly pathTemplate: string
  readonly query?: readonly (readonly [string, string])[] | undefined
  /** ETag of the cached response. */
  readonly etag?: string | undefined
  /** Memory for the response, if it is read to its end before the next request. */
  readonly buffer?: BodyBuffer | undefined
  readonly organization?: string | undefined
}

/** One directory: its key, its format, and from bytes to resources. */
export class DirectorySession {
  readonly http: HttpClient
  readonly place: DirectoryPlace
  readonly #apiKey: string | (() => string | Promise<string>)

  constructor(
    http: HttpClient,
    place: DirectoryPlace,
    apiKey: string | (() => string | Promise<string>),
  ) {
    this.http = http
    this.place = place
    this.#apiKey = apiKey
  }

  get release(): DirectoryRelease {
    return this.place.release
  }

  get accept(): string {
    return this.release.format === 'xml'
      ? 'application/fhir+xml, application/xml;q=0.9'
      : 'application/fhir+json'
  }

  /** The response, whatever its status, and the key that was sent, which must not be shown. */
  async get(request: DirectoryRequest, call: Call): Promise<{ answer: HttpResponse; key: string }> {
    const { format, apiKey } = this.release
    const key = await this.#key()
    const parameters = new URLSearchParams(
      (request.query ?? []).map(([name, value]) => [name, value]),
    )
    if (apiKey.in === 'query') parameters.set(apiKey.name, key)
    // A next link of the legacy directory may already contain it.
    const says = 'url' in request.at && /[?&]_format=/.test(request.at.url)
    if (format === 'xml' && !says) parameters.set('_format', 'xml')
    const query = parameters.toString()
    const answer = await this.http.exchange(
      {
        url:
          'path' in request.at
            ? urlBelow(this.place.baseUrl, request.at.path, query)
            : withQuery(request.at.url, query),
        base: this.place.baseUrl,
        pathTemplate: request.pathTemplate,
        accept: this.accept,
        kind: 'page',
        retry: 'safe',
        attemptTimeoutMs: ATTEMPT_MS,
        headers: {
          ...(apiKey.in === 'header' ? { authorization: `api-key ${key}` } : {}),
          ...(request.etag === undefined ? {} : { 'if-none-match': request.etag }),
        },
        buffer: request.buffer,
        organization: request.organization,
      },
      call,
    )
    return { answer: withoutKey(answer, key), key }
  }

  /** The response's resource, wherever its format names the type. */
  async resource(answer: HttpResponse, type: string): Promise<unknown> {
    if (type !== 'Bundle') refuseLargerThanEntry(answer.bytes.length, answer)
    const document = await this.#document(answer)
    const resource = unwrap(document, type)
    if (resource !== undefined) return resource
    const outcome = unwrap(document, 'OperationOutcome')
    const codes = issueCodesOf(outcome).join(', ')
    const what =
      outcome === undefined
        ? `something else than ${type}`
        : `an OperationOutcome in place of ${type}${codes === '' ? '' : ` (${codes})`}`
    throw new ResponseError(
      'ERR_CQ_UNEXPECTED_RESOURCE',
      `the directory returned ${what}`,
      answer.context,
    )
  }

  /**
   * A search response: the Bundle, and its entries one by one. JSON is parsed entry by entry, on
   * demand; one that is not JSON is `NOT_JSON`, one above the size of an entry `TOO_LARGE`, and
   * `NOT_YET` comes between them where the next one takes time.
   */
  async bundle(
    answer: HttpResponse,
    buffer: BodyBuffer,
  ): Promise<{ bundle: unknown; entries: () => Iterable<unknown> }> {
    const split = isPlainJson(answer.headers)
      ? await finished(splitBundle(buffer.bytes))
      : undefined
    if (split?.shell === TOO_LARGE) refuseLargerThanEntry(Infinity, answer)
    const bundle = split === undefined ? undefined : unwrap(split.shell, 'Bundle')
    if (split !== undefined && bundle !== undefined)
      return { bundle, entries: () => split.entries() }
    const whole = await this.resource(answer, 'Bundle')
    const [shell, entries] = [{ ...recordOf(whole), entry: undefined }, member(whole, 'entry')]
    if (isTooLarge(shell)) refuseLargerThanEntry(Infinity, answer)
    return { bundle: shell, entries: () => eachWithinSize(list(entries)) }
  }

  /** Reads an Organization by the release's own reader, whose exceptions count as the entry's. */
  entry(resource: unknown): DirectoryEntry | undefined {
    const { read } = this.release
    if (read === undefined) return readEntry(resource)
    try {
      const entry = read(resource)
      return entry === undefined ? undefined : withinLimits(entry)
    } catch {
      return undefined
    }
  }

  async #key(): Promise<string> {
    const given = typeof this.#apiKey === 'function' ? await this.#apiKey() : this.#apiKey
    // Keys are read from files, which end with a line break.
    const key: unknown = typeof given === 'string' ? given.trim() : given
    // Anything else could break out of the header or the query, or be sent as "undefined".
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(key)) {
      throw new TypeError('"apiKey" must return visible ASCII characters')
    }
    return key
  }

  async #document(answer: HttpResponse): Promise<unknown> {
    const body = textOf(answer)
    const xml =
      /[/+]xml$/.test(mediaTypeOf(answer.headers)) ||
      /^\s*<(\?xml|Organization|Bundle|OperationOutcome)\b/.test(body)
    return xml ? parseXml(body, answer.context) : jsonOf(answer, 'fhir', body)
  }
}

/** An entry of that size is not one, nor is the rest of a page. */
function refuseLargerThanEntry(bytes: number, { context }: HttpResponse): void {
  if (bytes <= MAX_ENTRY) return
  const what = `the directory returned more than ${MAX_ENTRY} bytes in one resource`
  throw new TransportError('ERR_CQ_RESPONSE_TOO_LARGE', what, context)
}

/** Yields between the steps. */
async function finished<Result>(steps: Generator<undefined, Result, void>): Promise<Result> {
  const others = new Yielder()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (others.shouldYield) await others.turn()
  }
}

function* eachWithinSize(entries: readonly unknown[]): Generator<unknown, void, void> {
  for (const entry of entries) yield isTooLarge(entry) ? TOO_LARGE : entry
}

function isTooLarge(value: unknown): boolean {
  return heapBytesOf(value, MAX_ENTRY_IN_MEMORY) > MAX_ENTRY_IN_MEMORY
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

function isPlainJson(headers: Headers): boolean {
  const type = headers.get('content-type') ?? ''
  return (
    /^\s*application\/(fhir\+json|json|json\+fhir)\s*(;|$)/i.test(type) &&
    !/charset\s*=\s*"?(?!utf-?8)/i.test(type)
  )
}

function withQuery(url: string, query: string): string {
  if (query === '') return url
  return `${url}${url.includes('?') ? '&' : '?'}${query}`
}
