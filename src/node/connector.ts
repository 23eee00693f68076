/** Connections that resume TLS sessions: a new one to a server that is known costs half of the first. */
import { TLSSocket } from 'node:tls'

import type { buildConnector } from 'undici'

import { BoundedMap } from '../lib/bounded-map.ts'
import type { UndiciModule } from './undici.ts'

/** For as many servers as a fan-out asks; each takes a few kilobytes. */
const SESSIONS = 1_000

/**
 * For all origins of one dispatcher, and for no other: a session stands for the client certificate it
 * was made with. (undici's own way, a connector for each origin, ends with the origin's last
 * connection, and its sessions with it.)
 */
export function resumingConnector(
  undici: UndiciModule,
  options: buildConnector.BuildOptions,
): buildConnector.connector {
  const connect = undici.buildConnector({ ...options, maxCachedSessions: SESSIONS })
  // undici holds its sessions weakly; without this the next garbage collection takes them.
  const held = new BoundedMap<Uint8Array>(SESSIONS)
  return (to, callback) => {
    connect(to, (...made) => {
      const [, socket] = made
      if (socket instanceof TLSSocket) {
        socket.on('session', (session) => held.set(to.hostname, session))
      }
      callback(...made)
    })
  }
}
