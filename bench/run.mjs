/**
 * Everything that is measured, or the suites that are named: `npm run bench`, `npm run bench -- reads`.
 * Results go to bench/results, one file for a suite and a major version of Node, and from there into
 * docs/performance.md and docs/performance-tables.md. `--short` only shows that all of it runs, and writes nothing.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { SUITES } from './lib/suites.mjs'
import { summary } from './lib/summary.mjs'
import { writeReport } from './report.mjs'

const short = process.argv.includes('--short')
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const unknown = named.filter((name) => !SUITES.includes(name))
if (unknown.length > 0) throw new Error(`no such suite: ${unknown.join(', ')}`)

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const [major] = process.versions.node.split('.')
const results = new URL(`results/node-${major}/`, import.meta.url)

for (const name of named.length === 0 ? SUITES : named) {
  const { run } = await import(`./${name}/suite.mjs`)
  const measured = await run({ short })
  const machine = {
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0].model.trim()}`,
    load: loadavg()[0],
    date: new Date().toISOString(),
    commit,
  }
  if (short) {
    console.log(`bench ${name}: ran`)
    continue
  }
  console.log(summary(name, measured))
  mkdirSync(results, { recursive: true })
  const file = new URL(`${name}.json`, results)
  writeFileSync(file, `${JSON.stringify({ name, machine, ...measured }, null, 2)}\n`)
}
if (!short) writeReport()
