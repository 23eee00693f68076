/** --curl and --http: the same requests for other programs. */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { curlScript } from '../../../src/cli/curl.ts'
import { walkOf } from '../../../src/cli/walk.ts'
import { sandboxOf, terminal } from './terminal.ts'

const SIGNER = { options: [], isUdap: false }

test('--curl prints the walk of the guides, with variables for what is secret', async () => {
  const { type } = await terminal()
  const { code, out } = await type('patient read 1316024 --curl')
  expect(code).toBe(0)
  expect([...out.matchAll(/^# (.*)$/gm)].map(([, title]) => title)).toEqual([
    'To be set before',
    'The directory entry',
    'What the server publishes: metadata',
    'What the server publishes: smart-configuration',
    'The access token',
    'The read',
  ])
  expect(out).toContain('?apikey=$CAREQUALITY_API_KEY&_format=xml"')
  expect(out).toContain('-H "Authorization: Bearer $ACCESS_TOKEN"')
  expect(out).toContain('/Patient/$PATIENT_ID"')
})

test('the script runs in a shell: each curl makes the request that the command made', async () => {
  const { type, folder } = await terminal()
  const { out } = await type('patient search --name peters --curl')
  expect(out).not.toContain('pageContext')
  const fake = [
    'curl() { for one in "$@"; do printf "%s\\n" "[$one]" >&2; done; echo \'{"access_token":"T0"}\'; }',
    'carequality-fhir() { echo "A1 $4"; }',
    'carequality_fhir() { echo A1; }',
  ]
  const script = `${fake[0] ?? ''}\n${out.replaceAll('carequality-fhir assertion', 'carequality_fhir assertion')}`
  const ran = execFileSync('bash', ['-c', `{\n${fake[2] ?? ''}\n${script}\n} 2>&1`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      CAREQUALITY_API_KEY: 'K3',
      PATIENT_NAME: "O'Neil $(touch broken)",
    },
  }).toString()
  expect(ran).toContain('apikey=K3&_format=xml]')
  expect(ran).toContain("[name=O'Neil $(touch broken)]")
  expect(ran).toContain('[client_assertion=A1]')
  expect(ran).toContain('[Authorization: Bearer T0]')
})

test('each responder is sent its own token, in every form of the walk', async () => {
  const { type, folder } = await terminal()
  const patient = '--family Peters --given Timothy --birthdate 1946-04-05'
  const { out } = await type(`discover 2.999.10 2.999.20 ${patient} --curl --http walk`)
  const http = await readFile(`${folder}/walk.http`, 'utf8')
  const collection = await readFile(`${folder}/walk.postman_collection.json`, 'utf8')
  const issuers = [...out.matchAll(/^(ACCESS_TOKEN\w*)=\$\(curl -sS "https:\/\/([^/"]+)/gm)]
  expect(issuers).toHaveLength(2)
  expect(new Set(issuers.map(([, variable]) => variable)).size).toBe(2)
  for (const [, variable = '', host = ''] of issuers) {
    const asked = out.split('\n\n').filter((step) => step.includes(`Bearer $${variable}"`))
    expect(asked.length).toBeGreaterThan(0)
    for (const step of asked) expect(step).toContain(`https://${host}/`)
    const name = variable.replace('ACCESS_', '').toLowerCase()
    const blocks = http.split('### ').filter((one) => one.includes(`{{${name}.response.`))
    expect(blocks.length).toBe(asked.length)
    for (const block of blocks) expect(block).toContain(`https://${host}/`)
    expect(http).toContain(`# @name ${name}\n`)
    expect(collection).toContain(`pm.collectionVariables.set(\\"${variable}\\"`)
  }
})

test('the script signs with the settings file and the options that the command was given', async () => {
  const { type, folder } = await terminal()
  await writeFile(`${folder}/own.json`, '{ "timeout": 50 }')
  await writeFile(`${folder}/own key.pem`, (await sandboxOf()).pem.key)
  const { out } = await type([
    ...['patient', 'read', '1316024', '--curl', '--config', 'own.json'],
    ...['--key-file', 'own key.pem', '--client-id', 'fhir.example-hospital.org'],
  ])
  const signed = out.split('\n').find((line) => line.startsWith('CLIENT_ASSERTION='))
  expect(signed).toContain(`"--config" "${folder}/own.json"`)
  expect(signed).toContain(`"--key-file" "${folder}/own key.pem"`)
  expect(signed).toContain('"--client-id" "fhir.example-hospital.org"')
})

test('a script whose assertion or token is missing stops there', async () => {
  const { type } = await terminal()
  const { out } = await type('patient read 1316024 --curl')
  const env = { PATH: process.env.PATH, CAREQUALITY_API_KEY: 'K3', PATIENT_ID: '1' }
  const asked = (token: string, signs: string): string => {
    const fakes = `curl() { echo "curl $*" >&2; echo '${token}'; }\ncq() { ${signs}; }`
    const script = out.replaceAll('carequality-fhir assertion', 'cq')
    const shell = `(\n${fakes}\n${script}\n) 2>&1; echo "code $?"`
    return execFileSync('sh', ['-c', shell], { env, stdio: 'pipe' }).toString()
  }
  const unsigned = asked('{"access_token":"T0"}', 'return 3')
  expect(unsigned).toMatch(/code 3\n$/)
  expect(unsigned).not.toContain('client_assertion=')
  const rejected = asked('{"error":"invalid_client"}', 'echo A1')
  expect(rejected).toContain('client_assertion=A1')
  expect(rejected).toContain('the response holds no access token')
  expect(rejected).not.toMatch(/code 0\n$|Bearer/)
})

