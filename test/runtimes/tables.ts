/** The tables of docs/runtimes.md and README.md, and the list of differences. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { ProbeName } from './plan.ts'
import type { Result } from './results.ts'

const BEGIN = (name: string): string => `<!-- ${name}: written by npm run test:runtimes -->\n`
const END = (name: string): string => `\n<!-- end of ${name} -->`

const PAGES: readonly (readonly [
  file: string,
  name: string,
  make: (results: readonly Result[]) => string,
])[] = [
  ['README.md', 'runtimes', shortTable],
  ['docs/runtimes.md', 'runtimes', longTable],
  ['docs/runtimes.md', 'abilities', abilities],
  ['docs/runtimes.md', 'differences', differences],
]

/** Rewrites what stands between the markers, or says which page is not as it would be written. */
export function writeTables(
  root: string,
  results: readonly Result[],
  isCheck = false,
): readonly string[] {
  return PAGES.flatMap(([file, name, make]) => {
    const page = readFileSync(`${root}/${file}`, 'utf8')
    const [head, rest] = page.split(BEGIN(name), 2)
    const tail = rest?.split(END(name), 2)[1]
    if (head === undefined || tail === undefined) return [`${file} has no place for ${name}`]
    const written = head + BEGIN(name) + make(results) + END(name) + tail
    if (written === page) return []
    if (!isCheck) writeFileSync(`${root}/${file}`, written)
    return isCheck ? [`${file} is out of date: npm run test:runtimes`] : []
  })
}

/** A given `fetch` on Node is the same runtime again. */
function isMain({ id }: Result): boolean {
  return !id.endsWith('-fetch')
}

function verdict({ problems, differences: known }: Result): string {
  if (problems.length > 0) return `${problems.length} problems`
  return known.length === 0 ? 'holds' : `holds, [${known.length} differences](ANCHOR)`
}

function shortTable(results: readonly Result[]): string {
  return table(
    ['runtime', 'version', 'checks', 'faults', 'result'],
    results
      .filter(isMain)
      .map((one) => [
        ...[one.title, one.version, String(one.checks), String(one.cases)],
        verdict(one).replace('ANCHOR', 'docs/runtimes.md#what-differs'),
      ]),
  )
}

function longTable(results: readonly Result[]): string {
  return table(
    ['runtime', 'version', 'requests are sent by', 'checks', 'faults', 'result'],
    results.map((one) => [
      ...[one.title, one.version, sender(one), String(one.checks), String(one.cases)],
      verdict(one).replace('ANCHOR', '#what-differs'),
    ]),
  )
}

function sender({ id }: Result): string {
  return /^node\d+$/.test(id) ? 'undici 7' : 'its `fetch`'
}

function abilities(results: readonly Result[]): string {
  return table(
    ['runtime', 'client certificates', 'resolved addresses', 'proxies'],
    results.filter(isMain).map((one) => {
      const { id, title } = one
      const by = (node: ProbeName, own?: ProbeName): string =>
        [
          ...(holds(one, node) ? ['`nodeTransport`'] : []),
          ...(own !== undefined && holds(one, own) ? ['options of its `fetch`'] : []),
        ].join(', ') || 'no'
      if (id === 'workerd')
        return [title, 'mTLS bindings (not tried)', 'no', 'by its configuration (not tried)']
      if (id === 'chromium') return [title, 'the browser’s', 'no', 'the browser’s']
      return [
        title,
        by('clientCertificate', 'fetchClientCertificate'),
        id.startsWith('node') ? 'checked by default' : `checked by ${by('lookupGuard')}`,
        by('proxy', 'fetchProxy'),
      ]
    }),
  )
}

function holds({ probes }: Result, wanted: ProbeName): boolean {
  return probes.some(({ name, result }) => name === wanted && result === true)
}

function differences(results: readonly Result[]): string {
  const told = new Map<string, string[]>()
  for (const { title, differences: known } of results)
    for (const why of known) told.set(why, [...(told.get(why) ?? []), title])
  return [...told].map(([why, titles]) => `- **${titles.join(', ')}.** ${why}`).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')).replaceAll(' ', ''), ...rows.map(line)].join('\n')
}
