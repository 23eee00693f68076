/** Each command over the sandbox: what it prints for people, and for machines. */
import { describe, expect, test } from 'vitest'
import { commands } from '../../../src/cli/commands.ts'
import { until } from '../../support/time.ts'
import { ORGANIZATION, sandboxOf, terminal } from './terminal.ts'

/** One command line, what it prints, and members of its JSON. */
const rows: readonly (readonly [
  line: string,
  prints: readonly RegExp[],
  json: readonly string[],
])[] = [
  [
    `directory get ${ORGANIZATION}`,
    [/Connectathon Server/, /selected {2}https:\/\/fhir-ehr/, /XCPD ITI-55/],
    ['oid', 'endpoints'],
  ],
  [
    'directory search --name sunrise --release carequality-r4 --environment production',
    [/2\.999\.10/, /Sunrise Clinic/],
    ['entries', 'complete'],
  ],
  [`endpoint ${ORGANIZATION}`, [/selected/, /skipped/], ['endpoint', 'candidates']],
  [
    `capabilities ${ORGANIZATION}`,
    [/carequality-token/, /quirks .*cerner/, /How it was found/],
    ['tokenEndpoint', 'steps'],
  ],
  [
    `egress ${ORGANIZATION}`,
    [/connect\.carequality\.org +443 +https +directory/, /fhir-ehr\.stagingcerner\.com/],
    ['hosts'],
  ],
  [
    `assertion ${ORGANIZATION}`,
    [/alg +RS256/, /iss +fhir\.example-hospital\.org/, /iat +\d+, 2026-06-01T1\d:/],
    ['header', 'claims'],
  ],
  [
    'assertion --audience https://as.example.org/token',
    [/aud +https:\/\/as\.example\.org\/token/],
    ['audience'],
  ],
  [
    `token ${ORGANIZATION}`,
    [/scope +system\/Patient\.read/, /good for +300 s/],
    ['scope', 'expiresInSeconds'],
  ],
  [
    `registration-letter ${ORGANIZATION} --contact it@example.org`,
    [/Client id +fhir\.example-hospital\.org/, /Contact +it@example\.org/],
    ['letter'],
  ],
  ['certificate', [/Leaf: .*fhir\.example-hospital\.org/, /730 days left/], ['0']],
  ['patient read 1316024', [/Timothy Peters/, /born +1946-04-05/], ['resourceType', 'id']],
  [
    'patient search --name peters',
    [/1316024 +Timothy Peters +1946-04-05/],
    ['patients', 'complete'],
  ],
  [
    'patient match --family Peters --birthdate 1946-04-05 --organization 2.999.10',
    [/probable +0\.82 +1316024/],
    ['matches'],
  ],
  [
    'discover 2.999.10 2.999.20 --family Peters --given Timothy --birthdate 1946-04-05',
    [/(matched|candidates) +Sunrise/, /complete +yes/, /disclosed to +\d/],
    ['outcomes', 'summary'],
  ],
  [
    'discover 2.999.10 --family Peters --birthdate 1946-04-05 --plan',
    [/Nothing was asked/, /fhir\.sunrise-clinic\.example/],
    ['targets', 'requests'],
  ],
  [
    'doctor --patient 1316024',
    [/passed +Access token/, /Every step that was reached passed/],
    ['ok', 'steps'],
  ],
]

describe('a command prints what a person looks for:', () => {
  test.each(rows)('%s', async (line, prints) => {
    const { type } = await terminal()
    const { code, out } = await type(line)
    expect(code).toBe(0)
    for (const pattern of prints) expect(out).toMatch(pattern)
  })
})

describe('a command prints one JSON value with --json:', () => {
  test.each(rows)('%s', async (line, _prints, members) => {
    const { type } = await terminal()
    const { code, out } = await type(`${line} --json`)
    expect(code).toBe(0)
    const value = JSON.parse(out) as object
    for (const member of members) expect(value).toHaveProperty([member])
  })
})

