// Proves that no test depends on how busy the machine is: runs the unit, conformance and adversarial
// suites again and again while busy loops take the processors, and stops at the first failure.
//
//   npm run test:load                                    5 runs under 4 loops
//   npm run test:load -- --runs 1 --loops 2 test/unit    other numbers, other suites
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    loops: { type: 'string', default: '4' },
  },
  allowPositionals: true,
})
const runs = Number(values.runs)
const loops = Number(values.loops)
if (!(runs >= 1 && loops >= 0)) throw new Error('--runs and --loops take whole numbers')
const suites =
  positionals.length > 0 ? positionals : ['test/unit', 'test/conformance', 'test/adversarial']

// A loop whose parent is gone ends by itself, however the parent went.
const LOOP = `
  const parent = process.ppid
  for (let count = 1; process.ppid === parent; count += 1)
    for (let spin = 0; spin < 1e8; spin += 1);
`
const busy = Array.from({ length: loops }, () =>
  spawn(process.execPath, ['-e', LOOP], { stdio: 'ignore' }),
)
process.on('exit', () => {
  for (const loop of busy) loop.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

for (let run = 1; run <= runs; run += 1) {
  const begun = performance.now()
  const { code, output } = await vitest()
  const seconds = Math.round((performance.now() - begun) / 1_000)
  const summary = output.trimEnd().split('\n').at(-1)
  console.log(`run ${run} of ${runs} under ${loops} busy loops: ${summary}, in ${seconds} s`)
  if (code === 0) continue
  console.log(output)
  process.exit(1)
}
process.exit(0)

function vitest() {
  return new Promise((resolve, reject) => {
    const args = ['node_modules/vitest/vitest.mjs', 'run', ...suites]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    process.on('exit', () => child.kill())
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text
      })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
