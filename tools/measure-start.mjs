/** How long the command takes to show its help, beside an empty program: `node tools/measure-start.mjs`. */
import { spawnSync } from 'node:child_process'

const ROUNDS = 15
const bin = new URL('../dist/cli/bin.js', import.meta.url).pathname

const empty = []
const help = []
// In turns, so that both meet the same machine.
for (let round = 0; round < ROUNDS; round += 1) {
  empty.push(msOf(['-e', '0']))
  help.push(msOf([bin, '--help']))
}
const [a, b] = [median(empty), median(help)]
console.log(`node -e 0: ${a.toFixed(0)} ms, --help: ${b.toFixed(0)} ms (medians of ${ROUNDS})`)
console.log(`limit (1.5 of the first, and 60 ms): ${(1.5 * a + 60).toFixed(0)} ms`)

function msOf(args) {
  const start = performance.now()
  spawnSync(process.execPath, args, { stdio: 'ignore' })
  return performance.now() - start
}

function median(values) {
  return values.sort((x, y) => x - y)[Math.floor(values.length / 2)]
}
