import { beforeAll, describe, expect, test } from 'vitest'
import type { ClientEvent, DiscoverOutcome } from '../../../src/index.ts'
import { until } from '../../support/time.ts'
import {
  allOf,
  CANARY,
  discoverWorld,
  kindOf,
  peters,
  petersInFull,
  tally,
  warmUp,
} from '../../support/discover-world.ts'
import { virtualTime } from '../../support/virtual-time.ts'

const healthy = { responders: 40, seed: 5 }

beforeAll(warmUp)

describe('targets', () => {
  test('are OIDs, base URLs and directory entries, and one responder is asked once for all of them', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 3 })
    const [first, second] = sandbox.responders
    if (first === undefined || second === undefined) throw new Error('no responders')
    const entry = await client.directory.read(first.oid)
    const shouted = first.baseUrl.replace('fhir.h0001.example', 'FHIR.H0001.Example:443') + '/'
    const targets = [first.oid, entry, first.baseUrl, { baseUrl: shouted }, second]
    const outcomes = await allOf(client.discover({ patient: peters, targets }))
    expect(outcomes.map(({ target }) => target.position).sort()).toEqual([0, 1, 2, 3, 4])
    const duplicates = outcomes.filter((one) => kindOf(one) === 'skipped duplicate')
    expect(duplicates.map(({ target }) => target.position).sort()).toEqual([1, 2, 3])
    for (const one of duplicates) expect(one).toMatchObject({ duplicateOf: first.oid })
    const asked = outcomes.find(({ target }) => target.position === 0)
    expect(asked?.aliases).toEqual([first.oid, first.baseUrl, shouted])
    expect(asked?.target).toMatchObject({
      oid: first.oid,
      name: first.name,
      baseUrl: first.baseUrl,
    })
    expect(sandbox.requests.filter(({ url }) => url.includes('$match'))).toHaveLength(2)
  })

  test('that another identity asks for is another question', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 1 })
    const summaries = ['T-TREAT', 'T-IAS'].map(
      (purposeOfUse) =>
        client.discover({ patient: peters, targets: sandbox.responders, context: { purposeOfUse } })
          .summary,
    )
    const [treatment, access] = await Promise.all(summaries)
    expect([treatment?.complete, access?.complete]).toEqual([true, true])
    expect(sandbox.requests.filter(({ url }) => url.endsWith('/token'))).toHaveLength(2)
  })

  test('that cannot be asked have their outcome all the same', async () => {
    const { client, sandbox, events } = await discoverWorld({ responders: 4 })
    const [a, b, ...others] = sandbox.responders
    if (a === undefined || b === undefined) throw new Error('no responders')
    client.block(new URL(a.baseUrl).origin, 'under investigation')
    const outcomes = await allOf(
      client.discover({
        patient: peters,
        targets: ['2.999.30', '2.999.40', '2.999.77', 'http://plain.example/fhir', a, b, ...others],
        policy: { allow: ({ id }) => id !== b.oid, maxResponders: 1 },
      }),
    )
    const kinds = new Map(outcomes.map((one) => [one.target.position, kindOf(one)]))
    expect(kinds.get(0)).toBe('skipped inactive')
    expect(kinds.get(1)).toBe('skipped no-endpoint')
    expect(kinds.get(2)).toBe('skipped no-endpoint')
    expect(kinds.get(3)).toBe('untrusted')
    expect(kinds.get(4)).toBe('skipped blocked')
    expect(kinds.get(5)).toBe('skipped policy')
    expect(kinds.get(7)).toBe('skipped budget')
    expect(events.filter(({ type }) => type === 'discover.outcome')).toHaveLength(8)
  })

  test.each([
    [{ targets: 'everybody' }, 'targets'],
    [{ targets: ['not an oid!'] }, 'targets[0]'],
    [{ targets: [{ baseUrl: 'ftp://a' }] }, 'targets[0].baseUrl'],
    [{ patient: {} }, 'patient'],
    [{ patient: { gender: 'male' as const } }, 'patient'],
    [{ patient: { name: [{ family: '' }] } }, 'patient.name[0].family'],
    [{ patient: { name: [{ family: ' ' }] } }, 'patient.name[0].family'],
    [{ patient: { name: [{ family: 5 }] } }, 'patient.name[0].family'],
    [{ patient: { name: [{ given: 'Timothy' }] } }, 'patient.name[0].given'],
    [{ patient: { name: [{ family: 'P', given: [''] }] } }, 'patient.name[0].given[0]'],
    [{ patient: { name: [{ family: 'P' }, { text: '' }] } }, 'patient.name[1].text'],
    [{ patient: { name: [null], birthDate: '1946-04-05' } }, 'patient.name[0]'],
    [{ patient: { birthDate: '1946', identifier: [null] } }, 'patient.identifier[0]'],
    [{ patient: { birthDate: '1946', telecom: [5] } }, 'patient.telecom[0]'],
    [{ policy: { disclosure: 'all' } }, 'policy.disclosure'],
    [{ deadlineMs: 0 }, 'deadlineMs'],
    [{ policy: { concurrency: 1.5 } }, 'policy.concurrency'],
  ])(
    'and options that are wrong are a TypeError before anything is asked: %j',
    async (wrong, name) => {
      const { client, sandbox } = await discoverWorld({ responders: 1 })
      const options = { patient: peters, targets: sandbox.responders, ...wrong } as never
      expect(() => client.discover(options)).toThrow(TypeError)
      expect(() => client.discover(options)).toThrow(`"${name}"`)
      await expect(client.plan(options)).rejects.toThrow(TypeError)
      expect(sandbox.requests).toEqual([])
    },
  )
})

