/**
 * curl's way of torture: one good run of the whole path counts every await on the outside world;
 * then one run for each of them in which that one goes wrong.
 */
import { afterAll, describe, expect, test } from 'vitest'
import type { CarequalityClient, Signer, Transport } from '../../src/index.ts'
import type { TokenCache } from '../../src/auth/index.ts'
import { isCarequalityError } from '../../src/index.ts'
import { MemoryTokenCache } from '../../src/auth/index.ts'
import { leaks } from '../support/fhir-answers.ts'
import {
  API_KEY,
  clientOf,
  foreignSigner,
  OID,
  planted,
  responseOf,
  SmallNetwork,
  stageOf,
} from './small-network.ts'
import { ownClock, turns } from '../support/time.ts'

const faults = ['reject', 'throw', 'hang', 'wrong', 'abort'] as const
type Fault = (typeof faults)[number]
/** The kinds of places; the rest of a place's name says where and the how manieth. */
type Kind =
  | 'apiKey'
  | 'send'
  | 'chunk'
  | 'piece'
  | 'context'
  | 'signer'
  | 'sign'
  | 'validate'
  | `cache.${string}`

const CALL_MS = 3_200
const ATTEMPT_MS = 250
/** On a machine that is busy with other tests, too. */
const SLACK_MS = 3_000

/** What the user's own parts throw: it holds what a message must not show. */
class Thrown extends Error {}

/** Counts the awaits and lets one go wrong. */
class Places {
  readonly names: string[] = []
  readonly thrown = new Thrown('S3CRET-PIN Zebulon')
  readonly reason = new Thrown('the caller has left')
  readonly leave = new AbortController()
  met = 0
  readonly #target: string | undefined
  readonly #fault: Fault | undefined
  readonly #late: ((error: Error) => void)[] = []
  readonly #counts = new Map<string, number>()

  constructor(target?: string, fault?: Fault) {
    this.#target = target
    this.#fault = fault
  }

