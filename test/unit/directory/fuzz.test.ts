/**
 * Every reader of directory documents against mutations of all that we have. 2,000 seeded cases a
 * property here; `npm run fuzz` runs 100,000 with a seed of its own.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { selectEndpoint } from '../../../src/directory/select/select-endpoint.ts'
import type { DirectoryEntry } from '../../../src/directory/model/model.ts'
import { isCarequalityError } from '../../../src/errors.ts'
import { organizationR4, organizationXml } from '../../../src/testing/directory-documents.ts'
import { naiveJson } from '../../../src/testing/naive-json.ts'
import { organizations } from '../../../src/testing/organizations.ts'
import { jsonAnswer, wire, xmlAnswer } from '../../support/answering-fetch.ts'
import { directoryOf } from '../../support/directory-wire.ts'

const numRuns = Number(process.env.CQ_FUZZ_RUNS ?? 2000)
const seed = Number(process.env.CQ_FUZZ_SEED ?? 20261124)
if (process.env.CQ_FUZZ_RUNS !== undefined) console.warn(`fuzzing with seed ${seed}`)
/** Where it hangs, not how fast it is. */
const TIME = 300_000 + numRuns * 300

const origin = (host: string): string => `https://${host}`
const folder = new URL('../../fixtures/directory/', import.meta.url)
const files = readdirSync(folder)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
const xmls = [
  ...files.filter(({ name }) => name.endsWith('.xml')).map(({ text }) => text),
  ...organizations.map((one) => organizationXml(one, origin)),
]
const documents: readonly unknown[] = [
  ...files
    .filter(({ name }) => name.endsWith('.json'))
    .map(({ text }) => JSON.parse(text) as unknown),
  ...organizations.map((one) => organizationR4(one, origin)),
  ...organizations.map((one) => JSON.parse(naiveJson(organizationXml(one, origin))) as unknown),
  {
    resourceType: 'Bundle',
    total: 5,
    entry: organizations.map((one) => ({ resource: organizationR4(one, origin) })),
  },
]

const odd: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[null, true, 0, -1, 1e308, '', ' ', '#', 'urn:oid:2.999', '__proto__', 'a'.repeat(3000)],
  ...[[], {}, [[[]]], { value: { value: {} } }, { coding: { coding: [null] } }],
  ...[JSON.parse('{"__proto__":{"polluted":1}}'), { constructor: { prototype: { polluted: 1 } } }],
)

/** All places in a document, as the ways to them. */
function places(node: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof node !== 'object' || node === null) return [way]
  return [way, ...Object.entries(node).flatMap(([name, inner]) => places(inner, [...way, name]))]
}

interface Change {
  readonly at: number
  readonly kind: 'delete' | 'replace' | 'wrap' | 'unwrap' | 'rename'
  readonly by: unknown
}
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  kind: fc.constantFrom('delete', 'replace', 'wrap', 'unwrap', 'rename'),
  by: odd,
})

function changed(document: unknown, changes: readonly Change[]): unknown {
  const root: Record<string, unknown> = { root: structuredClone(document) }
  for (const { at, kind, by: given } of changes) {
    // The same object in two places would make a circle with the next change.
    const by = structuredClone(given)
    const ways = places(root.root, ['root'])
    const way = ways[at % ways.length] ?? ['root']
    const name = way.at(-1) ?? 'root'
    const parent = way
      .slice(0, -1)
      .reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], root)
    if (typeof parent !== 'object' || parent === null) continue
    const holder = parent as Record<string, unknown>
    const value = holder[name]
    if (kind === 'delete') Reflect.deleteProperty(holder, name)
    else if (kind === 'replace') holder[name] = by
    else if (kind === 'wrap') holder[name] = Array.isArray(value) ? { value } : [value, by]
    else if (kind === 'unwrap') holder[name] = Array.isArray(value) ? value[0] : by
    else {
      Reflect.deleteProperty(holder, name)
      Object.defineProperty(holder, '__proto__', {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
  }
  return root.root ?? null
}

const json = fc
  .tuple(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: 6 }))
  .map(([document, changes]) => JSON.stringify(changed(document, changes)))

const cut = fc.record({
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(60),
  by: fc.constantFrom(
    ...[
      '',
      '<',
      '>',
      '&',
      '&lt;',
      '&#0;',
      '&x;',
      '"',
      '<a>',
      '</a>',
      '<Endpoint/>',
      '<!DOCTYPE x>',
    ],
    ...['<![CDATA[', '<?xml?>', '\u0000', '\ufffe', '<contained>', '<id value="2.999.5"/>', '<!--'],
    '<a>'.repeat(150),
  ),
})
const texts = (all: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...all), fc.array(cut, { minLength: 1, maxLength: 4 }))
    .map(([text, cuts]) =>
      cuts.reduce((made, { from, length, by }) => {
        const at = Math.floor(from * made.length)
        return made.slice(0, at) + by + made.slice(at + length)
      }, text),
    )

/** Reads the document as an entry and as a page; whatever comes out is ours, and in the document. */
async function readBothWays(text: string, answer: (text: string) => Response): Promise<void> {
  const directory = directoryOf(wire(() => answer(text)))
  const found: DirectoryEntry[] = []
  for (const work of [
    async () => found.push(await directory.read('2.999.10')),
    async () => found.push(...(await directory.search({})).entries),
    async () => {
      for await (const entry of directory.entries({ count: 500 })) found.push(entry)
    },
  ]) {
    try {
      await work()
    } catch (error) {
      if (!isCarequalityError(error)) throw error
    }
  }
  for (const entry of found) {
    expect(entry.id).not.toBe('')
    if (!/[\\&<]/.test(entry.id)) expect(unescaped(text)).toContain(entry.id)
    const { candidates } = await selectEndpoint(entry)
    for (const { why } of candidates) expect(why).not.toBe('')
    expect(JSON.stringify({ ...entry, resource: undefined })).toContain('"endpoints":')
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
}

/** What a reader may take an id from: numbers and booleans are texts to it, too. */
function unescaped(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/1e\+308/g, '1e+308')
}

describe('mutated directory documents', () => {
  const before = Object.getOwnPropertyNames(Object.prototype)

  test(
    'JSON that is mutated node by node is read, or rejected by our own errors, and pollutes nothing',
    { timeout: TIME },
    async () => {
      await fc.assert(
        fc.asyncProperty(json, (text) => readBothWays(text, (body) => jsonAnswer(body))),
        { seed, numRuns },
      )
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
    },
  )

  test(
    'JSON that is mutated as text is read, or rejected by our own errors',
    { timeout: TIME },
    async () => {
      const written = documents.map((document) => JSON.stringify(document))
      await fc.assert(
        fc.asyncProperty(texts(written), (text) => readBothWays(text, (body) => jsonAnswer(body))),
        { seed, numRuns },
      )
    },
  )

  test(
    'XML that is mutated as text is read, or rejected by our own errors',
    { timeout: TIME },
    async () => {
      await fc.assert(
        fc.asyncProperty(texts(xmls), (text) => readBothWays(text, (body) => xmlAnswer(body))),
        { seed, numRuns },
      )
    },
  )

  test('there is something to mutate', () => {
    expect(documents.length).toBeGreaterThan(10)
    expect(xmls.length).toBeGreaterThan(4)
  })
})
