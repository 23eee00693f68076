/** undici's dispatchers with our settings. Loaded with the first request: undici takes some 50 ms. */
import { createSecureContext } from 'node:tls'

import type { buildConnector as Connectors } from 'undici'

import type { TransportRequest } from '../types.ts'
import { resumingConnector } from './connector.ts'
import { guardedLookup } from './lookup-guard.ts'
import { OriginConnections, type Sender } from './origin-connections.ts'
import type { CheckedOptions } from './tls-options.ts'

/**
 * Connections to one origin; further requests are queued, and their attempt's time starts when they
 * are sent. undici by itself opens one for each request in flight: docs/decisions/0018-speed-again.md.
 */
const CONNECTIONS = 64

/** How the connections of one dispatcher are made. */
export interface Connecting {
  readonly connector: Connectors.connector
  /** For whoever makes connections of its own. */
  readonly secure: {
    readonly secureContext: ReturnType<typeof createSecureContext>
    readonly rejectUnauthorized: CheckedOptions['tls']['rejectUnauthorized']
  }
}

/** For origins that share a client certificate and a rule for addresses. */
export function connecting(
  { tls, lookupGuard, lookup }: CheckedOptions,
  client: CheckedOptions['client'],
  addresses: TransportRequest['addresses'],
): Connecting {
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
  return { connector, secure }
}

/** A dispatcher without a proxy; see {@link connecting}. */
export function makeDispatcher(
  options: CheckedOptions,
  client: CheckedOptions['client'],
  addresses: TransportRequest['addresses'],
): Sender {
  return new OriginConnections(connecting(options, client, addresses).connector, CONNECTIONS)
}
