/**
 * The Patient client beside other clients: `npm run fhir` in bench/. Every contender has a process,
 * one works at a time, in a new order each round; CPU time is that process's alone.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'

const OURS = ['ours, default', 'ours, nodeTransport']
const CLIENTS = ['fetch', 'fhir-kit-client', 'fhirclient', '@medplum/core', ...OURS]
const ROUNDS = 21
const here = new URL('.', import.meta.url).pathname

const server = fork(`${here}server.mjs`)
const [{ port, token }] = await once(server, 'message')
const workers = new Map()

async function open(name) {
  const worker = fork(`${here}worker.mjs`, [name, String(port), token])
  await once(worker, 'message')
  return worker
}

async function run(worker, task) {
  worker.send(task)
  const [result] = await once(worker, 'message')
  return result
}

/** Results of each name: one warm round is thrown away, then the order is turned round each time. */
async function interleaved(names, task, rounds = ROUNDS) {
  for (const name of names) if (!workers.has(name)) workers.set(name, await open(name))
  const results = new Map(names.map((name) => [name, []]))
  for (const name of names) await run(workers.get(name), task)
  for (let round = 0; round < rounds; round += 1) {
    const from = round % names.length
    const order = [...names.slice(from), ...names.slice(0, from)]
    if (round % 2 === 1) order.reverse()
    for (const name of order) results.get(name).push(await run(workers.get(name), task))
  }
  return results
}

function quantile(numbers, at) {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * at)]
}

/** CPU and wall in µs, and the ratio of CPU to the base's in the same round: median and quartiles. */
function print(title, results, base = 'fetch', more = {}) {
  console.log(
    `\n${title}\n\n| | CPU µs | of ${base} (quartiles) | wall µs |${Object.keys(more)
      .map((name) => ` ${name} |`)
      .join('')}`,
  )
  console.log(`|---|---|---|---|${'---|'.repeat(Object.keys(more).length)}`)
  for (const [name, all] of results) {
    const ratios = all.map(({ cpuUs }, round) => cpuUs / results.get(base)[round].cpuUs)
    const [low, middle, high] = [0.25, 0.5, 0.75].map((at) => quantile(ratios, at).toFixed(2))
    const [cpu, wall] = ['cpuUs', 'wallUs'].map((unit) =>
      quantile(
        all.map((one) => one[unit]),
        0.5,
      ).toFixed(1),
    )
    const rest = Object.values(more)
      .map((of) => ` ${of.get(name)} |`)
      .join('')
    console.log(`| ${name} | ${cpu} | ${middle} (${low} to ${high}) | ${wall} |${rest}`)
  }
}

/** Peak memory of one walk in a fresh process, the median of three. */
async function peaks(names, count) {
  const found = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < 3; round += 1)
    for (const name of names) {
      const worker = await open(name)
      found.get(name).push((await run(worker, { count })).rssMb)
      worker.disconnect()
    }
  return new Map([...found].map(([name, all]) => [name, Math.round(quantile(all, 0.5))]))
}

console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0].model.trim()}, ${new Date().toISOString()}`,
)

for (const [inFlight, times] of [
  [1, 200],
  [64, 640],
]) {
  const title = `A Patient read, warm token, ${inFlight} at once; medians of ${ROUNDS} rounds of ${times}`
  print(
    title,
    await interleaved([...CLIENTS, 'ky with a signal', 'undici.request'], { times, inFlight }),
  )
}

for (const count of [100, 1000]) {
  const title = `10,000 patients over pages of ${count}, for each patient; medians of 11 rounds`
  const results = await interleaved(CLIENTS, { count }, 11)
  print(title, results, 'fetch', { 'peak RSS MB': await peaks(CLIENTS, count) })
}

const levels = ['off', 'shell', 'validate'].map((level) =>
  level === 'shell' ? 'ours, nodeTransport' : `ours, nodeTransport, ${level}`,
)
print(
  'What the levels of validation cost, pages of 1000, for each patient; medians of 11 rounds',
  await interleaved(levels, { count: 1000 }, 11),
  levels[0],
)

console.log(
  '\nA consumer that computes 0.2 ms for each patient, a server that takes 20 ms for each page of 100; medians of 5 rounds\n',
)
for (const name of OURS) {
  const walls = { walk: [], walkPages: [] }
  for (let round = 0; round < 5; round += 1)
    for (const by of Object.keys(walls))
      walls[by].push(
        (await run(workers.get(name), { count: 100, busyMs: 0.2, delayMs: 20, by })).wallUs,
      )
  const [ahead, plain] = Object.values(walls).map((all) => quantile(all, 0.5))
  console.log(
    `- ${name}: one page ahead ${ahead.toFixed(0)} µs a patient, page by page ${plain.toFixed(0)}: ${(ahead / plain).toFixed(2)}`,
  )
}

for (const worker of workers.values()) worker.disconnect()
server.disconnect()
