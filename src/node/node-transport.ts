/** A transport for Node: own certificate authorities, client certificates, proxies. */
import { createSecureContext } from 'node:tls'

import type { Dispatcher } from 'undici'

import type { Transport, TransportRequest } from '../types.ts'
import { PROXY_REFUSED } from '../http/network-failure.ts'
import { parseUrl } from '../http/parse-url.ts'
import { resumingConnector } from './connector.ts'
import { ENCODINGS_ASKED } from './decoding.ts'
import { ExchangeHandler } from './exchange-handler.ts'
import { guardedLookup } from './lookup-guard.ts'
import { checkOptions, type CheckedOptions, type NodeTransportOptions } from './tls-options.ts'
import { loadUndici, type UndiciModule } from './undici.ts'

/**
 * Moves bytes with `undici` 7 (an optional peer: `npm install undici@7`) in place of the global
 * fetch. A client certificate is offered to the origins that you name and to nobody else; servers
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
 * @throws TypeError for a wrong option, a key that does not belong to its certificate, or where
 *   undici is not installed.
 */
export function nodeTransport(options: NodeTransportOptions = {}): Transport {
  const checked = checkOptions(options)
  const undici = loadUndici()
  const dispatchers = new Map<string, Dispatcher>()
  const offers = (url: string): boolean => checked.origins.has(parseUrl(url)?.origin ?? '')
  // Apart for each answer to both questions, so that no kept connection serves who may not have it.
  const dispatcherFor = ({ url, addresses = 'public' }: TransportRequest): Dispatcher => {
    const certified = checked.client !== undefined && offers(url)
    const key = `${addresses} ${certified}`
    const made =
      dispatchers.get(key) ??
      dispatcherOf(undici, checked, certified ? checked.client : {}, addresses)
    dispatchers.set(key, made)
    return made
  }
  let isClosed = false
  return {
    tellsWhenSent: true,
    async send(request) {
      // A dispatcher that is made after the end would be closed by nobody.
      if (isClosed) throw new Error('the transport was closed')
      const exchange = new ExchangeHandler(request.onSent)
      dispatcherFor(request).dispatch(optionsOf(request), exchange)
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

/** The deadlines are the policy layer's, so undici has none between request and last byte. */
function optionsOf({ url, method, headers, body }: TransportRequest): Dispatcher.DispatchOptions {
  const to = parseUrl(url)
  if (to === undefined) throw new TypeError('"url" must be an absolute URL')
  const { origin, pathname, search } = to
  return {
    ...{ origin, method, path: pathname + search },
    // In any case: what breaks off is seen here.
    headers: { ...headers, 'accept-encoding': ENCODINGS_ASKED },
    body: body ?? null,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
}

/** Whoever calls the transport without the policy layer has only a signal. */
function listenFor(request: TransportRequest, listener: (reason: unknown) => void): () => void {
  if (request.onAbort !== undefined) return request.onAbort(listener)
  const { signal } = request
  const leave = (): void => listener(signal.reason)
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  return () => signal.removeEventListener('abort', leave)
}

function dispatcherOf(
  undici: UndiciModule,
  { tls, proxy, noProxy, lookupGuard, lookup }: CheckedOptions,
  client: CheckedOptions['client'],
  addresses: TransportRequest['addresses'],
): Dispatcher {
  // One context for all connections: reading keys and authorities costs more than the handshake.
  const secure = {
    secureContext: createSecureContext({ ...tls, ...client }),
    rejectUnauthorized: tls.rejectUnauthorized,
  }
  const connect = resumingConnector(undici, {
    ...secure,
    ...(lookupGuard || lookup !== undefined
      ? { lookup: guardedLookup(lookupGuard ? addresses : 'any', lookup) }
      : {}),
  })
  if (proxy === undefined) return new undici.Agent({ connect })
  // The proxy itself may be in a private network; what names lead to behind it only it can see.
  return new undici.EnvHttpProxyAgent({
    connect,
    clientFactory: (origin, options) => proxyPool(undici, origin, options),
    requestTls: secure,
    proxyTls: { ...tls }, // the certificate is for the servers behind it
    ...(proxy === 'env' ? {} : { httpProxy: proxy, httpsProxy: proxy, noProxy: '' }),
    ...(noProxy === undefined ? {} : { noProxy }),
  })
}

/**
 * Connections to a proxy. A tunnel that the proxy cuts before it stands is no failure to undici 7.30:
 * it connects anew, thousands of times a second and without end, whoever has left meanwhile. Under
 * another code it is one. The status of a proxy that refuses stands in undici's text alone, so it is
 * asked for here.
 */
function proxyPool({ Pool }: UndiciModule, origin: URL, options: object): Dispatcher {
  const pool = new Pool(origin, options)
  const tunnel = pool.connect.bind(pool)
  return Object.assign(pool, {
    async connect(to: Dispatcher.ConnectOptions) {
      const made = await tunnel(to).catch((error: unknown) => {
        const isCut = error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET'
        throw isCut ? failure('the proxy cut the tunnel', 'ECONNRESET') : error
      })
      if (made.statusCode === 200) return made
      made.socket.on('error', () => undefined).destroy()
      throw failure('the proxy opened no tunnel', `${PROXY_REFUSED}${made.statusCode}`)
    },
  })
}

function failure(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
