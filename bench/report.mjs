/**
 * Makes docs/performance.md and its pictures from bench/results: `node bench/report.mjs`.
 * `--check` ends with 1 where they are not what the results say.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bars } from './lib/bars.mjs'
import { SUITES } from './lib/suites.mjs'
import { summary } from './lib/summary.mjs'

const docs = new URL('../docs/', import.meta.url)

export function writeReport() {
  for (const [file, content] of report()) writeFileSync(new URL(file, docs), content)
}

/** Each file of the report with what it holds. */
function report() {
  const suites = resultsOf(20)
  const newer = resultsOf(24)
  return new Map([
    ['performance-targets.svg', targetsPlot(suites)],
    ['performance-reads.svg', readsPlot(suites)],
    ['performance.md', page(suites, newer)],
  ])
}

function resultsOf(major) {
  const results = new URL(`results/node-${major}/`, import.meta.url)
  return SUITES.map((name) => new URL(`${name}.json`, results))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')))
}

function page(suites, newer) {
  const all = suites.flatMap(({ targets }) => targets)
  const met = all.filter(({ met: isMet }) => isMet).length
  return `# Performance

<!-- Made by bench/report.mjs from bench/results; do not edit. -->

What the library costs beside what people use, measured side by side. All safety is switched on: origins, deadlines, caps, checks, budgets. \`npm run bench\` measures all of it again, \`npm run bench -- reads\` one suite, \`cd bench && npm run profile\` shows where the time of reads and pages goes. Why it is as it is, and what was tried: [decision 13](decisions/0013-fast.md).

**How.** Servers run in processes of their own, and CPU is that of the client's process alone. Contenders have a turn in every round, in an order that changes; figures are medians, and ratios are taken round by round, with their quartiles. Absolute figures move with the machine, ratios much less.

**Targets: ${met} of ${all.length} met.** A bar that ends left of the line is within what was asked for.

![Each target: what was found, as a share of what was asked for](performance-targets.svg)

![CPU of a Patient read, for each client](performance-reads.svg)

${suites.map(section).join('\n\n')}
${newer.length === 0 ? '' : `\n# On Node 24\n\n${newer.map(section).join('\n\n')}\n`}`
}

function section(suite) {
  const { node, cpu, load, date, commit } = suite.machine
  const where = `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}, Node ${node}, ${cpu}, load ${load.toFixed(1)} at the end`
  return `${summary(suite.name, suite)}\n\n<sub>${where}</sub>`
}

function targetsPlot(suites) {
  const rows = suites.flatMap(({ name, targets }) =>
    targets
      .filter(({ most }) => most > 0)
      .map(({ what, most, found, met }) => {
        const value = (typeof found === 'number' ? found : found.median) / most
        const kind = met ? 'ours' : 'missed'
        return {
          name: cut(`${name}: ${what}`),
          value: Math.min(value, 2),
          kind,
          shown: shownOf(value),
        }
      }),
  )
  const mark = { value: 1, label: 'asked for' }
  return bars({ title: 'Found, as a share of what was asked for (less is better)', rows, mark })
}

const shownOf = (value) => (value > 2 ? `${value.toFixed(1)} (cut)` : value.toFixed(2))

function readsPlot(suites) {
  const { tables } = suites.find(({ name }) => name === 'reads')
  const rows = tables.flatMap(({ title, rows: all }) => {
    const inFlight = /^\d+/.exec(title)?.[0]
    return all.map(({ name, ratio }) => ({
      name: `${name}, ${inFlight} at once`,
      value: ratio.median,
      kind: name.startsWith('ours') ? 'ours' : 'plain',
      shown: ratio.median.toFixed(2),
    }))
  })
  const mark = { value: 1, label: 'bare fetch' }
  return bars({ title: 'A Patient read: CPU of the client, bare fetch = 1', rows, mark })
}

/** As long as the label's place is wide. */
function cut(words) {
  const plain = words.replaceAll('`', '')
  return plain.length <= 62 ? plain : `${plain.slice(0, 61)}…`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--check')) writeReport()
  else
    for (const [file, content] of report())
      if (readFileSync(new URL(file, docs), 'utf8') !== content) {
        console.error(`docs/${file} is not what bench/results say: node bench/report.mjs`)
        process.exitCode = 1
      }
}
