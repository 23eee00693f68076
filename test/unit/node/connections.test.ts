/** How many connections a responder sees: each costs both sides more than the request on it. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { CarequalityClient, jwkSigner } from '../../../src/index.ts'
import { nodeTransport } from '../../../src/node/index.ts'
import { capabilityWithToken } from '../../support/capability-documents.ts'
import { ask, clientOf, json, serve, type Loopback } from '../http/loopback.ts'
import { ec } from '../signers/keys.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { holdTime, turns, until } from '../../support/time.ts'

const over = () => clientOf({ transport: nodeTransport() })
const connectionsOf = ({ seen }: Loopback) => new Set(seen.map(({ connection }) => connection)).size

const WAYS: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['a body in one piece', (response) => json(response)],
  [
    'a body in several',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"a"')
      void turns().then(() => response.end(':1}'))
    },
  ],
  [
    'a compressed body',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync('{"a":1}'))
    },
  ],
  ['no body', (response) => response.writeHead(200, { 'content-length': '0' }).end()],
  ['an error', (response) => json(response, 404)],
]

test.each(WAYS)('what is asked right after %s goes over the same connection', async (_, answer) => {
  const server = await serve(answer)
  const client = over()
  for (let time = 0; time < 5; time += 1) await ask(client, server.origin)
  expect(server.seen).toHaveLength(5)
  expect(connectionsOf(server)).toBe(1)
})

test('requests at the same time have connections of their own', async () => {
  const waiting: ServerResponse[] = []
  const server = await serve((response) => {
    waiting.push(response)
    if (waiting.length === 3) for (const one of waiting) json(one)
  })
  const client = over()
  await Promise.all([1, 2, 3].map(() => ask(client, server.origin)))
  expect(connectionsOf(server)).toBe(3)
})

/** An origin all of whose 64 connections are busy until `release` is called. */
async function busyOrigin() {
  const waiting: ServerResponse[] = []
  let released = false
  const server = await serve((response) => {
    if (released) json(response)
    else waiting.push(response)
  })
  const client = over()
  const busy = Array.from({ length: 64 }, () =>
    ask(client, server.origin, { attemptTimeoutMs: 50_000 }),
  )
  await until(() => server.seen.length === 64)
  const release = async () => {
    released = true
    for (const response of waiting) json(response)
    await Promise.all(busy)
  }
  return { server, client, release }
}

test('a request beyond 64 connections is queued, and its attempt has all its time once it is sent', async () => {
  const time = holdTime()
  const { server, client, release } = await busyOrigin()
  const queued = ask(client, server.origin, { attemptTimeoutMs: 1_000, retry: 'never' })
  await time.pass(3_000)
  expect(server.seen).toHaveLength(64)
  await release()
  expect((await queued).status).toBe(200)
  expect(server.seen).toHaveLength(65)
  expect(connectionsOf(server)).toBe(64)
})

test('a queued request ends with the deadline of its call, and is never sent', async () => {
  const time = holdTime()
  const { server, client, release } = await busyOrigin()
  const queued = failureOf(ask(client, server.origin, {}, { timeoutMs: 2_000 }))
  await time.pass(2_100)
  expect(await queued).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
  await release()
  await turns()
  expect(server.seen).toHaveLength(64)
})

test('a token and the queries after it take one connection', async () => {
  const answers = new Map([
    ['/token', { access_token: 't', token_type: 'Bearer', expires_in: 300 }],
    [
      '/fhir/Patient/_search',
      { resourceType: 'Bundle', type: 'searchset', entry: [{ resource: patient() }] },
    ],
    ['/fhir/Patient/1', patient()],
  ])
  const server = await serve((response, _, { url }) => {
    const found =
      url === '/fhir/metadata' ? capabilityWithToken(`${server.origin}/token`) : answers.get(url)
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found))
  })
  const client = new CarequalityClient({
    clientId: 'c',
    mode: 'smart-backend',
    signer: await jwkSigner({ key: ec('P-256').privateKey.export({ format: 'jwk' }) }),
    allowInsecureLoopback: true,
    transport: nodeTransport(),
  })
  onTestFinished(() => client.close())
  const { patients } = await client.responder({ baseUrl: `${server.origin}/fhir` })
  server.seen.length = 0 // the two documents were asked for at the same time
  expect((await patients.search({ family: 'a' }).first())?.id).toBe('1')
  await patients.read('1')
  expect(server.seen.map(({ url }) => url)).toEqual([...answers.keys()])
  expect(connectionsOf(server)).toBe(1)
})

function patient(): object {
  return { resourceType: 'Patient', id: '1' }
}
