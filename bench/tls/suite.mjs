/** Mutual TLS: what a new connection costs the client, beside one SecureContext for all and one for each. */
import { interleaved, spawn } from '../lib/interleaved.mjs'
import { median, ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { contenders } from './contenders.mjs'

const here = new URL('.', import.meta.url).pathname
const OURS = 'nodeTransport'
const BASE = 'one SecureContext'
const VERSIONS = ['TLSv1.3', 'TLSv1.2']
const KINDS = {
  whole: 'each to another server, with a whole handshake',
  resumed: 'each to the same server, which has hung up',
  kept: 'on a connection that is kept',
}

export async function run({ short }) {
  const [rounds, times] = short ? [1, 8] : [9, 60]
  const server = await spawn(`${here}server.mjs`)
  const workers = new Map()
  const tables = []
  const targets = []
  const measure = async (name, task) => {
    const found = await workers.get(name).ask(task)
    const { connections, resumed } = await server.ask('report')
    return { ...found, resumed: connections === 0 ? undefined : resumed / connections }
  }
  try {
    for (const name of Object.keys(contenders)) {
      workers.set(name, await spawn(`${here}worker.mjs`, [name, JSON.stringify(server.ready)]))
    }
    for (const version of VERSIONS) {
      const results = {}
      for (const [kind, what] of Object.entries(KINDS)) {
        const task = { kind, version, times }
        const found = await interleaved([...workers.keys()], rounds, (name) => measure(name, task))
        results[kind] = found
        const rows = rowsOf(found, { base: BASE, by: 'cpuUs' })
        tables.push({ title: `${version}, ${what}`, base: BASE, rows })
      }
      targets.push(...targetsOf(version, results))
    }
  } finally {
    for (const worker of workers.values()) worker.close()
    server.close()
  }
  return {
    title: 'Mutual TLS: CPU of the client for a connection and a request on it',
    tables,
    targets,
    notes: [
      'Both are undici 7: the base is `undici.request` over an `Agent` with a shared SecureContext, ours `send` of `nodeTransport` and its body. `resumed` is the share of the connections that went on with a session, as the server saw it; an `Agent` by itself forgets sessions with the last connection of an origin.',
    ],
  }
}

/** The connection alone is what a new one costs above a request on one that is kept. */
function targetsOf(version, { whole, resumed, kept }) {
  const cpuOf = (results, name) => median(results.get(name).map(({ cpuUs }) => cpuUs))
  const alone = (name) => cpuOf(whole, name) - cpuOf(kept, name)
  const notResumed = resumed.get(OURS).map((one) => 1 - one.resumed)
  return [
    target(
      `${version}: nodeTransport, a new connection and a request, of ${BASE}`,
      1.05,
      ratioOf(whole, OURS, BASE, 'cpuUs'),
    ),
    target(`${version}: the connection alone`, 1.05, alone(OURS) / alone(BASE)),
    target(
      `${version}: connections that did not resume though they could, share`,
      0,
      Math.max(...notResumed),
    ),
  ]
}
