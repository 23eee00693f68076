/** A process that dies at any moment leaves a trace of each request that it has sent. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/index.ts'
import { root } from '../support/run.ts'
import { requestIdOf } from '../support/balp.ts'

const program = `
  import { open } from 'node:fs/promises'
  import { FhirPatientClient } from '${root}/dist/index.js'
  import { balpAudit } from '${root}/dist/audit/index.js'
  const [baseUrl, path] = process.argv.slice(1)
  const file = await open(path, 'a')
  const audit = balpAudit({
    source: { name: 'Record gateway', address: 'gateway.example.org' },
    sink: { write: async (event) => { await file.appendFile(JSON.stringify(event) + '\\n'); await file.datasync() } },
  })
  const patients = new FhirPatientClient({ baseUrl, audit, allowInsecureLoopback: true })
  const reader = async (id) => { for (;;) { await patients.read(id); for await (const one of patients.search({ family: id })) void one } }
  await Promise.all(['1', '2', '3', '4'].map(reader))
`

test('L6: a process that is killed at random has an attempt on file for each request that the server saw', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cq-crash-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const seen: string[] = []
  const heard: { request: () => void } = { request: () => undefined }
  const server = createServer((request, response) => {
    seen.push(String(request.headers['x-request-id']))
    heard.request()
    request.resume()
    request.on('end', () => {
      const id = /\/Patient\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '1'
      const patient = { resourceType: 'Patient', id }
      const bundle = { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: patient }] }
      response.setHeader('content-type', 'application/fhir+json')
      response.end(JSON.stringify(request.method === 'POST' ? bundle : patient))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r4`
  for (const requests of [1, 2, 3, 5, 8, 13]) {
    const file = join(folder, `audit-${requests}.ndjson`)
    seen.length = 0
    const child = spawn('node', ['--input-type=module', '-e', program, base, file])
    const ended = new Promise((resolve) => child.on('exit', resolve))
    heard.request = () => {
      if (seen.length >= requests) child.kill('SIGKILL')
    }
    await ended
    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
    const events = lines.map((line) => JSON.parse(line) as AuditEvent)
    const attempts = events.filter(({ outcome }) => outcome === undefined).map(requestIdOf)
    expect(seen.length).toBeGreaterThanOrEqual(requests)
    expect(seen.filter((id) => !attempts.includes(id))).toEqual([])
  }
}, 120_000)
