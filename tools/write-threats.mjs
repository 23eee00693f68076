/**
 * Writes the table of threats in docs/security.md from the titles of the tests: a title that begins
 * with the number of a row (`A4: a next link on another origin is refused`) shows that row. Ends with
 * an error where a row has no test. `--check` writes nothing, and ends with an error where the table
 * is out of date; `--tests DIR` reads another directory.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** What each row is about. */
const ROWS = {
  A1: 'a redirect takes the bearer token elsewhere',
  A2: 'a redirect takes the client assertion elsewhere',
  A3: 'a redirect of a search takes patient data elsewhere',
  A4: 'a next link leads to another origin, tenant or scheme',
  A5: 'the directory gives a hostile address',
  A6: 'the server publishes a hostile token endpoint',
  A7: 'https becomes http',
  A8: 'a public name leads to a private address',
  A9: 'a name that looks like a known one',
  A10: "a stranger publishes Cerner's extension",
  A11: 'an assertion for another audience than it is sent to',
  A12: "the directory's API key is sent to somebody else",
  A13: 'a Referer header',
  A14: 'a certificate that is not good',
  A15: "a counterfeit publishes another server's token endpoint",
  B1: 'the API key in errors',
  B2: 'the server repeats patient data or the assertion',
  B3: 'forged log lines and terminal escapes',
  B4: 'patient data in URLs',
  B5: 'the library prints',
  B6: 'tokens in cache keys',
  B7: 'raw bytes inside errors of the parser',
  K1: 'algorithms confused',
  K2: 'a certificate that names somebody else',
  K3: 'chains of strangers: expired, untrusted, too many',
  K4: 'a certificate that has ended, or belongs to another key',
  K5: 'clocks that differ',
  K6: 'a `jti` used twice',
  K7: 'assertions that live too long',
  K8: 'secrets in the headers of a token request',
  K9: 'a signer that hangs',
  K10: 'a signer whose errors hold secrets',
  K11: 'a signer that gives DER, garbage or the signature of another key',
  K12: 'a key that is replaced meanwhile',
  K13: 'assertions put together by ourselves',
  T1: 'tokens mixed between tenants, scopes or purposes',
  T2: 'a stampede of token requests',
  T3: "one caller's abort ends another's call",
  T4: 'a failure that is remembered',
  T5: 'a token that was taken back',
  T6: 'a token that is no Bearer token',
  T7: 'an odd `expires_in`',
  T8: 'an odd `access_token`',
  T9: 'an error with 200, an error beside a token, HTML',
  T10: '`invalid_client` with 400 or with 401',
  T11: 'caches without bounds',
  R1: 'huge bodies and bombs',
  R2: 'layers of encoding, unknown and broken ones',
  R3: 'slow and endless answers',
  R4: 'connections and frames that break',
  R5: 'a kept-alive connection that has died',
  R6: 'JSON that is none, or of another shape',
  R7: 'charsets',
  R8: 'prototype pollution by what arrives',
  R9: 'deep and wide JSON',
  R10: 'texts that make patterns slow',
  R11: 'XML bombs, external entities, cut XML',
  R12: 'HTML and other types in place of JSON',
  R13: 'an OperationOutcome with 200',
  R14: 'a redirect to a login page',
  R15: '`Retry-After`, and the pause that all share',
  R16: 'statuses that pass',
  R17: 'statuses that do not pass',
  R18: 'statuses without a meaning here',
  R19: 'endless, circling and empty pages',
  R20: 'a later page that fails',
  R21: 'another patient or type than asked for',
  R22: 'odd entries and totals',
  R23: 'decimals and large integers',
  R24: 'more authority than was asked for',
  I1: 'ids that leave their place in the URL',
  I2: 'search parameters that become others',
  I3: 'header injection',
  I4: 'organization ids that leave their place in the URL',
  I5: 'base URLs',
  I6: 'options from a polluted Object.prototype',
  L1: 'abort and deadline at every stage',
  L2: 'listeners that pile up',
  L3: 'sockets and processes that stay',
  L4: 'a storm of retries',
  L5: 'asking many organizations loses some',
  L6: 'a crash by something that nobody caught',
  L7: 'callbacks that throw, hang or give nonsense',
  L8: 'the supply chain',
}

/** Rows that wait, and parts of rows. */
const WAITING = {}

const at = process.argv.indexOf('--tests')
const [tests, check] = [at < 0 ? 'test' : process.argv[at + 1], process.argv.includes('--check')]
const PAGE = 'docs/security.md'
const ID = `(?:${Object.keys(ROWS).join('|')})`
/** A title: one or more numbers, perhaps some words, a colon. Rows of `test.each` count, too. */
const TITLE = new RegExp(
  `(?<=^|[\\s(\\[,])(['"\`])(${ID}(?:, [A-Z]\\d{1,2})*)((?: [^:'"\`\\n]{1,80})?: (?:\\\\.|(?!\\1)[^\\\\\\n])+)\\1`,
  'gm',
)
/** The matrix puts its titles together, from these and the stage: `A1 read: 302 to another host`. */
const BUILT = new RegExp(`'(${ID})'`, 'g')

const found = new Map(Object.keys(ROWS).map((id) => [id, new Map()]))
for (const file of readdirSync(tests, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!file.endsWith('.ts') || file.includes('node_modules')) continue
  const text = readFileSync(`${tests}/${file}`, 'utf8')
  if (file.startsWith('adversarial/faults/'))
    for (const [, id] of text.matchAll(BUILT)) add(id, file, 'cases of the matrix, by stage')
  if (!file.endsWith('.test.ts')) continue
  for (const { 2: ids, 3: title, index } of text.matchAll(TITLE)) {
    const group = /\bdescribe[^\n]*$/.test(text.slice(0, index)) ? ' …' : '' // more below it
    for (const id of ids.split(', ')) add(id, file, title.replace(/^: /, '').trim() + group)
  }
}

const missing = [...found].filter(([, files]) => files.size === 0).map(([id]) => id)
if (missing.length > 0) fail(`no test shows ${missing.join(', ')}`)
const table = [
  // An ellipsis stands for the tests of a group.
  '| row | threat | tests | file |',
  '|---|---|---|---|',
  ...[...found].flatMap(([id, files]) =>
    [...files].map(
      ([file, titles], index) =>
        `| ${index === 0 ? `${id} | ${ROWS[id]}` : ' | '} | ${shown(titles)} | [${file}](../test/${file}) |`,
    ),
  ),
  '',
  'What waits:',
  '',
  '| row | why |',
  '|---|---|',
  ...Object.entries(WAITING).map(([id, why]) => `| ${id} | ${why} |`),
].join('\n')
const page = readFileSync(PAGE, 'utf8')
const place =
  /(?<=<!-- threats: written by npm run docs -->\n)[\s\S]*?(?=\n<!-- end of threats -->)/
if (!place.test(page)) fail(`${PAGE} has no place for the table`)
const written = page.replace(place, () => table)
if (!check) writeFileSync(PAGE, written)
else if (written !== page) fail(`${PAGE} is out of date: npm run docs`)

function add(id, file, title) {
  if (!found.has(id)) return // the number of a goal
  const titles = found.get(id).get(file) ?? new Set()
  found.get(id).set(file, titles.add(title))
}

function shown(titles) {
  const all = [...titles]
  const first = all
    .slice(0, 3)
    .map((title) => title.replace(/\\(['"`])/g, '$1').replaceAll('|', '\\|'))
  return [...first, ...(all.length > 3 ? [`${all.length - 3} more`] : [])].join('; ')
}

function fail(why) {
  console.error(why)
  process.exit(1)
}
