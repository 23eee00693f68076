/** New connections go on with the TLS sessions of old ones, and with nobody else's. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nodeTransport, type NodeTransportOptions } from '../../../src/node/index.ts'
import { heapMb } from '../../adversarial/memory.ts'
import { authority, serveTls } from '../../support/tls-server.ts'
import { ask, clientOf } from '../http/loopback.ts'
import { turns } from '../../support/time.ts'

const ca = authority()
const certified = ca.issue('server', true)
const mine = ca.issue('my-client')
const identity = { cert: mine.certificate.pem, key: mine.keyPem }
const over = (options: NodeTransportOptions) =>
  clientOf({ transport: nodeTransport({ ca: ca.pem, ...options }) })

/** One connection for each request. */
const hangingUp = { connection: 'close' }

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (maxVersion) => {
  test('each new connection but the first resumes, with the client certificate', async () => {
    const server = await serveTls(certified, { maxVersion, sessionIdContext: 'a' }, hangingUp)
    const client = over({ ...identity, origins: [server.origin] })
    for (let time = 0; time < 4; time += 1) await ask(client, server.origin)
    expect(server.seen.map(({ resumed }) => resumed)).toEqual([false, true, true, true])
    expect(new Set(server.seen.map((one) => one.client))).toEqual(new Set(['my-client']))
  })

  test('and still does after a garbage collection', async () => {
    const server = await serveTls(certified, { maxVersion, sessionIdContext: 'a' }, hangingUp)
    const client = over({})
    await ask(client, server.origin)
    await turns()
    heapMb()
    await ask(client, server.origin)
    expect(server.seen.map(({ resumed }) => resumed)).toEqual([false, true])
  })

  test('what began with the client certificate is not resumed where it is not offered', async () => {
    // One host, and each server can read the other's sessions.
    const shared = { maxVersion, sessionIdContext: 'a', ticketKeys: randomBytes(48) }
    const [named, other] = [
      await serveTls(certified, shared, hangingUp),
      await serveTls(certified, shared, hangingUp),
    ]
    const client = over({ ...identity, origins: [named.origin] })
    for (const { origin } of [named, other, named, other]) await ask(client, origin)
    expect(named.seen.map((one) => one.client)).toEqual(['my-client', 'my-client'])
    expect(other.seen.map((one) => one.client)).toEqual([undefined, undefined])
    expect([...named.seen, ...other.seen].map(({ resumed }) => resumed)).toEqual([
      false,
      true,
      false,
      true,
    ])
  })
})
