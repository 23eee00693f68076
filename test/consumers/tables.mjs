import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const BEGIN = '<!-- consumers: written by npm run test:consumers -->\n'
const END = '\n<!-- end of consumers -->'
const PAGE = 'docs/support.md'

/**
 * results.json, and the table of docs/support.md: a row for each group. What was not run this time
 * stays as it was; what is of no title any more goes.
 */
export function writeTables(root, results, titles) {
  const file = `${root}/test/consumers/results.json`
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const all = new Map([...before, ...results].map((result) => [result.title, result]))
  const kept = titles.flatMap((title) => all.get(title) ?? [])
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`)
  const page = readFileSync(`${root}/${PAGE}`, 'utf8')
  const [head, rest = ''] = page.split(BEGIN, 2)
  const [, tail] = rest.split(END, 2)
  if (tail === undefined) throw new Error(`${PAGE} has no place for the table`)
  writeFileSync(`${root}/${PAGE}`, head + BEGIN + tableOf(kept) + END + tail)
}

export function tableOf(results) {
  const groups = new Map()
  for (const { group, ok } of results) groups.set(group, [...(groups.get(group) ?? []), ok])
  return [
    '| consumer | set-ups | result |',
    '|---|---|---|',
    ...[...groups].map(([group, all]) => {
      const failed = all.filter((ok) => !ok).length
      return `| ${group} | ${all.length} | ${failed === 0 ? 'works' : `${failed} fail`} |`
    }),
  ].join('\n')
}
