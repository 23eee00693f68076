/** The canary: marked secrets and patients' values, and every command at its most talkative. */
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { ORGANIZATION, sandboxOf, terminal, type Shown } from './terminal.ts'

const person = ['1316024', 'Timothy', 'Peters', '1946-04-05']
const commands = [
  `directory get ${ORGANIZATION}`,
  'directory search --name sunrise',
  'directory list --limit 3',
  'directory mirror copy.ndjson',
  `endpoint ${ORGANIZATION}`,
  'capabilities',
  'egress',
  'assertion',
  'token',
  'jwks',
  'registration-letter',
  'certificate',
  'doctor --patient 1316024',
]
const patientCommands = [
  'patient read 1316024',
  'patient search --family Peters --birthdate 1946-04-05',
  'patient match --organization 2.999.10 --family Peters --given Timothy --birthdate 1946-04-05',
  'patient read Timothy',
  'discover 2.999.10 2.999.40 --family Peters --given Timothy --birthdate 1946-04-05',
  'discover 2.999.10 --family Peters --birthdate 1946-04-05 --plan',
]
const loud = ['', ' --verbose', ' --json --verbose', ' --curl --verbose', ' --http walk --verbose']

/** Every token that was issued, every assertion that was signed, the API key and the private key. */
async function secrets(): Promise<readonly string[]> {
  const sandbox = await sandboxOf()
  const sent = sandbox.requests.flatMap(({ headers, body }) => {
    const bearer = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1]
    const assertion = new URLSearchParams(body).get('client_assertion')
    return [bearer, assertion?.split('.')[2]].filter((one) => one !== undefined)
  })
  const key = sandbox.pem.key.replace(/-----[^-]+-----|\s/g, '').slice(40, 80)
  return [
    ...new Set([...sent, sandbox.options.directory.apiKey, key, 'BEGIN PRIVATE', 'sandbox-token']),
  ]
}

async function filesOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => !/^(key|chain)\.pem$|^copy/.test(name))
  return (await Promise.all(names.map((name) => readFile(`${folder}/${name}`, 'utf8')))).join('\n')
}

function shown({ out, err }: Shown): string {
  return `${out}\n${err}`
}

describe('no secret and no patient value is in the output or the files of', () => {
  test.each(commands)('%s', async (command) => {
    const { type, folder } = await terminal()
    for (const flags of loud) {
      const text = shown(await type(command + flags)) + (await filesOf(folder))
      for (const secret of await secrets()) expect(text).not.toContain(secret)
      for (const value of person) expect(text).not.toContain(value)
    }
  })
})

describe('no secret is in the output, and no patient value in scripts, events and files, of', () => {
  test.each(patientCommands)('%s', async (command) => {
    const { type, folder } = await terminal()
    for (const flags of loud) {
      const { out, err } = await type(command + flags)
      const files = await filesOf(folder)
      for (const secret of await secrets()) expect(out + err + files).not.toContain(secret)
      const apart = flags.includes('--curl') ? out + err + files : err + files
      for (const value of person) expect(apart).not.toContain(value)
    }
  })
})

describe('a failure shows no secret and no patient value:', () => {
  const statuses = [400, 401, 403, 404, 406, 422, 429, 500, 503]
  test.each(statuses)('the FHIR server answers %i and repeats what it was sent', async (status) => {
    const sandbox = await sandboxOf()
    const { type } = await terminal()
    const { code, out, err } = await type(
      'patient search --family Peters --birthdate 1946-04-05 --verbose',
      {
        fetch: async (request) => {
          if (!request.url.includes('/Patient')) return sandbox.fetch(request)
          const echo = `${request.url} ${await request.text()} ${request.headers.get('authorization') ?? ''}`
          return Response.json(
            { resourceType: 'OperationOutcome', issue: [{ code: 'invalid', diagnostics: echo }] },
            { status, headers: { 'retry-after': '9999', 'x-request-id': 'Peters' } },
          )
        },
      },
    )
    expect(code).not.toBe(0)
    for (const secret of await secrets()) expect(out + err).not.toContain(secret)
    for (const value of person) expect(out + err).not.toContain(value)
  })

  test('an error that is not ours says nothing of itself', async () => {
    const { type } = await terminal()
    const { code, err } = await type('directory mirror missing/folder/copy.ndjson', {
      fetch: () => Promise.reject(new Error('S3CRET')),
    })
    expect(code).not.toBe(0)
    expect(err).not.toContain('S3CRET')
  })
})

describe('what must not be visible to others is refused as an argument, and not repeated:', () => {
  test.each([
    ['patient read 1 --api-key S3CRET'],
    ['patient read 1 --api-key=S3CRET'],
    ['doctor --key S3CRET'],
    ['token --passphrase S3CRET'],
    ['token --client-secret=S3CRET'],
    ['token --token S3CRET'],
    ['token --proxy http://u:S3CRET@proxy'],
    ['capabilities --base-url https://user:S3CRET@fhir.example.org/r4'],
    ['capabilities --base-url https://fhir.example.org/r4?apikey=S3CRET'],
    ['patient read eyJhbGciOiJSUzI1NiJ9.S3CRET.sig'],
    ['no-such-command --api-key S3CRET'],
    ['token --unknown=S3CRET'],
    ['token --json=S3CRET'],
  ])('%s', async (line) => {
    const { type } = await terminal()
    const { code, out, err } = await type(line)
    expect(code).toBe(2)
    expect(out + err).not.toContain('S3CRET')
  })

  test('a private key', async () => {
    const { type } = await terminal()
    const { code, err } = await type(['patient', 'read', '-----BEGIN PRIVATE KEY-----S3CRET'])
    expect(code).toBe(2)
    expect(err).not.toContain('S3CRET')
  })
})

test('--raw prints the token, or the assertion, and nothing else', async () => {
  const { type } = await terminal()
  const token = await type('token --raw')
  expect(token.out).toMatch(/^sandbox-token-[\w-]+\n$/)
  const assertion = await type('assertion --raw --audience https://as.example.org/token')
  expect(assertion.out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
})
