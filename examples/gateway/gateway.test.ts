/** The gateway on the sandbox: `node --test examples/dist/gateway/gateway.test.js`. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { CarequalityClient } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'
import { serve } from './server.ts'
import { hsmSigner, softHsm } from './signer.ts'

const organizations = ['2.16.840.1.113883.3.13.1', '2.999.10', '2.999.20']
const timothy = {
  name: [{ family: 'Peters', given: ['Timothy'] }],
  birthDate: '1946-04-05',
  gender: 'male',
}
const logged: string[] = []
const sandbox = await createSandbox()
const signer = hsmSigner(softHsm(sandbox.pem.key), [sandbox.pem.certificates])
const client = new CarequalityClient({ ...sandbox.options, signer, requirePurpose: true })
const log = (line: unknown): number => logged.push(JSON.stringify(line))
const server = serve(client, organizations, log)
let origin = ''

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(async () => {
  server.close()
  await client.close()
})

const find = (purpose: string): Promise<Response> =>
  fetch(`${origin}/patients?purpose=${purpose}`, { method: 'POST', body: JSON.stringify(timothy) })

test('three organizations are asked, and each says whom it knows', async () => {
  const { candidates, unanswered } = await (await find('TREAT')).json()
  assert.deepEqual(unanswered, [])
  const known = candidates.filter(({ id }: { id: string }) => id === '1316024')
  assert.deepEqual(
    known.map(({ organization }: { organization: string }) => organization).sort(),
    organizations,
  )
})

test('an organization that fails is named, and the others answer', async () => {
  for (let times = 0; times < 5; times += 1) {
    sandbox.respondOnce(
      ({ url }) => url.startsWith('https://ehr.plain-hospital.example/fhir/Patient'),
      () =>
        new Response('<html>Please sign in</html>', { headers: { 'content-type': 'text/html' } }),
    )
  }
  const { candidates, unanswered } = await (await find('TREAT')).json()
  assert.deepEqual(unanswered, ['2.999.20: invalid'])
  assert.ok(candidates.length > 1)
})

test('a document is listed and its content arrives whole', async () => {
  const query = 'purpose=TREAT&organization=2.999.10'
  const documents = await (await fetch(`${origin}/documents?${query}&patient=1316024`)).json()
  const [first] = documents
  const content = await fetch(`${origin}/content?${query}&url=${encodeURIComponent(first.url)}`)
  assert.equal(content.headers.get('content-type')?.split(';')[0], 'text/plain')
  assert.match(await content.text(), /\w/)
})

test('a purpose for which nobody lists an endpoint is no empty result', async () => {
  const { candidates, unanswered } = await (await find('HPAYMT')).json()
  assert.deepEqual(candidates, [])
  assert.deepEqual(
    unanswered,
    organizations.map((oid) => `${oid}: skipped, no-endpoint`),
  )
})

test('without a known purpose no request leaves', async () => {
  const count = sandbox.requests.length
  assert.equal((await find('CURIOSITY')).status, 400)
  assert.equal(sandbox.requests.length, count)
})

test('an attachment elsewhere is rejected with the code of the error', async () => {
  const url = encodeURIComponent('https://elsewhere.example/letter.pdf')
  const response = await fetch(`${origin}/content?purpose=TREAT&organization=2.999.10&url=${url}`)
  assert.equal(response.status, 502)
  assert.equal((await response.json()).code, 'ERR_CQ_ORIGIN_REFUSED')
})

test('the log names who received what, and nothing of the patient', () => {
  const text = logged.join('\n')
  assert.match(text, /gateway\.disclosed.*birthDate/)
  assert.doesNotMatch(text, /Peters|Timothy|1946/)
})

test('SIGTERM ends the program in order', async () => {
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.js`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const events: string[] = []
  for await (const line of createInterface(child.stdout)) {
    const { event } = JSON.parse(line)
    events.push(event)
    if (event === 'gateway.started') child.kill('SIGTERM')
  }
  assert.equal(events.at(-1), 'gateway.stopped')
  assert.ok(events.includes('gateway.started'))
})
