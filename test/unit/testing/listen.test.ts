import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSandbox, type Sandbox } from '../../../src/testing/index.ts'
import { until } from '../../support/time.ts'
import { assertion, record, tokenForm, tokenRequest } from './wire.ts'

let sandbox: Sandbox
let network: { directoryBaseUrl: string; close(): Promise<void> }

beforeEach(async () => {
  sandbox = await createSandbox()
  network = await sandbox.listen()
})
afterEach(() => network.close())

/** Walks from the directory to the FHIR base and the token URL, as the documents name them. */
async function discover(): Promise<{ base: string; token: string }> {
  const entry = await fetch(
    `${network.directoryBaseUrl}/Organization/2.16.840.1.113883.3.13.1?apikey=sandbox-api-key`,
  )
  const base = /http:\/\/127\.0\.0\.1:\d+\/beta\/[^"]+/.exec(await entry.text())?.[0] ?? ''
  const metadata = await fetch(`${base}metadata`, { headers: { accept: 'application/fhir+json' } })
  const token = /carequality-token","valueUri":"([^"]+)"/.exec(await metadata.text())?.[1] ?? ''
  return { base, token }
}

test('the whole walk works over loopback ports with the platform fetch', async () => {
  expect(network.directoryBaseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/fhir-stu3\/1\.0\.1$/)
  const { base, token } = await discover()
  expect(token).toBe(`${base}Authorization/token`)

  const answer = await fetch(tokenRequest(token, tokenForm(assertion(sandbox, token))))
  const { access_token: accessToken } = await record(answer)
  const headers = {
    accept: 'application/fhir+json',
    authorization: `Bearer ${String(accessToken)}`,
  }
  const patient = await fetch(`${base}Patient/1316024`, { headers })
  expect(await record(patient)).toMatchObject({ id: '1316024', gender: 'male' })

  const search = await record(await fetch(`${base}Patient?name=peters`, { headers }))
  expect(JSON.stringify(search.link)).toContain(`${base}Patient?-pageContext=`)
  expect(sandbox.requests.map(({ url }) => url)).toContain(`${base}Patient/1316024`)
  expect(sandbox.requests.every(({ url }) => url.startsWith('http://127.0.0.1:'))).toBe(true)
})

test('an assertion for the real name is not good at the port, nor its token', async () => {
  const { base, token } = await discover()
  const realName =
    'https://fhir-ehr.stagingcerner.com/beta/0b8a0111-e8e6-4c26-a91c-5069cbc6b1ca/Authorization/token'
  const refused = await fetch(tokenRequest(token, tokenForm(assertion(sandbox, realName))))
  expect(refused.status).toBe(401)
  const issued = await sandbox.fetch(
    tokenRequest(realName, tokenForm(assertion(sandbox, realName))),
  )
  const { access_token: accessToken } = await record(issued)
  const headers = {
    accept: 'application/fhir+json',
    authorization: `Bearer ${String(accessToken)}`,
  }
  expect((await fetch(`${base}Patient/1316024`, { headers })).status).toBe(401)
})

test('a Host header of another name is refused', async () => {
  const status = await new Promise((resolve, reject) => {
    httpRequest(network.directoryBaseUrl, { headers: { host: 'evil.example' } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(421)
})

test('faults work on ports, a rejecting one as a broken connection', async () => {
  const url = `${network.directoryBaseUrl}/Organization`
  sandbox.respondOnce(() => true, new Response('busy', { status: 503 }))
  const busy = await fetch(url)
  expect([busy.status, await busy.text()]).toEqual([503, 'busy'])
  sandbox.respondOnce(
    () => true,
    () => Promise.reject(new Error('broken')),
  )
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})

test('close frees the ports, also of a request that never ends', async () => {
  const url = `${network.directoryBaseUrl}/Organization`
  sandbox.respondOnce(
    () => true,
    () => new Promise<Response>(() => undefined),
  )
  const waiting = expect(fetch(url)).rejects.toThrow()
  await until(() => sandbox.requests.length > 0)
  await network.close()
  await waiting
  await expect(fetch(url)).rejects.toThrow()
})

test('a platform without node:http is told so', async () => {
  vi.stubGlobal('process', undefined)
  const listening = sandbox.listen()
  vi.unstubAllGlobals()
  await expect(listening).rejects.toThrow('listen() needs "node:http", which this platform lacks')
})
