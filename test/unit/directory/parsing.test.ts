import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { unwrap } from '../../../src/directory/api/responses.ts'
import { readEntry } from '../../../src/directory/model/entry.ts'
import { parseXml } from '../../../src/directory/api/xml.ts'
import { ResponseError } from '../../../src/errors.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import {
  NOT_JSON,
  NOT_YET,
  splitBundle,
  TOO_LARGE,
} from '../../../src/directory/api/split-bundle.ts'
import { cpuMs } from '../../support/time.ts'

describe('xml', () => {
  const context = { operation: 'directory.read', origin: 'https://directory.example' }
  const parse = (text: string): Promise<unknown> => parseXml(text, context)
  const entryOf = async (text: string): Promise<unknown> =>
    readEntry(unwrap(await parse(text), 'Organization'))

  async function refused(text: string): Promise<ResponseError> {
    const error = await failureOf(parse(text))
    expect(error).toBeInstanceOf(ResponseError)
    expect(error).toMatchObject({ code: 'ERR_CQ_INVALID_RESPONSE', ...context })
    return error as ResponseError
  }

  describe('R11: hostile XML', () => {
    test.each([
      [
        'an external entity',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b v="&x;"/></a>',
      ],
      ['a billion laughs', '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l v="&b;"/>'],
      [
        'an external DTD',
        '<!DOCTYPE Organization SYSTEM "https://evil.example/x.dtd"><Organization/>',
      ],
      ['an HTML page', '<!doctype html><html></html>'],
    ])('a DOCTYPE is refused: %s', async (_, text) => {
      const error = await refused(text)
      expect(error.message).not.toMatch(/passwd|evil|laughs/)
    })

    test('a hundred levels are read and 101 are refused', async () => {
      const nested = (depth: number): string => '<a>'.repeat(depth) + '</a>'.repeat(depth)
      await expect(parse(nested(100))).resolves.toBeTypeOf('object')
      expect((await refused(nested(101))).message).toContain('deeper than 100')
      await refused('<a>'.repeat(200_000))
    })

    test.each([
      ['cut in a tag', '<Organization><id value="2.9'],
      ['cut between tags', '<Organization><id value="2.999"/>'],
      ['empty', ''],
      ['only white space', ' \n '],
      ['no XML', '{"resourceType":"Organization"}'],
      ['junk after the root', '<Organization/>junk'],
      ['a second root', '<Organization/><Organization/>'],
      ['tags that cross', '<a><b></a></b>'],
      ['an attribute twice', '<a v="1" v="2"/>'],
      ['an unknown entity', '<a v="&nbsp;"/>'],
      ['a character that XML forbids', '<a v="&#0;"/>'],
      ['a character beyond Unicode', '<a v="&#x110000;"/>'],
      ['a bare ampersand', '<a v="a & b"/>'],
      ['a control character', '<a v="\u0001"/>'],
    ])('%s is refused', async (_, text) => {
      await refused(text)
    })

    test('names with a meaning in JavaScript pollute nothing and mean nothing', async () => {
      const document = await parse(
        '<Organization><__proto__ polluted="yes"><id value="2.999.9"/></__proto__>' +
          '<constructor><prototype polluted="yes"/></constructor>' +
          '<toString value="x"/><hasOwnProperty/><id value="2.999.1" __proto__="z"/></Organization>',
      )
      expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      expect(Object.getPrototypeOf(Object.getPrototypeOf(document))).toBeNull()
      expect(readEntry(unwrap(document, 'Organization'))).toMatchObject({ id: '2.999.1' })
      const proto = '<__proto__><Organization><id value="2.999.1"/></Organization></__proto__>'
      expect(unwrap(await parse(proto), 'Organization')).toBeUndefined()
    })
  })

  describe('XML as the directory may write it', () => {
    test('the five entities and character references are understood', async () => {
      const text =
        '<Organization><id value="2.999.1"/><name value="&lt;&gt;&amp;&quot;&apos;&#x2713;&#65;"/></Organization>'
      expect(await entryOf(text)).toMatchObject({ name: '<>&"\'✓A' })
    })

    test('comments, CDATA, text and processing instructions are passed over', async () => {
      const text =
        '<?xml version="1.0"?><!-- <id value="2.999.2"/> --><?php echo ?><Organization>text' +
        '<![CDATA[<id value="2.999.3"/>]]><id value="2.999.1"/><!-- x --></Organization><!-- end -->\n'
      expect(await entryOf(text)).toMatchObject({ id: '2.999.1', oid: '2.999.1' })
    })

    test('an attribute of another namespace does not pass for a value', async () => {
      const text =
        '<Organization xmlns:value="x"><id value="2.999.1" xmlns:value="2.999.2"/>' +
        '<active value="true" x:value="false"/></Organization>'
      expect(await entryOf(text)).toMatchObject({ id: '2.999.1', active: true })
    })

    test('repeated elements become a list in document order', async () => {
      expect(await parse('<a><b v="1"/><c/><b v="2"/><b v="3"/></a>')).toEqual({
        a: { b: [{ v: '1' }, { v: '2' }, { v: '3' }], c: {} },
      })
    })
  })

  describe('XML under the budgets of JSON', () => {
    const within = (text: string): string =>
      `<Organization><id value="2.999.1"/>${text}</Organization>`

    test.each([
      ['elements', '<a/>'.repeat(150_000), 'too many elements'],
      ['elements with a text', '<a>x</a>'.repeat(150_000), 'too many elements'],
      ['attributes', '<aa a="" b="" c="" d="" e="" f=""/>'.repeat(20_000), 'too many attributes'],
      [
        'names of elements',
        Array.from({ length: 20_001 }, (_, at) => `<a${at}>some words</a${at}>`).join(''),
        'too many different names',
      ],
      [
        'names of attributes',
        `<a ${Array.from({ length: 20_001 }, (_, at) => `a${at}="some words"`).join(' ')}/>`,
        'too many different names',
      ],
    ])('too many %s are refused', async (_, text, reason) => {
      expect((await refused(within(text))).message).toContain(reason)
    })

    test('what is refused is not read to its end', async () => {
      // The part past the limit is not well-formed, which nobody finds out.
      const text = within(`${'<a/>'.repeat(120_000)}<`)
      expect((await refused(text)).message).toContain('too many elements')
    })

    test('a large page of real density is read', async () => {
      const entry =
        '<entry><resource><Organization><id value="2.999.1"/></Organization></resource></entry>'
      const text = `<Bundle>${entry.repeat(30_000)}</Bundle>`
      expect(await parse(text)).toHaveProperty('Bundle.entry.length', 30_000)
    })
  })
})