describe('what is sent', () => {
  test('is the least first, and more only to those that answered with candidates', async () => {
    const { client, sandbox } = await discoverWorld(healthy)
    const targets = sandbox.responders
    const run = client.discover({ patient: petersInFull, targets })
    const outcomes = await allOf(run)
    const { disclosed } = await run.summary
    for (const { target, kind, disclosures } of outcomes) {
      const isCandidate = kind === 'candidates' && disclosures[0]?.interaction === 'match'
      const twice = isCandidate && sandbox.responders[target.position]?.kind === 'match'
      expect(disclosures[0]?.elements).toEqual(['name.family', 'name.given', 'birthDate', 'gender'])
      if (twice) expect(disclosures[1]?.elements).toContain('telecom')
    }
    const second = disclosed.filter(({ elements }) => elements.includes('telecom'))
    const phones = sandbox.requests.filter(({ body }) => body.includes('555-0124'))
    expect(second.length).toBeGreaterThan(0)
    expect(phones).toHaveLength(second.length)
  })

  test.each([
    ['minimal', 0],
    ['full', 1],
  ] as const)('under %s is all of it at once or never', async (disclosure, share) => {
    const { client, sandbox } = await discoverWorld({ ...healthy, responders: 10 })
    const targets = sandbox.responders.filter(({ kind }) => kind === 'match')
    const { disclosed } = await client.discover({
      patient: petersInFull,
      targets,
      policy: { disclosure },
    }).summary
    expect(disclosed).toHaveLength(targets.length)
    const phones = sandbox.requests.filter(({ body }) => body.includes('555-0124'))
    expect(phones).toHaveLength(share * targets.length)
  })

  test('says what is compared: hits of a search are never called a match', async () => {
    const { client, sandbox } = await discoverWorld(healthy)
    const outcomes = await allOf(client.discover({ patient: peters, targets: sandbox.responders }))
    const bySearch = outcomes.filter(
      ({ target }) => sandbox.responders[target.position]?.kind === 'search-only',
    )
    expect(tally(bySearch).matched).toBeUndefined()
    const found = bySearch.flatMap((one) => (one.kind === 'candidates' ? one.matches : []))
    expect(found.length).toBeGreaterThan(0)
    for (const { confidence, agreement, reference } of found) {
      expect(confidence).toBe('unknown')
      expect(agreement).toEqual({
        family: 'same',
        given: 'same',
        birthDate: 'same',
        gender: 'same',
      })
      expect(reference).toMatch(/^https:\/\/fhir\.h\d+\.example\/r\d+\/fhir\/Patient\/h/)
    }
  })

  test('is nowhere in plans, events, errors and summaries', async () => {
    const [family = '', given = '', phone = '', record = '', postalCode = ''] = CANARY
    const patient = {
      name: [{ family, given: [given] }],
      birthDate: '1931-12-25',
      telecom: [{ system: 'phone' as const, value: phone }],
      identifier: [{ system: 'urn:oid:2.999.7', value: record }],
      address: [{ postalCode }],
    }
    const during = virtualTime()
    const { client, sandbox, events } = await discoverWorld({
      responders: 60,
      faults: 0.9,
      seed: 2,
    })
    const options = {
      patient,
      targets: sandbox.responders,
      policy: { disclosure: 'full' as const },
    }
    const plan = await during(client.plan(options))
    const run = client.discover(options)
    const outcomes = await during(allOf(run))
    const errors = outcomes.map((one) => ('error' in one ? one.error : undefined))
    expect(errors.filter((error) => error !== undefined).length).toBeGreaterThan(20)
    const shown = JSON.stringify([plan, events, errors, await run.summary])
    for (const word of [...CANARY, '1931-12-25']) expect(shown).not.toContain(word)
    expect(sandbox.requests.some(({ body }) => body.includes(family))).toBe(true)
  })
})

