/**
 * The directory, measured side by side in one run: `npm run directory` in bench/.
 * CPU time is that of the client's process alone; the server has one of its own.
 */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'

const ROUNDS = 5
const here = new URL('.', import.meta.url).pathname

const server = fork(`${here}server.mjs`)
const [port] = await once(server, 'message')

async function pass(variant, size) {
  const child = fork(`${here}pass.mjs`, [variant, String(port), String(size)], {
    execArgv: ['--expose-gc'],
  })
  const [result] = await once(child, 'message')
  return result
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0].model.trim()}`)

console.log(`\n50,000 organizations over pages of 1,000, medians of ${ROUNDS} interleaved rounds`)
const results = { fetch: [], entries: [] }
for (let round = 0; round < ROUNDS; round += 1)
  for (const variant of Object.keys(results)) results[variant].push(await pass(variant, 50_000))
const cpu = (variant) => median(results[variant].map(({ cpuMs }) => cpuMs))
for (const [variant, all] of Object.entries(results)) {
  const rate = Math.round(50_000_000 / median(all.map(({ wallMs }) => wallMs)))
  const peak = Math.round(median(all.map(({ rssMb }) => rssMb)))
  const ratio = (cpu(variant) / cpu('fetch')).toFixed(2)
  console.log(
    `  ${variant.padEnd(8)} CPU ${Math.round(cpu(variant))} ms = ${ratio}, ${rate} entries/s, peak RSS ${peak} MB`,
  )
}

console.log(
  '\nmemory of a pass: what is held at the most (heap and buffers after gc, each 500 entries), and peak RSS',
)
for (const variant of ['fetch', 'entries']) {
  for (const size of [5_000, 500_000]) {
    const { heldMb, rssMb } = await pass(`${variant}-held`, size)
    const { rssMb: plainRss } = await pass(variant, size)
    console.log(
      `  ${variant.padEnd(8)} ${String(size).padStart(6)}: held ${heldMb.toFixed(1)} MB, RSS ${Math.round(plainRss)} MB (${Math.round(rssMb)} with forced gc)`,
    )
  }
}
server.disconnect()

console.log('')
process.stdout.write(
  execFileSync('node', ['--expose-gc', `${here}lookups.mjs`], { encoding: 'utf8' }),
)
