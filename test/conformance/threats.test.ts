import { createPrivateKey } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { CompactSign } from 'jose'
import { afterEach, describe, expect, test, onTestFinished, vi } from 'vitest'
import {
  AssertionSigner,
  CarequalityClient,
  CarequalityError,
  type DirectoryEntry,
} from '../../src/index.ts'
import { etagOf, freshForMs } from '../../src/http/freshness.ts'
import { retryAfterMs } from '../../src/http/policies/retry.ts'
import { imfDate } from '../../src/http/http-date.ts'
import { shownScopes, covers } from '../../src/lib/scopes.ts'
import { quoted } from '../../src/lib/quoted.ts'
import { isDown } from '../../src/directory/model/downtime.ts'
import { entryIdOf } from '../../src/directory/model/oid.ts'
import { hasUserInfo, UrlPolicy } from '../../src/http/policies/egress.ts'
import {
  signer,
  statement,
  token,
  tokenEndpoint,
  world,
  type Responses,
  entry,
  smartConfiguration,
} from '../support/fake-responder.ts'
import {
  base,
  bundle,
  fake,
  fhir,
  patient,
  recording,
  failure,
  leaks,
  walked,
} from '../support/fhir-answers.ts'
import { keyPair, ownSigner, readJwt } from '../support/token-endpoint.ts'
import { cpuSince } from '../support/time.ts'
import { DirectorySnapshot } from '../../src/directory/index.ts'
import { directoryOf, endpoint, organization } from '../support/directory-wire.ts'
import { wire, failureOf } from '../support/answering-fetch.ts'
import { OAUTH_URIS } from '../support/capability-documents.ts'
import { ask, clientOf, json, serve, shownOf } from '../unit/http/loopback.ts'
import { MemoryTokenCache } from '../../src/auth/index.ts'
import {
  answer,
  hostileNetwork,
  json as hostileNetworkJson,
  OID,
  PATIENT,
  type Fault,
} from '../support/hostile-network.ts'
import { nodeTransport } from '../../src/node/index.ts'

/** Threats K13, R10, R23, I3, I6, L6: what we put together ourselves, odd texts, and the process around us. */
describe('what callers and their programs may do', async () => {
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
})

