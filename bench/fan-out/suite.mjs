/** A thousand responders asked at once: whether what holds us up here is taken for slow servers there. */
import { interleaved, spawn } from '../lib/interleaved.mjs'
import { median, rowsOf, target } from '../lib/statistics.mjs'
import { flows } from './flows.mjs'

const here = new URL('.', import.meta.url).pathname
const OURS = 'ours, default'
const BASE = 'fetch'
const SHORT_MS = 250
const LONG_MS = 30_000

export async function run({ short }) {
  const [count, rounds] = short ? [20, 1] : [1000, 3]
  const server = await spawn(`${here}server.mjs`, [count])
  /** Each sweep is a fresh process: what counts is the first time. */
  const sweep = async (name, ...how) => {
    const client = await spawn(`${here}sweep.mjs`, [name, server.ready.port, count, ...how])
    const found = await client.ask('sweep')
    client.close()
    return { ...found, ...(await server.ask('report')) }
  }
  try {
    const names = Object.keys(flows)
    const rounded = (...how) =>
      interleaved(names, rounds, (name) => sweep(name, ...how), { cold: true })
    const hurried = await rounded(SHORT_MS, 'silent')
    const patient = await rounded(LONG_MS)
    return {
      title: `Fan-out: ${count} origins at once, cold, each answer after 50 ms`,
      tables: [
        {
          title: `${SHORT_MS} ms for an attempt, one origin in a hundred silent; medians of ${rounds} fresh processes, and the worst`,
          rows: [...hurried].map(([name, samples]) => rowOf(name, samples)),
        },
        {
          title: `No origin silent, ${LONG_MS / 1000} s for an attempt, so that all do all of it; medians of ${rounds} fresh processes`,
          base: BASE,
          rows: rowsOf(
            new Map([...patient].map(([name, samples]) => [name, samples.map(costOf)])),
            {
              base: BASE,
              by: 'cpuMs',
            },
          ),
        },
      ],
      targets: targetsOf(hurried.get(OURS)),
      notes: [NOTE],
    }
  } finally {
    server.close()
  }
}

const NOTE =
  'A flow is the metadata, a token with a newly signed assertion (ES256), a search and a read; ours asks for the smart-configuration, too, at the same time as for the metadata, so that an origin sees two connections and five requests. Ours tries again what timed out; that shows as requests sent again. Timeouts are of whole flows. The servers are one process: where it was held up for long itself, the sweep says nothing of the client.'

/** What became of the healthy origins. */
function rowOf(name, samples) {
  const middle = (key) => median(samples.map((one) => one[key]))
  return {
    name,
    'false timeouts': middle('falseTimeouts'),
    worst: worstOf(samples, 'falseTimeouts'),
    'other failures, worst': worstOf(samples, 'otherFailures'),
    'sent again, worst': worstOf(samples, 'repeats'),
    'connections for token and queries, worst': worstOf(samples, 'mostConnections'),
    longestStopMs: middle('longestStopMs'),
    'stop of the servers ms, worst': worstOf(samples, 'serverStopMs'),
  }
}

function costOf({ cpuMs, wallMs, longestStopMs, connections, requests }) {
  return { cpuMs, wallMs, longestStopMs, connections, requests }
}

const worstOf = (samples, key) => Math.max(...samples.map((one) => one[key]))

function targetsOf(samples) {
  const most = (what, limit, key) => target(what, limit, worstOf(samples, key))
  return [
    most('default, worst sweep: healthy origins that timed out', 0, 'falseTimeouts'),
    most('default, worst sweep: healthy origins that failed otherwise', 0, 'otherFailures'),
    most('default, worst sweep: requests that were sent again', 0, 'repeats'),
    most('default, connections of one origin for its token and queries', 1, 'mostConnections'),
    most('default, silent origins that did not time out', 0, 'silentNotTimedOut'),
  ]
}
