/** Documents that are not what they should be. */
import {
  BUNDLE_STAGES,
  either,
  FHIR_STAGES,
  JSON_STAGES,
  NOT_JSON,
  recovers,
  refused,
  unreadable,
  type Expect,
  type FaultRow,
} from '../cases.ts'
import { outcome } from '../documents.ts'
import type { Play, Reply, StageId } from '../world.ts'

const HTML = '<!DOCTYPE html><html><body>Please sign in, MARK</body></html>'

type Judge = Expect | ((stage: StageId) => Expect)
/** What goes out in place of a good body, with which type; undefined leaves the good one. */
type Row = readonly [name: string, threat: string, make: (play: Play) => Partial<Changed>, Judge]

interface Changed {
  readonly body: string | Buffer
  readonly type: string | null
}

/** Forgiven where it is no token answer. */
function forgiven(stage: StageId): Expect {
  return stage === 'token' ? unreadable(stage) : recovers()
}

function text(play: Play): string {
  return play.good.body.toString()
}

function withMember(play: Play, member: string): string {
  return text(play).replace(/^\{/, `{${member},`)
}

/** As deep as fits below the cap of the stage. */
function depth({ world }: Play): number {
  return world.stage === 'token' ? 30_000 : 200_000
}

const LABELS: readonly Row[] = [
  ['HTML', 'R12', () => ({ body: HTML, type: 'text/html' }), unreadable],
  ['HTML labelled as JSON', 'R12', () => ({ body: HTML }), unreadable],
  ['plain text', 'R12', () => ({ body: 'OK MARK', type: 'text/plain' }), unreadable],
  ['XML', 'R12', () => ({ body: '<Patient/>', type: 'application/fhir+xml' }), unreadable],
  ['XML labelled as JSON', 'R11', () => ({ body: '<Patient/>' }), unreadable],
  [
    'an XML bomb',
    'R11',
    () => ({
      body: `<!DOCTYPE a [<!ENTITY b "${'b'.repeat(9_000)}">]><a>&b;</a>`,
      type: 'text/xml',
    }),
    unreadable,
  ],
  ['good JSON without a type', 'R12', () => ({ type: null }), forgiven],
  ['good JSON labelled as text', 'R12', () => ({ type: 'text/plain' }), forgiven],
  ['good JSON labelled as HTML', 'R12', () => ({ type: 'text/html;charset=UTF-8' }), forgiven],
  ['a type of 8 kB', 'R12', () => ({ type: `application/${'x'.repeat(8_000)}` }), forgiven],
  ['a type in capitals', 'R12', () => ({ type: 'APPLICATION/JSON; Charset="UTF-8"' }), recovers()],
  [
    'good JSON as +json of another kind',
    'R12',
    () => ({ type: 'application/hal+json' }),
    recovers(),
  ],
]

const CHARSETS: readonly Row[] = [
  ['a BOM', 'R7', (play) => ({ body: `\ufeff${text(play)}` }), recovers()],
  [
    'UTF-16, said so',
    'R7',
    (play) => ({
      body: Buffer.from(text(play), 'utf16le'),
      type: 'application/json;charset=utf-16le',
    }),
    recovers(),
  ],
  ['UTF-16, not said', 'R7', (play) => ({ body: Buffer.from(text(play), 'utf16le') }), unreadable],
  [
    'Latin-1, said so',
    'R7',
    (play) => ({
      body: Buffer.from(withMember(play, '"x-note":"José"'), 'latin1'),
      type: 'application/json; charset=ISO-8859-1',
    }),
    recovers(),
  ],
  [
    'Latin-1, not said',
    'R7',
    (play) => ({ body: Buffer.from(withMember(play, '"x-note":"José"'), 'latin1') }),
    unreadable,
  ],
  [
    'a charset nobody knows',
    'R7',
    () => ({ type: 'application/json; charset=klingon' }),
    recovers(),
  ],
  [
    'bytes that are no UTF-8',
    'R7',
    (play) => ({ body: Buffer.concat([Buffer.from(text(play)), Buffer.of(0xff, 0xfe)]) }),
    unreadable,
  ],
]

const SYNTAX: readonly Row[] = [
  ['nothing', 'R6', () => ({ body: '' }), unreadable],
  ['white space', 'R6', () => ({ body: ' \r\n\t ' }), unreadable],
  ['half the document', 'R6', (play) => ({ body: text(play).slice(0, -20) }), unreadable],
  ['rubbish after the document', 'R6', (play) => ({ body: `${text(play)} MARK` }), unreadable],
  ['two documents', 'R6', (play) => ({ body: text(play) + text(play) }), unreadable],
  ['NaN', 'R6', (play) => ({ body: withMember(play, '"x-n":NaN') }), unreadable],
  ['a comment', 'R6', (play) => ({ body: `/* MARK */ ${text(play)}` }), unreadable],
  ['single quotes', 'R6', (play) => ({ body: text(play).replaceAll('"', "'") }), unreadable],
  ['a prefix against hijacking', 'R6', (play) => ({ body: `)]}',\n${text(play)}` }), unreadable],
  ['a NUL at the end', 'R6', (play) => ({ body: `${text(play)}\0` }), unreadable],
  ['1e999', 'R6', (play) => ({ body: withMember(play, '"x-n":1e999') }), recovers()],
  ['a lone surrogate', 'R7', (play) => ({ body: withMember(play, '"x-s":"\\ud800"') }), recovers()],
  ['a key twice', 'R6', (play) => ({ body: withMember(play, '"id":"MARK"') }), recovers()],
]

const ROOTS: readonly Row[] = (
  ['null', '42', '"MARK"', 'true', '[]', '[{"resourceType":"Patient"}]', '[[]]'] as const
).map((body): Row => [`the root ${body}`, 'R6', () => ({ body }), unreadable])

const SHAPES: readonly Row[] = [
  [
    'deep nesting',
    'R9',
    (play) => {
      const levels = depth(play)
      return { body: withMember(play, `"x-d":${'['.repeat(levels)}${']'.repeat(levels)}`) }
    },
    // What is small is read whatever its depth.
    either(['ERR_CQ_INVALID_RESPONSE']),
  ],
  [
    'deep nesting and nothing else',
    'R9',
    (play) => ({ body: '[{"a":'.repeat(depth(play) / 4) }),
    unreadable,
  ],
  [
    'nesting as deep as it may be',
    'R9',
    (play) => ({ body: withMember(play, `"x-d":${'['.repeat(190)}${']'.repeat(190)}`) }),
    recovers(),
  ],
  [
    'a wide object',
    'R9',
    (play) => {
      const names = Array.from({ length: depth(play) / 15 }, (_, index) => `"x${index}":${index}`)
      return { body: withMember(play, names.join()) }
    },
    recovers(),
  ],
  [
    '__proto__',
    'R8',
    (play) => ({ body: withMember(play, '"__proto__":{"polluted":1}') }),
    recovers(),
  ],
  [
    'constructor.prototype',
    'R8',
    (play) => ({ body: withMember(play, '"constructor":{"prototype":{"polluted":1}}') }),
    recovers(),
  ],
  ['names of methods', 'R8', (play) => ({ body: withMember(play, METHODS) }), recovers()],
  [
    'nothing but __proto__',
    'R8',
    () => ({ body: '{"__proto__":{"resourceType":"Patient"}}' }),
    bare,
  ],
  ['an empty object', 'R6', () => ({ body: '{}' }), bare],
  [
    'another kind of resource',
    'R21',
    () => ({ body: '{"resourceType":"Basic","id":"MARK"}' }),
    bare,
  ],
]

const METHODS =
  '"toString":1,"valueOf":null,"hasOwnProperty":"x","toJSON":"x","then":"x","length":-1'

/** A smart-configuration may be without all: then the server is an open one that wants a token. */
function bare(stage: StageId): Expect {
  return stage === 'smart' ? refused(['ERR_CQ_NO_TOKEN_ENDPOINT'], [1, 2]) : unreadable(stage)
}

const OUTCOMES: readonly Row[] = ['error', 'fatal', 'warning'].map((severity): Row => [
  `an OperationOutcome (${severity}) with 200`,
  'R13',
  ({ world }) => ({ body: JSON.stringify(outcome(['MARK', ...world.secrets], severity)) }),
  (stage) =>
    FHIR_STAGES.includes(stage)
      ? refused([severity === 'warning' ? 'ERR_CQ_UNEXPECTED_RESOURCE' : 'ERR_CQ_OPERATION_FAILED'])
      : bare(stage),
])

const rows: readonly FaultRow[] = [
  ...[...LABELS].map(rowOf('label')),
  ...CHARSETS.map(rowOf('charset')),
  ...SYNTAX.map(rowOf('syntax')),
  ...ROOTS.map(rowOf('root')),
  ...SHAPES.map(rowOf('shape')),
  ...OUTCOMES.map(rowOf('outcome')),
]

function rowOf(group: string): (row: Row) => FaultRow {
  return ([name, threat, make, expect]) => ({
    ...{ group, threat, name, stages: JSON_STAGES, expect },
    play: (play) => changed(play.good, make(play)),
  })
}

function changed(good: Reply, { body = good.body, type }: Partial<Changed>): Reply {
  if (type === undefined) return { ...good, body }
  return { ...good, body, headers: type === null ? {} : { 'content-type': type } }
}

/** Members of a Bundle that are of the wrong kind. */
const bundles: readonly FaultRow[] = (
  [
    ['entries that are no list', { entry: 'MARK' }, refused(NOT_JSON)],
    ['links that are no list', { link: { relation: 'next' } }, refused(NOT_JSON)],
    ['a total that lies', { total: 1e300 }, recovers()],
    ['a total that is text', { total: '2' }, recovers()],
    ['links that are no links', { link: [null, 4, 'MARK', { relation: 7 }] }, recovers()],
  ] as const
).map(([name, members, expect]) => ({
  ...{ group: 'bundle', threat: 'R22', name, stages: BUNDLE_STAGES, expect },
  play: (play) => ({
    ...play.good,
    body: JSON.stringify({ ...(JSON.parse(text(play)) as object), ...members }),
  }),
}))

/** What is long where a pattern may be slow. */
const slowPatterns: FaultRow = {
  ...{ group: 'shape', threat: 'R10', name: 'texts that slow patterns down', stages: JSON_STAGES },
  play: (play) => {
    const length = depth(play) / 5
    const members = { 'x-date': '1'.repeat(length), 'x-link': `<${','.repeat(length)}` }
    return { ...play.good, body: withMember(play, JSON.stringify(members).slice(1, -1)) }
  },
  expect: either(NOT_JSON),
}

export const CONTENT_ROWS: readonly FaultRow[] = [...rows, ...bundles, slowPatterns]
