import { describe, expect, test } from 'vitest'
import { JsonShape } from '../../../src/http/body/json-shape.ts'

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
