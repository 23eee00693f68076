/** L4: a server that asks for a pause is left alone by all calls, and no other server is. */
import { describe, expect, test } from 'vitest'
import { FhirPatientClient } from '../../../src/index.ts'
import type { HttpResponse } from '../../../src/http/messages.ts'
import { heapMb } from '../../adversarial/memory.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { holdTime, turns, until } from '../../support/time.ts'
import { ask, clientOf, json, serve, type Loopback } from './loopback.ts'

/** In use after a collection, bytes outside of the heap included. */
function liveMb(): number {
  return heapMb() + process.memoryUsage().arrayBuffers / 1e6
}

/** Asks for one second's pause by its first answer. */
function pausing(status: number, header = '1'): Promise<Loopback> {
  return serve((response, number) =>
    number === 1 ? json(response, status, { 'retry-after': header }) : json(response),
  )
}

describe('a pause that one answer asks for', () => {
  test.each([429, 503])(
    'L4: %i with Retry-After holds back all calls to that origin',
    async (status) => {
      const [server, other] = [await pausing(status), await serve((response) => json(response))]
      const time = holdTime()
      const events: string[] = []
      const client = clientOf({ onEvent: ({ type }) => void events.push(type) })
      const first = ask(client, server.origin)
      await until(() => events.includes('http.retry')) // the answer is here
      const others = Array.from({ length: 5 }, () => ask(client, `${server.origin}/other`))
      await ask(client, other.origin)
      expect(other.seen).toHaveLength(1)
      await time.pass(998)
      await turns()
      expect(server.seen).toHaveLength(1)
      await time.passUntil(() => server.seen.length === 7, 1)
      for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200)
      expect(server.seen).toHaveLength(7)
      const [start = 0, ...later] = server.seen.map(({ at }) => at)
      for (const at of later) expect(at - start).toBeGreaterThanOrEqual(999)
    },
  )

  test('counts for the FHIR base that asked for it, and not for its neighbours on the origin', async () => {
    const server = await serve((response, _, { url }) =>
      url.startsWith('/evil') ? json(response, 503, { 'retry-after': '600' }) : json(response),
    )
    const client = clientOf()
    const at = (path: string): Promise<HttpResponse> =>
      ask(client, `${server.origin}/${path}/x`, {
        base: `${server.origin}/${path}`,
        retry: 'never',
      })
    expect((await at('evil')).status).toBe(503)
    expect((await at('hospital')).status).toBe(200)
    expect((await at('evil')).status).toBe(503)
    expect((await at('evil/')).status).toBe(503)
    expect(server.seen.map(({ url }) => url)).toEqual(['/evil/x', '/hospital/x'])
  })

  test('keeps nothing of the answer that asked for it but its status', async () => {
    const fetch = (request: Request): Promise<Response> => {
      const headers = { 'retry-after': '600', 'x-large': request.url, etag: 'y'.repeat(8_000) }
      return Promise.resolve(new Response('x'.repeat(2e6), { status: 503, headers }))
    }
    const client = clientOf({ fetch })
    const before = liveMb()
    for (let at = 0; at < 100; at += 1) {
      const base = `https://p${at}.example/r4`
      await ask(client, `${base}/x`, { base, retry: 'never' })
    }
    expect(liveMb() - before).toBeLessThan(20)
    const base = 'https://p1.example/r4'
    const answer = await ask(client, `${base}/x`, { base, retry: 'never' })
    expect(answer).toMatchObject({ status: 503, bytes: new Uint8Array() })
    expect([...answer.headers]).toEqual([])
  })

  test('L4: those who waited come back spread over a quarter of a second', async () => {
    const server = await pausing(503)
    const time = holdTime()
    const client = clientOf({ randomUUID: () => crypto.randomUUID() })
    await ask(client, server.origin, { retry: 'never' })
    const asked = Array.from({ length: 20 }, () => ask(client, server.origin))
    await time.passUntil(() => server.seen.length === 21, 1)
    await Promise.all(asked)
    const later = server.seen.slice(1).map(({ at }) => at)
    expect(Math.max(...later) - Math.min(...later)).toBeGreaterThan(50)
  })

  test('L4: a call that ends before the pause does fails at once, with the time to wait and without a request', async () => {
    holdTime() // no time passes
    const server = await pausing(429, '30')
    const client = clientOf()
    await ask(client, server.origin, { retry: 'never' })
    const answer = await ask(client, server.origin, {}, { timeoutMs: 5_000 })
    expect(answer).toMatchObject({ status: 429, bytes: new Uint8Array() })
    expect(answer.context.retryAfterMs).toBeGreaterThan(28_000)
    expect(answer.context.retryAfterMs).toBeLessThanOrEqual(30_000)
    expect(server.seen).toHaveLength(1)
  })

  test('L4: the error of such a call says how long, and holds nothing of the other call’s answer', async () => {
    const body =
      '{"resourceType":"OperationOutcome","issue":[{"code":"throttled","diagnostics":"Zebulon"}]}'
    const server = await serve((response) => {
      response
        .writeHead(503, { 'retry-after': '30', 'content-type': 'application/fhir+json' })
        .end(body)
    })
    const patients = new FhirPatientClient({
      baseUrl: server.origin,
      allowInsecureLoopback: true,
      timeoutMs: 3_000,
    })
    const first = await failureOf(patients.read('1'))
    const second = await failureOf(patients.read('2'))
    expect(server.seen).toHaveLength(1)
    expect(first).toMatchObject({ status: 503, issueCodes: ['throttled'] })
    expect(second).toMatchObject({ code: 'ERR_CQ_UNEXPECTED_STATUS', status: 503, retryable: true })
    expect(JSON.stringify(second)).not.toContain('throttled')
    const { retryAfterMs } = second as { retryAfterMs: number }
    expect(retryAfterMs).toBeGreaterThan(28_000)
  })

  test('L4: token requests neither heed the pause nor make one', async () => {
    const server = await serve((response, number) =>
      number < 3 ? json(response, 429, { 'retry-after': '30' }) : json(response),
    )
    const client = clientOf()
    await ask(client, server.origin, { pacesItself: true, retry: 'never' })
    expect((await ask(client, server.origin, { retry: 'never' })).status).toBe(429)
    expect(server.seen).toHaveLength(2) // the token's own pause did not hold back the second
    expect((await ask(client, server.origin, { pacesItself: true, retry: 'never' })).status).toBe(
      200,
    )
    expect((await ask(client, server.origin, { retry: 'never' }, { timeoutMs: 900 })).status).toBe(
      429,
    )
    expect(server.seen).toHaveLength(3)
  })

  test('L4: without Retry-After, and with other statuses, nobody is held back', async () => {
    const server = await serve((response, number) => {
      if (number === 1) json(response, 503)
      else if (number === 2) json(response, 500, { 'retry-after': '30' })
      else if (number === 3) json(response, 429, { 'retry-after': 'soon' })
      else json(response)
    })
    const client = clientOf()
    for (let call = 0; call < 3; call += 1) await ask(client, server.origin, { retry: 'never' })
    const options = { timeoutMs: 20_000 } // a pause would be 30 s
    expect((await ask(client, server.origin, { retry: 'never' }, options)).status).toBe(200)
  })

  test('L4: a caller who leaves while waiting gets the own reason, and the others go on', async () => {
    const server = await pausing(503)
    const time = holdTime()
    const client = clientOf()
    await ask(client, server.origin, { retry: 'never' })
    const controller = new AbortController()
    const leaving = ask(client, server.origin, {}, { signal: controller.signal })
    const staying = ask(client, server.origin)
    const reason = new Error('mine')
    controller.abort(reason)
    expect(await failureOf(leaving)).toBe(reason)
    await time.passUntil(() => server.seen.length === 2)
    expect((await staying).status).toBe(200)
    expect(server.seen).toHaveLength(2)
  })
})
