/**
 * The few shapes that the pictures are made of. Narrow, so that they can be read on a telephone;
 * with both colour schemes and a background of their own, so that GitHub can show them as files.
 */

export const WIDTH = 440

const light = `
.back{fill:#ffffff}
.box{fill:#f6f8fa;stroke:#8c959f}
.main{fill:#ddf4ff;stroke:#0969da}
.good{fill:#dafbe1;stroke:#1a7f37}
.bad{fill:#ffebe9;stroke:#cf222e}
.wait{fill:#fff8c5;stroke:#9a6700}
.line{fill:none;stroke:#57606a;stroke-width:1.5}
.tip{fill:#57606a}
text{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:14px;fill:#1f2328}
.bold{font-weight:600}
.small{font-size:12px;fill:#57606a}`

const dark = `
.back{fill:#0d1117}
.box{fill:#161b22;stroke:#6e7681}
.main{fill:#0c2d6b;stroke:#58a6ff}
.good{fill:#04260f;stroke:#3fb950}
.bad{fill:#490202;stroke:#f85149}
.wait{fill:#341a00;stroke:#d29922}
.line{stroke:#8b949e}
.tip{fill:#8b949e}
text{fill:#e6edf3}
.small{fill:#9198a1}`

const inFile = `${light}\n@media (prefers-color-scheme:dark){${dark}}`

/** The same colours for pictures inside a page of the site, which has a switch of its own. */
export const inSite =
  light.replaceAll('\n', '\n.picture ') + dark.replaceAll('\n', '\n.dark .picture ') + '\n'

const escaped = (value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A whole picture; `title` is what a screen reader says. */
export function picture(height, title, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${inFile}</style>
<rect class="back" width="${WIDTH}" height="${height}" rx="8"/>
${parts.flat().join('\n')}
</svg>
`
}

export function words(x, y, value, { kind = '', anchor = 'start' } = {}) {
  return `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped(value)}</text>`
}

/** A box with centred lines, the first of them bold. */
export function box(x, y, width, lines, kind = 'box') {
  const height = 16 + lines.length * 19
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
    ...lines.map((line, index) =>
      words(x + width / 2, y + 22 + index * 19, line, {
        kind: index === 0 ? 'bold' : 'small',
        anchor: 'middle',
      }),
    ),
  ]
}

/** A line through the points, with a tip at its end. */
export function arrow(...points) {
  const [[fromX, fromY], [x, y]] = points.slice(-2)
  const angle = (Math.atan2(y - fromY, x - fromX) * 180) / Math.PI
  return [
    `<path class="line" d="M${points.map((point) => point.join(' ')).join('L')}"/>`,
    `<path class="tip" transform="translate(${x} ${y}) rotate(${Math.round(angle)})" d="M1 0L-8-4V4z"/>`,
  ]
}

/** Boxes below each other, joined by arrows, each with what passes along it. */
export function column(x, y, width, steps) {
  let top = y
  return steps.flatMap(({ lines, kind, along = [] }, index) => {
    const here = top
    const bottom = here + 16 + lines.length * 19
    const gap = Math.max(26, 10 + along.length * 17)
    top = bottom + gap
    const isLast = index === steps.length - 1
    const middle = x + width / 2
    return [
      ...box(x, here, width, lines, kind),
      ...(isLast ? [] : arrow([middle, bottom], [middle, bottom + gap - 1])),
      ...along.map((text, line) =>
        words(middle + 10, bottom + 17 + line * 17, text, { kind: 'small' }),
      ),
    ]
  })
}
