import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endOfList, openList, piecesOf } from '../../../src/http/body/list-pieces.ts'

/** Everything that can be taken apart, put together again; undefined where the whole has to be parsed. */
function rejoined(text: string, size: number): unknown {
  const list = openList(text, 'entry', size)
  const end = list && endOfList(list)
  if (list === undefined || end === undefined) return undefined
  const items: unknown[] = []
  for (const piece of piecesOf(list, end.from)) {
    if (typeof piece === 'string') return undefined
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
    const list = openList(text, 'entry', 18)
    const end = list && endOfList(list)
    if (list === undefined || end === undefined) throw new Error('not opened')
    expect([...piecesOf(list, end.from)]).toEqual([[{ a: 1 }, { a: 2 }], '{"a":oops}'])
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
