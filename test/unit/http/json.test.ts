import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { JsonShape } from '../../../src/http/body/json-shape.ts'
import { endOfList, openList, piecesOf } from '../../../src/http/body/list-pieces.ts'
import { mayBeDense } from '../../../src/http/body/json-density.ts'
import { indexOfBytes, lastIndexOfBytes } from '../../../src/http/body/bytes.ts'
import { parseJson, SMALL_JSON } from '../../../src/http/body/parse-json.ts'

describe('json shape', () => {
  /** What is said of a text that comes in pieces of so many bytes. */
  function objectionTo(text: string, size = 1_000): string | undefined {
    const shape = new JsonShape()
    const bytes = new TextEncoder().encode(text)
    for (let at = 0; at < bytes.length; at += size) {
      const objection = shape.add(bytes.subarray(at, at + size))
      if (objection !== undefined) return objection
    }
    return shape.reasonToReject
  }

  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  const DEEP = 'it is nested deeper than 200'
  const MANY = 'it is made of too many small values'
  const NAMES = 'its members have too many names'

  describe('the shape of JSON', () => {
    test.each([
      ['200 levels', nested(200), undefined],
      ['201 levels', nested(201), DEEP],
      ['201 levels of objects', '{"a":'.repeat(201), DEEP],
      ['many levels one after another', `[${nested(190)},${nested(190)}]`, undefined],
      ['brackets in a text', `["${'[{'.repeat(500)}"]`, undefined],
      ['brackets after an escaped quote', `["\\"${'['.repeat(500)}"]`, undefined],
      ['brackets after an escaped backslash', `["\\\\",${nested(201)}]`, DEEP],
      ['100,000 objects', `[${'{},'.repeat(99_998)}{}]`, undefined],
      ['more objects, packed', `[${'{},'.repeat(200_000)}{}]`, MANY],
      ['as many, far apart', `[${`{"a":"${'x'.repeat(20)}"},`.repeat(110_000)}1]`, undefined],
      ['numbers, packed', `[${'1,'.repeat(300_000)}1]`, MANY],
      ['15,000 names', `{${names(15_000)}}`, undefined],
      ['60,000 names', `{${names(60_000)}}`, NAMES],
      ['the same names again and again', `[${'{"a":1,"b":2},'.repeat(40_000)}1]`, undefined],
      ['many texts that are no names', `[${names(40_000).replaceAll(':', ',')}]`, undefined],
      ['XML', `<a>${'['.repeat(500)}</a>`, undefined],
      ['a byte order mark before', `\ufeff${nested(201)}`, DEEP],
      ['white space before', `${' '.repeat(3_000)}${nested(201)}`, DEEP],
      ['nothing', '', undefined],
    ])('%s', (_name, text, expected) => {
      // Wherever a text is cut into pieces, in a string, in an escape, the answer is the same.
      const sizes = text.length > 10_000 ? [65_536, 997] : [65_536, 1, 2, 3, 7, 64]
      expect(sizes.map((size) => objectionTo(text, size))).toEqual(sizes.map(() => expected))
    })
  })

  function names(count: number): string {
    return Array.from({ length: count }, (_, index) => `"member${index}":1`).join()
  }
})

const bytesOf = (text: string) => new TextEncoder().encode(text)

test('bytes are found where a text finds them, forwards and backwards', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '{'), maxLength: 30 })
  fc.assert(
    fc.property(
      letters,
      letters.filter((text) => text !== ''),
      fc.nat(30),
      (text, wanted, from) => {
        const [bytes, part] = [bytesOf(text), bytesOf(wanted.slice(0, 3))]
        expect(indexOfBytes(bytes, part, from)).toBe(text.indexOf(wanted.slice(0, 3), from))
        expect(lastIndexOfBytes(bytes, part, from)).toBe(text.lastIndexOf(wanted.slice(0, 3), from))
      },
    ),
    { numRuns: 2_000, seed: 17 },
  )
})

