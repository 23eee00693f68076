import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayBeDense } from '../../../src/http/body/json-density.ts'
import { parseJson, SMALL_JSON } from '../../../src/http/body/parse-json.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const parse = (text: string) => parseJson(text, () => bytesOf(text), { operation: 'test' })

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
