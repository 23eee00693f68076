import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/directory/answers.ts'
import { readEntry } from '../../../src/directory/entry.ts'
import { selectEndpoint } from '../../../src/directory/select-endpoint.ts'
import { parseXml } from '../../../src/directory/xml.ts'
import { isCarequalityError, ResponseError } from '../../../src/errors.ts'
import { DirectoryClient } from '../../../src/directory/directory-client.ts'
import { failureOf, jsonAnswer, wire } from '../../support/answering-fetch.ts'

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

describe('hostile XML', () => {
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
    expect(Object.getPrototypeOf(document)).toBeNull()
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

const SEED =
  '<Organization xmlns="http://hl7.org/fhir"><id value="2.999.1"/><active value="true"/>' +
  '<name value="A &amp; B"/><partOf><identifier><value value="urn:oid:2.999"/></identifier></partOf>' +
  '<contained><Endpoint><connectionType><code value="hl7-fhir-rest"/></connectionType>' +
  '<address value="https://fhir.example/r4"/><extension url="main"><extension url="Version">' +
  '<valueString value="4.0.1"/></extension></extension></Endpoint></contained></Organization>'
const JSON_SEED = JSON.stringify({
  resourceType: 'Organization',
  id: '2.999.1',
  active: 'true',
  partOf: { identifier: [{ value: 'urn:oid:2.999' }] },
  contained: [
    { resourceType: 'Endpoint', address: 'https://fhir.example/r4', connectionType: { code: 'x' } },
    { Endpoint: { address: { value: 'https://b.example' }, extension: { url: 'Version' } } },
  ],
})
const SNIPPETS = [
  '<',
  '>',
  '/',
  '"',
  '&',
  ']]>',
  '<![CDATA[',
  '<!--',
  '<!DOCTYPE x [',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'null',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '1e999',
  '\ufeff',
  '<a>'.repeat(120),
  '[null]',
  '{"__proto__":{"polluted":1}}',
  '&#xFFFFFF;',
  'xmlns:value="1"',
]

/** Cuts, doubles, swaps and inserts at random places of a good document. */
function mutations(seed: string): fc.Arbitrary<string> {
  const cut = fc.tuple(
    fc.nat(seed.length),
    fc.nat(40),
    fc.oneof(fc.constantFrom(...SNIPPETS), fc.string({ maxLength: 6, unit: 'binary' })),
  )
  return fc
    .array(cut, { minLength: 1, maxLength: 4 })
    .map((edits) =>
      edits.reduce(
        (text, [at, drop, put]) => text.slice(0, at) + put + text.slice(at + drop),
        seed,
      ),
    )
}

describe('mutated documents', () => {
  test('XML gives an entry or an error of ours, and leaves Object.prototype alone', async () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    await fc.assert(
      fc.asyncProperty(mutations(SEED), async (text) => {
        try {
          const entry = readEntry(unwrap(await parse(text), 'Organization'))
          if (entry !== undefined) await selectEndpoint(entry)
        } catch (error) {
          if (!isCarequalityError(error)) throw error
        }
      }),
      { seed: 20260601, numRuns: 2000 },
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  }, 60_000)

  test('JSON read and searched through the client does the same', async () => {
    let text = ''
    const { options } = wire(({ url }) =>
      jsonAnswer(
        url.includes('/Organization/')
          ? text
          : `{"resourceType":"Bundle","entry":[{"resource":${text}}]}`,
      ),
    )
    const client = new DirectoryClient({
      ...options,
      release: 'carequality-r4',
      environment: 'dev',
      apiKey: 'key',
    })
    const before = Object.getOwnPropertyNames(Object.prototype)
    await fc.assert(
      fc.asyncProperty(mutations(JSON_SEED), fc.boolean(), async (mutated, one) => {
        text = mutated
        try {
          const entries = one ? [await client.read('2.999.1')] : (await client.search({})).entries
          for (const entry of entries) await selectEndpoint(entry)
        } catch (error) {
          if (!isCarequalityError(error)) throw error
        }
      }),
      { seed: 20260602, numRuns: 2000 },
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  }, 60_000)
})
