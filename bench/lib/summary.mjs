/** Results as Markdown: for the terminal, and for docs/performance-tables.md. */

/** `{ title, tables: [{ title, base, rows }], targets, notes }` of one suite. */
export function summary(name, { title, tables, targets, notes = [] }, heading = '##') {
  return [
    `${heading} ${title}`,
    `\`npm run bench -- ${name}\``,
    ...tables.map(tableOf),
    ...(targets.length === 0 ? [] : [targetsOf(targets)]),
    ...notes,
  ].join('\n\n')
}

const UNITS = {
  cpuUs: 'CPU µs',
  wallUs: 'wall µs',
  us: 'µs',
  cpuMs: 'CPU ms',
  wallMs: 'wall ms',
  peakMb: 'peak MB',
  heldMb: 'held MB',
  longestStopMs: 'longest stop ms',
}

function tableOf({ title, base, rows }) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => key !== 'name' && key !== 'ratio',
  )
  const heads = ['', ...keys.map((key) => UNITS[key] ?? key)]
  if (base !== undefined) heads.push(`of ${base} (quartiles)`)
  const lines = rows.map((row) => [
    row.name,
    ...keys.map((key) => shown(row[key])),
    ...(base === undefined ? [] : [spreadOf(row.ratio)]),
  ])
  return `${title}\n\n${markdown([heads, heads.map(() => '---'), ...lines])}`
}

function targetsOf(targets) {
  const lines = targets.map(({ what, most, found, unit, met }) => [
    what,
    `${most}${unit}`,
    typeof found === 'number' ? `${shown(found)}${unit}` : `${spreadOf(found)}${unit}`,
    met ? 'met' : '**missed**',
  ])
  const heads = ['target', 'at most', 'found', '']
  return markdown([heads, heads.map(() => '---'), ...lines])
}

/** The targets that were missed, with the suite and Node's major version. */
export function missedTable(targets) {
  const heads = ['suite', 'Node', 'target', 'at most', 'found']
  const lines = targets.map(({ name, node, what, most, found, unit }) => [
    ...[name, node, what, `${most}${unit}`],
    typeof found === 'number' ? `${shown(found)}${unit}` : `${spreadOf(found)}${unit}`,
  ])
  return markdown([heads, heads.map(() => '---'), ...lines])
}

export const markdown = (rows) => rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')

function spreadOf(ratio) {
  if (ratio === undefined) return ''
  const [middle, low, high] = [ratio.median, ratio.low, ratio.high].map((one) => one.toFixed(2))
  return `${middle} (${low} to ${high})`
}

function shown(number) {
  if (number === undefined) return ''
  if (typeof number !== 'number' || Number.isInteger(number)) return String(number)
  return number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0)
}
