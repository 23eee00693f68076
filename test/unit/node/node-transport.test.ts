import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { LookupAddress } from 'node:dns'
import { afterEach, describe, expect, test, vi, onTestFinished } from 'vitest'
import { CarequalityClient, jwkSigner } from '../../../src/index.ts'
import { nodeTransport, type NodeTransportOptions } from '../../../src/node/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { authority, serveProxy, serveTls } from '../../support/tls-server.ts'
import { ec } from '../signers/keys.ts'
import { ask, clientOf, json, serve, until, type Loopback, shownOf } from '../http/loopback.ts'
import { capabilityWithToken } from '../../support/capability-documents.ts'
import { holdTime, turns } from '../../support/time.ts'
import { PolicyError, TransportError } from '../../../src/errors.ts'
import { guardedLookup, type AddressLookup } from '../../../src/node/lookup-guard.ts'
import type { HttpOptions } from '../../../src/types.ts'

describe('node transport', () => {
  const ca = authority()
  const serverCertificate = ca.issue('server', true)
  const mine = ca.issue('my-client')
  const identity = { cert: mine.certificate.pem, key: mine.keyPem }
  const over = (options: NodeTransportOptions) => clientOf({ transport: nodeTransport(options) })

  describe('A14: the server’s certificate', () => {
    test('is verified against one’s own authority', async () => {
      const server = await serveTls(serverCertificate)
      expect((await ask(over({ ca: ca.pem }), server.origin)).status).toBe(200)
      expect((await ask(over({ ca: [authority('x').pem, ca.pem] }), server.origin)).status).toBe(
        200,
      )
      expect(server.seen).toHaveLength(2)
    })

    test('is verified against an authority given as DER', async () => {
      const server = await serveTls(serverCertificate)
      const der = new X509Certificate(ca.pem).raw
      expect((await ask(over({ ca: der }), server.origin)).status).toBe(200)
    })

    test.each([
      ['by nobody that Node knows', {}],
      ['by another authority', { ca: authority('Other').pem }],
    ])('%s is refused', async (_, options) => {
      const server = await serveTls(serverCertificate)
      const error = await failureOf(ask(over(options), server.origin, { retry: 'never' }))
      expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK' })
      expect(String(error)).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_|SELF_SIGNED/)
      expect(server.seen).toHaveLength(0)
    })

    test('that has ended, or is not good yet, is refused', async () => {
      const day = 86_400_000
      for (const dates of [
        { notAfter: new Date(Date.now() - day / 2) },
        { notBefore: new Date(Date.now() + day / 2) },
      ]) {
        const server = await serveTls(ca.issue('server', true, dates))
        const error = await failureOf(ask(over({ ca: ca.pem }), server.origin, { retry: 'never' }))
        expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK' })
        expect(String(error)).toMatch(/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/)
        expect(server.seen).toHaveLength(0)
      }
    })

    test.each([
      ['of nobody that Node knows', serverCertificate],
      ['for another name', ca.issue('elsewhere.example')],
    ])('%s is refused by the default transport, too', async (_, certified) => {
      const server = await serveTls(certified)
      const error = await failureOf(ask(clientOf(), server.origin, { retry: 'never' }))
      expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK' })
      expect(server.seen).toHaveLength(0)
    })

    test('for another name is refused', async () => {
      const server = await serveTls(ca.issue('elsewhere.example'))
      const asked = ask(over({ ca: ca.pem }), server.origin, { retry: 'never' })
      expect(await failureOf(asked)).toMatchObject({ code: 'ERR_CQ_NETWORK' })
      expect(server.seen).toHaveLength(0)
    })

    test('is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
      const server = await serveTls(serverCertificate)
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
      const asked = ask(over({}), server.origin, { retry: 'never' })
      expect(await failureOf(asked)).toMatchObject({ code: 'ERR_CQ_NETWORK' })
      expect(server.seen).toHaveLength(0)
    })

    test('and no option switches that off', () => {
      // @ts-expect-error there is no such option
      nodeTransport({ rejectUnauthorized: false })
    })
  })

  afterEach(() => {
    vi.unstubAllEnvs()
  })

  describe('a client certificate', () => {
    test('is offered to the origins that are named and to nobody else', async () => {
      const [named, other] = [await serveTls(serverCertificate), await serveTls(serverCertificate)]
      const client = over({ ca: ca.pem, ...identity, origins: [`${named.origin}/some/path`] })
      for (const { origin } of [named, other, named, other]) await ask(client, origin)
      expect(named.seen.map((one) => one.client)).toEqual(['my-client', 'my-client'])
      expect(other.seen.map((one) => one.client)).toEqual([undefined, undefined])
    })

    test('is named for caches, for these origins alone', () => {
      const transport = nodeTransport({ ...identity, origins: ['https://a.example'] })
      const named = transport.clientCertificate?.('https://a.example/token')
      const print = new X509Certificate(mine.certificate.pem).fingerprint256.replaceAll(':', '')
      expect(named).toBe(Buffer.from(print, 'hex').toString('base64url'))
      expect(transport.clientCertificate?.('https://b.example/token')).toBeUndefined()
      expect(transport.clientCertificate?.('https://a.example:8443/token')).toBeUndefined()
    })

    test('in DER is taken, and in a PKCS#12 file where openssl can make one', async (context) => {
      const server = await serveTls(serverCertificate)
      let pfx: Buffer
      try {
        pfx = execFileSync('openssl', ['pkcs12', '-export', '-passout', 'pass:secret'], {
          input: mine.keyPem + mine.certificate.pem,
          stdio: ['pipe', 'pipe', 'ignore'],
        })
      } catch {
        context.skip('there is no openssl command')
        return
      }
      const origins = [server.origin]
      const client = over({ ca: ca.pem, pfx, passphrase: 'secret', origins })
      await ask(client, server.origin)
      expect(server.seen.map((one) => one.client)).toEqual(['my-client'])
      expect(() => nodeTransport({ pfx, passphrase: 'wrong', origins })).toThrow(/"passphrase"/)
    })
  })

  describe('the TLS version', () => {
    test('is at least 1.2, or 1.3 where that is wanted', async () => {
      const old = await serveTls(serverCertificate, { maxVersion: 'TLSv1.2' })
      await ask(over({ ca: ca.pem }), old.origin)
      expect(old.seen.map(({ protocol }) => protocol)).toEqual(['TLSv1.2'])
      const strict = over({ ca: ca.pem, minTlsVersion: 'TLSv1.3' })
      expect(await failureOf(ask(strict, old.origin, { retry: 'never' }))).toMatchObject({
        code: 'ERR_CQ_NETWORK',
      })
      const current = await serveTls(serverCertificate)
      await ask(strict, current.origin)
      expect(current.seen.map(({ protocol }) => protocol)).toEqual(['TLSv1.3'])
    })
  })

  describe('a proxy', () => {
    test('given by its URL tunnels everything, the client certificate included', async () => {
      const [server, proxy] = [await serveTls(serverCertificate), await serveProxy()]
      const options = { ca: ca.pem, ...identity, origins: [server.origin], proxy: proxy.url }
      await ask(over(options), server.origin)
      expect(proxy.tunnels).toEqual([new URL(server.origin).host])
      expect(server.seen.map((one) => one.client)).toEqual(['my-client'])
    })

    test('over https is verified, and is not offered the certificate that is for those behind it', async () => {
      const server = await serveTls(serverCertificate)
      const proxy = await serveProxy(serverCertificate)
      const options = { ...identity, origins: [server.origin], proxy: proxy.url }
      await ask(over({ ca: ca.pem, ...options }), server.origin)
      expect(server.seen.map((one) => one.client)).toEqual(['my-client'])
      expect(proxy.clients).toEqual([undefined])
      const stranger = await serveProxy(authority('Other CA').issue('proxy', true))
      const refused = over({ ca: ca.pem, ...options, proxy: stranger.url })
      expect(await failureOf(ask(refused, server.origin, { retry: 'never' }))).toMatchObject({
        code: 'ERR_CQ_NETWORK',
      })
      expect(stranger.tunnels).toEqual([])
    })

    test('is left out for the hosts of noProxy', async () => {
      const [server, proxy] = [await serveTls(serverCertificate), await serveProxy()]
      for (const noProxy of ['*', '127.0.0.1', ['x.example', '127.0.0.1']]) {
        await ask(over({ ca: ca.pem, proxy: proxy.url, noProxy }), server.origin)
      }
      await ask(over({ ca: ca.pem, proxy: proxy.url, noProxy: 'x.example' }), server.origin)
      expect(proxy.tunnels).toHaveLength(1)
      expect(server.seen).toHaveLength(4)
    })

    test('of the environment is used when it is asked for, and only then', async () => {
      const [server, proxy] = [await serveTls(serverCertificate), await serveProxy()]
      vi.stubEnv('HTTPS_PROXY', proxy.url)
      vi.stubEnv('NO_PROXY', '')
      await ask(over({ ca: ca.pem }), server.origin)
      expect(proxy.tunnels).toHaveLength(0)
      await ask(over({ ca: ca.pem, proxy: 'env' }), server.origin)
      expect(proxy.tunnels).toHaveLength(1)
      vi.stubEnv('NO_PROXY', '127.0.0.1')
      await ask(over({ ca: ca.pem, proxy: 'env' }), server.origin)
      expect(proxy.tunnels).toHaveLength(1)
      expect(server.seen).toHaveLength(3)
    })

    test('that is given does not heed the environment’s NO_PROXY', async () => {
      const [server, proxy] = [await serveTls(serverCertificate), await serveProxy()]
      vi.stubEnv('NO_PROXY', '*')
      await ask(over({ ca: ca.pem, proxy: proxy.url }), server.origin)
      expect(proxy.tunnels).toHaveLength(1)
    })
  })

  test('a caller who leaves before the answer closes the connection', async () => {
    const server = await serve(() => undefined)
    const controller = new AbortController()
    const asked = failureOf(ask(over({}), server.origin, {}, { signal: controller.signal }))
    await until(() => server.seen.length === 1)
    controller.abort('gone')
    expect(await asked).toBe('gone')
    await until(() => server.cut === 1)
  })

  test('close ends the connections, and nothing is sent afterwards', async () => {
    const server = await serve((response) => json(response))
    const transport = nodeTransport()
    const { signal } = new AbortController()
    const send = () => transport.send({ url: server.origin, method: 'GET', headers: {}, signal })
    expect((await send()).status).toBe(200)
    await transport.close?.()
    await expect(send()).rejects.toThrow()
    expect(server.seen).toHaveLength(1)
  })

  test('headers that no Headers takes do not fail the answer, repeated ones are joined', async () => {
    const server = await serve((response) => {
      response.setHeader('x-many', ['a', 'b'])
      json(response)
    })
    const answer = await ask(over({}), server.origin)
    expect(answer.headers.get('x-many')).toBe('a, b')
  })

  test('the directory alone can use it', async () => {
    const directory = await serveTls(serverCertificate)
    const { privateKey } = ec('P-256')
    const fetched: string[] = []
    const client = new CarequalityClient({
      clientId: 'c',
      signer: await jwkSigner({ key: privateKey.export({ format: 'jwk' }) }),
      allowInsecureLoopback: true,
      fetch: (request) => {
        fetched.push(request.url)
        return Promise.resolve(new Response('{}', { status: 404 }))
      },
      directory: {
        release: 'carequality-r4',
        baseUrl: `${directory.origin}/fhir`,
        apiKey: 'k',
        transport: nodeTransport({ ca: ca.pem, ...identity, origins: [directory.origin] }),
      },
    })
    await failureOf(client.organization('2.999.1'))
    expect(directory.seen.map((one) => one.client)).toEqual(['my-client'])
    expect(fetched).toEqual([])
    await failureOf(client.responder({ baseUrl: 'https://fhir.example.org/r4' }))
    expect(fetched.length).toBeGreaterThan(0)
    expect(directory.seen).toHaveLength(1)
    await client.close()
  })

  describe('wrong options', () => {
    const other = ca.issue('other')
    const origins = ['https://a.example']
    test.each<[string, unknown]>([
      ['options', null],
      ['ca', { ca: 'text' }],
      ['ca', { ca: 7 }],
      ['cert', { cert: identity.cert, origins }],
      ['key', { key: identity.key, origins }],
      ['cert', { cert: identity.cert, key: other.keyPem, origins }],
      ['cert', { cert: 'text', key: identity.key, origins }],
      ['pfx', { pfx: 'text', origins }],
      ['pfx', { pfx: new Uint8Array(9), origins }],
      ['pfx', { ...identity, pfx: new Uint8Array(9), origins }],
      ['passphrase', { ...identity, passphrase: '', origins }],
      ['origins', identity],
      ['origins', { ...identity, origins: [] }],
      ['origins', { ...identity, origins: ['a.example'] }],
      ['origins', { ...identity, origins: ['http://a.example'] }],
      ['origins', { ...identity, origins: 'https://a.example' }],
      ['origins', { origins }],
      ['proxy', { proxy: 'proxy.example:3128' }],
      ['proxy', { proxy: 'socks5://proxy.example' }],
      ['proxy', { proxy: true }],
      ['noProxy', { noProxy: 7 }],
      ['minTlsVersion', { minTlsVersion: 'TLSv1.1' }],
    ])('%s is a TypeError without the key (%#)', (option, options) => {
      let error: unknown
      try {
        nodeTransport(options as NodeTransportOptions)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(`"${option}"`)
      expect(inspect(error, { depth: 8 })).not.toContain(identity.key.slice(40, 80))
    })
  })
})

