/** Writes the pictures of docs/: `node site/pictures/write.mjs`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { arrow, box, column, picture, words } from './draw.mjs'

const folder = `${import.meta.dirname}/../../docs/pictures`

const path = picture(574, "From an organization's OID to a patient", [
  column(80, 16, 280, [
    { lines: ['your application', "organization('2.16.840.1…')"], kind: 'main', along: ['OID'] },
    {
      lines: ['directory', 'Organization and its Endpoints'],
      along: ['reasons for each endpoint'],
    },
    { lines: ['the FHIR endpoint', 'its own, or the nearest ancestor’s'], along: ['base URL'] },
    { lines: ['the server’s documents', 'metadata, smart-configuration, UDAP'], along: ['quirks'] },
    {
      lines: ['the token endpoint', 'trusted only if it belongs to the server'],
      along: ['first patient call'],
    },
    { lines: ['client assertion', 'signed by your key or HSM'], along: ['access token, cached'] },
    { lines: ['patients', 'read · search · match · everything'], kind: 'good' },
  ]),
])

const token = picture(330, 'The life of an access token', [
  words(20, 28, 'A token of 300 s; not to scale', { kind: 'small' }),
  ...[
    [20, 190, 'good', 'used'],
    [210, 110, 'main', 'used, renewed'],
    [320, 60, 'wait', 'wait'],
    [380, 40, 'bad', 'out'],
  ].flatMap(([x, width, kind, text]) => [
    `<rect class="${kind}" x="${x}" y="44" width="${width}" height="40"/>`,
    words(x + width / 2, 69, text, { anchor: 'middle' }),
  ]),
  words(20, 106, '0 s', { kind: 'small' }),
  words(210, 106, 'about 240 s', { kind: 'small', anchor: 'middle' }),
  words(320, 106, '294 s', { kind: 'small', anchor: 'middle' }),
  words(380, 106, '300 s', { kind: 'small', anchor: 'middle' }),
  ...[
    ['good', 'the first caller signs an assertion; all share the token'],
    ['main', 'the next use renews it in the background, jittered'],
    ['wait', 'callers wait for the new one'],
    ['bad', 'expired: never sent'],
  ].flatMap(([kind, text], index) => [
    `<rect class="${kind}" x="20" y="${128 + index * 25}" width="14" height="14" rx="3"/>`,
    words(44, 140 + index * 25, text),
  ]),
  words(20, 252, 'Renewal failed: the old token serves, next attempt after 3 s.', {
    kind: 'small',
  }),
  words(20, 272, 'Rejected with 401: dropped, one new token, the call once more.', {
    kind: 'small',
  }),
  words(20, 292, 'Another scope, purpose, claim or identity: another token.', { kind: 'small' }),
  words(20, 312, 'Three rejected assertions in a row: a pause, then one probe.', { kind: 'small' }),
])

const questions = [
  ['status active, or absent?', 'off, suspended, …'],
  ['FHIR REST?', 'XCPD, XCA, Direct, …'],
  ['https, address allowed?', 'http, private network'],
  ['FHIR 4.0?', 'STU3, DSTU2'],
  ['period includes now?', 'future, past'],
  ['for this purpose of use?', 'other purposes'],
  ['no downtime now?', 'downtime'],
]
const step = 58
const below = 20 + questions.length * step
const endpoint = picture(below + 236, 'How an endpoint is selected', [
  questions.flatMap(([question, skipped], index) => {
    const y = 16 + index * step
    return [
      ...box(20, y, 220, [question]),
      ...arrow([240, y + 17], [286, y + 17]),
      words(252, y + 12, 'no', { kind: 'small' }),
      words(292, y + 13, 'skipped:', { kind: 'small' }),
      words(292, y + 29, skipped, { kind: 'small' }),
      ...arrow([130, y + 35], [130, y + step - 1]),
      words(138, y + 51, 'yes', { kind: 'small' }),
    ]
  }),
  box(20, below - 4, 220, ['selected', 'highest version, then first listed'], 'good'),
  words(20, below + 82, 'If none is left', { kind: 'bold' }),
  column(20, below + 94, 400, [
    { lines: ['one https endpoint of unknown kind: a guess'], kind: 'wait' },
    { lines: ['the nearest ancestor that has one, ten at most'], kind: 'main' },
  ]),
  words(20, below + 214, 'Still none: ERR_CQ_NO_USABLE_ENDPOINT, with every reason.', {
    kind: 'small',
  }),
])

const udap = picture(690, 'What trust rests on in UDAP', [
  box(20, 16, 400, ['anchors of the community', 'from the community, never from a server'], 'main'),
  arrow([120, 70], [120, 113]),
  words(128, 96, 'issues', { kind: 'small' }),
  arrow([320, 70], [320, 113]),
  words(328, 96, 'issues', { kind: 'small' }),
  box(20, 114, 190, ['server’s certificate', 'its base URL as a URI name']),
  box(230, 114, 190, ['your certificate', 'your client URI as a name']),
  arrow([120, 168], [120, 211]),
  words(128, 194, 'signs', { kind: 'small' }),
  arrow([320, 168], [320, 211]),
  words(328, 194, 'signs', { kind: 'small' }),
  box(20, 212, 190, ['signed metadata', 'its endpoints']),
  box(230, 212, 190, ['software statement', 'name, scope, contacts']),
  arrow([120, 266], [120, 309]),
  words(128, 292, 'read by the library', { kind: 'small' }),
  box(
    20,
    310,
    190,
    [
      'verified, in order',
      'signature',
      'path to the anchor',
      'validity, constraints',
      'revocation',
      'names, claims, times',
      'endpoints',
    ],
    'good',
  ),
  arrow([210, 360], [324, 360], [324, 268]),
  words(224, 378, 'sent only after', { kind: 'small' }),
  words(224, 394, 'everything held', { kind: 'small' }),
  arrow([115, 459], [115, 500]),
  words(123, 485, 'registration, once', { kind: 'small' }),
  column(20, 501, 400, [
    { lines: ['client id, kept in the registration store'], along: ['hl7-b2b with the purpose'] },
    { lines: ['access token'], along: [] },
    { lines: ['Patient'], kind: 'good' },
  ]),
])

const run = picture(560, 'A run over a thousand responders', [
  column(60, 16, 320, [
    {
      lines: ['1,000 organizations', 'named by you, never "everybody"'],
      kind: 'main',
      along: ['no request yet'],
    },
    {
      lines: ['the plan', 'duplicates merged by FHIR base and identity'],
      along: ['cached tokens first'],
    },
  ]),
  ...[0, 1, 2, 3].flatMap((lane) => {
    const x = 20 + lane * 103
    return [
      ...arrow([220, 154], [220, 176], [x + 46, 176], [x + 46, 197]),
      ...box(
        x,
        198,
        92,
        [lane === 3 ? '…' : `server ${lane + 1}`, lane === 2 ? 'breaker open' : 'at most 4'],
        lane === 2 ? 'bad' : 'box',
      ),
      ...arrow([x + 46, 252], [x + 46, 290]),
    ]
  }),
  words(220, 276, '64 in all', { kind: 'small', anchor: 'middle' }),
  box(
    20,
    291,
    400,
    ['one outcome for each organization', 'as they come, each exactly once'],
    'good',
  ),
  ...[
    ['good', 'answered: matched, candidates, no-match, refused'],
    ['wait', 'later: unreachable, timeout, overloaded, cancelled'],
    ['bad', 'not without you: unauthorized, unsupported, invalid, untrusted'],
    ['box', 'skipped or withheld, with the reason'],
  ].flatMap(([kind, text], index) => [
    `<rect class="${kind}" x="20" y="${368 + index * 25}" width="14" height="14" rx="3"/>`,
    words(44, 380 + index * 25, text, { kind: 'small' }),
  ]),
  arrow([220, 345], [220, 360]),
  box(
    20,
    482,
    400,
    ['summary', 'complete only if everyone answered; unanswered, disclosed'],
    'main',
  ),
])

mkdirSync(folder, { recursive: true })
for (const [name, svg] of Object.entries({ path, token, endpoint, udap, run })) {
  writeFileSync(`${folder}/${name}.svg`, svg)
}
