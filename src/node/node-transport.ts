/** A transport for Node: own certificate authorities, client certificates, proxies. */
import type { Dispatcher } from 'undici'

import type { Transport, TransportRequest } from '../types.ts'
import { parseUrl } from '../http/policies/parse-url.ts'
import { ENCODINGS_ASKED } from './decoding.ts'
import type * as Dispatchers from './dispatchers.ts'
import { ExchangeHandler } from './exchange-handler.ts'
import type { Sender } from './origin-connections.ts'
import { checkOptions, type NodeTransportOptions } from './tls-options.ts'

type Loaded = Pick<typeof Dispatchers, 'makeDispatcher'>

/**
 * The transport that Node has by default, with your own certificate authorities, client certificate
 * or proxy. A client certificate is offered to the origins that you name and to nobody else; servers
 * are always verified.
 *
 * @example
 * ```ts
 * const transport = nodeTransport({
 *   cert: await readFile('client.pem', 'utf8'),
 *   key: await readFile('client.key', 'utf8'),
 *   origins: ['https://directory.example.org'],
 * })
 * const client = new CarequalityClient({ transport, ...options })
 * ```
 *
 * @throws TypeError for a wrong option, or a key that does not belong to its certificate.
 */
export function nodeTransport(options: NodeTransportOptions = {}): Transport {
  const checked = checkOptions(options)
  let loaded: Loaded | undefined
  const dispatchers = new Map<string, Sender>()
  const offers = (url: string): boolean => checked.origins.has(parseUrl(url)?.origin ?? '')
  // Separate for each combination, so that no kept-alive connection is used where it must not be.
  const dispatcherFor = (
    { makeDispatcher }: Loaded,
    { url, addresses = 'public' }: TransportRequest,
  ): Sender => {
    const certified = checked.client !== undefined && offers(url)
    const key = `${addresses} ${certified}`
    const made =
      dispatchers.get(key) ?? makeDispatcher(checked, certified ? checked.client : {}, addresses)
    dispatchers.set(key, made)
    return made
  }
  let isClosed = false
  return {
    reportsSent: true,
    async send(request) {
      loaded ??= await (checked.proxy === undefined
        ? import('./dispatchers.ts')
        : import('./proxy-dispatchers.ts'))
      // A dispatcher that is made after closing would never be closed.
      if (isClosed) throw new Error('the transport was closed')
      const exchange = new ExchangeHandler(request.onSent)
      dispatcherFor(loaded, request).dispatch(optionsOf(request), exchange)
      exchange.whenOver(listenFor(request, (reason) => exchange.abort(reason)))
      return exchange.answer
    },
    clientCertificate: (url) => (offers(url) ? checked.thumbprint : undefined),
    async close() {
      isClosed = true
      await Promise.all([...dispatchers.values()].map((one) => one.destroy()))
      dispatchers.clear()
    },
  }
}

/** The policy layer has the deadlines, so undici has none between request and last byte. */
function optionsOf({ url, method, headers, body }: TransportRequest): Dispatcher.DispatchOptions {
  const to = parseUrl(url)
  if (to === undefined) throw new TypeError('"url" must be an absolute URL')
  const { origin, pathname, search } = to
  return {
    ...{ origin, method, path: pathname + search },
    // In any case: a connection that is cut off is noticed here.
    headers: { ...headers, 'accept-encoding': ENCODINGS_ASKED },
    body: body ?? null,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

/** Without the policy layer a caller only has a signal. */
function listenFor(request: TransportRequest, listener: (reason: unknown) => void): () => void {
  if (request.onAbort !== undefined) return request.onAbort(listener)
  const { signal } = request
  const leave = (): void => listener(signal.reason)
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return () => signal.removeEventListener('abort', leave)
}
