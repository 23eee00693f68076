import { X509Certificate, createPrivateKey, verify } from 'node:crypto'
import type { Patient } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { createSandbox, type SandboxOptions } from '../../../src/testing/index.ts'
import { turns } from '../../support/time.ts'
import { atNoon, cerner, get, noon, plain, record, tokenFor } from './wire.ts'

test('the certificate is the client id, is issued by the CA, and fits the key', async () => {
  const { sandbox } = await atNoon()
  const blocks = sandbox.pem.certificates.match(/-----BEGIN[^]+?END CERTIFICATE-----/g) ?? []
  const [leaf, authority] = blocks.map((block) => new X509Certificate(block))
  if (leaf === undefined || authority === undefined) throw new Error('two certificates expected')
  expect(leaf.subject).toContain('CN=fhir.example-hospital.org')
  expect(leaf.subjectAltName).toBe('DNS:fhir.example-hospital.org')
  expect(leaf.verify(authority.publicKey)).toBe(true)
  expect(authority.verify(authority.publicKey)).toBe(true)
  expect(leaf.checkIssued(authority)).toBe(true)
  expect([leaf.ca, authority.ca]).toEqual([false, true])
  expect(leaf.checkPrivateKey(createPrivateKey(sandbox.pem.key))).toBe(true)
  expect(Date.parse(leaf.validFrom)).toBe(noon - 24 * 3600 * 1000)
  expect(Date.parse(leaf.validTo)).toBe(noon + 730 * 24 * 3600 * 1000)
  expect(sandbox.options.signer.certificates?.[0]).toBe(leaf.raw.toString('base64'))
})

test('a certificate is dated by the clock also beyond 2049', async () => {
  const { pem } = await createSandbox({ now: () => Date.parse('2049-06-01T00:00:00Z') })
  expect(new Date(new X509Certificate(pem.certificates).validTo).getUTCFullYear()).toBe(2051)
})

test.each(['RS256', 'RS384'] as const)('the signer signs with %s', async (alg) => {
  const { signer } = (await createSandbox()).options
  const data = new TextEncoder().encode('data')
  const { signal } = new AbortController()
  const signature = await signer.sign(data, { alg, signal })
  const leaf = new X509Certificate(Buffer.from(signer.certificates?.[0] ?? '', 'base64'))
  expect(verify(`SHA${alg.slice(2)}`, data, leaf.publicKey, signature)).toBe(true)
  await expect(signer.sign(data, { alg: 'ES256', signal })).rejects.toThrow(TypeError)
})

test('options carry the clock and the identifiers only if they were given', async () => {
  expect(Object.keys((await createSandbox()).options)).toEqual([
    'directory',
    'clientId',
    'signer',
    'fetch',
  ])
  const now = (): number => noon
  expect((await createSandbox({ now })).options.now).toBe(now)
})

test.each<[string, unknown]>([
  ['options', null],
  ['now', { now: 5 }],
  ['randomUUID', { randomUUID: 'x' }],
  ['tokenLifetimeMs', { tokenLifetimeMs: 0 }],
  ['patients', { patients: {} }],
  ['patients[0]', { patients: [{ resourceType: 'Person' }] }],
  ['patients[0].id', { patients: [{ resourceType: 'Patient' }] }],
  ['clients[0].clientId', { clients: [{}] }],
  ['clients[0].signer', { clients: [{ clientId: 'x' }] }],
  ['clients[0].signer', { clients: [{ clientId: 'x', signer: { algorithms: [] } }] }],
])('a wrong "%s" is named', async (name, options) => {
  const failure = createSandbox(options as SandboxOptions)
  await expect(failure).rejects.toThrow(TypeError)
  await expect(failure).rejects.toThrow(`"${name}"`)
})

test('own patients take the place of the invented ones, and are copied', async () => {
  const patients: Patient[] = [{ resourceType: 'Patient', id: 'a', active: true }]
  const { sandbox } = await atNoon({ patients })
  patients[0] = { resourceType: 'Patient', id: 'b' }
  const token = await tokenFor(sandbox, plain.token)
  expect((await get(sandbox, `${plain.base}Patient/a`, token)).status).toBe(200)
  expect((await get(sandbox, `${plain.base}Patient/1316024`, token)).status).toBe(404)
})

test.each([
  'https://example.org/',
  'http://connect.carequality.org/',
  'https://connect.carequality.org:8443/',
])('an unknown origin (%s) is a failed fetch, recorded all the same', async (url) => {
  const { sandbox } = await atNoon()
  const failure: unknown = await sandbox.fetch(new Request(url)).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(TypeError)
  expect(failure).toMatchObject({ message: 'fetch failed', cause: { code: 'ENOTFOUND' } })
  expect(sandbox.requests.map((request) => request.url)).toEqual([url])
})

test('faults answer once each, in the order of their registration, before any server', async () => {
  const { sandbox } = await atNoon()
  const any = (): boolean => true
  sandbox.respondOnce((request) => request.url.endsWith('/x'), new Response('x'))
  sandbox.respondOnce(any, () => new Response(null, { status: 503 }))
  sandbox.respondOnce(any, () => Promise.reject(new TypeError('broken')))
  const metadata = `${cerner.base}metadata`
  expect((await get(sandbox, metadata)).status).toBe(503)
  await expect(get(sandbox, metadata)).rejects.toThrow('broken')
  expect((await get(sandbox, metadata)).status).toBe(200)
  expect(await (await get(sandbox, 'https://nowhere.example/x')).text()).toBe('x')
  expect(sandbox.requests).toHaveLength(4)
})

test('a match may look at the body, which is recorded with the headers', async () => {
  const { sandbox } = await atNoon()
  const init = { method: 'POST', body: 'a=1', headers: { 'x-trace': 't' } }
  let seen: Promise<string> | undefined
  sandbox.respondOnce((request) => {
    seen = request.text()
    return true
  }, new Response('ok'))
  await sandbox.fetch(new Request(plain.token, init))
  expect(await seen).toBe('a=1')
  expect(sandbox.requests[0]).toMatchObject({ method: 'POST', url: plain.token, body: 'a=1' })
  expect(sandbox.requests[0]?.headers.get('x-trace')).toBe('t')
})

test('respondOnce names its wrong arguments', async () => {
  const { sandbox } = await atNoon()
  // @ts-expect-error a match is a function
  expect(() => sandbox.respondOnce('/x', new Response())).toThrow('"match"')
  // @ts-expect-error a response is no number
  expect(() => sandbox.respondOnce(() => true, 503)).toThrow('"response"')
})

test('an abort ends a request with its reason, though a fault never settles', async () => {
  const { sandbox } = await atNoon()
  const reason = new Error('enough')
  const early = new Request(`${cerner.base}metadata`, { signal: AbortSignal.abort(reason) })
  await expect(sandbox.fetch(early)).rejects.toBe(reason)

  const leaving = new AbortController()
  sandbox.respondOnce(
    () => true,
    () => new Promise<Response>(() => undefined),
  )
  const waiting = sandbox.fetch(new Request(early.url, { signal: leaving.signal }))
  await turns()
  leaving.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

test('every answer says by the injected clock when it was given', async () => {
  const { sandbox } = await atNoon()
  const response = await get(sandbox, `${cerner.base}metadata`)
  expect(Date.parse(response.headers.get('date') ?? '')).toBe(noon)
  expect((await record(response)).resourceType).toBe('CapabilityStatement')
})