describe('list pieces', () => {
  /** Everything that can be taken apart, put together again; undefined where the whole has to be parsed. */
  function rejoined(text: string, size: number): unknown {
    const list = openList(bytesOf(text), 'entry', size)
    const end = list && endOfList(list)
    if (list === undefined || end === undefined) return undefined
    const items: unknown[] = []
    for (const piece of piecesOf(list, end.from)) {
      if (piece instanceof Uint8Array) return undefined
      items.push(...piece)
    }
    return { ...list.head, entry: [...items, ...end.items], ...end.rest }
  }

  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom('{"a":', '},{"a":1', '"entry":[', '\\', '"', ']}', '__proto__', '\u0000last'),
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      word,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'entry'), word), tie('any'), { maxKeys: 3 }),
    ),
  })).any
  const item = fc.record({ a: value, b: value }, { requiredKeys: ['a'] })
  const bundle = fc.record({
    before: fc.dictionary(fc.constantFrom('type', 'link', 'total'), value, { maxKeys: 2 }),
    items: fc.array(item, { maxLength: 12 }),
    after: fc.dictionary(fc.constantFrom('meta', 'signature', 'entry'), value, { maxKeys: 2 }),
    indent: fc.constantFrom(undefined, 1, '\t'),
  })

  describe('a list that is parsed in pieces', () => {
    test('is what the whole text parses to, wherever it can be taken apart at all', () => {
      let apart = 0
      fc.assert(
        fc.property(bundle, fc.integer({ min: 20, max: 400 }), (given, size) => {
          const { before, items, after, indent } = given
          const parts = [before, { entry: items }, after].flatMap((part) =>
            Object.entries(part).map(
              ([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member, null, indent)}`,
            ),
          )
          const text = `{${parts.join(',')}}`
          const read = rejoined(text, size)
          if (typeof read !== 'object' || read === null) return
          apart += 1
          expect(read).toEqual(JSON.parse(text))
          expect(Object.keys(read)).toEqual(Object.keys(JSON.parse(text) as object))
        }),
        { numRuns: 2_000, seed: 17 },
      )
      expect(apart).toBeGreaterThan(500)
    })

    test('of a thousand alike items is taken apart, compact or with white space', () => {
      for (const indent of [undefined, 2]) {
        const entry = Array.from({ length: 1_000 }, (_, id) => ({ a: { id }, list: [{ a: 1 }] }))
        const text = JSON.stringify({ type: 'searchset', entry, total: 1_000 }, null, indent)
        expect(rejoined(text, 2_000)).toEqual(JSON.parse(text))
      }
    })

    test('is never read from text that is no JSON as a whole', () => {
      const good = JSON.stringify({
        entry: Array.from({ length: 40 }, (_, a) => ({ a, b: [] })),
        z: 1,
      })
      fc.assert(
        fc.property(
          fc.nat(good.length - 1),
          fc.constantFrom('', ',', '{', ']', '"', 'x'),
          (at, put) => {
            const text = good.slice(0, at) + put + good.slice(at + 1)
            const whole = parsed(text)
            const read = rejoined(text, 100)
            if (whole === undefined) expect(read).toBeUndefined()
            else if (read !== undefined) expect(read).toEqual(whole)
          },
        ),
        { numRuns: 2_000, seed: 17 },
      )
    })

    test.each([
      ['a second list of the name', '{"entry":[{"a":1},{"a":2}],"entry":[]}'],
      ['a second list whose name is escaped', '{"entry":[{"a":1},{"a":2}],"\\u0065ntry":[]}'],
      ['a list further down', '{"x":{"entry":[{"a":1}]}}'],
      ['a name inside a text', '{"x":"\\"entry\\":[{"}'],
      ['no list', '{"entry":{"a":1}}'],
      ['items that are no objects', '{"entry":[1,2]}'],
      ['an empty list', '{"entry":[]}'],
      ['a list without an end', '{"entry":[{"a":1},{"a":2}'],
    ])('is left to the parser of the whole where there is %s', (_, text) => {
      expect(rejoined(text, 8)).toBeUndefined()
    })

    test('is left to the parser of the whole where a second list of the name stands in the last piece', () => {
      for (const name of ['entry', '\\u0065ntry']) {
        const text = `{"entry":[{"a":1},{"a":2}],"${name}":[{"a":3}]}`
        expect(rejoined(text, 1_000)).toBeUndefined()
      }
    })

    test('names what could not be taken apart, and nothing that could', () => {
      const text = '{"entry":[{"a":1},{"a":2},{"a":oops},{"a":4},{"a":5}]}'
      const list = openList(bytesOf(text), 'entry', 18)
      const end = list && endOfList(list)
      if (list === undefined || end === undefined) throw new Error('not opened')
      expect([...piecesOf(list, end.from)]).toEqual([[{ a: 1 }, { a: 2 }], bytesOf('{"a":oops}')])
      expect(end.items).toEqual([{ a: 4 }, { a: 5 }])
    })
  })

  function parsed(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      return undefined
    }
  }
})

describe('parse json', () => {
  const parse = (text: string) => parseJson(bytesOf(text), () => text, { operation: 'test' })

  /** Text of `size` bytes at least, of one unit over and over. */
  const listOf = (unit: string, size: number) =>
    `[${Array.from({ length: Math.ceil(size / (unit.length + 1)) }, () => unit).join(',')}]`

  describe('JSON of any size', () => {
    test('that is small is parsed whatever it holds', async () => {
      const deep = '['.repeat(SMALL_JSON / 2) + ']'.repeat(SMALL_JSON / 2)
      expect(await parse(deep)).toHaveLength(1)
    })

    test('that is large is what JSON.parse makes of it, in pieces or not', async () => {
      const entry = Array.from({ length: 3_000 }, (_, id) => ({
        fullUrl: `https://fhir.example.org/Patient/${id}`,
        resource: { resourceType: 'Patient', id: String(id), note: 'Ünïcode '.repeat(20) },
      }))
      for (const value of [{ resourceType: 'Bundle', entry, total: 3_000 }, entry]) {
        const text = JSON.stringify(value)
        expect(text.length).toBeGreaterThan(SMALL_JSON)
        expect(await parse(text)).toEqual(value)
      }
    })

    test.each([
      ['nested too deeply', '['.repeat(SMALL_JSON + 1), /nested deeper/],
      ['made of too many objects', listOf('{}', 2e6), /too many small values/],
      ['made of too many numbers', listOf('1', 2e6), /too many small values/],
      [
        'made of too many entries',
        `{"resourceType":"Bundle","entry":${listOf('{"a":{}}', 3e6)}}`,
        /too many small values/,
      ],
      [
        'made of too many names',
        `{${Array.from({ length: 45_000 }, (_, id) => `"name-${id}":0,"x${id}":0`).join(',')}}`,
        /too many names/,
      ],
    ])('that is %s is rejected, not parsed', async (_, text, reason) => {
      await expect(parse(text)).rejects.toMatchObject({
        code: 'ERR_CQ_INVALID_RESPONSE',
        message: expect.stringMatching(reason) as string,
      })
    })

    test('that is large and no JSON is a SyntaxError', async () => {
      await expect(parse(`{"entry":[${'{"a":"x"},'.repeat(60_000)}`)).rejects.toThrow(SyntaxError)
    })
  })

  describe('the quick count of commas and brackets', () => {
    const lengths = { always: 100_000, bytesEach: 20 }

    test('finds at least as many as there are, at any offset in memory', () => {
      const unit = '{"a":[1,2],"b":"c"}'
      fc.assert(
        fc.property(fc.nat(7), fc.nat(40), (offset, padding) => {
          const text = ' '.repeat(padding) + listOf(unit, 2_000_000)
          const room = new Uint8Array(text.length + 8)
          room.set(bytesOf(text), offset)
          expect(mayBeDense(room.subarray(offset, offset + text.length))).toBe(true)
        }),
        { numRuns: 20, seed: 17 },
      )
    })

    test('passes what is not dense', () => {
      const text = listOf(JSON.stringify({ text: 'x'.repeat(lengths.bytesEach * 2) }), 6_000_000)
      expect(mayBeDense(bytesOf(text))).toBe(false)
    })

    test('counts nothing of an empty body', () => {
      expect(mayBeDense(new Uint8Array())).toBe(false)
    })
  })
})
