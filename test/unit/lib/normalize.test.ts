import { expect, test } from 'vitest'
import { LONGEST_NORMALIZED, normalized, withoutAccents } from '../../../src/lib/normalize.ts'
import { cpuMs } from '../../support/own-time.ts'

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
