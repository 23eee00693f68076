import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { delay, untilAborted } from '../../../src/lib/abort.ts'
import { Deadline } from '../../../src/lib/deadline.ts'
import { BoundedMap } from '../../../src/lib/bounded-map.ts'
import { canonicalJson } from '../../../src/lib/canonical-json.ts'
import { emitter } from '../../../src/lib/emitter.ts'
import type { JsonValue } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { turns } from '../../support/time.ts'

describe('BoundedMap', () => {
  test('forgets what was not used for longest', () => {
    const map = new BoundedMap<number>(3)
    for (const [at, key] of ['a', 'b', 'c'].entries()) map.set(key, at)
    expect(map.get('a')).toBe(0)
    map.set('b', 7)
    map.set('d', 3)
    expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([0, 7, undefined, 3])
    expect(map.size).toBe(3)
  })

  test('is what a list of keys in the order of their use says', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const step = fc.tuple(fc.constantFrom('get', 'set', 'delete'), key, fc.nat())
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, limit) => {
          const map = new BoundedMap<number>(limit)
          let model: (readonly [string, number])[] = []
          for (const [what, at, number] of steps) {
            const known = model.find(([name]) => name === at)
            const others = model.filter(([name]) => name !== at)
            if (what === 'get') expect(map.get(at)).toBe(known?.[1])
            if (what === 'set') map.set(at, number)
            if (what === 'delete') map.delete(at)
            const kept =
              what === 'set' ? ([at, number] as const) : what === 'get' ? known : undefined
            model = (kept === undefined ? others : [...others, kept]).slice(-limit)
            expect(map.size).toBe(model.length)
          }
        },
      ),
    )
  })

  test('T11: never grows beyond its limit, and setting again takes no room', () => {
    const map = new BoundedMap<number>(10)
    for (let i = 0; i < 1_000; i += 1) {
      map.set(`k${i % 50}`, i)
      map.set(`k${i % 50}`, i)
      expect(map.size).toBeLessThanOrEqual(10)
    }
  })

  test('deletes, and takes the names of Object.prototype for keys like others', () => {
    const map = new BoundedMap<number>(3)
    expect(map.get('__proto__')).toBeUndefined()
    map.set('__proto__', 1)
    expect(map.get('__proto__')).toBe(1)
    map.delete('__proto__')
    expect(map.get('__proto__')).toBeUndefined()
  })
})

/** The same value with the members of every object in the opposite order. */
function turned(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as JsonValue[]).map(turned)
  const members = Object.entries(value).map(([name, member]) => [name, turned(member)] as const)
  return Object.fromEntries(members.reverse())
}

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>

describe('canonicalJson', () => {
  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value))
      }),
    )
  })

  test('is JSON for the same value, so that different values differ', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('tells alike values apart', () => {
    const values: JsonValue[] = [1, '1', null, 'null', [], {}, [1], { 1: 1 }, [[1]], '', 'a', '"a"']
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length)
  })

  test('keeps the order of lists', () => {
    expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]))
  })

  test('counts what is no JSON as it would be sent: dates differ, undefined members are absent', () => {
    const odd = (value: unknown): string => canonicalJson(value as JsonValue)
    expect(odd({ at: new Date(1) })).not.toBe(odd({ at: new Date(2) }))
    expect(odd({ a: 1, b: undefined })).toBe(odd({ a: 1 }))
    expect(canonicalJson(undefined)).toBe('')
  })
})

describe('emitter', () => {
  const root = { type: 'assertion.root-left-out' } as const

  test('adds the time, which an event cannot replace', () => {
    const events: unknown[] = []
    const emit = emitter(
      (event) => void events.push(event),
      () => 5,
    )
    const event = {
      type: 'token.renewal-failed',
      tokenEndpoint: 'https://as.example',
      at: 1,
    } as const
    emit(event)
    expect(events).toEqual([{ ...event, at: 5 }])
  })

  test('L7: what an observer throws or rejects with changes nothing', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const throwing = (): never => {
      throw new Error('x')
    }
    emitter(throwing, Date.now)(root)
    const rejecting: () => unknown = () => Promise.reject(new Error('x'))
    emitter(rejecting, Date.now)(root)
    emitter(undefined, Date.now)(root)
    await turns()
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
  })
})

describe('waiting', () => {
  test('settles as the promise does and leaves no listener', async () => {
    const { signal } = new AbortController()
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1)
    const failure = new Error('x')
    expect(await failureOf(untilAborted(Promise.reject(failure), signal))).toBe(failure)
    await delay(1, signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  test('ends with the very reason, whatever it is', async () => {
    for (const reason of ['text', 0, null, { a: 1 }, new Error('x')]) {
      const controller = new AbortController()
      const waiting = failureOf(delay(60_000, controller.signal))
      controller.abort(reason)
      expect(await waiting).toBe(reason)
      expect(await failureOf(untilAborted(new Promise(() => 1), controller.signal))).toBe(reason)
    }
  })

  test('a deadline ends by its own time, or with its parent, and lets go of it', async () => {
    const timeUp = new Error('time is up')
    const parent = new AbortController()
    const outer = { aborter: parent.signal }
    const short = new Deadline(5, () => timeUp, outer)
    const long = new Deadline(2 ** 40, () => timeUp, outer)
    const part = long.child(2 ** 40, () => timeUp)
    expect(await failureOf(short.race(new Promise(() => 1)))).toBe(timeUp)
    expect(() => short.throwIfOver()).toThrow(timeUp)
    expect([long, part].map(({ aborter }) => aborter.aborted)).toEqual([false, false])
    parent.abort('parent')
    expect([long, part].map(({ aborter }) => aborter.reason)).toEqual(['parent', 'parent'])
    expect(new Deadline(9, () => timeUp, outer).aborter.reason).toBe('parent')
    for (const one of [short, long, part]) one.end()
    const another = new AbortController()
    new Deadline(1_000, () => timeUp, { aborter: another.signal }).end()
    expect(getEventListeners(another.signal, 'abort')).toHaveLength(0)
  })

  test('a deadline has as much time as the shortest of those that bound it, and as a timer can wait', () => {
    const never = (): Error => new Error('never')
    const outer = new Deadline(Infinity, never, { remainingMs: 500 })
    expect(outer.remainingMs).toBe(500)
    expect(outer.child(Infinity, never).remainingMs).toBe(500)
    const shorter = outer.child(100, never)
    expect(shorter.remainingMs).toBeGreaterThan(0)
    expect(shorter.remainingMs).toBeLessThanOrEqual(100)
    shorter.end()
    expect(new Deadline(Infinity, never).remainingMs).toBe(2 ** 31 - 1)
  })

  test('a deadline that counts on start has no timer before, and counts anew with each start', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const deadline = new Deadline(100, () => new Error('time is up'), undefined, 'on start')
    expect(vi.getTimerCount()).toBe(0)
    deadline.start()
    vi.advanceTimersByTime(90)
    deadline.start()
    vi.advanceTimersByTime(90)
    expect(deadline.aborter.aborted).toBe(false)
    vi.advanceTimersByTime(20)
    expect(deadline.aborter.aborted).toBe(true)
    deadline.end()
  })
})