/** How many connections a responder sees: each costs both sides more than the request on it. */
describe('connections', () => {
  const over = () => clientOf({ transport: nodeTransport() })
  const connectionsOf = ({ seen }: Loopback) =>
    new Set(seen.map(({ connection }) => connection)).size

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

  test.each(WAYS)(
    'what is asked right after %s goes over the same connection',
    async (_, answer) => {
      const server = await serve(answer)
      const client = over()
      for (let time = 0; time < 5; time += 1) await ask(client, server.origin)
      expect(server.seen).toHaveLength(5)
      expect(connectionsOf(server)).toBe(1)
    },
  )

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
})

/** Row A8: what a name leads to is judged when the connection is made, on what is connected to. */
describe('lookup guard', () => {
  const NAME = 'fhir.example.org'
  const ca = authority()
  const certified = ca.issue('server', true, { names: [NAME] })

  /** A resolver that answers in turn, and counts. */
  function resolver(...answers: readonly (readonly string[] | Error)[]): AddressLookup & {
    asked: string[]
  } {
    const asked: string[] = []
    const lookup: AddressLookup = (hostname, _options, callback) => {
      asked.push(hostname)
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? []
      if (answer instanceof Error) callback(answer, [])
      else callback(null, answer.map(addressOf))
    }
    return Object.assign(lookup, { asked })
  }

  function addressOf(address: string): LookupAddress {
    return { address, family: address.includes(':') ? 6 : 4 }
  }

  /** A client whose names lead where `lookup` says. */
  function over(
    lookup: AddressLookup | undefined,
    http: HttpOptions = {},
    more: NodeTransportOptions = {},
  ) {
    const transport = nodeTransport({ ca: ca.pem, lookup, ...more })
    return clientOf({ allowInsecureLoopback: false, ...http, transport })
  }

  async function secure(): Promise<{ url: string; seen: readonly unknown[] }> {
    const { origin, seen } = await serveTls(certified)
    return { url: origin.replace('127.0.0.1', NAME), seen }
  }

  describe('A8: a public name that leads to a private address', () => {
    test.each([
      [['10.0.0.1']],
      [['172.16.0.1', '192.168.0.1']],
      [['169.254.169.254']],
      [['127.0.0.1']],
      [['0.0.0.0']],
      [['::1']],
      [['::ffff:10.0.0.1']],
      [['::ffff:127.0.0.1']],
      [['::ffff:7f00:1']],
      [['fe80::1']],
      [['fe80::1%eth0']],
      [['fd12:3456::1']],
      [['64:ff9b::a00:1']],
      [['2002:a00:1::']],
    ])('%j is refused, and nobody is asked', async (addresses) => {
      const { url, seen } = await secure()
      const lookup = resolver(addresses)
      const error = await failureOf(ask(over(lookup), url))
      expect(error).toBeInstanceOf(PolicyError)
      expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED', retryable: false, origin: url })
      expect(lookup.asked).toEqual([NAME])
      expect(seen).toEqual([])
      for (const address of addresses) expect(shownOf(error)).not.toContain(address)
    })

    test('is refused the second time, when a first connection was good', async () => {
      const server = await serve((response) => json(response, 200, { connection: 'close' }))
      const url = server.origin.replace('127.0.0.1', 'rebinding.localhost')
      const lookup = resolver(['127.0.0.1'], ['10.0.0.1'])
      const client = over(lookup, { allowInsecureLoopback: true })
      expect((await ask(client, url)).status).toBe(200)
      const error = await failureOf(ask(client, url))
      expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
      expect(lookup.asked).toHaveLength(2)
      expect(server.seen).toHaveLength(1)
    })

    test('is asked where allowInsecureLoopback permits this machine, and only this machine', async () => {
      const { url, seen } = await secure()
      const loopback = { allowInsecureLoopback: true }
      expect((await ask(over(resolver(['127.0.0.1']), loopback), url)).status).toBe(200)
      const error = await failureOf(ask(over(resolver(['10.0.0.1']), loopback), url))
      expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
      expect(seen).toHaveLength(1)
    })

    test('is asked where allowedPrivateHosts names it, and no other name with it', async () => {
      const { url, seen } = await secure()
      const client = over(resolver(['127.0.0.1']), { allowedPrivateHosts: [NAME] })
      expect((await ask(client, url)).status).toBe(200)
      const other = url.replace(NAME, 'other.example.org')
      expect(await failureOf(ask(client, other))).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
      expect(seen).toHaveLength(1)
    })

    test('is asked where lookupGuard is switched off', async () => {
      const { url, seen } = await secure()
      const off = { lookupGuard: false }
      expect((await ask(over(resolver(['127.0.0.1']), {}, off), url)).status).toBe(200)
      expect(seen).toHaveLength(1)
    })

    test('is refused by the system’s own resolver, too', async () => {
      const error = await new Promise((resolve) => {
        guardedLookup('public')('localhost', { all: true }, resolve)
      })
      expect(error).toMatchObject({ code: 'CQ_ADDRESS_REFUSED' })
    })
  })

  describe('A8: of several addresses', () => {
    const given = (
      allowed: 'public' | 'loopback' | 'any',
      all: boolean,
      ...addresses: readonly string[]
    ) =>
      new Promise((resolve) => {
        guardedLookup(allowed, resolver(addresses))('x.example', { all }, (error, address) => {
          resolve(error ?? address)
        })
      })

    test('the public ones are given out and no other', async () => {
      const mixed = ['10.0.0.1', '8.8.8.8', '::ffff:10.0.0.1', '2606:4700::1111', '127.0.0.1']
      expect(await given('public', true, ...mixed)).toEqual(
        ['8.8.8.8', '2606:4700::1111'].map(addressOf),
      )
      expect(await given('public', false, ...mixed)).toBe('8.8.8.8')
      expect(await given('loopback', true, ...mixed)).toEqual(
        ['8.8.8.8', '2606:4700::1111', '127.0.0.1'].map(addressOf),
      )
      expect(await given('any', true, ...mixed)).toEqual(mixed.map(addressOf))
      expect(await given('public', true)).toMatchObject({ code: 'CQ_ADDRESS_REFUSED' })
    })

    test('the good one is connected to, whichever comes first', async () => {
      for (const addresses of [
        ['10.0.0.1', '127.0.0.1'],
        ['127.0.0.1', '10.0.0.1'],
      ]) {
        const { url, seen } = await secure()
        const client = over(resolver(addresses), { allowInsecureLoopback: true })
        expect((await ask(client, url)).status).toBe(200)
        expect(seen).toHaveLength(1)
      }
    })
  })

  describe('A8: a look-up', () => {
    test('that knows no such name is a network failure', async () => {
      const unknown = Object.assign(new Error('MARK'), { code: 'ENOTFOUND' })
      const error = await failureOf(ask(over(resolver(unknown)), `https://${NAME}/`))
      expect(error).toBeInstanceOf(TransportError)
      expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: true })
      expect((error as Error).message).toContain('(ENOTFOUND)')
      expect(shownOf(error)).not.toContain('MARK')
    })

    test.each<[string, (callback: (...given: unknown[]) => void) => void]>([
      ['throws', () => undefined],
      ['answers undefined', (callback) => callback(null, undefined)],
      ['answers a text', (callback) => callback(null, '8.8.8.8')],
      ['answers rubbish', (callback) => callback(null, [null, 5, {}, { address: 'x', family: 4 }])],
      ['lies about the family', (callback) => callback(null, [{ address: '8.8.8.8', family: 6 }])],
      ['fails with a text', (callback) => callback('MARK')],
      [
        'answers twice',
        (callback) => {
          callback(null, [])
          callback(null, [addressOf('127.0.0.1')])
        },
      ],
    ])('that %s ends the call with an error of ours', async (what, answer) => {
      const lookup = (
        _name: string,
        _options: object,
        callback: (...g: unknown[]) => void,
      ): void => {
        if (what === 'throws') throw new Error('MARK')
        answer(callback)
      }
      const error = await failureOf(
        ask(over(lookup as AddressLookup), `https://${NAME}/`, { retry: 'never' }),
      )
      expect(error).toMatchObject({
        code: expect.stringMatching(/ERR_CQ_(NETWORK|ORIGIN_REFUSED)/) as unknown,
      })
      expect(shownOf(error)).not.toContain('MARK')
    })

    test('that never answers is left in time', async () => {
      const error = await failureOf(
        ask(
          over(() => undefined),
          `https://${NAME}/`,
          {},
          { timeoutMs: 150 },
        ),
      )
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT' })
    })
  })

  test('A8: a proxy in a private network is used, and looks names up itself', async () => {
    const [{ url, seen }, proxy] = [
      await secure(),
      await serveProxy(undefined, { [NAME]: '127.0.0.1' }),
    ]
    const lookup = resolver(['10.0.0.1'])
    const client = over(lookup, {}, { proxy: proxy.url })
    expect((await ask(client, url)).status).toBe(200)
    expect(proxy.tunnels).toEqual([new URL(url).host])
    expect(lookup.asked).toEqual([])
    expect(seen).toHaveLength(1)
    // Names and literal addresses are judged here all the same.
    const refused = await failureOf(ask(client, 'https://10.0.0.1/'))
    expect(refused).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
    // What goes past the proxy is guarded again.
    const past = over(lookup, {}, { proxy: proxy.url, noProxy: NAME })
    expect(await failureOf(ask(past, url))).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
    expect(lookup.asked).toEqual([NAME])
    expect(proxy.tunnels).toHaveLength(1)
  })

  test.each([
    ['lookupGuard', 1],
    ['lookupGuard', 'off'],
    ['lookup', 'dns'],
  ])('a wrong "%s" is a TypeError that names it', (option, value) => {
    expect(() => nodeTransport({ [option]: value })).toThrow(TypeError)
    expect(() => nodeTransport({ [option]: value })).toThrow(`"${option}"`)
  })
})