describe('a run', () => {
  test('asks nothing before its outcomes or its summary are wanted', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 2 })
    const run = client.discover({ patient: peters, targets: sandbox.responders })
    expect(sandbox.requests).toEqual([])
    expect((await run.summary).targets).toBe(2)
    expect(await allOf(run)).toHaveLength(2)
    expect(await allOf(run)).toEqual([])
  })

  test('gives data that survives JSON, and a responder beside it', async () => {
    const { client, sandbox } = await discoverWorld(healthy, { scope: 'system/*.read' })
    const outcomes = await allOf(client.discover({ patient: peters, targets: sandbox.responders }))
    const matched = outcomes.find((one) => one.kind === 'matched')
    if (matched?.kind !== 'matched') throw new Error('nobody matched')
    expect(JSON.parse(JSON.stringify(matched))).toEqual({ ...matched })
    expect(Object.keys(matched)).not.toContain('responder')
    const [found] = matched.matches
    const documents = matched.responder.fhir.search('DocumentReference', {
      patient: found.resource.id ?? '',
    })
    expect(await documents.first()).toMatchObject({ resourceType: 'DocumentReference' })
  })

  test('stops asking while 256 outcomes wait, and goes on when they are taken', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 400, seed: 8 })
    const run = client.discover({ patient: peters, targets: sandbox.responders })
    const iterator = run[Symbol.asyncIterator]()
    await iterator.next()
    const settled = (): number =>
      sandbox.requests.filter(({ url }) => /match|_search/.test(url)).length
    // Those that were under way when the 256th came to wait may still end.
    await until(() => settled() >= 256)
    let before = -1
    while (before !== settled()) {
      before = settled()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const asked = new Set(sandbox.requests.map(({ url }) => new URL(url).host)).size
    expect(asked).toBeLessThanOrEqual(257 + 64)
    let count = 1
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      count += 1
    expect(count).toBe(400)
  })

  test('that is left cancels what is left, and its summary still counts every target', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 300, seed: 8 })
    const run = client.discover({ patient: peters, targets: sandbox.responders })
    for await (const { kind } of run) if (kind === 'matched') break
    const summary = await run.summary
    expect(summary.targets).toBe(300)
    expect(summary.counts.cancelled).toBeGreaterThan(100)
    expect(summary.complete).toBe(false)
    expect(summary.unanswered.every(({ reason }) => reason === 'loop-left')).toBe(true)
    expect(await allOf(run)).toEqual([])
  })

  test.each([
    ['the caller', 'signal'],
    ['the deadline', 'deadline'],
    ['close()', 'closed'],
  ] as const)('that %s ends gives every target an outcome at once', async (_who, reason) => {
    const during = virtualTime()
    const latency = { p50Ms: 5_000, p99Ms: 5_000 }
    const { client, sandbox } = await discoverWorld({ responders: 100, latency })
    const controller = new AbortController()
    const run = client.discover({
      patient: peters,
      targets: sandbox.responders,
      signal: controller.signal,
      deadlineMs: reason === 'deadline' ? 300 : 60_000,
    })
    const began = performance.now()
    setTimeout(() => {
      if (reason === 'signal') controller.abort(new Error('enough'))
      if (reason === 'closed') void client.close()
    }, 300)
    const outcomes = await during(allOf(run))
    expect(performance.now() - began).toBeLessThanOrEqual(550)
    expect(outcomes).toHaveLength(100)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'cancelled', reason })
  })

  test('of which one hook throws and another hangs ends as any other', async () => {
    const during = virtualTime()
    const { client, sandbox } = await discoverWorld(
      { responders: 6 },
      {
        onEvent: () => {
          throw new Error('observer')
        },
        context: ({ oid }) => {
          if (oid === '2.999.200.2') throw new Error('no identity')
          return {}
        },
      },
    )
    const targets = sandbox.responders
    const outcomes = await during(allOf(client.discover({ patient: peters, targets })))
    const odd = outcomes.find(({ target }) => target.position === 1)
    expect(odd).toMatchObject({ kind: 'skipped', reason: 'policy' })
    expect(JSON.stringify(odd)).not.toContain('no identity')
    expect(outcomes).toHaveLength(6)
  })

  test('L6: emits an event for each outcome and leaves no rejection unheard', async () => {
    const during = virtualTime()
    const unheard: unknown[] = []
    const listen = (error: unknown): void => void unheard.push(error)
    process.on('unhandledRejection', listen)
    const { client, sandbox, events } = await discoverWorld({
      responders: 80,
      faults: 0.8,
      seed: 4,
    })
    const run = client.discover({ patient: peters, targets: sandbox.responders })
    const outcomes: DiscoverOutcome[] = []
    for await (const outcome of { [Symbol.asyncIterator]: () => during1(run, during) }) {
      outcomes.push(outcome)
    }
    await new Promise((resolve) => void setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unheard).toEqual([])
    const told = events.flatMap((event: ClientEvent) =>
      event.type === 'discover.outcome' ? [event] : [],
    )
    expect(told.map(({ kind }) => kind)).toEqual(outcomes.map(({ kind }) => kind))
    expect(told.at(-1)).toMatchObject({ done: 80, total: 80 })
    expect(events.at(-1)).toMatchObject({ type: 'discover.finished', targets: 80 })
  })
})

