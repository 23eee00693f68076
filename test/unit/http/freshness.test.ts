import { describe, expect, test } from 'vitest'
import { dateOf, etagOf, freshForMs, mayStore } from '../../../src/http/freshness.ts'

const NOW = Date.parse('2026-06-01T12:00:00Z')
const AT = 'Mon, 01 Jun 2026 12:00:00 GMT'
const LATER = 'Mon, 01 Jun 2026 12:10:00 GMT'
const fresh = (headers: Record<string, string>): number | undefined =>
  freshForMs(new Headers(headers), NOW)

describe('how long an answer is fresh', () => {
  test.each([
    ['max-age=60', 60_000],
    ['public, must-revalidate, max-age=3600', 3_600_000],
    ['MAX-AGE=5', 5000],
    ['max-age="7"', 7000],
    ['max-age = 7', 7000],
    ['max-age=0', 0],
    ['no-store', 0],
    ['No-Cache', 0],
    ['max-age=60, no-cache', 0],
    ['no-store, max-age=60', 0],
    ['private="x", no-cache="set-cookie", max-age=9', 0],
    ['s-maxage=9', undefined],
    ['max-age=', undefined],
    ['max-age=-1', undefined],
    ['max-age=soon', undefined],
    ['private', undefined],
    ['', undefined],
  ])('by Cache-Control: %j', (control, ms) => {
    expect(fresh({ 'cache-control': control })).toBe(ms)
  })

  test('a max-age of any length is a number', () => {
    const ms = fresh({ 'cache-control': `max-age=${'9'.repeat(400)}` })
    expect(ms).toBeGreaterThan(24 * 3_600_000)
    expect(Number.isSafeInteger(ms)).toBe(true)
  })

  test('by Expires, counted from the server’s own date, or else from ours', () => {
    expect(fresh({ expires: LATER, date: AT })).toBe(600_000)
    expect(fresh({ expires: LATER, date: 'Mon, 01 Jun 2026 12:09:00 GMT' })).toBe(60_000)
    expect(fresh({ expires: LATER })).toBe(600_000)
    expect(fresh({ expires: LATER, date: 'today' })).toBe(600_000)
    expect(fresh({ expires: AT, date: LATER })).toBe(0)
  })

  test.each([
    '2018-08-20 17:16:24 -0500',
    '0',
    '-1',
    '-5',
    'Thursday, 01-Jan-70 00:00:00 GMT',
    'Mon, 1 Jun 2026 12:10:00 GMT',
    'Mon, 01 Jun 2026 12:10:00 +0000',
    'Mon, 99 Jun 2026 12:10:00 GMT',
    '2026-06-01T12:10:00Z',
    '',
  ])('an Expires that is no HTTP date says nothing: %j', (expires) => {
    expect(fresh({ expires })).toBeUndefined()
    expect(fresh({ expires, 'cache-control': 'public' })).toBeUndefined()
  })

  test('Cache-Control comes before Expires', () => {
    expect(fresh({ expires: LATER, 'cache-control': 'max-age=5' })).toBe(5000)
    expect(fresh({ expires: LATER, 'cache-control': 'no-cache' })).toBe(0)
    expect(fresh({ expires: LATER, 'cache-control': 'public' })).toBe(600_000)
  })

  test('a response without caching headers says nothing about it', () => {
    expect(fresh({})).toBeUndefined()
  })
})

test.each([
  ['no-store', false],
  ['max-age=1, NO-STORE', false],
  ['no-cache', true],
  ['max-age=0', true],
  ['', true],
])('Cache-Control %j lets an answer be remembered: %s', (control, expected) => {
  expect(mayStore(new Headers({ 'cache-control': control }))).toBe(expected)
  expect(mayStore(new Headers())).toBe(true)
})

test('the date of an answer is its own, if it is an HTTP date', () => {
  expect(dateOf(new Headers({ date: ` ${AT} ` }))).toBe(NOW)
  for (const date of ['2026-06-01', 'now', ''])
    expect(dateOf(new Headers({ date }))).toBeUndefined()
  expect(dateOf(new Headers())).toBeUndefined()
})

describe('a validator', () => {
  test.each(['"abc"', 'W/"1"', '""', '"a/b=+,;:[]{}~!"', `"${'x'.repeat(256)}"`])(
    '%s goes back as it came',
    (etag) => {
      expect(etagOf(new Headers({ etag }))).toBe(etag)
      expect(etagOf(new Headers({ etag: ` ${etag} ` }))).toBe(etag)
    },
  )

  test.each([
    'abc',
    '"abc',
    'abc"',
    'w/"1"',
    'W/1',
    '*',
    '"a"b"',
    '"a b"',
    '"a", "b"',
    '"\u0001"',
    '"a\tb"',
    '"\u007f"',
    '"\u00e4"',
    `"${'x'.repeat(257)}"`,
    '',
  ])('%j is none', (etag) => {
    expect(etagOf(new Headers({ etag }))).toBeUndefined()
  })

  test('may be absent', () => {
    expect(etagOf(new Headers())).toBeUndefined()
  })
})
