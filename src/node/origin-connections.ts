/** Kept connections by origin, in place of undici's `Agent` and `Pool`: docs/decisions/0022-discover.md says what they cost. */
import type { buildConnector as Connectors, Dispatcher } from 'undici'

import type { ExchangeHandler } from './exchange-handler.ts'
import { Client } from './undici.ts'

/** What sends exchanges, and ends them all. */
export interface Sender {
  dispatch(options: Dispatcher.DispatchOptions, exchange: ExchangeHandler): void
  destroy(): Promise<void>
}

interface Queued {
  readonly options: Dispatcher.DispatchOptions
  readonly exchange: ExchangeHandler
}

interface Origin {
  readonly name: string
  readonly all: Set<Client>
  /** Those that take a request at once. The last one used is the first to be used again, so that the others may end. */
  readonly free: Client[]
  /** Oldest first. */
  readonly queue: Queued[]
}

/**
 * At most so many connections to each origin, one request at a time on each; what comes beyond is
 * queued. A connection that its server or its idle time has closed leaves nothing behind, so origins
 * that were asked once cost no memory.
 */
export class OriginConnections implements Sender {
  readonly #connect: Connectors.connector
  readonly #limit: number
  readonly #origins = new Map<string, Origin>()

  constructor(connect: Connectors.connector, limit: number) {
    this.#connect = connect
    this.#limit = limit
  }

  dispatch(options: Dispatcher.DispatchOptions, exchange: ExchangeHandler): void {
    const name = String(options.origin)
    const origin = this.#origins.get(name) ?? this.#open(name)
    const client = this.#clientFor(origin)
    if (client === undefined) origin.queue.push({ options, exchange })
    else send(origin, client, { options, exchange })
  }

  async destroy(): Promise<void> {
    const origins = [...this.#origins.values()]
    this.#origins.clear()
    for (const { queue } of origins) {
      for (const { exchange } of queue.splice(0)) {
        exchange.abort(new Error('the transport was closed'))
      }
    }
    await Promise.all(origins.flatMap(({ all }) => [...all].map((client) => client.destroy())))
  }

  #open(name: string): Origin {
    const origin: Origin = { name, all: new Set(), free: [], queue: [] }
    this.#origins.set(name, origin)
    return origin
  }

  #clientFor(origin: Origin): Client | undefined {
    const free = origin.free.pop()
    if (free !== undefined || origin.all.size >= this.#limit) return free
    const client = new Client(origin.name, { connect: this.#connect })
    let isConnected = false
    client
      .on('connect', () => (isConnected = true))
      .on('disconnect', () => {
        isConnected = false
        if (origin.free.includes(client)) this.#drop(origin, client)
      })
      .on('drain', () => {
        if (client.destroyed) return
        const next = origin.queue.shift()
        if (next !== undefined) send(origin, client, next)
        else if (isConnected) setFree(origin, client)
        else this.#drop(origin, client)
      })
    origin.all.add(client)
    return client
  }

  /** One without a connection and without requests holds nothing that has to be closed. */
  #drop(origin: Origin, client: Client): void {
    const at = origin.free.indexOf(client)
    if (at >= 0) origin.free.splice(at, 1)
    origin.all.delete(client)
    const { name, all, queue } = origin
    if (all.size === 0 && queue.length === 0 && this.#origins.get(name) === origin) {
      this.#origins.delete(name)
    }
  }
}

function send(origin: Origin, client: Client, { options, exchange }: Queued): void {
  client.dispatch(options, exchange)
  // Of a request that undici refuses to send, no event follows.
  if (client.stats.size === 0) setFree(origin, client)
}

function setFree({ free }: Origin, client: Client): void {
  if (!free.includes(client)) free.push(client)
}