describe('in a narrow terminal no line is longer than it, but for addresses and commands:', () => {
  // A letter is a document of its own.
  test.each(rows.filter(([line]) => !line.startsWith('registration')))('%s', async (line) => {
    const { type } = await terminal()
    for (const columns of [60, 160]) {
      const { out } = await type(line, { columns, env: { NO_COLOR: '1' } })
      const long = out
        .split('\n')
        .filter((one) => one.length > columns)
        .filter((one) => !/https?:\/\/\S{20}|carequality-fhir |"iss"|SHA-256|CN=/.test(one))
      expect(long).toEqual([])
    }
  })
})

test('a terminal gets colours, a pipe and NO_COLOR get none, and FORCE_COLOR colours a pipe', async () => {
  const { type } = await terminal()
  const line = `endpoint ${ORGANIZATION}`
  const escape = '\u001b['
  expect((await type(line, { columns: 80 })).out).toContain(escape)
  expect((await type(line)).out).not.toContain(escape)
  expect((await type(line, { columns: 80, env: { NO_COLOR: '1' } })).out).not.toContain(escape)
  expect((await type(line, { columns: 80, env: { TERM: 'dumb' } })).out).not.toContain(escape)
  expect((await type(line, { env: { FORCE_COLOR: '1' } })).out).toContain(escape)
})

test('names that a directory publishes cannot move the cursor or turn text around', async () => {
  const { type } = await terminal()
  const sandbox = await sandboxOf()
  const oid = '2.999.66'
  sandbox.directory.put({ oid, name: 'Evil\u001b[2J\u202eClinic', endpoints: [] })
  const r4 = '--release carequality-r4 --environment production'
  const { out } = await type(`directory get ${oid} ${r4}`, { columns: 80, env: { NO_COLOR: '1' } })
  sandbox.directory.remove(oid)
  expect(out).toContain('Evil')
  expect(out).not.toMatch(/[\u001b\u202e]/)
})

test('directory list prints all entries, with --json one a line, and the account on stderr', async () => {
  const { type } = await terminal()
  const options = '--release carequality-r4 --environment production'
  const { code, out, err } = await type(`directory list ${options} --json`)
  expect(code).toBe(0)
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { oid: string })
  expect(lines).toHaveLength(45)
  expect(err).toContain('45 entries on 1 page, complete')
  const cut = await type(`directory list ${options} --limit 3`)
  expect(cut.out.trim().split('\n')).toHaveLength(4)
  expect(cut.err).toContain('cut by --limit')
})

test('what signs nothing needs no key', async () => {
  const { type } = await terminal()
  const env = { CAREQUALITY_KEY_FILE: undefined, CAREQUALITY_CLIENT_ID: undefined }
  for (const line of [
    `capabilities ${ORGANIZATION}`,
    `egress ${ORGANIZATION}`,
    `endpoint ${ORGANIZATION}`,
  ]) {
    expect(await type(line, { env })).toMatchObject({ code: 0, err: '' })
  }
})

test('egress lists the hosts of a whole copy', async () => {
  const { type } = await terminal()
  await type('directory mirror copy.ndjson --release carequality-r4 --environment production')
  const env = { CAREQUALITY_API_KEY: undefined, CAREQUALITY_ORGANIZATION: undefined }
  const { code, out, err } = await type('egress --snapshot copy.ndjson', { env })
  expect(code).toBe(0)
  expect(out).toMatch(/fhir\.sunrise-clinic\.example +443 +https +FHIR server/)
  expect(err).toContain('Token endpoints are not in a copy')
})

