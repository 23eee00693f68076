import { describe, expect, test } from 'vitest'
import { unwrap } from '../../../src/directory/api/responses.ts'
import { readEntry } from '../../../src/directory/model/entry.ts'
import { parseXml } from '../../../src/directory/api/xml.ts'
import { ResponseError } from '../../../src/errors.ts'
import { failureOf } from '../../support/answering-fetch.ts'

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
