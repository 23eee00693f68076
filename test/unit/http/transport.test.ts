import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { kyTransport } from '../../../src/http/transport/ky-transport.ts'
import { LazyHeaders } from '../../../src/http/transport/lazy-headers.ts'
import type { Authorize } from '../../../src/access-token.ts'
import type { Transport, TransportRequest } from '../../../src/types.ts'
import { failureOf, jsonAnswer } from '../../support/answering-fetch.ts'
import { holdTime, until } from '../../support/time.ts'
import { ask, clientOf } from './loopback.ts'
import { FhirPatientClient } from '../../../src/index.ts'
import { networkFailure } from '../../../src/http/transport/network-failure.ts'

describe('transport', () => {
  const URL_ASKED = 'https://fhir.example.org/r4/metadata?a=1'
  const transportOf = (send: (request: TransportRequest) => unknown): Transport => ({
    send: send as Transport['send'],
  })

  /** What nobody should reject with, and some do. */
  const TEXT: unknown = 'MARK'

  describe('L7: a transport of the user’s own', () => {
    test('is used in place of fetch and sees the request as it is', async () => {
      const seen: TransportRequest[] = []
      const transport = transportOf((request) => {
        seen.push(request)
        return Promise.resolve({ status: 200, headers: new Headers(), body: null })
      })
      const fetch = (): never => {
        throw new Error('not this one')
      }
      const answer = await ask(clientOf({ transport, fetch }), URL_ASKED, {
        form: 'a=1',
        headers: { x: 'y' },
      })
      expect(answer).toMatchObject({ status: 200, bytes: new Uint8Array() })
      expect(seen).toHaveLength(1)
      expect(seen[0]).toMatchObject({ url: URL_ASKED, method: 'POST', body: 'a=1' })
      expect(seen[0]?.headers).toMatchObject({
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        x: 'y',
      })
      expect(seen[0]?.signal).toBeInstanceOf(AbortSignal)
    })

    test('may pass a copy of the request on, whose signal ends with the call', async () => {
      const copies: TransportRequest[] = []
      const transport = transportOf((request) => {
        copies.push({ ...request })
        return new Promise(() => undefined)
      })
      const caller = new AbortController()
      const asked = failureOf(
        ask(clientOf({ transport }), URL_ASKED, {}, { signal: caller.signal }),
      )
      await until(() => copies.length === 1)
      caller.abort('left')
      expect(await asked).toBe('left')
      expect(copies[0]?.signal).toMatchObject({ aborted: true, reason: 'left' })
    })

    test('a function that authorizes may do so, too', async () => {
      const copies: Parameters<Authorize>[0][] = []
      const patients = new FhirPatientClient({
        baseUrl: 'https://fhir.example.org/r4',
        authorize: (asked) => {
          copies.push({ ...asked })
          return new Promise(() => undefined)
        },
      })
      const caller = new AbortController()
      const asked = failureOf(patients.read('1', { signal: caller.signal }))
      await until(() => copies.length === 1)
      caller.abort('left')
      expect(await asked).toBe('left')
      expect(copies[0]?.signal).toMatchObject({ aborted: true, reason: 'left' })
    })

    test('that gives our own light headers has them kept as they are', async () => {
      const headers = new LazyHeaders({ 'content-type': 'application/json' })
      const transport = transportOf(() => Promise.resolve({ status: 200, headers, body: null }))
      expect((await ask(clientOf({ transport }), URL_ASKED)).headers).toBe(headers)
    })

    const headers = new Headers()
    test.each([
      ['nothing', undefined],
      ['null', null],
      ['a text', '200'],
      ['a list', []],
      ['an empty object', {}],
      ['a status that is a text', { status: '200', headers, body: null }],
      ['a status that is no number', { status: NaN, headers, body: null }],
      ['half a status', { status: 200.5, headers, body: null }],
      ['no headers', { status: 200, body: null }],
      ['headers that cannot be asked', { status: 200, headers: {}, body: null }],
    ])('that gives %s has failed, and is tried again', async (_, nonsense) => {
      let calls = 0
      const transport = transportOf(() => {
        calls += 1
        return Promise.resolve(nonsense)
      })
      expect(await failureOf(ask(clientOf({ transport }), URL_ASKED))).toMatchObject({
        code: 'ERR_CQ_NETWORK',
      })
      expect(calls).toBe(3)
    })

    test.each([
      [
        'throws',
        () => {
          throw new Error('MARK')
        },
      ],
      ['rejects with nothing', () => Promise.reject(undefined as unknown as Error)],
      ['rejects with a text', () => Promise.reject(TEXT as Error)],
    ])('that %s has failed', async (_, send) => {
      const error = await failureOf(ask(clientOf({ transport: transportOf(send) }), URL_ASKED))
      expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK' })
      expect((error as Error).message).not.toContain('MARK')
    })

    test('that gives its answer without a promise is read all the same', async () => {
      const transport = transportOf(() => ({ status: 204, headers, body: null }))
      expect(await ask(clientOf({ transport }), URL_ASKED)).toMatchObject({ status: 204 })
    })

    test('that answers after everyone left has its body let go', async () => {
      let answer: ((response: unknown) => void) | undefined
      const transport = transportOf(() => new Promise((resolve) => (answer = resolve)))
      const leaving = new AbortController()
      const { signal } = leaving
      const asked = failureOf(ask(clientOf({ transport }), URL_ASKED, {}, { signal }))
      await until(() => answer !== undefined)
      leaving.abort('mine')
      expect(await asked).toBe('mine')
      const letGo = new Promise<void>((resolve) => {
        const body = { [Symbol.asyncIterator]: () => ({ return: resolve }) }
        answer?.({ status: 200, headers, body })
      })
      await letGo
    })

    const endless = (chunk: unknown): unknown => ({
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: chunk }),
      }),
    })
    test.each([
      ['a text', 'text'],
      ['a number', 5],
      ['an object', {}],
      ['nothing', undefined],
      ['texts without end', endless('x')],
      ['nulls without end', endless(null)],
      [
        'an iterator that throws',
        {
          [Symbol.asyncIterator]: () => {
            throw new Error('MARK')
          },
        },
      ],
    ])('whose body is %s has broken off', async (_, body) => {
      const transport = transportOf(() => Promise.resolve({ status: 200, headers, body }))
      expect(await failureOf(ask(clientOf({ transport }), URL_ASKED))).toMatchObject({
        code: 'ERR_CQ_INCOMPLETE_BODY',
      })
    })

    test.each([
      ['a text', 'text'],
      ['a number', 5],
      ['nothing', undefined],
    ])('that redirects with a body that is %s is refused like any other', async (_, body) => {
      const transport = transportOf(() => Promise.resolve({ status: 302, headers, body }))
      expect(await failureOf(ask(clientOf({ transport }), URL_ASKED))).toMatchObject({
        code: 'ERR_CQ_REDIRECT_REFUSED',
      })
    })

    test('whose body cannot be let go of properly is cut all the same', async () => {
      for (const leave of [
        () => undefined,
        () => {
          throw new Error('x')
        },
      ]) {
        const chunk = new Uint8Array(9e6)
        const next = () => Promise.resolve({ done: false, value: chunk })
        const body = { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
        const transport = transportOf(() => Promise.resolve({ status: 200, headers, body }))
        expect(await failureOf(ask(clientOf({ transport }), URL_ASKED))).toMatchObject({
          code: 'ERR_CQ_RESPONSE_TOO_LARGE',
        })
      }
    })
  })

  describe('a fetch of the user’s own', () => {
    test('is called with exactly one Request that does not follow redirects', async () => {
      const calls: unknown[][] = []
      const bodies: string[] = []
      const fetch = async (...all: unknown[]): Promise<Response> => {
        calls.push(all)
        bodies.push(await (all[0] as Request).text())
        return jsonAnswer({ a: 1 })
      }
      await ask(clientOf({ fetch }), URL_ASKED)
      await ask(clientOf({ fetch }), URL_ASKED, { form: 'a=1' })
      expect(calls.map((all) => all.length)).toEqual([1, 1])
      const [get, post] = calls.map(([request]) => request as Request)
      expect(get).toBeInstanceOf(Request)
      expect(get).toMatchObject({ method: 'GET', url: URL_ASKED, redirect: 'manual', body: null })
      expect(post).toMatchObject({ method: 'POST', redirect: 'manual' })
      expect(bodies).toEqual(['', 'a=1'])
    })

    test('a form is a text where the platform sets the length itself, as browsers do', async () => {
      const bodies: unknown[] = []
      vi.stubGlobal(
        'Request',
        class extends Request {
          constructor(url: string, init: RequestInit) {
            const headers = new Headers(init.headers)
            headers.delete('content-length')
            bodies.push(init.body)
            super(url, { ...init, headers })
          }
        },
      )
      onTestFinished(() => void vi.unstubAllGlobals())
      const sent: Request[] = []
      const fetch = (request: Request): Promise<Response> => {
        sent.push(request)
        return Promise.resolve(Response.json({}))
      }
      await ask(clientOf({ transport: kyTransport(fetch) }), URL_ASKED, { form: 'a=1' })
      expect(bodies).toContain('a=1')
      expect(sent).toHaveLength(1)
      expect(await sent[0]?.text()).toBe('a=1')
      expect(sent[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    })

    test('the global fetch is looked up at each call', async () => {
      const before = globalThis.fetch
      const client = clientOf()
      try {
        globalThis.fetch = () => Promise.resolve(jsonAnswer({}, {}, 418))
        expect((await ask(client, URL_ASKED)).status).toBe(418)
      } finally {
        globalThis.fetch = before
      }
    })

    test('its answers come through untouched, whatever their status', async () => {
      for (const status of [200, 204, 304, 404, 500]) {
        const fetch = () => Promise.resolve(new Response(null, { status, headers: { x: 'y' } }))
        const signal = new AbortController().signal
        const request = { url: URL_ASKED, method: 'GET', headers: {}, signal } as const
        const response = await kyTransport(fetch).send(request)
        expect(response).toMatchObject({ status, body: null })
        expect(response.headers.get('x')).toBe('y')
      }
    })

    test('a body is cancelled though nobody began to read it, and while a chunk is awaited', async () => {
      for (const begin of [false, true]) {
        let cancelled = false
        const stream = new ReadableStream({ cancel: () => void (cancelled = true) })
        const fetch = () => Promise.resolve(new Response(stream))
        const signal = new AbortController().signal
        const request = { url: URL_ASKED, method: 'GET', headers: {}, signal } as const
        const { body } = await kyTransport(fetch).send(request)
        const reader = body?.[Symbol.asyncIterator]()
        const pending = begin ? reader?.next() : undefined
        await reader?.return?.()
        expect(cancelled).toBe(true)
        if (begin) expect(await pending).toMatchObject({ done: true })
      }
    })

    test('without timeouts of its own: a client that waits a minute does so', async () => {
      const time = holdTime()
      const fetch = async (): Promise<Response> => {
        await time.pass(59_000)
        return jsonAnswer({})
      }
      const own = { attemptTimeoutMs: 60_000 }
      const options = { timeoutMs: 60_000 }
      expect((await ask(clientOf({ fetch }), URL_ASKED, own, options)).status).toBe(200)
    })
  })
})