  at<T>(place: `${Kind} ${string}`, wrong: unknown, good: () => T | Promise<T>): T | Promise<T> {
    const count = (this.#counts.get(place) ?? 0) + 1
    this.#counts.set(place, count)
    const name = `${place} ${count}`
    this.names.push(name)
    if (name !== this.#target) return good()
    this.met += 1
    if (this.#fault === 'throw') throw this.thrown
    if (this.#fault === 'reject') return Promise.reject(this.thrown)
    if (this.#fault === 'wrong') return wrong as T
    if (this.#fault === 'abort') this.leave.abort(this.reason)
    return new Promise((_, reject) => this.#late.push(reject))
  }

  /** What hung fails at last, when nobody is waiting any more. */
  failLate(): void {
    for (const reject of this.#late) reject(this.thrown)
  }
}

function tortured(network: SmallNetwork, places: Places): Transport {
  return {
    send: (request) => {
      const stage = stageOf(request)
      return places.at(`send ${stage}`, { status: 'fine' }, async () => {
        const response = responseOf(await network.answer(request))
        const pieces = response.body?.[Symbol.asyncIterator]()
        if (pieces === undefined) throw new Error('no body')
        const place = stage === 'binary' ? ('piece binary' as const) : (`chunk ${stage}` as const)
        const wrong = { done: false, value: 'Zebulon' }
        const next = (): Promise<IteratorResult<Uint8Array>> =>
          places.at(place, wrong, () => pieces.next()) as Promise<IteratorResult<Uint8Array>>
        return { ...response, body: { [Symbol.asyncIterator]: () => ({ next }) } }
      }) as ReturnType<Transport['send']>
    },
  }
}

function torturedCache(places: Places): TokenCache {
  const cache = new MemoryTokenCache()
  return {
    get: (key) => places.at('cache.get token', { accessToken: 7 }, () => cache.get(key)),
    set: (key, token) => places.at('cache.set token', 7, () => cache.set(key, token)),
    delete: (key, token) => cache.delete(key, token),
    lease: (key, { ms }) =>
      places.at('cache.lease token', 7, () => {
        const release = cache.lease(key, { ms })
        return release && ((): void | Promise<void> => places.at('cache.release token', 7, release))
      }),
  }
}

interface Run {
  readonly result: unknown
  readonly error: unknown
  readonly tookMs: number
}

async function setUp(
  places: Places,
): Promise<{ client: CarequalityClient; run: () => Promise<Run>; shown: () => readonly string[] }> {
  const network = new SmallNetwork()
  const own = await foreignSigner()
  const signer: Signer = {
    ...own,
    sign: (data, context) =>
      places.at('sign assertion', 'Zebulon', () => own.sign(data, context)) as Promise<Uint8Array>,
  }
  const { client, events } = await clientOf(tortured(network, places), {
    directory: {
      release: 'rce-r4',
      baseUrl: 'https://directory.example/fhir',
      apiKey: () => places.at('apiKey directory', 7, () => API_KEY),
    },
    signer: () => places.at('signer source', 7, () => signer),
    assertion: { signerTimeoutMs: ATTEMPT_MS },
    tokenCache: torturedCache(places),
    context: () => places.at('context responder', 7, () => ({ scope: 'system/*.read' })),
    timeoutMs: CALL_MS,
    attemptTimeoutMs: ATTEMPT_MS,
  })
  const run = async (): Promise<Run> => {
    const took = ownClock()
    try {
      const result = await wholePath(client, places)
      return { result, error: undefined, tookMs: took() }
    } catch (error) {
      return { result: undefined, error, tookMs: took() }
    }
  }
  const shown = (): readonly string[] => [...leaks(events, planted), ...network.violations]
  return { client, run, shown }
}

/** Directory, discovery, token, read, two pages, match and binary. */
async function wholePath(client: CarequalityClient, places: Places): Promise<unknown> {
  const { signal } = places.leave
  const validate = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: () => places.at('validate resource', 7, () => ({})),
    },
  }
  const { patients, fhir } = await client.organization(OID, { signal })
  const read = await patients.read('p1', { signal, validate })
  const found: unknown[] = []
  for await (const { id } of patients.search({ family: 'Zebulon' }, { signal, validate }))
    found.push(id)
  const matches = await patients.match({ birthDate: '1931-02-17' }, { signal })
  const { body } = await fhir.binary('Binary/b1', { signal })
  let content = ''
  for await (const piece of body) content += new TextDecoder().decode(piece)
  return { read: read.id, found, matched: matches.map(({ resource }) => resource.id), content }
}

const good = { read: 'p1', found: ['s1', 's2', 's3'], matched: ['m1'], content: 'the content' }

type Wanted = 'success' | 'own' | 'reason' | 'TypeError' | `ERR_CQ_${string}`

/** The defined result of each kind of place and fault; `docs/decisions/0010-callbacks.md` has it in words. */
function wanted(kind: string, fault: Fault): Wanted {
  if (fault === 'abort') return 'reason'
  if (kind === 'send' || kind === 'chunk' || kind.startsWith('cache.')) return 'success'
  if (kind === 'piece') return fault === 'hang' ? 'ERR_CQ_TIMEOUT' : 'ERR_CQ_INCOMPLETE_BODY'
  if (kind === 'signer' || kind === 'sign') {
    if (fault === 'hang') return 'ERR_CQ_SIGNER_TIMEOUT'
    return kind === 'signer' && fault === 'wrong' ? 'TypeError' : 'ERR_CQ_SIGNER_FAILED'
  }
  if (fault === 'hang') return 'ERR_CQ_TIMEOUT'
  if (fault !== 'wrong') return 'own'
  return kind === 'validate' ? 'ERR_CQ_INVALID_RESPONSE' : 'TypeError'
}

function resultOf({ result, error }: Run, places: Places): string {
  if (result !== undefined) return 'success'
  if (error === places.thrown) return 'own'
  if (error === places.reason) return 'reason'
  if (isCarequalityError(error)) return error.code
  return error instanceof TypeError ? 'TypeError' : `something else: ${String(error)}`
}

const stray: unknown[] = []
const listen = (reason: unknown): void => void stray.push(reason)
process.on('unhandledRejection', listen)
afterAll(() => {
  process.off('unhandledRejection', listen)
})

async function torture(place: string, fault: Fault): Promise<readonly string[]> {
  const places = new Places(place, fault)
  const { client, run, shown } = await setUp(places)
  const ran = await run()
  const problems: string[] = []
  const complain = (what: string): void => void problems.push(`${place}, ${fault}: ${what}`)
  const kind = place.split(' ', 1)[0] ?? ''
  if (places.met !== 1) complain('it was not met')
  const result = resultOf(ran, places)
  const want = wanted(kind, fault)
  if (result !== want) complain(`${result} in place of ${want}`)
  if (ran.result !== undefined && JSON.stringify(ran.result) !== JSON.stringify(good))
    complain('a wrong result')
  const limit = { hang: CALL_MS, abort: 0, reject: 0, throw: 0, wrong: 0 }[fault] + SLACK_MS
  if (ran.tookMs > limit) complain(`it took ${ran.tookMs} ms`)
  if (result !== 'own' && result !== 'reason')
    for (const secret of leaks(ran.error, planted)) complain(`the error shows ${secret}`)
  places.failLate()
  // The same client again; the caller who left is another one now.
  const again = new Places()
  const second = await wholePath(client, again).catch((error: unknown) => error)
  if (JSON.stringify(second) !== JSON.stringify(good))
    complain(`the next call fails: ${String(second)}`)
  for (const secret of shown()) complain(`an event or the wire shows ${secret}`)
  await client.close()
  return problems
}

/** All of them, some at a time. */
async function all(places: readonly string[], fault: Fault): Promise<readonly string[]> {
  const waiting = [...places]
  const problems: string[] = []
  const worker = async (): Promise<void> => {
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      problems.push(...(await torture(place, fault)))
    }
  }
  await Promise.all(Array.from({ length: fault === 'hang' ? places.length : 4 }, worker))
  return problems
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

const places = new Places()
const { run } = await setUp(places)
const first = await run()

describe('L1, G13: every await on the outside world', () => {
  test('a good run, and how many there are', () => {
    expect(first).toMatchObject({ result: good })
    expect(new Set(places.names).size).toBe(places.names.length)
    const kinds = new Set(places.names.map((name) => name.split(' ', 1)[0]))
    expect([...kinds].sort()).toEqual([
      ...['apiKey', 'cache.get', 'cache.lease', 'cache.release', 'cache.set', 'chunk', 'context'],
      ...['piece', 'send', 'sign', 'signer', 'validate'],
    ])
    expect(places.names.length * faults.length).toBeGreaterThanOrEqual(200)
    console.info(`${places.names.length} awaits, ${places.names.length * faults.length} cases`)
  })

  test.each(faults)(
    '%s: a defined result in time, nothing shown, the next call works',
    async (fault) => {
      const before = timers()
      expect(await all(places.names, fault)).toEqual([])
      await turns()
      expect(stray).toEqual([])
      expect(timers(), 'timers left').toBeLessThanOrEqual(before)
    },
  )
})
