/**
 * Makes docs/performance.md, its picture and docs/performance-tables.md from bench/results:
 * `node bench/report.mjs`. `--check` ends with 1 where they are not what the results say.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bars } from './lib/bars.mjs'
import { QUESTIONS } from './lib/questions.mjs'
import { SUITES } from './lib/suites.mjs'
import { markdown, missedTable, summary } from './lib/summary.mjs'

const docs = new URL('../docs/', import.meta.url)
const MADE = '<!-- Made by bench/report.mjs from bench/results; do not edit. -->'

export function writeReport() {
  for (const [file, content] of report()) writeFileSync(new URL(file, docs), content)
}

/** Each file of the report with what it holds. */
function report() {
  const suites = resultsOf(20)
  const newer = resultsOf(24)
  return new Map([
    ['performance-reads.svg', readsPlot(suites)],
    ['performance.md', page(suites, newer)],
    ['performance-tables.md', tables(suites, newer)],
  ])
}

function resultsOf(major) {
  const results = new URL(`results/node-${major}/`, import.meta.url)
  return SUITES.map((name) => new URL(`${name}.json`, results))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')))
}

function page(suites, newer) {
  return `# Performance

${MADE}

What the library costs beside what people use, measured side by side with every check, limit and deadline on. Less is better; in each table "ours, default" is what you get on Node, and "ours over fetch" what other runtimes get.

![CPU of a Patient read, for each client](performance-reads.svg)

${QUESTIONS.map((question) => answered(question, suites, newer)).join('\n\n')}

## Which targets are missed?

${missed(suites, newer)}

Why, and what was tried: [decision 13](decisions/0013-fast.md) and [decision 18](decisions/0018-speed-again.md).

## How was it measured?

Servers run in processes of their own; CPU is that of the client's process alone. Contenders take turns in every round, in an order that changes; figures are medians, and ratios are taken round by round. Absolute figures move with the machine, ratios much less. ${machineOf(suites)} Quartiles, absolute figures and all other tables: [Performance, all tables](performance-tables.md).

\`npm run bench\` measures all of it again and makes these pages, \`npm run bench -- reads\` one suite; \`cd bench && npm run profile\` shows where the time of reads and pages goes.
`
}

function answered({ suite: name, title, says, table }, suites, newer) {
  const found = named(suites, name)
  const [heads, ...rows] = table(found, named(newer, name))
  return `## ${title}\n\n${says}\n\n${markdown([heads, heads.map(() => '---'), ...rows])}`
}

function missed(suites, newer) {
  const all = [...suites, ...newer].flatMap(({ name, machine, targets }) =>
    targets.map((target) => ({ name, node: machine.node.split('.')[0].slice(1), ...target })),
  )
  const rest = all.filter(({ met }) => !met)
  const met = `${all.length - rest.length} of ${all.length} targets are met.`
  return rest.length === 0 ? met : `${met} These are not:\n\n${missedTable(rest)}`
}

function machineOf(suites) {
  const { node, cpu } = suites[0].machine
  const days = suites.map(({ machine }) => machine.date.slice(0, 10)).toSorted()
  const when = days[0] === days.at(-1) ? days[0] : `${days[0]} to ${days.at(-1)}`
  return `The figures are of ${when}, Node ${node.slice(1)}, ${cpu}.`
}

function tables(suites, newer) {
  return `# Performance, all tables

${MADE}

Every figure behind [Performance](performance.md).

${suites.map(section).join('\n\n')}
${newer.length === 0 ? '' : `\n# On Node 24\n\n${newer.map(section).join('\n\n')}\n`}`
}

function section(suite) {
  const { node, cpu, load, date, commit } = suite.machine
  const where = `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, Node ${node}, ${cpu}, load ${load.toFixed(1)} at the end`
  return `${summary(suite.name, suite)}\n\n<sub>${where}</sub>`
}

/** One bar for each client, at the concurrency of a busy service. */
function readsPlot(suites) {
  const busy = named(suites, 'reads').tables.find(({ title }) => title.startsWith('64 '))
  const rows = busy.rows.map(({ name, ratio }) => ({
    name,
    value: ratio.median,
    kind: name.startsWith('ours') ? 'ours' : 'plain',
    shown: ratio.median.toFixed(2),
  }))
  const mark = { value: 1, label: 'bare fetch' }
  return bars({ title: 'A Patient read, 64 in flight: CPU, bare fetch = 1', rows, mark })
}

const named = (suites, wanted) => suites.find(({ name }) => name === wanted)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeReport()
  else
    for (const [file, content] of report())
      if (readFileSync(new URL(file, docs), 'utf8') !== content) {
        console.error(`docs/${file} is not what bench/results say: node bench/report.mjs`)
        process.exitCode = 1
      }
}