describe('JSON, entry by entry', () => {
  interface Split {
    readonly shell: unknown
    readonly entries: readonly unknown[]
  }

  function splitBytes(bytes: Uint8Array, pieceSize?: number): Split | undefined {
    const steps = splitBundle(bytes, pieceSize)
    let step = steps.next()
    while (step.done !== true) step = steps.next()
    const found = step.value
    const entries = (): unknown[] => [...(found?.entries() ?? [])].filter((one) => one !== NOT_YET)
    return found && { shell: found.shell, entries: entries() }
  }

  const split = (text: string, pieceSize?: number): Split | undefined =>
    splitBytes(new TextEncoder().encode(text), pieceSize)

  const word = fc.constantFrom(
    'entry',
    'fullUrl',
    '"',
    '\\',
    '},{"fullUrl":',
    'é',
    '\ud83d\ude00',
    '',
    ']',
    '__proto__',
  )
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      word,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(word, tie('node'), { maxKeys: 3 }),
    ),
  })).node
  const entry = fc.oneof(
    fc.record({ fullUrl: word, resource: value }),
    fc.record({ resource: value, search: value }),
    fc.dictionary(word, value, { maxKeys: 3 }),
  )
  const bundle = fc.record(
    {
      resourceType: fc.constant('Bundle'),
      link: value,
      entry: fc.array(entry),
      total: fc.integer(),
    },
    { requiredKeys: ['entry'] },
  )
  const size = fc.constantFrom(1, 2, 3, 5, 16, 65_536)
  /** Members in any order, any of them twice, the list's name in another spelling, what is no list. */
  const oddMember = fc.oneof(
    fc.tuple(fc.constantFrom('"entry"', '"entr\\u0079"', '"x"', '"__proto__"'), bundleValue()),
    fc.tuple(
      fc.constant('"entry"'),
      fc.array(entry).map((all) => JSON.stringify(all)),
    ),
  )
  const oddBundle = fc
    .array(oddMember, { maxLength: 5 })
    .map((members) => `{${members.map(([name, text]) => `${name}:${text}`).join()}}`)

  function bundleValue(): fc.Arbitrary<string> {
    return value.map((made) => JSON.stringify(made))
  }

  describe('a split Bundle', () => {
    test('is what JSON.parse makes of it, however it is written', () => {
      fc.assert(
        fc.property(
          bundle,
          fc.constantFrom(0, 1, 2, '\t', '\r\n '),
          size,
          (made, space, pieceSize) => {
            const text = JSON.stringify(made, undefined, space)
            const whole = JSON.parse(text) as { entry: unknown[] }
            const found = split(text, pieceSize)
            // What comes after the list may make it step back; then the whole is parsed.
            if (found === undefined) return
            expect(found.entries).toEqual(whole.entry)
            expect(found.shell).toEqual({ ...whole, entry: [] })
          },
        ),
        { seed: 20261124, numRuns: 3000 },
      )
    })

    test('is what JSON.parse makes of it, whatever its members are', () => {
      fc.assert(
        fc.property(oddBundle, size, (text, pieceSize) => {
          const found = split(text, pieceSize)
          if (found === undefined) return
          const whole = JSON.parse(text) as { entry: unknown[] }
          expect(found.entries).toEqual(whole.entry)
          expect(found.shell).toEqual({ ...whole, entry: [] })
        }),
        { seed: 20261125, numRuns: 5000 },
      )
    })

    test('that is broken in one byte is split as without the break, or parsed as a whole', () => {
      fc.assert(
        fc.property(
          bundle,
          fc.nat(),
          fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'x', ' '),
          (made, place, byte) => {
            const text = JSON.stringify(made)
            const at = place % text.length
            const broken = text.slice(0, at) + byte + text.slice(at + 1)
            const found = split(broken, 30)
            // Half of a character is no UTF-8: what is sent has a replacement there.
            const whole = parsed(new TextDecoder().decode(new TextEncoder().encode(broken)))
            if (found === undefined || whole === NOT_JSON) return
            expect(found.entries).toEqual((whole as { entry: unknown[] }).entry)
          },
        ),
        { seed: 20261125, numRuns: 5000 },
      )
    })

    test('is found in a usual page', () => {
      const page = {
        resourceType: 'Bundle',
        total: 2,
        entry: [{ fullUrl: 'a' }, { fullUrl: 'b' }],
        link: [],
      }
      for (const space of [0, 2])
        expect(split(JSON.stringify(page, undefined, space))).toEqual({
          shell: { ...page, entry: [] },
          entries: page.entry,
        })
    })

    test('of nested Bundles gives the outer entries', () => {
      const inner = { resourceType: 'Bundle', entry: [{ fullUrl: 'x' }, { fullUrl: 'y' }] }
      for (const entries of [
        [{ fullUrl: 'a', resource: inner }, { fullUrl: 'b', resource: inner }, { fullUrl: 'c' }],
        [{ fullUrl: 'a' }, { fullUrl: 'b' }, { fullUrl: 'c', resource: inner }],
      ]) {
        const found = split(JSON.stringify({ entry: entries, total: 3 }))
        expect(found?.entries).toEqual(entries)
      }
      const first = [{ fullUrl: 'a', resource: inner }, { fullUrl: 'b' }]
      expect(split(JSON.stringify({ entry: first }))?.entries).toEqual(first)
    })

    test.each([
      ['no object', '[]'],
      ['nothing', ''],
      ['without a list', '{"resourceType":"Bundle"}'],
      ['whose list is none', '{"entry":{"a":1}}'],
      ['whose list holds something else than objects', '{"entry":[1,{}]}'],
      ['whose list never ends', '{"entry":[{"a":1},{"a":2}'],
      ['with two lists', '{"entry":[{}],"entry":[{}]}'],
      ['with a second list in another spelling', '{"entry":[{}],"entr\\u0079":[]}'],
      ['with a list inside only', '{"resource":{"entry":[{}]}}'],
    ])('is none: %s', (_, text) => {
      expect(split(text)).toBeUndefined()
    })

    test.each([
      ['{"entry":[{"a":1},{"a":tru},{"a":3}]}', [{ a: 1 }, NOT_JSON, { a: 3 }]],
      ['{"entry":[{"a":1},{"b":2},{"a":3},{"b":4}]}', [{ a: 1 }, { b: 2 }, { a: 3 }, { b: 4 }]],
      ['{"entry":[{"a":"},{\\"b\\":"},{"b":2}]}', [{ a: '},{"b":' }, { b: 2 }]],
      ['{"entry":[]}', []],
      ['{"entry":[ ]}', []],
      ['{"entry":[{}]}', [{}]],
      ['{"entry":[{},{}]}', [{}, {}]],
      [' {"x":"\\"entry\\":[", "entry" : [ {"a":1} , {"a":2} ] } ', [{ a: 1 }, { a: 2 }]],
    ])('%s has these entries', (text, entries) => {
      expect(split(text)?.entries).toEqual(entries)
    })

    test('bytes that are no UTF-8 cost their entry only', () => {
      const bytes = new TextEncoder().encode('{"entry":[{"a":"x"},{"a":"y"},{"a":"z"}]}')
      bytes[bytes.lastIndexOf(0x79)] = 0xff
      expect(splitBytes(bytes)?.entries).toEqual([{ a: 'x' }, NOT_JSON, { a: 'z' }])
    })

    test('gives a mark in place of an entry that is larger than 1 MB, wherever it stands', () => {
      const large = { fullUrl: 'x'.repeat(1_000_000) }
      const small = { fullUrl: 'a' }
      for (const entry of [[large], [large, small], [small, large, small], [small, large]]) {
        const marks = entry.map((one) => (one === large ? TOO_LARGE : one))
        expect(split(JSON.stringify({ entry }))?.entries).toEqual(marks)
      }
      expect(split(JSON.stringify({ link: large.fullUrl, entry: [small] }))?.shell).toBe(TOO_LARGE)
    })

    test('is found fast in a page of nothing but brackets', () => {
      const text = `{"entry":[${'{"a":['.repeat(200_000)}${']}'.repeat(200_000)}]}`
      expect(cpuMs(() => split(text))).toBeLessThan(5000)
    })
  })

  function parsed(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      return NOT_JSON
    }
  }
})
