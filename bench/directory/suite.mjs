/** A whole directory page by page, a saved copy of it, and what one entry takes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { interleaved, spawn } from '../lib/interleaved.mjs'
import { median, ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { copyTables } from './copy.mjs'
import { entryTable } from './one-entry.mjs'

const BARE = 'bare fetch loop'
const DEFAULT = 'ours, default'
const OVER_FETCH = 'ours over fetch'
const CONTENDERS = [BARE, DEFAULT, OVER_FETCH]
/** CPU of the bare loop. */
const MOST = { gzip: 0.75, identity: 1 }
const here = (file) => fileURLToPath(new URL(file, import.meta.url))

export async function run({ short }) {
  const size = short ? 1_000 : 50_000
  const rounds = short ? 1 : 3
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
  const middle = (key) => median(results.get(DEFAULT).map((sample) => sample[key]))
  return [
    target(`default, ${encoding}, CPU of the bare loop`, MOST[encoding], ratio(DEFAULT)),
    target(`over fetch, ${encoding}, CPU of the bare loop`, 1.25, ratio(OVER_FETCH)),
    target(`default, ${encoding}, peak memory`, 200, middle('peakMb'), ' MB'),
    target(`default, ${encoding}, longest stop`, 50, middle('longestStopMs'), ' ms'),
  ]
}
