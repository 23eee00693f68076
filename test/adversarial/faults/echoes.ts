/** Servers that say back what they were sent, wherever an answer has room for it. */
import type { ErrorCode } from '../../../src/errors.ts'
import { ALL, FHIR_STAGES, refused, type FaultRow } from '../cases.ts'
import { outcome, PATIENT_VALUES } from '../documents.ts'
import type { Play, Reply } from '../world.ts'

/** Whatever an answer of that kind may be called: what counts is what is shown. */
const ANY: readonly ErrorCode[] = [
  ...(['ERR_CQ_UNEXPECTED_STATUS', 'ERR_CQ_UNEXPECTED_CONTENT', 'ERR_CQ_INVALID_JSON'] as const),
  ...(['ERR_CQ_OPERATION_FAILED', 'ERR_CQ_FORBIDDEN', 'ERR_CQ_TOKEN_REJECTED'] as const),
  ...(['ERR_CQ_DIRECTORY_KEY_REFUSED', 'ERR_CQ_INVALID_TOKEN_RESPONSE'] as const),
  ...([
    'ERR_CQ_INVALID_RESPONSE',
    'ERR_CQ_RESPONSE_TOO_LARGE',
    'ERR_CQ_UNEXPECTED_RESOURCE',
  ] as const),
  ...(['ERR_CQ_NO_TOKEN_ENDPOINT', 'ERR_CQ_NETWORK', 'ERR_CQ_NO_USABLE_ENDPOINT'] as const),
]

/** All that came in, and all that this server knows of the patient. */
function known({ request, world }: Play): readonly string[] {
  return [
    request.url,
    request.body,
    ...Object.values(request.headers).map(String),
    ...world.secrets,
    ...PATIENT_VALUES,
  ]
}

/** On one line, as headers must be. */
function line(play: Play): string {
  return known(play)
    .join(' ')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 6_000)
}

function quoting(play: Play, extra = ''): string {
  const words = known(play).map((word) => word + extra)
  if (FHIR_STAGES.includes(play.world.stage))
    return JSON.stringify(outcome(words, 'error', words[0]))
  const said = words.join(' ')
  return JSON.stringify({ error: said, error_description: said, error_uri: said, message: said })
}

const JSON_TYPE = { 'content-type': 'application/json' }

type Row = readonly [name: string, threat: string, make: (play: Play) => Reply]

const ROWS: readonly Row[] = [
  ...[400, 403, 500].map((status): Row => [
    `${status} that quotes all it was sent`,
    'B2',
    (play) => ({ status, headers: JSON_TYPE, body: quoting(play) }),
  ]),
  [
    '400 with terminal escapes',
    'B3',
    (play) => ({
      status: 400,
      headers: JSON_TYPE,
      body: quoting(play, '\u001b[31m\r\nFORGED\u0085'),
    }),
  ],
  [
    '400 with 60 kB of description',
    'B2',
    (play) => ({
      ...{ status: 400, headers: JSON_TYPE },
      body: quoting(play, 'x'.repeat(60_000 / (4 * known(play).length))).slice(0, 63_000),
    }),
  ],
  [
    '400 with HTML that quotes',
    'B2',
    (play) => ({ ...reply(400, 'text/html'), body: `<html>${known(play).join(' ')}` }),
  ],
  [
    'broken JSON that quotes',
    'B7',
    (play) => ({ ...reply(200, 'application/json'), body: `{"x":"${line(play)}` }),
  ],
  [
    'text that quotes',
    'B7',
    (play) => ({ ...reply(200, 'text/plain'), body: known(play).join(' ') }),
  ],
  [
    'headers that quote',
    'B1',
    (play) => ({
      ...reply(400, 'text/plain'),
      headers: {
        'content-type': `text/plain; x="${line(play).replace(/"/g, '').slice(0, 2_000)}"`,
        'www-authenticate': `Bearer error="${line(play)}"`,
        'retry-after': line(play).slice(0, 1_000),
      },
    }),
  ],
  ...(['x-request-id', 'request-id', 'x-correlation-id'] as const).map((name, at): Row => [
    `${name} that quotes`,
    'B1',
    (play) => ({
      ...reply(400, 'text/plain'),
      headers: { 'content-type': 'text/plain', [name]: requestId(play, at) },
    }),
  ]),
]

function requestId({ world, request }: Play, at: number): string {
  const patient =
    world.stage === 'search' ? 'MRN-777-CANARY' : (request.url.split('/').at(-1) ?? '')
  const sent = [request.url, request.body, ...Object.values(request.headers)].join(' ')
  const secret =
    world.secrets.filter((one) => one.length < 60 && sent.includes(one)).at(-1) ?? patient
  return [secret, patient, `id-${secret}`][at]?.slice(0, 64) ?? ''
}

function reply(status: number, type: string): Reply {
  return { status, headers: { 'content-type': type }, body: 'no' }
}

const replies: readonly FaultRow[] = ROWS.map(([name, threat, play]) => ({
  ...{
    group: name.includes('-id ') ? 'echo as request id' : 'echo',
    threat,
    name,
    stages: ALL,
    play,
  },
  expect: refused(ANY, [1, 3]),
}))

/** A reason phrase cannot be said by a reply alone. */
const reason: FaultRow = {
  ...{ group: 'echo', threat: 'B1', name: 'a reason phrase that quotes', stages: ALL },
  play: (play) => {
    play.response.writeHead(400, line(play), { 'content-type': 'text/plain' }).end('no')
    return undefined
  },
  expect: refused(ANY, [1, 3]),
}

const garbage: FaultRow = {
  ...{ group: 'echo', threat: 'B7', name: 'no HTTP, but all it was sent', stages: ALL },
  play: (play) => {
    play.socket.end(`${line(play)}\r\n\r\n`)
    return undefined
  },
  expect: refused(ANY, [1, 3]),
}

export const ECHO_ROWS: readonly FaultRow[] = [...replies, reason, garbage].map((row) =>
  // A content is whatever the server says it is.
  row.name.startsWith('broken JSON') || row.name.startsWith('text that')
    ? { ...row, stages: ALL.filter((stage) => stage !== 'binary') }
    : row,
)