describe('network failure', () => {
  const coded = (code: string): Error => Object.assign(new Error('SECRET'), { code })

  describe('a rejected certificate', () => {
    test.each([
      ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_REVOKED'],
      ...['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'INVALID_PURPOSE'],
      ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'],
      ...['ERR_TLS_CERT_ALTNAME_FORMAT', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
      ...['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'],
    ])('is named and not tried again: %s', async (code) => {
      for (const thrown of [
        coded(code),
        new TypeError('fetch failed', { cause: coded(code) }),
        new TypeError('fetch failed', { cause: new Error('x', { cause: coded(code) }) }),
        Object.assign(new TypeError('x', { cause: coded(code) }), { code: 'ECONNRESET' }),
      ]) {
        let sent = 0
        const fetch = (): Promise<Response> => {
          sent += 1
          return Promise.reject(thrown)
        }
        const patients = new FhirPatientClient({ baseUrl: 'https://fhir.example.org/r4', fetch })
        const error = (await failureOf(patients.read('1'))) as Error
        expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: false })
        expect(error.message).toMatch(/certificate/)
        expect(error.message).toContain(code)
        expect(error.message).not.toMatch(/SECRET|Try again/)
        expect(sent).toBe(1)
      }
    })

    test('is known on Deno, which gives no code', () => {
      const error = new TypeError('client error (Connect): invalid peer certificate: Expired')
      expect(networkFailure(error, {})).toMatchObject({ retryable: false })
    })
  })

  test.each([
    ['407', false, 'the proxy refuses the connection (407, it requires a login)'],
    ['403', false, 'the proxy refuses the connection (403)'],
    ['502', true, 'the proxy does not connect to the server (502)'],
  ])('a proxy that answers %s is named', (status, retryable, what) => {
    const error = networkFailure(coded(`CQ_PROXY_REFUSED_${status}`), {})
    expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable })
    expect(error.message).toContain(what)
  })

  test('an error of any make gives an error of ours', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('SECRET')
      },
    })
    const loop: { cause?: unknown } = {}
    loop.cause = loop
    for (const thrown of [hostile, loop, { code: 'a\nb' }, undefined, 7, { code: {} }]) {
      const error = networkFailure(thrown, {})
      expect(error).toMatchObject({ code: 'ERR_CQ_NETWORK', retryable: true })
      expect(error.message).toContain('the request failed. ')
    }
  })
})
