// Runs on a queue over responders on loopback, which are a process of their own:
//   node bench/redis/queue.mjs [targets] [workers …]    throughput at 1, 2, 4 and 8 workers
//   node bench/redis/queue.mjs curve [divisor] [file]   10,000 targets at 1, 2, 4 and 8 workers, 100 to
//                                                       100,000 targets at 2; draws docs/queue-run.svg
// A divisor makes all of them smaller, to try it.
import { writeFileSync } from 'node:fs'
import { drawn } from './queue-picture.mjs'
import { measure } from './queue-run.mjs'

const WORKERS = [1, 2, 4, 8]
const GROWTH = { workers: 2, targets: [100, 1_000, 10_000, 100_000] }

const [first, ...rest] = process.argv.slice(2)
if (first === 'curve') await curve(Number(rest[0] ?? 1), rest[1] ?? 'docs/queue-run.svg')
else {
  const counts = rest.length > 0 ? rest.map(Number) : WORKERS
  await all(counts.map((workers) => ({ targets: Number(first ?? 1_000), workers })))
}

async function curve(divisor, file) {
  const smaller = (targets) => Math.max(10, Math.round(targets / divisor))
  const byWorkers = await all(WORKERS.map((workers) => ({ targets: smaller(10_000), workers })))
  const { workers } = GROWTH
  const byTargets = await all(
    GROWTH.targets.map((targets) => ({ targets: smaller(targets), workers })),
  )
  writeFileSync(file, drawn({ byWorkers, byTargets }))
  console.log(`drawn: ${file}`)
}

async function all(runs) {
  const results = []
  for (const run of runs) {
    const result = await measure(run)
    const { targets, workers, seconds, cpuMs, redisMb } = result
    const parts = [
      `${targets.toLocaleString('en')} targets, ${workers} workers: ${seconds.toFixed(1)} s`,
      `${(targets / seconds).toFixed(0)} a second`,
      `${cpuMs.toFixed(2)} ms CPU of the workers a target`,
      `${redisMb.toFixed(0)} MB in Redis at most`,
    ]
    console.log(parts.join(', '))
    results.push(result)
  }
  return results
}
