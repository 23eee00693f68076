/** Eight processes with one file store: the server sees one registration. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { toBase64 } from '../../src/signers/base64.ts'
import { issueCertificate } from '../../src/testing/pki.ts'
import { root, run } from '../support/run.ts'
import { jws } from '../support/udap-world.ts'
import { x5c } from '../support/trust-world.ts'

const DAY = 24 * 60 * 60 * 1000
const CLIENT_URI = 'https://client.example.org/udap'

const program = `
  import { UdapClient, trustStore } from '${root}/dist/udap/index.js'
  import { fileRegistrations } from '${root}/dist/node/index.js'
  import { jwkSigner } from '${root}/dist/signers/index.js'
  const { anchor, key, certificates, base, store } = JSON.parse(process.argv[1])
  const revocation = { crl: false, ocsp: false, onUnknown: 'warn' }
  const udap = new UdapClient({
    clientUri: '${CLIENT_URI}', clientName: 'Test', contacts: ['mailto:a@example.org'],
    scope: 'system/Patient.rs', signer: await jwkSigner({ key, certificates }),
    trust: trustStore([{ community: 'urn:oid:2.999', anchors: [anchor], revocation }]),
    registrations: fileRegistrations(store), allowInsecureLoopback: true,
  })
  const { clientId } = await udap.register(await udap.discover(base))
  console.log(clientId)
`

test('8 processes, one responder, one registration', async () => {
  const issuer = await issueCertificate({
    ...{ subject: 'Root', notBefore: Date.now() - DAY, ca: true },
  })
  const folder = await mkdtemp(join(tmpdir(), 'cq-processes-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  let registrations = 0
  const served: { document?: unknown } = {}
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      const isRegistration = request.method === 'POST'
      if (isRegistration) registrations += 1
      const body = isRegistration ? { client_id: `cid-${registrations}` } : served.document
      response.writeHead(isRegistration ? 201 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const base = `${origin}/r4`
  const leafSpec = { issuer, notBefore: Date.now() - DAY }
  const leaf = await issueCertificate({ ...leafSpec, subject: 'Server', uris: [base] })
  const client = await issueCertificate({ ...leafSpec, subject: 'Client', uris: [CLIENT_URI] })
  const endpoints = {
    ...{ token_endpoint: `${origin}/token`, registration_endpoint: `${origin}/register` },
  }
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: base, sub: base, jti: 'a', iat: now, exp: now + 3_600, ...endpoints }
  const signed_metadata = await jws({ alg: 'ES256', x5c: x5c(leaf) }, claims, leaf)
  served.document = { ...endpoints, signed_metadata }
  const given = JSON.stringify({
    anchor: toBase64(issuer.der),
    key: await crypto.subtle.exportKey('jwk', client.keys.privateKey),
    certificates: [toBase64(client.der)],
    ...{ base, store: join(folder, 'registrations.json') },
  })
  const processes = await Promise.all(
    Array.from({ length: 8 }, () => run('node', ['--input-type=module', '-e', program, given])),
  )
  expect(processes.map(({ output }) => output.trim())).toEqual(Array<string>(8).fill('cid-1'))
  expect(registrations).toBe(1)
})