/** Row R9: JSON nested 200,000 deep, at every stage. What arrives so deep is refused; nothing walks down it, so nothing overflows. */
describe('odd responses in depth', () => {
  const LEVELS = 200_000
  const lists = '['.repeat(LEVELS) + ']'.repeat(LEVELS)
  const objects = '{"a":'.repeat(LEVELS) + '1' + '}'.repeat(LEVELS)
  const HOLE = '"DEEP"'

  /** JSON with the depths in place of each `"DEEP"`. */
  function deep(value: unknown, nested: string, type = 'application/fhir+json'): Response {
    const text = JSON.stringify(value).replaceAll(HOLE, nested)
    return new Response(text, { headers: { 'content-type': type } })
  }

  /** A result, or an error of ours; a RangeError of the platform fails. */
  async function settled(work: () => unknown): Promise<unknown> {
    try {
      return await work()
    } catch (error) {
      expect(error).toBeInstanceOf(CarequalityError)
      expect(String(error)).not.toContain('call stack')
      return error
    }
  }

  const deepPatient = {
    ...patient('1', { extension: 'DEEP', name: [{ family: 'a', extension: 'DEEP' }] }),
    contained: ['DEEP'],
  }
  const docs: Responses = { metadata: () => statement({ token: tokenEndpoint }) }

  describe.each([
    ['lists', lists],
    ['objects', objects],
  ])('R9: %s 200,000 deep', (_, nested) => {
    test.each<[string, Responses]>([
      ['the whole CapabilityStatement', { metadata: () => deep('DEEP', nested) }],
      [
        'a member of the CapabilityStatement',
        {
          metadata: () =>
            deep(
              {
                resourceType: 'CapabilityStatement',
                fhirVersion: '4.0.1',
                extension: 'DEEP',
                rest: [{ mode: 'server', security: { extension: ['DEEP'] }, resource: 'DEEP' }],
              },
              nested,
            ),
        },
      ],
      [
        'a smart-configuration',
        {
          smart: () =>
            deep(
              {
                token_endpoint: tokenEndpoint,
                more: 'DEEP',
                token_endpoint_auth_signing_alg_values_supported: 'DEEP',
              },
              nested,
              'application/json',
            ),
        },
      ],
    ])(
      'in %s leave the other document in use, or end with an error of ours',
      async (_what, answers) => {
        const { client } = await world({ ...docs, ...answers })
        await settled(async () => {
          const responder = await client.responder({ baseUrl: base })
          return responder.patients.read('1')
        })
      },
    )

    test.each([
      ['a member that nobody knows', { access_token: 'x', token_type: 'Bearer', more: 'DEEP' }],
      ['scope', { access_token: 'x', token_type: 'Bearer', scope: 'DEEP' }],
      ['expires_in', { access_token: 'x', token_type: 'Bearer', expires_in: 'DEEP' }],
      ['token_type', { access_token: 'x', token_type: 'DEEP' }],
      ['access_token', { access_token: 'DEEP', token_type: 'Bearer' }],
      ['error', { error: 'DEEP' }],
      ['the whole answer', 'DEEP'],
    ])('in %s of a token answer', async (_what, body) => {
      const { client } = await world(
        { ...docs, token: () => deep(body, nested, 'application/json') },
        { bodyLimits: { token: 4e6 } },
      )
      const responder = await client.responder({ baseUrl: base })
      await settled(() => responder.patients.read('1'))
    })

    test('in a Patient are refused, whatever the options', async () => {
      const options = { validation: 'off', validatorCache: { maxEntries: 5 } } as const
      const { client } = fake(() => deep(deepPatient, nested), options)
      const validate = {
        '~standard': { version: 1, vendor: 'x', validate: () => ({}) },
      } as const
      for (const read of [client.read('1', { validate }), client.read('1')])
        await expect(read).rejects.toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE' })
    })

    test.each<[string, unknown]>([
      ['the entries', { ...bundle([]), entry: 'DEEP' }],
      ['an entry', bundle(['DEEP'])],
      ['a resource', bundle([{ resource: 'DEEP' }])],
      ['a member of a resource', bundle([{ resource: deepPatient }])],
      ['the links', { ...bundle([]), link: ['DEEP'] }],
      ['a next link', bundle(['1'], { next: 'DEEP' })],
      ['the total', { ...bundle(['1']), total: 'DEEP' }],
      [
        'an outcome among the entries',
        bundle([
          { resource: { resourceType: 'OperationOutcome', issue: ['DEEP', { code: 'DEEP' }] } },
        ]),
      ],
      ['the whole answer', 'DEEP'],
    ])('in %s of a page', async (_what, body) => {
      const { client } = fake(() => deep(body, nested))
      await settled(() => client.search({ family: 'a' }).toArray({ max: 5 }))
      await settled(() => client.history('1').toArray({ max: 5 }))
      await settled(() => client.everything('1').toArray({ max: 5 }))
      await settled(() => client.match({ birthDate: '1931-02-17' }, { count: 1 }))
    })

    test.each([400, 401, 404, 422, 500])('in an OperationOutcome with %i', async (status) => {
      const body = {
        resourceType: 'OperationOutcome',
        issue: ['DEEP', { code: 'DEEP', details: { text: 'DEEP', coding: 'DEEP' } }],
      }
      const { client } = fake(
        () =>
          new Response(deep(body, nested).body, {
            status,
            headers: { 'content-type': 'application/fhir+json' },
          }),
      )
      const error = await settled(() => client.read('1'))
      expect(error).toBeInstanceOf(CarequalityError)
      expect(JSON.stringify(error)).not.toContain('[[[[')
    })

    test('in the entries of a directory, read and listed, are refused', async () => {
      const url = 'http://x.example/StructureDefinition/Downtime'
      const extension = [
        { url, valueTiming: { repeat: 'DEEP' } },
        { url, valuePeriod: { start: 'DEEP' } },
      ]
      const odd = organization('2.999.1', {
        type: 'DEEP',
        telecom: [{ value: 'DEEP' }],
        identifier: ['DEEP'],
        contained: [endpoint('https://fhir.example/r4', { extension, header: 'DEEP' })],
      })
      const plain = organization('2.999.2')
      const answers = wire(({ url }) =>
        url.includes('/Organization/')
          ? deep(odd, nested)
          : deep(
              {
                resourceType: 'Bundle',
                type: 'searchset',
                total: 2,
                entry: [{ resource: odd }, { resource: plain }],
              },
              nested,
            ),
      )
      const directory = directoryOf(answers, { bodyLimits: { page: 256e6 } })
      expect(await settled(() => directory.read('2.999.1'))).toMatchObject({
        code: 'ERR_CQ_RESPONSE_TOO_LARGE',
      })
      expect(await settled(() => DirectorySnapshot.build(directory))).toMatchObject({
        code: 'ERR_CQ_INVALID_RESPONSE',
      })
    })

    test('in the line of a saved copy', async () => {
      const copy = `{"format":"carequality-fhir directory","version":1,"more":${nested}}\n${nested}\n`
      const error = await settled(() =>
        DirectorySnapshot.load(copy, { network: 'tefca', environment: 'x' }),
      )
      expect(error).toMatchObject({ code: 'ERR_CQ_SNAPSHOT_INVALID' })
    })
  })

  /** Deep values are made in a loop, because JSON.parse is the only other way. */
  function nest(): unknown {
    let value: unknown = 1
    for (let level = 0; level < LEVELS; level += 1) value = [value]
    return value
  }

  test('R9: what the caller nests so deep is a TypeError that names the option, unsent', async () => {
    const { client, seen } = await world(docs)
    const claims = { deep: nest() } as never
    expect(() => client.as({ claims })).toThrow(/"claims/)
    const { client: patients, seen: sent } = fake(() => deep(deepPatient, '1'))
    const circle: Record<string, unknown> = { birthDate: '1931-02-17' }
    circle.extension = circle
    await expect(patients.match(circle)).rejects.toThrow(/"patient"/)
    expect([seen, sent]).toEqual([[], []])
  })
})

/** Rows A of the threats, end to end: where nothing may go. The other origins are not even asked. */
describe('where requests go', () => {
  const EVIL = 'https://evil.example'
  const docs = { metadata: () => statement({ token: tokenEndpoint }) }
  const person = { family: 'Zebulon-Marker', birthdate: '1931-02-17' }

  describe('A3: a search that is redirected', () => {
    test.each([301, 302, 303, 307, 308])(
      'with %i hands nobody the demographics, on the first page or a later one',
      async (status) => {
        const away = () => fhir(status, '', { location: `${EVIL}/?take` })
        for (const searchMethod of ['post-only', 'post-then-get', 'get'] as const) {
          let pages = 0
          for (const first of [true, false]) {
            const { client, seen } = await world(
              {
                ...docs,
                patients: () => {
                  pages += 1
                  if (first || pages % 2 === 0) return away()
                  return fhir(200, bundle(['1'], { next: `${base}/Patient?page=2` }))
                },
              },
              { searchMethod },
            )
            const responder = await client.responder({ baseUrl: base })
            const { error } = await walked(responder.patients.search(person))
            expect(error).toMatchObject({ code: 'ERR_CQ_REDIRECT_REFUSED', status })
            expect(leaks(error)).toEqual([])
            expect(seen.filter(({ url }) => url.startsWith(EVIL))).toEqual([])
            pages = 0
          }
        }
      },
    )
  })

  const hostile: readonly string[] = [
    'https://169.254.169.254/r4',
    'https://192.168.1.10/r4',
    'https://10.1.2.3:8443/r4',
    'https://100.64.0.1/r4',
    'https://[::1]/r4',
    'https://[::ffff:10.0.0.1]/r4',
    'https://2852039166/r4',
    'https://0x7f.1/r4',
    'https://metadata.google.internal/r4',
    'https://localhost./r4',
    'https://user:S3CRET-KEY@fhir.example.org/r4',
    'https://fhir.example.org/r4#part',
    'https://fhir.exam\tple.org/r4',
    'https:\\\\fhir.example.org\\r4',
    'http://fhir.example.org/r4',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ftp://fhir.example.org/r4',
    '//fhir.example.org/r4',
    'fhir.example.org',
  ]

  describe('A5: an address of the directory', () => {
    const at = (address: string): DirectoryEntry => entry('1.2.3', address)

    test.each(hostile)('%j is asked by nobody', async (address) => {
      const { client, seen } = await world(docs, {
        directory: { read: () => Promise.resolve(at(address)) },
      })
      const error = await failure(client.organization('1.2.3'))
      expect(error.code).toBe('ERR_CQ_NO_USABLE_ENDPOINT')
      expect(leaks(error)).toEqual([])
      expect(seen).toEqual([])
    })

    test('outside allowedOrigins is asked by nobody', async () => {
      const { client, seen } = await world(docs, {
        directory: { read: () => Promise.resolve(at(`${EVIL}/r4`)) },
        allowedOrigins: [new URL(base).origin],
      })
      expect((await failure(client.organization('1.2.3'))).code).toBe('ERR_CQ_NO_USABLE_ENDPOINT')
      expect(seen).toEqual([])
    })
  })

  describe('A6: a published token endpoint', () => {
    const urls = [...hostile.filter((url) => /^[a-z]+:/.test(url)), `${EVIL}/token`]
    test.each(urls)('%j is handed no assertion, whichever document names it', async (url) => {
      const documents = [
        { metadata: () => statement({ token: url }) },
        { metadata: () => statement(), smart: () => smartConfiguration({ token_endpoint: url }) },
      ]
      for (const responses of documents) {
        let signed = 0
        const { client, seen } = await world(responses, {
          signer: () => {
            signed += 1
            return Promise.reject(new Error('no'))
          },
        })
        const responder = await client.responder({ baseUrl: base })
        const error = await failure(responder.patients.read('1'))
        expect(error.code).toMatch(/^ERR_CQ_(ORIGIN_REFUSED|TOKEN_ENDPOINT_UNTRUSTED)$/)
        expect(leaks(error)).toEqual([])
        expect(signed).toBe(0)
        expect(seen.every((one) => one.url.startsWith(base) && one.body === '')).toBe(true)
        expect(seen.some(({ headers }) => headers.has('authorization'))).toBe(false)
      }
    })
  })

  describe('A10: the extension of Cerner', () => {
    const published = (carequality: string) =>
      fhir(200, {
        resourceType: 'CapabilityStatement',
        fhirVersion: '4.0.1',
        rest: [
          {
            mode: 'server',
            security: {
              extension: [
                {
                  url: OAUTH_URIS,
                  extension: [
                    { url: 'token', valueUri: tokenEndpoint },
                    { url: 'carequality-token', valueUri: carequality },
                  ],
                },
              ],
            },
          },
        ],
      })

    test('means nothing at a server that is not theirs', async () => {
      const { client, of, seen } = await world({ metadata: () => published(`${EVIL}/token`) })
      const responder = await client.responder({ baseUrl: base })
      await responder.patients.read('1')
      expect(of('token').map(({ url }) => url)).toEqual([tokenEndpoint])
      expect(seen.some(({ url }) => url.startsWith(EVIL))).toBe(false)
    })

    test.each([`${EVIL}/token`, 'https://fhir.stagingcerner.com.evil.example/token'])(
      'at one of theirs is held to the same trust: %s',
      async (url) => {
        const { client, seen } = await world({ metadata: () => published(url) })
        const responder = await client.responder({ baseUrl: 'https://fhir.stagingcerner.com/r4' })
        const error = await failure(responder.patients.read('1'))
        expect(error.code).toBe('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED')
        expect(seen.every((one) => one.url.startsWith('https://fhir.stagingcerner.com/'))).toBe(
          true,
        )
      },
    )
  })

  describe('A13: a Referer', () => {
    test('goes out with no request', async () => {
      const server = await serve((response, _, { url }) => {
        if (url === '/start') json(response, 302, { location: '/end' })
        else json(response)
      })
      const asked: Request[] = []
      const fetch = (request: Request): Promise<Response> => {
        asked.push(request)
        return globalThis.fetch(request)
      }
      const client = clientOf({ fetch })
      await ask(client, `${server.origin}/start`)
      await ask(client, `${server.origin}/end`, { form: 'a=b' })
      expect(server.seen).toHaveLength(3)
      expect(server.seen.filter(({ headers }) => 'referer' in headers)).toEqual([])
      // What a browser goes by.
      expect(asked.map(({ referrerPolicy }) => referrerPolicy)).toEqual(
        asked.map(() => 'no-referrer'),
      )
    })
  })
})

/** Rows B of the threats: what is shown, printed and kept. */
describe('what is shown', () => {
  test('B5: nothing is printed, whether it goes well or not', async () => {
    const spies = [
      vi.spyOn(process.stdout, 'write').mockImplementation(() => true),
      vi.spyOn(process.stderr, 'write').mockImplementation(() => true),
      ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
        vi.spyOn(console, name).mockImplementation(() => undefined),
      ),
    ]
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const faults: readonly (Fault | undefined)[] = [
      undefined,
      () => answer(500),
      () => answer(200, '<html>', 'text/html'),
      () => Promise.reject(new Error('MARKED')),
      () => answer(302, '', 'text/plain', { location: 'https://evil.example' }),
    ]
    for (const stage of ['directory', 'metadata', 'token', 'read'] as const) {
      for (const fault of faults) {
        const network = await hostileNetwork(fault === undefined ? {} : { [stage]: fault })
        await network.client
          .organization(OID)
          .then(({ patients }) => patients.read(PATIENT))
          .catch(() => undefined)
        await network.client.close()
      }
    }
    const printed = [...spies, warned].map((spy) => spy.mock.calls.length)
    vi.restoreAllMocks()
    expect(printed).toEqual(printed.map(() => 0))
  })

  test('B6: a shared cache is given digests for keys, and nothing else that is secret', async () => {
    const keys: string[] = []
    class Watching extends MemoryTokenCache {
      override get(key: string) {
        keys.push(key)
        return super.get(key)
      }
    }
    const network = await hostileNetwork(
      {
        token: () =>
          hostileNetworkJson({
            access_token: 'MARKEDtoken',
            token_type: 'Bearer',
            expires_in: 300,
          }),
      },
      {
        tokenCache: new Watching(),
        purposeOfUse: 'TREAT',
        claims: { who: 'MARKED Timothy Peters' },
      },
    )
    const { patients } = await network.client.organization(OID)
    await patients.read(PATIENT).catch(() => undefined)
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$|^[\da-f]{64}$/)
    network.expectNothingShown(keys)
    network.expectNothingShown(inspect(network.client, { depth: 9, showHidden: true }))
  })

  /** Answers of a server that breaks HTTP itself; `MARK` stands where a parser might quote it. */
  const broken: Readonly<Record<string, string>> = {
    garbage: 'MARK MARK MARK\r\n\r\n',
    'no version': 'HTTP/MARK 200 OK\r\n\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nMARK',
    'length and chunks':
      'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nMARK\r\n',
    'a bad length': 'HTTP/1.1 200 OK\r\nContent-Length: MARK\r\n\r\nMARK',
    'a bad chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nMARK\r\nMARK',
    'a bad header': 'HTTP/1.1 200 OK\r\nMA RK\u0000: MARK\r\n\r\n',
    'a header bomb': `HTTP/1.1 200 OK\r\n${'X-MARK: MARK\r\n'.repeat(20_000)}\r\n{}`,
    'no end of headers': 'HTTP/1.1 200 OK\r\nX-MARK: MARK\r\n',
    'nothing at all': '',
  }

  describe.each([
    ['fetch', () => ({ fetch: (request: Request) => fetch(request) })],
    ['nodeTransport', () => ({ transport: nodeTransport() })],
  ] as const)('over %s', (_, options) => {
    test.each(Object.entries(broken))(
      'B7, R4: of an answer with %s no byte is in the error',
      async (_what, text) => {
        let connections = 0
        const server = createServer((socket) => {
          connections += 1
          socket.on('error', () => undefined)
          socket.once('data', () => socket.end(text))
        })
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        onTestFinished(() => void server.close())
        const { port } = server.address() as AddressInfo
        const error = await failureOf(ask(clientOf(options()), `http://127.0.0.1:${port}/`))
        expect(error).toMatchObject({
          code: expect.stringMatching(/^ERR_CQ_(NETWORK|INCOMPLETE_BODY)$/) as unknown,
          retryable: true,
        })
        expect(shownOf(error)).not.toContain('MARK')
        expect((error as Error).cause).toBeUndefined()
        expect(connections).toBeLessThanOrEqual(4)
      },
    )
  })
})
