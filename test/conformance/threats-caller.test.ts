/** Threats K13, R10, R23, I3, I6, L6: what we put together ourselves, odd texts, and the process around us. */
import { createPrivateKey } from 'node:crypto'
import { CompactSign } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { AssertionSigner, CarequalityClient } from '../../src/index.ts'
import { etagOf, freshForMs } from '../../src/http/freshness.ts'
import { retryAfterMs } from '../../src/http/policies/retry.ts'
import { imfDate } from '../../src/http/http-date.ts'
import { shownScopes, covers } from '../../src/lib/scopes.ts'
import { quoted } from '../../src/lib/quoted.ts'
import { isDown } from '../../src/directory/model/downtime.ts'
import { entryIdOf } from '../../src/directory/model/oid.ts'
import { hasUserInfo, UrlPolicy } from '../../src/http/policies/egress.ts'
import { signer, statement, token, tokenEndpoint, world } from '../support/fake-responder.ts'
import { base, bundle, fake, fhir, patient, recording } from '../support/fhir-answers.ts'
import { keyPair, ownSigner, readJwt } from '../support/token-endpoint.ts'
import { cpuSince } from '../support/time.ts'

test('K13: an assertion of ours is byte for byte what jose makes of the same key and claims', async () => {
  const pair = keyPair('RSA')
  const assertions = new AssertionSigner({
    clientId: 'c.example',
    signer: await ownSigner(pair),
    now: () => 1.75e12,
    randomUUID: () => 'one',
    claims: { extensions: { 'hl7-b2b': { version: '1', organization_name: 'Ärzte' } } },
  })
  const ours = await assertions.sign({ audience: 'https://as.example.org/token' })
  const { header, input } = readJwt(ours)
  const payload = Buffer.from(input.split('.')[1] ?? '', 'base64url')
  const key = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const theirs = await new CompactSign(payload)
    .setProtectedHeader({ ...header, alg: String(header.alg) })
    .sign(key)
  expect(header.alg).toMatch(/^RS/)
  expect(ours).toBe(theirs)
})

/** Texts that make a pattern with two ways to match try them all. */
const slow: readonly string[] = [
  ...['a', '0', ' ', '-', '.', ':', '/', '"', '%', '=', ',', ';', '\t', '@', '+', '\u00e4'],
  ...['a ', '0.', ' ,', '1-', 'a=', '%2', '../', 'https:', 'max-age ', 'Mon, '],
].map((piece) => piece.repeat(200_000 / piece.length))

describe('R10: a text of 200,000 characters', () => {
  const policy = new UrlPolicy({})
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    'Cache-Control': (text) => freshForMs(new Headers({ 'cache-control': text }), 0),
    Expires: (text) => freshForMs(new Headers({ expires: text }), 0),
    ETag: (text) => etagOf(new Headers({ etag: text })),
    'Retry-After': (text) => retryAfterMs(text, 0),
    Date: (text) => imfDate(text),
    scope: (text) => [shownScopes(text), covers(text, 'Patient', 'r')],
    error: (text) => quoted(text),
    downtime: (text) => isDown({ start: text, end: text }, 0),
    time: (text) => isDown({ timing: { repeat: { timeOfDay: [text], dayOfWeek: [text] } } }, 0),
    OID: (text) => entryIdOf(text),
    URL: (text) => [
      policy.reasonToReject(text),
      policy.reasonToReject(`https://${text}`),
      hasUserInfo(text),
    ],
  }
  test.each(Object.entries(readers))('is read as %s in a moment, or refused', (_, read) => {
    for (const text of slow) {
      const began = process.cpuUsage()
      try {
        read(text)
      } catch (error) {
        // Headers take only what the platform lets through; nothing else may throw here.
        expect(error).toBeInstanceOf(TypeError)
      }
      expect(cpuSince(began), text.slice(0, 8)).toBeLessThan(250)
    }
  })

  test('in the headers, links and ids of a server’s answer blocks nobody', async () => {
    for (const text of slow) {
      const { client } = fake(() =>
        fhir(200, bundle([{ resource: patient(text) }, '1'], { next: text, self: text })),
      )
      let longest = 0
      let last = process.cpuUsage()
      const timer = setInterval(() => {
        longest = Math.max(longest, cpuSince(last))
        last = process.cpuUsage()
      }, 5)
      await client
        .search({ family: 'a' })
        .toArray({ max: 9 })
        .catch(() => undefined)
      clearInterval(timer)
      expect(longest).toBeLessThan(250)
    }
  })
})

