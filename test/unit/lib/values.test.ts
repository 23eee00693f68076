import { getEventListeners } from 'node:events'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { delay, LazyAbortController, untilAborted } from '../../../src/lib/abort.ts'
import { Deadline } from '../../../src/lib/deadline.ts'
import { BoundedMap } from '../../../src/lib/bounded-map.ts'
import { canonicalJson } from '../../../src/lib/canonical-json.ts'
import { emitter } from '../../../src/lib/emitter.ts'
import type { JsonValue } from '../../../src/types.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { turns } from '../../support/time.ts'
import * as check from '../../../src/lib/arguments.ts'
import { covers, convertScopeVersion, sameScopes, shownScopes } from '../../../src/lib/scopes.ts'
import { heapBytesOf } from '../../../src/lib/heap-bytes.ts'
import { LONGEST_NORMALIZED, normalized, withoutAccents } from '../../../src/lib/normalize.ts'
import { cpuMs } from '../../support/own-time.ts'
import { sha256 } from '../../../src/lib/sha256.ts'

describe('values from outside', () => {
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
      const values: JsonValue[] = [
        1,
        '1',
        null,
        'null',
        [],
        {},
        [1],
        { 1: 1 },
        [[1]],
        '',
        'a',
        '"a"',
      ]
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
})

describe('arguments', () => {
  const rows: [name: string, check: (v: unknown) => unknown, good: unknown[], bad: unknown[]][] = [
    ['requireText', (v) => check.requireText(v, 'opt'), ['a'], ['', undefined, null, 1, {}]],
    [
      'requireOneOf',
      (v) => check.requireOneOf(v, ['a', 'b'], 'opt'),
      ['a', 'b', undefined],
      ['c', null, '', ['a']],
    ],
    [
      'requirePositive',
      (v) => check.requirePositive(v, 'opt'),
      [1, 0.5, Number.MAX_VALUE, undefined],
      [0, -1, NaN, Infinity, -Infinity, '1', null, 1n],
    ],
    [
      'requireFunction',
      (v) => check.requireFunction(v, 'opt'),
      [() => 1, undefined],
      [null, {}, 'f'],
    ],
    [
      'requireBoolean',
      (v) => check.requireBoolean(v, 'opt'),
      [true, false, undefined],
      [null, 0, 'x'],
    ],
    [
      'requireTexts',
      (v) => check.requireTexts(v, 'opt'),
      [[], ['a'], undefined],
      ['a', ['a', 1], null, {}, new Set(['a'])],
    ],
    ['requireList', (v) => check.requireList(v, 'opt'), [[], [1]], [undefined, null, {}, 'ab']],
    ['requireObject', (v) => check.requireObject(v, 'opt'), [{}], [undefined, null, [], 'a', 1]],
    [
      'requireSignal',
      (v) => check.requireSignal(v, 'opt'),
      [undefined, AbortSignal.abort(), { aborted: false, addEventListener: () => 1 }],
      [null, {}, { aborted: false }, new AbortController(), true],
    ],
  ]

  describe('checks of arguments', () => {
    test.each(rows)('%s takes what fits', (_, required, good) => {
      for (const value of good) expect(() => required(value)).not.toThrow()
    })

    test.each(rows)(
      '%s refuses the rest with a TypeError that names the option',
      (_, required, __, bad) => {
        for (const value of bad) {
          expect(() => required(value), String(value)).toThrow(TypeError)
          expect(() => required(value)).toThrow('"opt"')
        }
      },
    )

    test('what was checked is given back', () => {
      expect(check.requireText('a', 'opt')).toBe('a')
      expect(check.requirePositive(7, 'opt')).toBe(7)
      expect(check.requirePositive(undefined, 'opt')).toBeUndefined()
      expect(check.requireOneOf('b', ['a', 'b'], 'opt')).toBe('b')
    })

    test('a refused value is not repeated', () => {
      expect(() => check.requireOneOf('MARK', ['a', 'b'], 'opt')).toThrow(
        /^"opt" must be one of 'a', 'b'$/,
      )
    })
  })
})

describe('scopes', () => {
  test.each([
    ['system/Patient.read', 'system/Patient.rs'],
    ['system/Patient.rs', 'system/Patient.read'],
    ['system/*.write', 'system/*.cud'],
    ['system/Patient.*', 'system/Patient.cruds'],
    ['system/Patient.rs?birthdate=1', 'system/Patient.read?birthdate=1'],
    [
      'system/Patient.read launch system/Observation.rs',
      'system/Patient.rs launch system/Observation.read',
    ],
    ['system/Patient.r', undefined],
    ['openid', undefined],
    ['user/Patient.read', undefined],
  ])('%s in the other form is %s', (scope, other) => {
    expect(convertScopeVersion(scope)).toBe(other)
  })

  test.each([
    ['system/Patient.read', 'r', true],
    ['system/Patient.read', 's', true],
    ['system/Patient.r', 's', false],
    ['system/Patient.s', 's', true],
    ['system/Patient.rs', 'r', true],
    ['system/*.read', 'r', true],
    ['system/*.*', 's', true],
    ['system/Patient.*', 'd', true],
    ['system/Patient.write', 'r', false],
    ['system/Patient.cud', 'r', false],
    ['system/Observation.read', 'r', false],
    ['system/Observation.read system/Patient.rs', 'r', true],
    ['system/Observation.read,system/Patient.rs', 'r', true],
    ['system/Patient.rs?gender=female', 's', true],
    ['user/Patient.read', 'r', false],
    ['system/Patient.sr', 'r', false],
    ['xsystem/Patient.read', 'r', false],
    ['', 'r', false],
  ] as const)('%s covers %s on Patient: %j', (scope, interaction, covered) => {
    expect(covers(scope, 'Patient', interaction)).toBe(covered)
  })

  test('the same scopes in another order are the same', () => {
    expect(sameScopes('a b', ' b  a')).toBe(true)
    expect(sameScopes('a b', 'a')).toBe(false)
  })

  test('what is shown of scopes is their form, never free text', () => {
    expect(shownScopes('system/Patient.read MRN12345 system/*.rs Peters')).toBe(
      'system/Patient.read (other) system/*.rs',
    )
    expect(
      shownScopes(
        Array.from({ length: 90 }, (_, n) => `system/A${'b'.repeat(n % 30)}.rs`).join(' '),
      ).split(' ').length,
    ).toBeLessThanOrEqual(20)
  })
})

