/** The questions of docs/performance.md, each with one table made from the results of one suite. */

/** `{ suite, title, says, table(suite, newer) }`: rows of cells, the heads first. */
export const QUESTIONS = [
  {
    suite: 'reads',
    title: 'What does a read cost?',
    says: 'CPU of the client for one authorised Patient read (2.7 kB), with the token cached. Bare `fetch` is 1. The columns are how many reads are in flight.',
    table({ tables }, newer) {
      const on24 = newer?.tables.find(({ title }) => title.startsWith('64 '))
      const heads = tables.map(({ title }) => title.split(' ')[0])
      return [
        ['', ...heads, ...(on24 === undefined ? [] : ['64, Node 24'])],
        ...tables[0].rows.map(({ name }) => [
          name,
          ...[...tables, ...(on24 === undefined ? [] : [on24])].map((table) =>
            ratioIn(table, name),
          ),
        ]),
      ]
    },
  },
  {
    suite: 'pages',
    title: 'What do pages of a search cost?',
    says: 'CPU of the client for each of 10,000 patients, read page by page. A bare `fetch` loop is 1. Peak memory is that of a fresh process.',
    table({ tables: [hundreds, thousands] }) {
      return [
        ['', 'pages of 100', 'pages of 1,000', 'peak MB'],
        ...hundreds.rows.map(({ name }) => [
          name,
          ratioIn(hundreds, name),
          ratioIn(thousands, name),
          rounded(rowIn(thousands, name)?.peakMb),
        ]),
      ]
    },
  },
  {
    suite: 'directory',
    title: 'What does the whole directory cost?',
    says: 'One pass over 50,000 organizations with four endpoints each. A bare `fetch` loop, which only parses, is 1 in CPU.',
    table({ tables: [gzip, identity] }) {
      return [
        ['', 'with gzip', 'without', 'peak MB', 'longest stop ms'],
        ...gzip.rows.map(({ name, peakMb, longestStopMs }) => [
          name,
          ratioIn(gzip, name),
          ratioIn(identity, name),
          rounded(peakMb),
          rounded(longestStopMs),
        ]),
      ]
    },
  },
  {
    suite: 'tokens',
    title: 'What does a token cost?',
    says: 'A cached token, beside an async look-up in a `Map`; then how many token requests 10,000 concurrent callers cause.',
    table({ tables: [cached, crowd] }) {
      return [
        ['', 'µs', 'of a Map look-up', 'token requests'],
        ...cached.rows.map(({ name, us, ratio }) => [name, rounded(us, 2), middleOf(ratio), '']),
        ...crowd.rows.map(({ name, requests }) => [name, '', '', String(requests)]),
      ]
    },
  },
  {
    suite: 'signing',
    title: 'What does a client assertion cost?',
    says: 'CPU for a signed assertion, beside the bare WebCrypto signature over bytes that are ready.',
    table: ({ targets }) => targetTable(targets),
  },
  {
    suite: 'fan-out',
    title: 'Do a thousand responders fit into one process?',
    says: 'A thousand origins at once, cold: metadata, token, search and read at each. The servers answer after 50 ms; an attempt may take 250 ms.',
    table({ tables: [hurried, patient] }) {
      return [
        ['', 'healthy servers timed out (worst run)', 'CPU, of fetch', 'wall ms'],
        ...hurried.rows.map(({ name, worst }) => [
          name,
          String(worst),
          ratioIn(patient, name),
          rounded(rowIn(patient, name)?.wallMs),
        ]),
      ]
    },
  },
  {
    suite: 'tls',
    title: 'What does mutual TLS cost?',
    says: 'A new connection with a client certificate and one request on it, beside undici with one shared `SecureContext`.',
    table: ({ targets }) => targetTable(targets),
  },
  {
    suite: 'discovery',
    title: 'What does discovery cost?',
    says: 'From the bytes of a CapabilityStatement to the facts about a server, and what is held of it.',
    table: ({ targets }) => targetTable(targets),
  },
  {
    suite: 'import',
    title: 'What does loading it cost?',
    says: '`import` in a fresh process, beside jose, ky and zod together; and kB in gzip in a bundle for browsers, dependencies included.',
    table({ tables: [loads, , sizes] }) {
      return [
        ['', 'ms', 'of jose, ky and zod', 'kB at once', 'kB when needed'],
        ...loads.rows.map(({ name, wallMs, ratio }) => [
          name,
          rounded(wallMs, 1),
          middleOf(ratio),
          '',
          '',
        ]),
        ...sizes.rows
          .filter(({ name }) => /^\.$|Client$/.test(name))
          .map((row) => [
            `bundle: ${row.name}`,
            '',
            '',
            rounded(row['at once, kB'], 1),
            rounded(row['when needed, kB'], 1),
          ]),
      ]
    },
  },
]

const rowIn = ({ rows }, name) => rows.find((row) => row.name === name)
const ratioIn = (table, name) => middleOf(rowIn(table, name)?.ratio)
const middleOf = (ratio) => (ratio === undefined ? '' : ratio.median.toFixed(2))
const rounded = (number, digits = 0) => (number === undefined ? '' : number.toFixed(digits))

/** What was found beside what was asked for, where that is all there is to say. */
function targetTable(targets) {
  return [
    ['', 'found', 'target'],
    ...targets.map(({ what, most, found, unit }) => [
      what,
      `${rounded(typeof found === 'number' ? found : found.median, 2)}${unit}`,
      `${most}${unit}`,
    ]),
  ]
}