/** The outcomes of a run, each in as much time as it needs. */
function during1<T>(
  run: AsyncIterable<T>,
  during: ReturnType<typeof virtualTime>,
): AsyncIterator<T> {
  const iterator = run[Symbol.asyncIterator]()
  return { next: () => during(iterator.next()) }
}

describe('a plan', () => {
  const requestsBy = (urls: readonly { url: string }[]): Map<string, number> => {
    const counts = new Map<string, number>()
    for (const { url } of urls) {
      const { origin } = new URL(url)
      counts.set(origin, (counts.get(origin) ?? 0) + 1)
    }
    return counts
  }

  test('asks no responder, and is what a run without failures then does, cold and warm', async () => {
    const { client, sandbox } = await discoverWorld({
      responders: 60,
      responderOrigins: 25,
      seed: 3,
    })
    const lists = sandbox.responders.filter(({ kind }) => kind === 'match')
    const options = { patient: peters, targets: [...lists, ...lists.slice(0, 1)] }
    for (const temperature of ['cold', 'warm']) {
      const before = sandbox.requests.length
      const plan = await client.plan(options)
      expect(sandbox.requests).toHaveLength(before)
      expect(plan.skipped).toMatchObject([{ kind: 'skipped', reason: 'duplicate' }])
      const { requests, complete } = await client.discover(options).summary
      expect(complete).toBe(true)
      const made = sandbox.requests.slice(before)
      expect(requests).toBe(plan.requests)
      const planned = new Map(plan.origins.map((one) => [one.origin, one.requests]))
      expect(planned).toEqual(requestsBy(made))
      const tokens = made.filter(({ url }) => url.endsWith('/token'))
      const plannedTokens = plan.origins.filter((one) => one.tokenRequests > 0)
      expect(new Map(plannedTokens.map((one) => [one.origin, one.tokenRequests]))).toEqual(
        requestsBy(tokens),
      )
      expect(tokens).toHaveLength(temperature === 'cold' ? lists.length : 0)
    }
  })

  test('knows after the first time who has no $match, and is never exceeded', async () => {
    const { client, sandbox } = await discoverWorld({ responders: 30, seed: 6 })
    const options = { patient: petersInFull, targets: sandbox.responders }
    const cold = await client.plan(options)
    const first = await client.discover(options).summary
    expect(first.requests).toBeLessThanOrEqual(cold.atMost)
    const warm = await client.plan(options)
    expect(warm.targets.every(({ known, token }) => known && token === 'cached')).toBe(true)
    const searching = warm.targets.filter(({ interaction }) => interaction === 'search')
    const searchOnly = sandbox.responders.filter(({ kind }) => kind === 'search-only')
    expect(searching).toHaveLength(searchOnly.length)
    const [one] = searching
    expect(one?.disclosed).toEqual(['name.family', 'name.given', 'birthDate', 'gender'])
    const second = await client.discover(options).summary
    expect(second.requests).toBeLessThanOrEqual(warm.atMost)
  })
})

