/** undici's dispatchers with our settings. Loaded with the first request: undici takes some 50 ms. */
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'

import type { Dispatcher } from 'undici'

import { PROXY_REFUSED } from '../http/transport/refusal-codes.ts'
import type { TransportRequest } from '../types.ts'
import { resumingConnector } from './connector.ts'
import { guardedLookup } from './lookup-guard.ts'
import type { CheckedOptions } from './tls-options.ts'
import { OriginConnections, type Sender } from './origin-connections.ts'
import { connect, EnvHttpProxyAgent, Pool } from './undici.ts'

/**
 * Connections to one origin; further requests are queued, and their attempt's time starts when they
 * are sent. undici by itself opens one for each request in flight: docs/decisions/0018-speed-again.md.
 */
const CONNECTIONS = 64

/** A dispatcher for origins that share a client certificate and a rule for addresses. */
export function makeDispatcher(
  { tls, proxy, noProxy, lookupGuard, lookup }: CheckedOptions,
  client: CheckedOptions['client'],
  addresses: TransportRequest['addresses'],
): Sender {
  // One context for all connections: reading keys and authorities costs more than the handshake.
  const secure = {
    secureContext: createSecureContext({ ...tls, ...client }),
    rejectUnauthorized: tls.rejectUnauthorized,
  }
  const connector = resumingConnector({
    ...secure,
    ...(lookupGuard || lookup !== undefined
      ? { lookup: guardedLookup(lookupGuard ? addresses : 'any', lookup) }
      : {}),
  })
  if (proxy === undefined) return new OriginConnections(connector, CONNECTIONS)
  // The proxy itself may be in a private network; only it sees what the names behind it resolve to.
  return new EnvHttpProxyAgent({
    connect: connector,
    clientFactory: proxyPool,
    requestTls: secure,
    proxyTls: { ...tls }, // the certificate is for the servers behind it
    ...(proxy === 'env' ? {} : { httpProxy: proxy, httpsProxy: proxy, noProxy: '' }),
    ...(noProxy === undefined ? {} : { noProxy }),
  })
}

/**
 * Connections to a proxy. undici 7.30 does not treat a tunnel that the proxy cuts early as a
 * failure: it reconnects, thousands of times a second and without end, even after every caller has
 * left. With another error code it does. The status of a proxy that refuses is only in undici's
 * message, so it is parsed here.
 */
function proxyPool(origin: URL, options: object): Dispatcher {
  const pool = new Pool(origin, options)
  return Object.assign(pool, {
    async connect(to: Dispatcher.ConnectOptions) {
      // undici 7.30 names a proxy by its address, which Node 26 rejects as a TLS server name.
      const named = isAddress(origin) ? Object.assign({}, to, { servername: undefined }) : to
      const made = await connect.call(pool, named).catch((error: unknown) => {
        const isCut = error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET'
        throw isCut ? failure('the proxy cut the tunnel', 'ECONNRESET') : error
      })
      if (made.statusCode === 200) return made
      made.socket.on('error', () => undefined).destroy()
      throw failure('the proxy opened no tunnel', `${PROXY_REFUSED}${made.statusCode}`)
    },
  })
}

function isAddress({ hostname }: URL): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}

function failure(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
