/** A whole directory page by page, a saved copy of it, and what one entry takes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { interleaved, spawn } from '../lib/interleaved.mjs'
import { median, ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { copyTables } from './copy.mjs'
import { entryTable } from './one-entry.mjs'

const BARE = 'bare fetch loop'
const CONTENDERS = [BARE, 'ours, default', 'ours, nodeTransport']
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

export async function run({ short }) {
  const size = short ? 1_000 : 50_000
  const rounds = short ? 1 : 5
  const server = await spawn(here('server.mjs'))
  const passes = (encoding) =>
    interleaved(CONTENDERS, rounds, (contender) => pass(contender, encoding, server.ready, size))
  const gzip = await passes('gzip')
  const identity = await passes('identity')
  server.close()
  const copy = await copyTables({ size, rounds: short ? 1 : 9 })
  return {
    title: 'Directory',
    tables: [
      tableOf(gzip, `${size} entries, answers in gzip, as directories send them`),
      tableOf(identity, `${size} entries, answers as they are`),
      ...copy.tables,
      await entryTable({ rounds: short ? 1 : 9 }),
    ],
    targets: [...passTargets(gzip, 'gzip'), ...passTargets(identity, 'identity'), ...copy.targets],
    notes: [
      'A fresh process for each pass, over pages of 1,000 organizations of 8 kB with four endpoints each. The bare loop is `await (await fetch(url)).json()` and a look at each id; ours reads every entry into the model and keeps the account. Invented data compress better (35 to 1) than real ones.',
      'The longest stop is the longest time between two ticks of a timer that is due each millisecond (`monitorEventLoopDelay`), the time included in which other processes had the processor.',
    ],
  }
}

async function pass(...args) {
  const child = fork(here('pass.mjs'), args.map(String))
  const [measured] = await once(child, 'message')
  return measured
}

function tableOf(results, title) {
  return { title, base: BARE, rows: rowsOf(results, { base: BARE, by: 'cpuMs' }) }
}

function passTargets(results, encoding) {
  const ratio = (name) => ratioOf(results, name, BARE, 'cpuMs')
  const node = 'ours, nodeTransport'
  const middle = (key) => median(results.get(node).map((sample) => sample[key]))
  return [
    target(`CPU of the bare loop, nodeTransport, ${encoding}`, 0.8, ratio(node)),
    target(`CPU of the bare loop, default, ${encoding}`, 1.25, ratio('ours, default')),
    target(`peak memory, nodeTransport, ${encoding}`, 200, middle('peakMb'), ' MB'),
    target(`longest stop, nodeTransport, ${encoding}`, 50, middle('longestStopMs'), ' ms'),
  ]
}