describe('servers that fail', () => {
  test('a dead origin under 200 targets gets five requests, and the healthy ones notice nothing', async () => {
    const during = virtualTime()
    const { client, sandbox } = await discoverWorld({ responders: 20 })
    const dead = Array.from({ length: 200 }, (_, at) => `https://dead.example/r${at}/fhir`)
    let requests = 0
    const { client: asking } = await discoverWorld(
      { responders: 20 },
      {
        ...sandbox.options,
        fetch: (request) => {
          if (!request.url.startsWith('https://dead.example')) return sandbox.fetch(request)
          requests += 1
          return Promise.reject(new TypeError('fetch failed'))
        },
      },
    )
    const run = asking.discover({ patient: peters, targets: [...dead, ...sandbox.responders] })
    const outcomes = await during(allOf(run))
    expect(requests).toBeLessThanOrEqual(5)
    const deadKinds = outcomes.filter(({ target }) => target.position < 200).map(kindOf)
    expect(new Set(deadKinds)).toEqual(new Set(['unreachable', 'skipped breaker-open']))
    const others = outcomes.filter(({ target }) => target.position >= 200).map(kindOf)
    expect(others).toHaveLength(20)
    for (const kind of others) expect(['matched', 'candidates', 'no-match']).toContain(kind)
    await client.close()
  })
})

describe('hedging', () => {
  const latency = { p50Ms: 50, p99Ms: 80 }

  /** Two of a hundred questions take four seconds, the first time they are asked. */
  async function stragglers(hedge: boolean) {
    const during = virtualTime()
    const { sandbox } = await discoverWorld({ responders: 400, latency, seed: 9 })
    let questions = 0
    const seen = new Set<string>()
    /** `X-Request-Id`s of the questions, by URL. */
    const ids = new Map<string, (string | null)[]>()
    const { client } = await discoverWorld(
      { responders: 1 },
      {
        ...sandbox.options,
        fetch: async (request) => {
          if (request.url.endsWith('$match')) {
            questions += 1
            const sent = ids.get(request.url) ?? []
            ids.set(request.url, [...sent, request.headers.get('x-request-id')])
            const isSlow = questions % 50 === 0 && !seen.has(request.url)
            seen.add(request.url)
            if (isSlow) await new Promise((resolve) => setTimeout(resolve, 4_000))
          }
          return sandbox.fetch(request)
        },
      },
    )
    const targets = sandbox.responders.filter(({ kind }) => kind === 'match')
    const run = client.discover({ patient: peters, targets, policy: { hedge } })
    const outcomes = await during(allOf(run))
    const times = outcomes.map(({ requestMs }) => requestMs).sort((a, b) => a - b)
    const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? 0
    const summary = await run.summary
    return { outcomes, questions, ids, targets: targets.length, p99, summary }
  }

  test('sends at most one question in twenty twice, and shortens the tail; without it nobody sees two', async () => {
    const plain = await stragglers(false)
    expect(plain.questions).toBe(plain.targets)
    expect(plain.summary.hedges).toBe(0)
    const hedged = await stragglers(true)
    expect(hedged.questions).toBeGreaterThan(hedged.targets)
    expect(hedged.questions).toBeLessThanOrEqual(1.05 * hedged.targets)
    expect(hedged.summary.hedges).toBe(hedged.questions - hedged.targets)
    expect(hedged.p99).toBeLessThanOrEqual(0.7 * plain.p99)
    const twice = hedged.outcomes.filter((one) => one.hedged)
    for (const { disclosures } of twice) expect(disclosures).toHaveLength(2)
    const families = [...hedged.ids.values()].filter((ids) => ids.length > 1)
    expect(families).toHaveLength(twice.length)
    for (const [first, second] of families) {
      expect(first).toMatch(/^[0-9a-f-]{36}$/)
      expect(second).toBe(`${first}.2`)
    }
    // Without hedging nothing has to be told apart.
    expect(new Set([...plain.ids.values()].flat())).toEqual(new Set([null]))
  })

  test('measures the question alone: waiting for a token or a place spends none of the budget', async () => {
    const during = virtualTime()
    const { sandbox, client } = await discoverWorld(
      { responders: 60, seed: 9 },
      {
        fetch: async (request) => {
          if (request.url.endsWith('/token')) {
            await new Promise((resolve) => setTimeout(resolve, 1_600))
          }
          return sandbox.fetch(request)
        },
      },
    )
    const targets = sandbox.responders.filter(({ kind }) => kind === 'match')
    const run = client.discover({ patient: peters, targets, policy: { hedge: true } })
    const { hedges, complete } = await during(run.summary)
    expect(complete).toBe(true)
    expect(hedges).toBe(0)
    expect(sandbox.requests.filter(({ url }) => url.endsWith('$match'))).toHaveLength(
      targets.length,
    )
  })
})
