/** `npm run test:runtimes`: runs the suite on every runtime of this machine. `node test/runtimes/run.mjs` builds and starts it. */
import { startControl } from './control.ts'
import { explain } from './differences.ts'
import type { RunReport } from './plan.ts'
import { readResults, writeResults, type Result } from './results.ts'
import { writeTables } from './tables.ts'
import { OWN_NODE, RUNTIMES, type Places, type Runtime } from './runtimes.ts'

const [root = '', bundles = '', ...args] = process.argv.slice(2)
const places: Places = {
  bundles,
  dist: `${root}/dist`,
  installed: `${root}/test/runtimes/node_modules`,
}
const isQuick = args.includes('--quick')
const only = args
  .find((arg) => arg.startsWith('--only='))
  ?.slice('--only='.length)
  .split(',')
const chosen = isQuick
  ? [OWN_NODE]
  : RUNTIMES.filter(({ id }) => only === undefined || only.includes(id))

const results: Result[] = []
const absent: string[] = []
for (const runtime of chosen) {
  const here = await runtime.find(places)
  if (here === undefined) absent.push(runtime.title)
  else results.push(await resultOf(runtime, here))
}
if (absent.length > 0) console.info(`not on this machine: ${absent.join('; ')}`)
const order = RUNTIMES.map(({ id }) => id)
const names = new Set(results.map(({ id }) => id))
const all = [...readResults(root).filter(({ id }) => !names.has(id)), ...results].sort(
  (a, b) => order.indexOf(a.id) - order.indexOf(b.id),
)
const writes = !isQuick && !args.includes('--no-write')
if (writes) writeResults(root, all)
const stale = writeTables(root, isQuick ? readResults(root) : all, !writes)
if (isQuick) for (const page of stale) console.info(page)
process.exitCode =
  results.some(({ problems }) => problems.length > 0) || results.length === 0 ? 1 : 0

async function resultOf(
  runtime: Runtime,
  { command, version }: { command: string; version: string },
): Promise<Result> {
  const began = performance.now()
  const control = await startControl(isQuick)
  let report: RunReport
  try {
    report = await runtime.run(command, control, places)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    report = {
      checks: [{ name: 'the suite runs', problem: message }],
      faults: { cases: 0, findings: [] },
      probes: [],
    }
  } finally {
    await control.close()
  }
  const { problems, differences } = explain(runtime.id, report)
  const result: Result = {
    ...{ id: runtime.id, title: runtime.title, version },
    checks: report.checks.length,
    cases: report.faults.cases,
    ...{ problems, differences, probes: report.probes },
  }
  const seconds = Math.round((performance.now() - began) / 1_000)
  const verdict = problems.length === 0 ? 'holds' : `${problems.length} problems`
  console.info(
    `${runtime.title} ${version}: ${result.checks} checks, ${result.cases} faults, ${verdict}, ${seconds} s`,
  )
  for (const problem of problems) console.info(`  ${problem}`)
  return result
}
