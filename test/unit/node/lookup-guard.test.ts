/** Row A8: what a name leads to is judged when the connection is made, on what is connected to. */
import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { PolicyError, TransportError } from '../../../src/errors.ts'
import { nodeTransport, type NodeTransportOptions } from '../../../src/node/index.ts'
import { guardedLookup, type AddressLookup } from '../../../src/node/lookup-guard.ts'
import type { HttpOptions } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { authority, serveProxy, serveTls } from '../../support/tls-server.ts'
import { ask, clientOf, json, serve, shownOf } from '../http/loopback.ts'

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
    const lookup = (_name: string, _options: object, callback: (...g: unknown[]) => void): void => {
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