test('in mode udap, where no assertion can be printed, the script says how to get the token', async () => {
  const { type } = await terminal()
  const { code, out } = await type('patient read 1316024 --sandbox --mode udap --curl', {
    env: { CAREQUALITY_ORGANIZATION: undefined },
  })
  expect(code).toBe(0)
  expect(out).not.toContain('carequality-fhir assertion')
  expect(out).not.toContain('client_assertion=')
  expect(out).toContain('carequality-fhir token --raw "--sandbox" "--mode" "udap"')
  expect(out).toContain(': "${ACCESS_TOKEN:?set ACCESS_TOKEN}"')
})

test('a variable that is not set stops the script before its first request', async () => {
  const { type } = await terminal()
  const { out } = await type('patient read 1 --curl')
  expect(out).toContain(': "${PATIENT_ID:?set PATIENT_ID}"')
  expect(() =>
    execFileSync('sh', ['-c', `curl() { echo sent; }\n${out}`], { env: {}, stdio: 'pipe' }),
  ).toThrow(/CAREQUALITY_API_KEY|PATIENT_ID/)
})

describe('nothing that a server chose is run by the shell:', () => {
  test.each(['$(touch x)', '`touch x`', "';touch x;'", '";touch x;"', '!touch', '\\', '$HOME'])(
    '%s',
    (bad) => {
      const url = `https://as.example.org/${bad}/token`
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      }
      const body = 'scope=a&client_assertion=b'
      const script = curlScript(walkOf([{ method: 'POST', url, headers, body }]), SIGNER)
      const shell = `curl() { printf '%s\\n' "$2"; }\ncarequality_fhir() { :; }\n${script.replaceAll('carequality-fhir', 'carequality_fhir')}\nprintf '%s' "$ACCESS_TOKEN" > /dev/null`
      const seen = execFileSync(
        'bash',
        [
          '-c',
          shell
            .replace('ACCESS_TOKEN=$(curl', '(curl')
            .replace(/\| sed.*$/m, ')')
            .replace(/^: .*no access token.*$/m, ''),
        ],
        { env: {}, stdio: ['ignore', 'pipe', 'pipe'] },
      )
      expect(seen.toString().trim()).toBe(url)
    },
  )
})

test('a value in the query of a search is encoded by curl, and what was sent stays as it was', () => {
  const url = 'https://fhir.example.org/r4/Patient?family%3Aexact=Peters&_count=2%30'
  const headers = { accept: 'application/fhir+json' }
  const steps = walkOf([{ method: 'GET', url, headers, body: undefined }])
  const script = `curl() { printf '[%s]\\n' "$@"; }\n${curlScript(steps, SIGNER)}`
  const env = { PATIENT_FAMILY: "O'Neil & Sons" }
  const seen = execFileSync('sh', ['-c', script], { env, stdio: 'pipe' }).toString().trim()
  expect(seen.split('\n')).toEqual([
    ...['[-sS]', '[-G]', '[https://fhir.example.org/r4/Patient]'],
    ...['[-H]', '[Accept: application/fhir+json]'],
    ...['[--data-urlencode]', "[family%3Aexact=O'Neil & Sons]", '[--data]', '[_count=2%30]'],
  ])
})

test('the audience keeps port and case as they were published', () => {
  const url = 'https://AS.Example.org:443/Token'
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const script = curlScript(
    walkOf([{ method: 'POST', url, headers, body: 'client_assertion=b' }]),
    SIGNER,
  )
  expect(script).toContain(`--audience "${url}"`)
})

test('--http writes the walk as .http file and Postman collection, beside the result', async () => {
  const { type, folder } = await terminal()
  const { code, out, err } = await type('patient read 1316024 --http walk')
  expect(code).toBe(0)
  expect(out).toContain('Timothy')
  expect(err).toContain('walk.http')
  const http = await readFile(`${folder}/walk.http`, 'utf8')
  expect(http).toContain('@CAREQUALITY_API_KEY = {{$processEnv CAREQUALITY_API_KEY}}')
  expect(http).toContain('# @name token')
  expect(http).toContain('authorization: Bearer {{token.response.body.access_token}}')
  expect(http).toMatch(/^GET https:\/\/\S+\/Patient\/\{\{PATIENT_ID\}\}$/m)
  const collection = JSON.parse(
    await readFile(`${folder}/walk.postman_collection.json`, 'utf8'),
  ) as {
    info: { schema: string }
    item: { name: string; event?: unknown; request: { method: string } }[]
  }
  expect(collection.info.schema).toContain('v2.1.0')
  expect(collection.item.map(({ name, request }) => `${request.method} ${name}`)).toEqual([
    'GET The directory entry',
    'GET What the server publishes: metadata',
    'GET What the server publishes: smart-configuration',
    'POST The access token',
    'GET The read',
  ])
  expect(collection.item[3]?.event).toBeDefined()
})

test('a link of the server that is badly encoded is no step, and no error', () => {
  const url = 'https://fhir.example.org/r4/Patient?%E0%A4%A=1'
  expect(
    walkOf([{ method: 'GET', url, headers: { accept: 'application/fhir+json' }, body: undefined }]),
  ).toEqual([])
})

test('a command that fails still prints what it had sent', async () => {
  const { type } = await terminal()
  const sandbox = await sandboxOf()
  const { code, out } = await type('patient read 1316024 --curl', {
    fetch: (request) =>
      request.url.endsWith('/token')
        ? Promise.resolve(Response.json({ error: 'invalid_client' }, { status: 401 }))
        : sandbox.fetch(request),
  })
  expect(code).toBe(8)
  expect(out).toContain('# The access token')
})
