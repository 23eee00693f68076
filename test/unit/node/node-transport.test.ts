import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { CarequalityClient, jwkSigner } from '../../../src/index.ts'
import { nodeTransport, type NodeTransportOptions } from '../../../src/node/index.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { authority, serveProxy, serveTls } from '../../support/tls-server.ts'
import { ec } from '../signers/keys.ts'
import { ask, clientOf, json, serve, until } from '../http/loopback.ts'

const ca = authority()
const serverCertificate = ca.issue('server', true)
const mine = ca.issue('my-client')
const identity = { cert: mine.certificate.pem, key: mine.keyPem }
const over = (options: NodeTransportOptions) => clientOf({ transport: nodeTransport(options) })

describe('A14: the server’s certificate', () => {
  test('is verified against one’s own authority', async () => {
    const server = await serveTls(serverCertificate)
    expect((await ask(over({ ca: ca.pem }), server.origin)).status).toBe(200)
    expect((await ask(over({ ca: [authority('x').pem, ca.pem] }), server.origin)).status).toBe(200)
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
