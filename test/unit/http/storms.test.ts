/** What a server in trouble costs it and us: the retry budget and the pause that all calls share. */
import { describe, expect, test } from 'vitest'
import { failureOf, jsonAnswer, wire } from '../../support/answering-fetch.ts'
import { holdTime, turns, until } from '../../support/time.ts'
import { ask, clientOf } from './loopback.ts'

const SICK = 'https://sick.example/'
const WELL = 'https://well.example/'
const from = (url: string, origin: string): boolean => url.startsWith(origin)

describe('L4: a server that always fails', () => {
  test('gets 35 repeats and then one request a call, and the others keep theirs', async () => {
    const http = wire(({ url }) => jsonAnswer('{}', {}, from(url, SICK) ? 503 : 200))
    const client = clientOf(http.options)
    for (let call = 0; call < 100; call += 1) {
      expect((await ask(client, SICK)).status).toBe(503)
      expect((await ask(client, WELL)).status).toBe(200)
    }
    const asked = (origin: string) => http.requests.filter(({ url }) => from(url, origin)).length
    expect(asked(SICK)).toBe(100 + Math.floor(500 / 14))
    expect(asked(WELL)).toBe(100)
    const spent = http.events.filter((event) => event.type === 'http.retries-spent')
    expect(spent.length).toBeGreaterThan(0)
    expect(new Set(spent.map(({ origin }) => origin))).toEqual(new Set([new URL(SICK).origin]))
  })

  test('among 300 servers of which a third is down costs less than 1.7 requests a call', async () => {
    const http = wire(({ url }) => {
      const number = Number(/s(\d+)\./.exec(url)?.[1])
      return jsonAnswer('{}', {}, number % 10 < 3 ? 503 : 200)
    })
    const client = clientOf(http.options)
    const calls = Array.from({ length: 3_000 }, (_, call) =>
      ask(client, `https://s${call % 300}.example/`),
    )
    await Promise.all(calls)
    expect(http.requests.length / 3_000).toBeLessThan(1.7)
  })

  test('is repeated again when it has got well: success pays', async () => {
    let sick = true
    const http = wire(() => jsonAnswer('{}', {}, sick ? 503 : 200))
    const client = clientOf(http.options)
    for (let call = 0; call < 50; call += 1) await ask(client, SICK)
    sick = false
    for (let call = 0; call < 14; call += 1) await ask(client, SICK)
    sick = true
    const before = http.requests.length
    await ask(client, SICK)
    expect(http.requests.length - before).toBe(2)
  })

  test('a network that fails is paid for as well', async () => {
    const http = wire(() => Promise.reject(new Error('down')))
    const client = clientOf(http.options)
    for (let call = 0; call < 50; call += 1) await failureOf(ask(client, SICK))
    expect(http.requests).toHaveLength(50 + Math.floor(500 / 14))
  })
})

describe('R15: a Retry-After', () => {
  test.each([429, 503])('with %i is heeded by every call to that origin', async (status) => {
    let hit = 0
    const times: number[] = []
    const http = wire(({ url }) => {
      if (!from(url, SICK)) return jsonAnswer('{}')
      times.push(performance.now())
      hit += 1
      return hit === 1 ? jsonAnswer('{}', { 'retry-after': '1' }, status) : jsonAnswer('{}')
    })
    const time = holdTime()
    const client = clientOf(http.options)
    const first = ask(client, SICK)
    await until(() => http.events.some(({ type }) => type === 'http.retry'))
    const later = Array.from({ length: 20 }, () => ask(client, `${SICK}other`))
    expect((await ask(client, WELL)).status).toBe(200) // while no time passes
    await time.pass(989)
    await turns()
    await time.passUntil(() => times.length === 22, 1)
    const answers = await Promise.all([first, ...later])
    expect(answers.every((answer) => answer.status === 200)).toBe(true)
    const [start = 0, ...others] = times
    expect(others).toHaveLength(21)
    expect(Math.min(...others) - start).toBeGreaterThanOrEqual(990)
  })

  test('beyond the time of a later call fails that call at once, unsent, with how long', async () => {
    const http = wire(() => jsonAnswer('{"patient":"MARK"}', { 'retry-after': '120' }, 429))
    const client = clientOf(http.options)
    expect((await ask(client, SICK)).status).toBe(429)
    const answer = await ask(client, SICK)
    expect(answer.status).toBe(429)
    expect(answer.context.retryAfterMs).toBeGreaterThan(118_000)
    expect(answer.bytes).toHaveLength(0)
    expect(http.requests).toHaveLength(1)
  })

  test('that is garbage, or with another status, stops nobody', async () => {
    for (const [status, value] of [
      [429, '-5'],
      [503, 'soon'],
      [200, '120'],
      [404, '120'],
    ] as const) {
      const http = wire(() => jsonAnswer('{}', { 'retry-after': value }, status))
      const client = clientOf(http.options)
      await ask(client, SICK, { retry: 'never' })
      await ask(client, SICK, { retry: 'never' })
      expect(http.requests).toHaveLength(2)
    }
  })
})
