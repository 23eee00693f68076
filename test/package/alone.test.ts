/** What the process around the library sees: nothing printed, nothing written, nobody called, no timer left. */
import { mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { root, run } from '../support/run.ts'

/** Calls of each kind, good and bad; then says how long the process took to end by itself. */
const program = `
  import fs from 'node:fs'
  import { createRequire } from 'node:module'
  import { CarequalityClient } from '${root}/dist/index.js'
  import { balpAudit } from '${root}/dist/audit/index.js'
  import { createSandbox } from '${root}/dist/testing/index.js'
  const calls = []
  const cjs = createRequire(import.meta.url)
  for (const [module, names] of [
    ['fs', ['writeFile', 'writeFileSync', 'appendFile', 'appendFileSync', 'createWriteStream', 'open', 'mkdir']],
    ['net', ['connect', 'createConnection']],
    ['dns', ['lookup']],
  ]) {
    for (const name of names) {
      const own = cjs('node:' + module)[name]
      cjs('node:' + module)[name] = (...given) => { calls.push(module + '.' + name); return own(...given) }
    }
  }
  const sandbox = await createSandbox()
  const watched = { start: () => ({ run: (work) => work(), end: () => undefined }) }
  const source = { name: 'Record gateway', address: 'gateway.example.org' }
  const audit = balpAudit({ source, sink: { write: () => Promise.resolve() } })
  const client = new CarequalityClient({ ...sandbox.options, audit, instrumentation: watched, purposeOfUse: 'TREAT' })
  const responder = await client.organization('2.16.840.1.113883.3.13.1')
  await responder.patients.read('1316024')
  await responder.patients.search({ name: 'peters' }).toArray({ max: 20 })
  await responder.patients.read('nobody').catch(() => undefined)
  await client.organization('2.999.77').catch(() => undefined)
  const hung = new CarequalityClient({ ...sandbox.options, fetch: () => new Promise(() => undefined) })
  await hung.organization('2.999.10', { timeoutMs: 50 }).catch(() => undefined)
  const elsewhere = sandbox.requests.filter(({ url }) =>
    !['connect.carequality.org', 'fhir-ehr.stagingcerner.com'].includes(new URL(url).hostname))
  const { idle } = performance.eventLoopUtilization()
  process.on('exit', () => {
    const took = performance.eventLoopUtilization().idle - idle // waited, with nothing to do
    process.stdout.write(JSON.stringify({ calls, elsewhere: elsewhere.length, quick: took < 1000 }))
  })
`

test('L3: a process that has asked exits by itself, and nothing was written, printed or sent home', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alone-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { code, output } = await run('node', ['--input-type=module', '-e', program], folder)
  expect({ code, output }).toEqual({
    code: 0,
    output: JSON.stringify({ calls: [], elsewhere: 0, quick: true }),
  })
  expect(readdirSync(folder)).toEqual([])
})
