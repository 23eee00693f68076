/**
 * Connections that resume TLS sessions: a new one to a known server costs two thirds of the first.
 */
import type { Buffer } from 'node:buffer'
import { TLSSocket } from 'node:tls'

import type { buildConnector as Connectors } from 'undici'

import { BoundedMap } from '../lib/bounded-map.ts'
import { buildConnector } from './undici.ts'

/** For as many servers as a fan-out queries; each takes a few kilobytes. */
const SESSIONS = 1_000
/** A hostile server decides how large its session is. */
const SESSION_BYTES = 32e6

/**
 * For all origins of one dispatcher, and for no other: a session stands for the client certificate it
 * was made with.
 *
 * undici's own sessions end with the last connection of an origin or the next garbage collection, and
 * many of them are slow to look through. It takes one of ours where the connector is made, so that is
 * done for each connection: it costs nothing beside a handshake.
 */
export function resumingConnector(options: Connectors.BuildOptions): Connectors.connector {
  const sessions = new BoundedMap<Buffer>(SESSIONS, { maxBytes: SESSION_BYTES })
  const plain = buildConnector(options)
  return (to, callback) => {
    if (to.protocol === 'http:') {
      plain(to, callback)
      return
    }
    const server = `${to.hostname}:${to.port}`
    const session = sessions.get(server)
    const connect = buildConnector({ ...options, session, maxCachedSessions: 0 })
    connect(to, (...made) => {
      const [, socket] = made
      if (socket instanceof TLSSocket) socket.on('session', (next) => sessions.set(server, next))
      callback(...made)
    })
  }
}