test('R23: the digits of numbers are in the text of the answer, as they were sent', async () => {
  const body =
    '{"resourceType":"Patient","id":"1","a":1.00,"b":1234567890123456789,"c":9007199254740993}'
  const { client } = fake(
    () => new Response(body, { headers: { 'content-type': 'application/fhir+json' } }),
  )
  const texts: string[] = []
  const found = await client.read('1', { onResponse: ({ text }) => texts.push(text) })
  expect(texts).toEqual([body])
  expect(found).toMatchObject({ a: 1, c: 9007199254740992 }) // as JSON.parse has it
})

test('R8: Object.prototype is unchanged, whatever arrives at whichever stage', async () => {
  const planted =
    '"__proto__":{"polluted":1,"headers":{"x-evil":"1"}},"constructor":{"prototype":{"polluted":1}},"toString":"x","hasOwnProperty":1'
  const evil = (text: string) =>
    new Response(text.replace(/\}$/, `,${planted}}`), {
      headers: { 'content-type': 'application/json' },
    })
  const names = Reflect.ownKeys(Object.prototype)
  const { client, seen } = await world({
    metadata: async () => evil(await statement({ token: tokenEndpoint }).text()),
    smart: () => evil(JSON.stringify({ token_endpoint: tokenEndpoint })),
    token: async () => evil(await token('x').text()),
    patients: ({ method }) =>
      evil(JSON.stringify(method === 'POST' ? bundle(['1']) : patient('1'))),
  })
  const { patients } = await client.responder({ baseUrl: base })
  const found = await patients.read('1')
  expect(found.id).toBe('1')
  expect((await patients.search({ family: 'a' }).toArray({ max: 5 })).resources).toHaveLength(1)
  expect(Reflect.ownKeys(Object.prototype)).toEqual(names)
  expect({}).not.toHaveProperty('polluted')
  expect(Object.getPrototypeOf(found)).toBe(Object.prototype)
  expect(seen.some(({ headers }) => headers.has('x-evil'))).toBe(false)
})

describe('I3: a line break', () => {
  const evil = 'a\r\nX-Evil: b'

  test('goes into no header: agent, token, API key', async () => {
    expect(() => new CarequalityClient({ ...options, userAgent: evil })).toThrow('"userAgent"')
    const { client, seen } = fake(() => fhir(200, patient('1')), {
      authorize: () => Promise.resolve(evil),
    })
    await expect(client.read('1')).rejects.toThrow()
    expect(seen).toEqual([])
    const { fetch, seen: asked } = recording(() => fhir(404, ''))
    const directory = { release: 'carequality-r4', environment: 'stage', apiKey: evil } as const
    const own = new CarequalityClient({ ...options, directory, fetch })
    await expect(own.organization('1.2.3')).rejects.toThrow('"apiKey"')
    expect(asked).toEqual([])
  })

  test('comes back from no server: an ETag with one is not sent again', async () => {
    const { client, seen } = fake(
      () => fhir(200, patient('1'), { etag: '"a\u0001"', 'cache-control': 'max-age=0' }),
      { validatorCache: { maxEntries: 5 } },
    )
    await client.read('1')
    await client.read('1')
    expect(seen.some(({ headers }) => headers.has('if-none-match'))).toBe(false)
  })
})

const options = { clientId: 'c', signer: await signer() }

describe('I6: a polluted Object.prototype', () => {
  const planted: Readonly<Record<string, unknown>> = {
    redirect: 'follow',
    signal: AbortSignal.abort(new Error('planted')),
    headers: { authorization: 'Bearer planted', 'x-evil': '1' },
    form: 'planted=1',
    json: '{"planted":1}',
    searchParams: 'planted=1',
    method: 'DELETE',
    timeoutMs: 1,
    referrerPolicy: 'unsafe-url',
    throwHttpErrors: true,
    timeout: 1,
    retry: 9,
    url: 'https://evil.example/',
  }
  afterEach(() => {
    for (const name of Object.keys(planted)) Reflect.deleteProperty(Object.prototype, name)
  })

  async function run(between: () => void): Promise<readonly object[]> {
    const { client, seen } = await world({
      metadata: () => statement({ token: tokenEndpoint }),
      token: () => token('x'),
      patients: ({ method }) => fhir(200, method === 'POST' ? bundle(['1']) : patient('1')),
    })
    const { patients } = await client.responder({ baseUrl: base })
    between()
    await patients.read('1')
    await patients.search({ family: 'a' }).toArray({ max: 5 })
    return seen.map(({ method, url, headers, body }) => ({
      method,
      url,
      headers: [...headers],
      body: body.replace(/client_assertion=[^&]+/, ''),
    }))
  }

  test.each(Object.keys(planted))('with "%s" changes no request', async (name) => {
    const good = await run(() => undefined)
    expect(good).toHaveLength(5)
    const value = planted[name]
    const polluted = await run(() => {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
    })
    Reflect.deleteProperty(Object.prototype, name)
    expect(polluted).toEqual(good)
  })
})