test('discover selects from a copy, and exits with 11 where a target does not answer', async () => {
  const { type } = await terminal()
  await type('directory mirror copy.ndjson --release carequality-r4 --environment production')
  const who = '--family Peters --birthdate 1946-04-05'
  const plan = await type(`discover --state MN --snapshot copy.ndjson --plan --json ${who}`)
  const { targets, skipped } = JSON.parse(plan.out) as { targets: unknown[]; skipped: unknown[] }
  expect(targets.length + skipped.length).toBeGreaterThan(1)
  const some = await type(`discover 2.999.10 2.999.40 ${who}`)
  expect(some.code).toBe(11)
  expect(some.out).toMatch(/skipped +2\.999\.40 +no-endpoint/)
  expect((await type(`discover ${who}`)).err).toContain('name organizations')
  expect((await type(`discover --near here --snapshot copy.ndjson ${who}`)).err).toContain(
    '--near must',
  )
})

test('jwks prints the public key alone, and those of further files', async () => {
  const { type, folder } = await terminal()
  const { writeFile } = await import('node:fs/promises')
  const { generateKeyPairSync } = await import('node:crypto')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(`${folder}/next.pem`, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const { code, out } = await type('jwks next.pem')
  expect(code).toBe(0)
  const { keys } = JSON.parse(out) as { keys: Record<string, unknown>[] }
  expect(keys.map(({ kty }) => kty)).toEqual(['RSA', 'EC'])
  expect(out).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
})

test('udap discover, register and cancel work over the sandbox', async () => {
  const { type } = await terminal()
  for (const [line, text] of [
    ['udap discover', 'How it was verified'],
    ['udap register', 'client id'],
    ['udap cancel', 'has ended'],
  ] as const) {
    const { code, out, err } = await type(`${line} --sandbox --mode udap`)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(text)
  }
})

test('doctor names what to cure first, who can, and exits with 10', async () => {
  const { type } = await terminal()
  const { code, out } = await type('doctor', { env: { CAREQUALITY_API_KEY: 'S3CRET-other' } })
  expect(code).toBe(10)
  expect(out).toContain(
    'failed       Directory and API key: The directory refuses the API key. Check',
  )
  expect(out).toContain('Cure this first')
  expect(out).toMatch(/who can cure it +you/)
  expect(out).not.toContain('S3CRET')
})

test('sandbox serves on loopback until it is stopped, and writes what other commands need', async () => {
  const { type, env: terminalEnv } = await terminal()
  const stop = new AbortController()
  let printed = ''
  const onOut = (text: string): void => {
    printed += text
  }
  const running = type('sandbox --json --write box', { signal: stop.signal, onOut })
  await until(() => printed.includes('\n'))
  const { directoryBaseUrl } = JSON.parse(printed) as { directoryBaseUrl: string }
  expect(directoryBaseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//)
  const env = Object.fromEntries(Object.keys(terminalEnv).map((name) => [name, undefined]))
  const typed = async (line: string, config: string): Promise<unknown> => {
    const options = { fetch: 'platform', env } as const
    const { code, err, out } = await type(`${line} --config box/${config} --json`, options)
    expect([code, err]).toEqual([0, ''])
    return JSON.parse(out)
  }
  const read = 'patient read 1316024'
  expect(await typed(read, 'carequality.config.json')).toMatchObject({ id: '1316024' })

  const metadata = await typed('udap discover', 'udap.config.json')
  expect(metadata).toMatchObject({ community: 'urn:oid:2.999.61.1', warnings: [] })
  const first = await typed('udap register', 'udap.config.json')
  const again = await typed('udap register', 'udap.config.json')
  expect(first).toMatchObject({ clientId: expect.stringMatching(/^sandbox-client-/) as string })
  expect(again).toEqual(first)
  expect(await typed(read, 'udap.config.json')).toMatchObject({ id: '1316024' })
  stop.abort()
  expect((await running).code).toBe(0)
})

test('every command is in one of these tests or has one of its own', () => {
  const tested = rows.map(([line]) => line)
  const others = [
    'directory list',
    'directory mirror',
    'jwks',
    'udap discover',
    'udap register',
    'udap cancel',
    'sandbox',
    'completion',
  ]
  const missing = commands
    .map(({ name }) => name)
    .filter((name) => !tested.some((line) => line.startsWith(name)) && !others.includes(name))
  expect(missing).toEqual([])
})
