import { describe, expect, test } from 'vitest'
import { VERSION } from '../../../src/version.ts'
import { ask, clientOf, json, serve } from './loopback.ts'

describe('what goes over the wire', () => {
  test('a GET carries Accept and User-Agent, and neither type nor Authorization', async () => {
    const server = await serve((response) => json(response))
    await ask(clientOf(), `${server.origin}/r4/metadata?x=1`, { accept: 'application/fhir+json' })
    const [seen] = server.seen
    expect(seen?.method).toBe('GET')
    expect(seen?.url).toBe('/r4/metadata?x=1')
    expect(seen?.headers.accept).toBe('application/fhir+json')
    expect(seen?.headers['user-agent']).toBe(`carequality-fhir/${VERSION}`)
    for (const name of ['authorization', 'content-type', 'content-length', 'referer', 'cookie']) {
      expect(seen?.headers).not.toHaveProperty(name)
    }
  })

  test('given headers and the user’s agent are sent', async () => {
    const server = await serve((response) => json(response))
    const headers = { authorization: 'Bearer t-1', prefer: 'x' }
    await ask(clientOf({ userAgent: 'hospital/1.0 (it)' }), server.origin, { headers })
    expect(server.seen[0]?.headers).toMatchObject({ ...headers, 'user-agent': 'hospital/1.0 (it)' })
  })

  test('a form is sent byte for byte, its type has no charset, its length is known', async () => {
    const server = await serve((response) => json(response))
    const form = 'grant_type=client_credentials&name=Jos%C3%A9+M%26'
    await ask(clientOf(), `${server.origin}/token`, { form })
    const [seen] = server.seen
    expect(seen?.method).toBe('POST')
    expect(seen?.body).toBe(form)
    expect(seen?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(seen?.headers['content-length']).toBe(String(form.length))
    expect(seen?.headers).not.toHaveProperty('transfer-encoding')
    expect(seen?.headers).not.toHaveProperty('authorization')
  })

  test('an empty form is a POST all the same', async () => {
    const server = await serve((response) => json(response))
    await ask(clientOf(), server.origin, { form: '' })
    expect(server.seen[0]).toMatchObject({ method: 'POST', body: '' })
  })

  test('a form that is answered 421 goes out exactly once', async () => {
    const server = await serve((response) => json(response, 421))
    const answer = await ask(clientOf(), server.origin, { form: 'client_assertion=one' })
    expect(answer.status).toBe(421)
    expect(server.seen).toHaveLength(1)
    expect(server.seen[0]?.headers['content-length']).toBe('20')
  })

  test('the answer comes back whole, with the instant the request was sent', async () => {
    const server = await serve((response) => json(response, 200, { 'x-request-id': 'r-17' }))
    const answer = await ask(clientOf({ now: () => 1_234 }), server.origin, { organization: '1.2' })
    expect(answer).toMatchObject({ status: 200, sentAt: 1_234 })
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(new TextDecoder().decode(answer.bytes)).toBe('{"a":1}')
    expect(answer.context).toEqual({
      operation: 'test.ask',
      organization: '1.2',
      origin: server.origin,
      pathTemplate: '/test',
      status: 200,
      requestId: 'r-17',
      retryAfterMs: undefined,
    })
  })

  test('a refused URL is asked by nobody', async () => {
    const server = await serve((response) => json(response))
    const port = new URL(server.origin).port
    for (const url of [`http://u@127.0.0.1:${port}/`, `${server.origin}/a b`, `ftp://127.0.0.1`]) {
      await expect(ask(clientOf(), url)).rejects.toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED' })
    }
    const strict = clientOf({ allowInsecureLoopback: false })
    await expect(ask(strict, server.origin)).rejects.toMatchObject({
      code: 'ERR_CQ_ORIGIN_REFUSED',
    })
    expect(server.seen).toHaveLength(0)
  })
})

describe('wrong options', () => {
  const wrong: readonly (readonly [option: string, options: unknown])[] = [
    ['fetch', { fetch: 'x' }],
    ['now', { now: 5 }],
    ['randomUUID', { randomUUID: 'x' }],
    ['onEvent', { onEvent: {} }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['attemptTimeoutMs', { attemptTimeoutMs: '9' }],
    ['userAgent', { userAgent: '' }],
    ['userAgent', { userAgent: 'a\r\nx: y' }],
    ['userAgent', { userAgent: 'Krankenhaus Süd' }],
    ['transport', { transport: () => 1 }],
    ['transport.send', { transport: {} }],
    ['bodyLimits', { bodyLimits: 5 }],
    ['bodyLimits.page', { bodyLimits: { page: -1 } }],
    ['bodyLimits.token', { bodyLimits: { token: NaN } }],
    ['bodyLimits.metadata', { bodyLimits: { metadata: '1' } }],
    ['options', null],
  ]
  test.each(wrong)('%s of %j is a TypeError that names the option', async (option, options) => {
    const { HttpClient } = await import('../../../src/http/client.ts')
    const make = (): unknown => new HttpClient(options as object)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(`"${option}"`)
  })

  test('of a call reject with a TypeError before anything is sent', async () => {
    const server = await serve((response) => json(response))
    for (const options of [{ timeoutMs: 0 }, { signal: {} }, { timeoutMs: '5' }, [], 'x']) {
      const asked = ask(clientOf(), server.origin, {}, options as object)
      await expect(asked).rejects.toThrow(TypeError)
    }
    expect(server.seen).toHaveLength(0)
  })
})
