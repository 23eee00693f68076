import { describe, expect, test } from 'vitest'
import { failureOf, jsonAnswer, wire } from '../../support/answering-fetch.ts'
import {
  BASE,
  directoryOf,
  next,
  organization,
  organizations,
  page,
  walked,
} from '../../support/directory-wire.ts'

describe('an account', () => {
  test('is nothing before the first request', () => {
    const to = wire(() => page([]))
    expect(directoryOf(to).entries().account).toEqual({
      startedAt: undefined,
      seen: 0,
      duplicates: 0,
      unreadable: 0,
      pages: 0,
      total: undefined,
      complete: false,
      why: ['the directory was not read to its end'],
      warnings: [],
      problems: [],
    })
    expect(to.requests).toHaveLength(0)
  })

  test('that was read does not change under the reader', async () => {
    const to = wire((_, number) =>
      page([organization(`2.999.${number}`), null], number === 1 ? next(`${BASE}?p=2`) : {}),
    )
    const listing = directoryOf(to).entries()
    const iterator = listing[Symbol.asyncIterator]()
    await iterator.next()
    await iterator.next()
    const then = listing.account
    const copy = structuredClone(then)
    await iterator.next()
    expect(then).toEqual(copy)
    expect(listing.account.problems).not.toEqual(copy.problems)
  })

  test('counts an entry when it is given, a page when it is opened', async () => {
    const to = wire(() => page(organizations(0, 3), { total: 3 }))
    const listing = directoryOf(to).entries()
    const seen: number[] = []
    for await (const entry of listing) {
      seen.push(listing.account.seen)
      expect(entry.id).toBe(`2.999.${seen.length - 1}`)
      expect(listing.account).toMatchObject({ pages: 1, total: 3, complete: false })
    }
    expect(seen).toEqual([1, 2, 3])
    expect(listing.account).toMatchObject({ complete: true, why: [] })
  })

  test('of a pass that failed holds what came before, and why it ended', async () => {
    const to = wire((_, number) =>
      number === 1 ? page(organizations(0, 2), next(`${BASE}?p=2`)) : jsonAnswer({}, {}, 403),
    )
    const listing = directoryOf(to).entries()
    const { ids, error } = await walked(listing)
    expect(ids).toHaveLength(2)
    expect(error).toMatchObject({
      code: 'ERR_CQ_DIRECTORY_KEY_REFUSED',
      name: 'DirectoryError',
      operation: 'directory.entries',
      received: 2,
      pages: 1,
    })
    expect(to.requests).toHaveLength(2)
    expect(listing.account).toMatchObject({
      seen: 2,
      pages: 1,
      complete: false,
      why: ['it ended with ERR_CQ_DIRECTORY_KEY_REFUSED', 'the directory was not read to its end'],
    })
  })

  test('of a pass that the key’s own function broke off', async () => {
    const reason = new Error('vault is sealed')
    const to = wire(() => page(organizations(0, 1), next(`${BASE}?p=2`)))
    const keys = ['one']
    const apiKey = (): string => {
      const key = keys.pop()
      if (key === undefined) throw reason
      return key
    }
    const listing = directoryOf(to, { apiKey }).entries()
    expect(await walked(listing)).toEqual({ ids: ['2.999.0'], error: reason })
    expect(listing.account.why).toEqual([
      'it was broken off',
      'the directory was not read to its end',
    ])
  })

  test('of a loop that the consumer’s own error ends is open', async () => {
    const to = wire(() => page(organizations(0, 5), next(`${BASE}?p=2`)))
    const listing = directoryOf(to).entries()
    const reason = new Error('the disk is full')
    const loop = async (): Promise<void> => {
      for await (const { id } of listing) if (id === '2.999.1') throw reason
    }
    expect(await failureOf(loop())).toBe(reason)
    expect(to.requests).toHaveLength(1)
    expect(listing.account).toMatchObject({ seen: 2, complete: false })
  })

  test('belongs to the latest of two passes at once, and neither disturbs the other', async () => {
    const to = wire(({ url }) =>
      url.includes('p=2')
        ? page([organization(`2.999.${'2'.repeat(40)}`), organization('2.999.3')])
        : page(organizations(0, 2), next(`${BASE}?p=2`)),
    )
    const listing = directoryOf(to).entries()
    const one = listing[Symbol.asyncIterator]()
    const two = listing[Symbol.asyncIterator]()
    const ids: (string | undefined)[][] = []
    for (let step = 0; step < 5; step += 1)
      ids.push(
        [await one.next(), await two.next()].map(
          ({ value }) => (value as { id?: string } | undefined)?.id,
        ),
      )
    expect(ids.every(([left, right]) => left === right)).toBe(true)
    expect(ids.map(([left]) => left?.length)).toEqual([7, 7, 46, 7, undefined])
    expect(listing.account).toMatchObject({ seen: 4, duplicates: 0, complete: true })
    expect(to.requests).toHaveLength(4)
  })

  test('of another abort than ours: between two pages nothing more is asked', async () => {
    const controller = new AbortController()
    const reason = { mine: true }
    const to = wire((_, number) =>
      page(organizations(number, number + 1), next(`${BASE}?${number}`)),
    )
    const listing = directoryOf(to).entries({}, { signal: controller.signal })
    const iterator = listing[Symbol.asyncIterator]()
    await iterator.next()
    controller.abort(reason)
    expect(await failureOf(iterator.next())).toBe(reason)
    expect(to.requests).toHaveLength(1)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('a body that breaks off is asked for again, and no byte of it stays', async () => {
    const whole = JSON.stringify({
      resourceType: 'Bundle',
      total: 2,
      entry: organizations(0, 2).map((resource) => ({ resource })),
    })
    const half = (): ReadableStream<Uint8Array> => {
      let sent = false
      return new ReadableStream({
        pull(controller) {
          if (sent) controller.error(new Error('reset'))
          else controller.enqueue(new TextEncoder().encode(`${whole.slice(0, 90)}garbage`))
          sent = true
        },
      })
    }
    const to = wire((_, number) =>
      number === 1
        ? new Response(half(), { headers: { 'content-type': 'application/fhir+json' } })
        : jsonAnswer(whole),
    )
    const listing = directoryOf(to).entries()
    expect((await walked(listing)).ids).toEqual(['2.999.0', '2.999.1'])
    expect(listing.account).toMatchObject({ complete: true, unreadable: 0, pages: 1 })
    expect(to.requests).toHaveLength(2)
  })

  test('entries of an earlier page stay what they were', async () => {
    const to = wire((_, number) =>
      number === 1
        ? page([organization('2.999.1', { alias: ['first'] })], next(`${BASE}?p=2`))
        : page([organization('2.999.2', { alias: ['x'.repeat(2000)] })]),
    )
    const entries = []
    for await (const entry of directoryOf(to).entries()) entries.push(entry)
    expect(entries[0]).toMatchObject({
      id: '2.999.1',
      aliases: ['first'],
      resource: { alias: ['first'] },
    })
  })

  test('names at most 100 problems, the first ones, over all pages', async () => {
    const to = wire((_, number) =>
      page(
        [organization(`2.999.${number}`), ...Array.from({ length: 60 }, () => null)],
        number < 3 ? next(`${BASE}?${number}`) : {},
      ),
    )
    const listing = directoryOf(to).entries()
    await walked(listing)
    const { problems, unreadable, why } = listing.account
    expect(unreadable).toBe(180)
    expect(problems).toHaveLength(100)
    expect(problems.at(-1)).toEqual({ page: 2, index: 40, reason: 'no resource' })
    expect(why).toEqual(['180 entries could not be read'])
    expect(to.events.filter(({ type }) => type === 'directory.entry-unreadable')).toHaveLength(180)
  })
})
