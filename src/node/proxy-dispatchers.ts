/** Dispatchers through a proxy, loaded where one is used: it is half of what undici takes to load. */
import { isIP } from 'node:net'

import type { Dispatcher } from 'undici'

import { PROXY_REFUSED } from '../http/transport/refusal-codes.ts'
import type { TransportRequest } from '../types.ts'
import { connecting } from './dispatchers.ts'
import type { Sender } from './origin-connections.ts'
import type { CheckedOptions } from './tls-options.ts'
import { connect, EnvHttpProxyAgent, Pool } from './undici-proxy.ts'

/** As `makeDispatcher` of `dispatchers.ts`. */
export function makeDispatcher(
  options: CheckedOptions,
  client: CheckedOptions['client'],
  addresses: TransportRequest['addresses'],
): Sender {
  const { tls, proxy, noProxy } = options
  const { connector, secure } = connecting(options, client, addresses)
  // The proxy itself may be in a private network; only it sees what the names behind it resolve to.
  return new EnvHttpProxyAgent({
    connect: connector,
    clientFactory: proxyPool,
    requestTls: secure,
    proxyTls: { ...tls }, // the certificate is for the servers behind it
    ...(proxy === 'env' || proxy === undefined
      ? {}
      : { httpProxy: proxy, httpsProxy: proxy, noProxy: '' }),
    ...(noProxy === undefined ? {} : { noProxy }),
  })
}

/**
 * Connections to a proxy. A tunnel that the proxy cuts before it stands is no failure to undici 7.30:
 * it connects anew, thousands of times a second and without end, even after every caller has left.
 * Under another code it is one. The status of a proxy that refuses is only in undici's message, so
 * it is read here.
 */
function proxyPool(origin: URL, options: object): Dispatcher {
  const pool = new Pool(origin, options)
  return Object.assign(pool, {
    async connect(to: Dispatcher.ConnectOptions) {
      // undici 7.30 names a proxy by its address, which Node 26 refuses as a TLS server name.
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
