/** A bar chart as SVG, readable on light and dark pages. */

const ROW = 24
const LABEL = 430
const WIDTH = 900
const COLOURS = { plain: '#8a94a6', ours: '#2f7ed8', missed: '#d9822b' }

/**
 * `rows`: `{ name, value, kind, shown }`, `kind` one of plain, ours, missed. `mark`: where a line is
 * drawn, with its label.
 */
export function bars({ title, rows, mark }) {
  const most = Math.max(mark?.value ?? 0, ...rows.map(({ value }) => value))
  const right = 150
  const x = (value) => LABEL + (value / most) * (WIDTH - LABEL - right)
  const height = 60 + rows.length * ROW
  const lines = rows.map(({ name, value, kind, shown }, index) => {
    const y = 46 + index * ROW
    return [
      text(LABEL - 8, y + 13, name, 'end'),
      `<rect x="${LABEL}" y="${y}" width="${(x(value) - LABEL).toFixed(1)}" height="${ROW - 7}" rx="2" fill="${COLOURS[kind]}"/>`,
      text(x(value) + 6, y + 13, shown),
    ].join('\n')
  })
  const line =
    mark === undefined
      ? []
      : [
          `<line x1="${x(mark.value)}" x2="${x(mark.value)}" y1="38" y2="${height - 12}" stroke="#c0392b" stroke-dasharray="4 3"/>`,
          text(x(mark.value), 34, mark.label, 'middle'),
        ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${text(12, 22, title, 'start', 'bold')}
${[...line, ...lines].join('\n')}
</svg>
`
}

function text(x, y, words, anchor = 'start', weight = 'normal') {
  return `<text x="${Number(x).toFixed(1)}" y="${y}" text-anchor="${anchor}" font-weight="${weight}" fill="#1d2433">${escaped(words)}</text>`
}

function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