describe('caches bounded by bytes', () => {
  const text = (kilobytes: number): string => 'x'.repeat(kilobytes * 512)

  describe('BoundedMap with a limit in bytes', () => {
    test('forgets the least recently used entries until the bytes fit', () => {
      const map = new BoundedMap<string>(100, { maxBytes: 10_000 })
      map.set('a', text(4))
      map.set('b', text(4))
      map.get('a')
      map.set('c', text(4))
      expect(['a', 'b', 'c'].map((key) => map.get(key) !== undefined)).toEqual([true, false, true])
      expect(map.bytes).toBeLessThanOrEqual(10_000)
    })

    test('does not store a value that is larger than everything, and drops what it replaces', () => {
      const map = new BoundedMap<string>(100, { maxBytes: 10_000 })
      map.set('other', text(1))
      map.set('a', text(1))
      map.set('a', text(100))
      expect(map.get('a')).toBeUndefined()
      expect(map.get('other')).toBe(text(1))
    })

    test('counts keys, replaced values and deletions', () => {
      const map = new BoundedMap<string>(100, { maxBytes: 1e6 })
      map.set(text(8), '')
      expect(map.bytes).toBeGreaterThan(8_000)
      map.set(text(8), text(1))
      map.set(text(8), '')
      map.delete(text(8))
      expect([map.bytes, map.size]).toEqual([0, 0])
    })

    test('keeps to the number of entries, too, and takes a weight of your own', () => {
      const map = new BoundedMap<number>(3, { maxBytes: 1_000, weigh: (value) => value })
      for (let at = 0; at < 10; at += 1) map.set(`k${at}`, 1)
      expect(map.size).toBe(3)
      map.set('heavy', 800)
      expect(map.get('k7')).toBeUndefined()
      expect(map.get('heavy')).toBe(800)
    })
  })

  describe('heapBytesOf', () => {
    test('counts names and texts at any depth, and byte arrays by their whole buffer', () => {
      expect(heapBytesOf({ [text(2)]: [{ deep: text(4) }] })).toBeGreaterThan(6_000)
      expect(heapBytesOf(new Uint8Array(new ArrayBuffer(50_000), 0, 1))).toBeGreaterThan(50_000)
      expect(heapBytesOf(new Headers({ etag: text(8) }))).toBeGreaterThan(8_000)
    })

    test('bears what is nested without end, and counts what is shared once', () => {
      let nested: unknown = 'x'
      for (let at = 0; at < 200_000; at += 1) nested = [nested]
      const loop: { self?: unknown; text: string } = { text: text(4) }
      loop.self = loop
      expect(heapBytesOf(nested)).toBeGreaterThan(200_000)
      expect(heapBytesOf(loop)).toBeLessThan(5_000)
    })
  })
})

describe('normalize', () => {
  test('a text over the limit is not normalized, whatever it holds', () => {
    const marks = '\u0301\u0327'.repeat(LONGEST_NORMALIZED / 2)
    expect(normalized(marks, 'NFKC')).toHaveLength(LONGEST_NORMALIZED)
    expect(normalized(`${marks}a`, 'NFKC')).toBeUndefined()
  })

  test('accents go, and what is beyond the limit is cut off before anything is sorted', () => {
    expect(withoutAccents('Müller-Łódź', 'NFKD')).toBe('muller-łodz')
    const long = `É${'\u0301\uff9e'.repeat(500_000)}`
    expect(cpuMs(() => withoutAccents(long, 'NFKD'))).toBeLessThan(250)
  })
})

describe('SHA-256', () => {
  test('the digest is the one of FIPS 180-4, at each length around a block and beyond', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    for (const length of [...Array(200).keys(), 4_000, 100_000]) {
      const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1)
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })
})

describe('an abort controller of ours', () => {
  test('calls each listener that is left, in order, once and with the reason known', () => {
    const aborter = new LazyAbortController()
    const called: string[] = []
    const listener = (name: string) => () => void called.push(`${name} ${String(aborter.reason)}`)
    const [first, gone, last] = [listener('first'), listener('gone'), listener('last')]
    for (const one of [first, gone, last]) aborter.addEventListener('abort', one)
    aborter.removeEventListener('abort', gone)
    aborter.abort('over')
    aborter.abort('again')
    expect(called).toEqual(['first over', 'last over'])
  })

  test('calls a listener that another one removes meanwhile, and none that comes later', () => {
    const aborter = new LazyAbortController()
    const called: string[] = []
    const second = (): void => void called.push('second')
    aborter.addEventListener('abort', () => {
      aborter.removeEventListener('abort', second)
      aborter.addEventListener('abort', () => void called.push('late'))
    })
    aborter.addEventListener('abort', second)
    aborter.abort('over')
    expect(called).toEqual(['second'])
  })
})
