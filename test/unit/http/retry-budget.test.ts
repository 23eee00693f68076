/** L4: an origin in trouble is not hammered by those who try again. */
import { describe, expect, test } from 'vitest'
import type { HttpClient } from '../../../src/http/client.ts'
import type { ClientEvent, Transport } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { ask, clientOf, json, serve } from './loopback.ts'

/** A server that answers with what `status` says at the time. */
async function moody(): Promise<{
  status: (number: number) => number
  origin: string
  seen: () => number
}> {
  const mood = { status: (number: number) => (number > 0 ? 503 : 200), origin: '', seen: () => 0 }
  const server = await serve((response, number) => json(response, mood.status(number)))
  return Object.assign(mood, { origin: server.origin, seen: () => server.seen.length })
}

async function times(count: number, client: HttpClient, origin: string): Promise<void> {
  for (let done = 0; done < count; done += 1) await ask(client, origin)
}

describe('the retry budget of an origin', () => {
  test('L4: 35 repeats in a row, then none until successes have paid for one', async () => {
    const server = await moody()
    const events: ClientEvent[] = []
    const client = clientOf({ onEvent: (event) => events.push(event) })
    await times(25, client, server.origin)
    expect(server.seen()).toBe(25 + 35)
    const spent = events.filter(({ type }) => type === 'http.retries-spent')
    expect(spent).toHaveLength(8) // the 18th call has its second repeat refused, the 7 after it their first
    expect(spent[0]).toMatchObject({ origin: server.origin })

    // 10 of 500 are left and a repeat costs 14: three successes are not enough, four are.
    server.status = () => 200
    await times(3, client, server.origin)
    server.status = () => 503
    const before = server.seen()
    await times(1, client, server.origin)
    expect(server.seen() - before).toBe(1)
    server.status = () => 200
    await times(1, client, server.origin)
    server.status = () => 503
    await times(1, client, server.origin)
    expect(server.seen() - before).toBe(1 + 1 + 2)
  })

  test('L4: a repeat that helped is refunded, so that single failures never use it up', async () => {
    const server = await moody()
    server.status = (number) => (number % 2 === 1 ? 503 : 200)
    const client = clientOf()
    await times(60, client, server.origin)
    expect(server.seen()).toBe(120)
  })

  test('L4: connections that are closed count as well, the first repeat at once included', async () => {
    const server = await serve((response) => void response.destroy())
    const client = clientOf()
    for (let call = 0; call < 25; call += 1) {
      expect(await failureOf(ask(client, server.origin))).toMatchObject({ code: 'ERR_CQ_NETWORK' })
    }
    expect(server.seen).toHaveLength(25 + 35)
  })

  test('L4: other origins have budgets of their own', async () => {
    const [ill, other] = [await moody(), await moody()]
    const client = clientOf()
    await times(30, client, ill.origin)
    await times(1, client, other.origin)
    expect(other.seen()).toBe(3)
  })

  test('L4: 300 responders, 30 % of them down: at most 1.3 requests a call over 40 rounds, healthy ones once', async () => {
    const seen = new Map<string, number>()
    const down = (origin: string): boolean => Number(/\d+/.exec(origin)?.[0]) % 10 < 3
    const transport: Transport = {
      send: ({ url }) => {
        const { origin } = new URL(url)
        seen.set(origin, (seen.get(origin) ?? 0) + 1)
        return Promise.resolve(answerOf(down(origin) ? 503 : 200))
      },
    }
    const client = clientOf({ transport })
    const origins = Array.from({ length: 300 }, (_, number) => `https://r${number}.example.org`)
    const rounds = 40
    for (let round = 0; round < rounds; round += 1) {
      const answers = await Promise.all(origins.map((origin) => ask(client, origin)))
      expect(answers.map(({ status }) => status === 503)).toEqual(origins.map(down))
    }
    const requests = [...seen.values()].reduce((sum, count) => sum + count, 0)
    expect(requests / (rounds * origins.length)).toBeLessThanOrEqual(1.3)
    for (const [origin, count] of seen) expect(count).toBe(down(origin) ? rounds + 35 : rounds)
  })
})

function answerOf(status: number): { status: number; headers: Headers; body: null } {
  return { status, headers: new Headers(), body: null }
}
