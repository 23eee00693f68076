/**
 * Writes the two pieces of documentation that are copies of something else: the table of errors
 * (from src/error-catalogue.ts) and the demonstration's output in the README. The suite holds both
 * against their sources; run this after changing one: `npm run docs`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { errorCatalogue } from '../dist/error-catalogue.js'

const rows = Object.entries(errorCatalogue).map(
  ([code, [errorClass, meaning, advice, retry, call]]) =>
    `| \`${code}\` | ${errorClass} | ${meaning} ${advice} | ${retry ? 'yes' : 'no'} | ${call} |`,
)
replace('docs/errors.md', /^\| `ERR_CQ_[\s\S]*\|$/m, rows.join('\n'))

const output = execFileSync('node', ['examples/dist/quickstart.js'], { encoding: 'utf8' })
replace('README.md', /(?<=```text\n)[\s\S]*?(?=\n```)/, output.trim())

function replace(file, pattern, text) {
  const before = readFileSync(file, 'utf8')
  if (!pattern.test(before)) throw new Error(`${file} has no place for it`)
  writeFileSync(
    file,
    before.replace(pattern, () => text),
  )
}
