/**
 * The table of decision 17: how long each hostile document stops the event loop, in work and not in
 * time, so that a busy machine does not matter much. Each row runs in a process of its own, five times
 * or for ten seconds; the least is shown: `node bench/freeze/run.mjs [path of another dist]`.
 */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ROWS } from './rows.mjs'

const TRIES = 5
const ENOUGH_MS = 10_000
const LONGEST_MS = 180_000

const [given, one] = process.argv.slice(2)
const dist = resolve(given ?? fileURLToPath(new URL('../../dist', import.meta.url)))

if (one === undefined) await all()
else await measure(ROWS[Number(one)])

async function all() {
  console.log('| what | before | now |\n|---|---|---|')
  for (const [at, { name, before }] of ROWS.entries()) {
    const script = fileURLToPath(import.meta.url)
    const shown = await promisify(execFile)(process.execPath, [script, dist, String(at)], {
      timeout: LONGEST_MS,
    }).then(
      ({ stdout }) => stdout.trim(),
      ({ killed }) => (killed ? `more than ${LONGEST_MS / 1000} s` : 'the process ended'),
    )
    console.log(`| ${name} | ${before} | ${shown} |`)
  }
}

async function measure(row) {
  const sdk = await import(pathToFileURL(`${dist}/index.js`).href)
  let best = Infinity
  let outcome
  const began = performance.now()
  for (let at = 0; at < TRIES && performance.now() - began < ENOUGH_MS; at += 1) {
    const subject = await row.prepare(sdk)
    const turns = longestTurn()
    await new Promise((done) => setImmediate(done))
    outcome = await Promise.resolve(row.run(subject)).then(
      () => 'read',
      (error) => error.code ?? String(error),
    )
    best = Math.min(best, turns.end())
  }
  console.log(`${Math.round(best)} ms (${outcome})`)
}

/** The longest turn of the event loop in milliseconds: the work in it, or its time where that is less. */
function longestTurn() {
  let longest = 0
  let over = false
  let since = performance.now()
  let cpu = process.cpuUsage()
  const look = () => {
    const { user, system } = process.cpuUsage(cpu)
    longest = Math.max(longest, Math.min((user + system) / 1000, performance.now() - since))
    since = performance.now()
    cpu = process.cpuUsage()
  }
  const turn = () => {
    look()
    if (!over) setImmediate(turn)
  }
  setImmediate(turn)
  return {
    end: () => {
      over = true
      look()
      return longest
    },
  }
}
