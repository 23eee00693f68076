/** Token answers of every odd kind. */
import type { ErrorCode } from '../../../src/errors.ts'
import { recovers, refused, type Expect, type FaultRow } from '../cases.ts'
import { granted, json } from '../honest.ts'
import type { Play, Reply } from '../world.ts'

const INVALID = refused(['ERR_CQ_INVALID_TOKEN_RESPONSE'])
const REJECTED = refused(['ERR_CQ_TOKEN_REJECTED'])
const UNSUPPORTED = refused(['ERR_CQ_UNSUPPORTED_TOKEN_TYPE'])

type Row = readonly [threat: string, name: string, play: (play: Play) => Reply, expect: Expect]

function withMembers(members: object): Row[2] {
  return ({ world }) => granted(world, members)
}

const TYPES: readonly Row[] = [
  ...[undefined, 'mac', 'DPoP', 'N_A', 'Bearer ', '', null, 7, ['Bearer'], { a: 1 }].map(
    (type): Row => [
      'T6',
      `token_type ${type === undefined ? 'missing' : JSON.stringify(type)}`,
      withMembers({ token_type: type }),
      UNSUPPORTED,
    ],
  ),
  ...['bearer', 'BEARER', 'bEaReR'].map((type): Row => [
    'T6',
    `token_type ${type}`,
    withMembers({ token_type: type }),
    recovers(),
  ]),
]

const LIVES: readonly Row[] = [
  ...[0, -60, '300', ' 300 ', 299.9, '299.9', 1e308, 2_147_484, true, null, 'soon', [], {}].map(
    (life): Row => [
      'T7',
      `expires_in ${JSON.stringify(life)}`,
      withMembers({ expires_in: life }),
      recovers(),
    ],
  ),
  ['T7', 'expires_in missing', withMembers({ expires_in: undefined }), recovers()],
  ...['1e400', '-1e400', '9'.repeat(400)].map((life): Row => [
    'T7',
    `expires_in ${life.slice(0, 10)} as a number`,
    ({ world }) => {
      const answer = granted(world, { expires_in: 42_42 })
      return { ...answer, body: answer.body.toString().replace('4242', life) }
    },
    recovers(),
  ]),
]

const TOKENS: readonly Row[] = (
  [
    ['missing', undefined],
    ['empty', ''],
    ['a number', 12_345_678],
    ['null', null],
    ['a list', ['MARK']],
    ['an object', { MARK: 1 }],
    ['of two lines', 'MARK\r\nX-Injected: 1'],
    ['with a blank', 'MARK MARK'],
    ['of blanks', '   '],
    ['with a tab', 'MARK\t'],
    ['with a NUL', 'MARK\u0000'],
    ['with a snowman', 'MARK\u2603'],
    ['with a DEL', 'MARK\u007f'],
  ] as const
).map(([name, value]): Row => [
  'T8',
  `access_token ${name}`,
  withMembers({ access_token: value }),
  INVALID,
])

const LARGE: Row = [
  'T8',
  'access_token of 1 MB',
  withMembers({ access_token: 'M'.repeat(1e6) }),
  refused(['ERR_CQ_RESPONSE_TOO_LARGE']),
]

const ERRORS: readonly Row[] = [
  ['T9', 'an error with 200', () => json({ error: 'invalid_client' }), REJECTED],
  ['T9', 'an error beside the token', withMembers({ error: 'server_error' }), REJECTED],
  ['T9', 'an error that is a number, beside the token', withMembers({ error: 7 }), REJECTED],
  ['T9', 'an error that is null, beside the token', withMembers({ error: null }), recovers()],
  ['T9', 'a scope that is a list', withMembers({ scope: ['system/Patient.read'] }), recovers()],
  [
    'T9',
    'a scope with line breaks',
    withMembers({ scope: 'system/Patient.read\r\nx' }),
    recovers(),
  ],
  ['R24', 'a refresh token', withMembers({ refresh_token: 'MARK' }), recovers()],
  ['R24', 'an id token', withMembers({ id_token: 'MARK', patient: 'other' }), recovers()],
  ['T9', 'a form in place of JSON', formAnswer, INVALID],
  ['T9', 'a token inside a list', ({ world }) => listed(granted(world)), INVALID],
  ...[400, 401, 403].flatMap((status) =>
    ['invalid_client', 'invalid_grant', 'invalid_scope', 'unauthorized_client', 'slow_down'].map(
      (error): Row => ['T10', `${status} ${error}`, () => json({ error }, status), REJECTED],
    ),
  ),
  [
    'B3',
    'an error of strange characters',
    () => json({ error: 'a"b\\c\u001b[31m\r\nMARK' }, 400),
    REJECTED,
  ],
  [
    'K5',
    'invalid_grant and a clock an hour off',
    () => dated(json({ error: 'invalid_grant' }, 400), 3_600_000),
    refused(['ERR_CQ_TOKEN_REJECTED', 'ERR_CQ_CLOCK_SKEW']),
  ],
  [
    'K5',
    'invalid_grant and a clock five minutes off',
    () => dated(json({ error: 'invalid_grant' }, 400), 300_000),
    refused(['ERR_CQ_TOKEN_REJECTED', 'ERR_CQ_CLOCK_SKEW'], [2, 2]),
  ],
  [
    'T10',
    'a demand for Basic',
    () => ({ ...json({ error: 'invalid_client' }, 401), headers: { 'www-authenticate': 'Basic' } }),
    REJECTED,
  ],
]

function formAnswer({ world }: Play): Reply {
  const body = `access_token=${world.newToken()}&token_type=bearer`
  return { status: 200, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }
}

function listed(answer: Reply): Reply {
  return { ...answer, body: `[${answer.body.toString()}]` }
}

function dated(answer: Reply, aheadMs: number): Reply {
  const date = new Date(Date.now() + aheadMs).toUTCString()
  return { ...answer, headers: { ...answer.headers, date } }
}

/** A stolen hour: the server gives the same dead token again and again. */
const refusedCodes: readonly ErrorCode[] = ['ERR_CQ_UNAUTHORIZED']
const dead: FaultRow = {
  ...{ group: 'token', threat: 'T5', name: 'a token that the FHIR server never knew' },
  stages: ['token'],
  play: () => json({ access_token: 'DEAD-CANARY', token_type: 'Bearer', expires_in: 300 }),
  expect: refused(refusedCodes, [2, 2]),
}

export const TOKEN_ROWS: readonly FaultRow[] = [
  ...[...TYPES, ...LIVES, ...TOKENS, LARGE, ...ERRORS].map(
    ([threat, name, play, expect]): FaultRow => ({
      ...{ group: `token ${threat}`, threat, name, stages: ['token'], play, expect },
    }),
  ),
  dead,
]
