/**
 * Writes the pieces of documentation that are copies of something else: the table of errors (from
 * src/error-catalogue.ts), the table of events (from src/events.ts), the table of findings (from
 * src/diagnose/findings.ts) and the outputs of examples,
 * wherever a page says `<!-- output of … -->`.
 * The suite holds both against their sources; run this after changing one: `npm run docs`.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { errorCatalogue } from '../build/error-catalogue.js'
import { findings } from '../build/diagnose/findings.js'
import { settingsTable } from '../build/cli/settings-table.js'
import { eventTable } from './events-table.mjs'

const rows = Object.entries(errorCatalogue).map(
  ([code, [errorClass, meaning, advice, retry, call]]) =>
    `| \`${code}\` | ${errorClass} | ${meaning} ${advice} | ${retry ? 'yes' : 'no'} | ${call} |`,
)
replace('docs/errors.md', /^\| `ERR_CQ_[\s\S]*\|$/m, rows.join('\n'))
replace('docs/events.md', /^\| `[\s\S]*\|$/m, eventTable())

const faults = Object.entries(findings).map(([id, [what, cure, who]]) => {
  const curer = who === 'server' ? 'the server’s operator' : who
  return `| \`${id}\` | ${what}. | ${cure}. | ${curer} |`
})
replace('docs/diagnose.md', /^\| `key-missing`[\s\S]*\|$/m, faults.join('\n'))

const settings = settingsTable.map(({ name, env, kind, help, choices = [] }) => {
  const list =
    choices.length === 0 ? '' : ` One of ${choices.map((one) => `\`${one}\``).join(', ')}.`
  const secret = kind === 'secret' ? ' Not as an option, and not in a settings file.' : ''
  return `| \`${name}\` | \`${env}\` | ${help}${list}${secret} |`
})
replace(
  'docs/cli.md',
  /(?<=\|---\|---\|---\|\n)\| `organization`[\s\S]*?(?=\n<!-- end of settings -->)/,
  settings.join('\n'),
)

const pages = readdirSync('docs').filter((file) => file.endsWith('.md'))
for (const page of ['README.md', ...pages.map((file) => `docs/${file}`)]) {
  const text = readFileSync(page, 'utf8')
  for (const [, file] of text.matchAll(/<!-- output of (\S+) -->/g)) {
    const output = execFileSync('node', [file], { encoding: 'utf8' })
    if (output.startsWith('not run')) console.warn(`${page}: ${output.trim()}`)
    else replace(page, placeOf(file), output.trim())
  }
}

function placeOf(file) {
  const marker = `<!-- output of ${file} -->`.replace(/[.]/g, '\\.')
  return new RegExp(`(?<=${marker}\\n+\`\`\`text\\n)(?:(?!\`\`\`)[\\s\\S])*?(?=\\n\`\`\`)`)
}

function replace(file, pattern, text) {
  const before = readFileSync(file, 'utf8')
  if (!pattern.test(before)) throw new Error(`${file} has no place for it`)
  writeFileSync(
    file,
    before.replace(pattern, () => text),
  )
}
