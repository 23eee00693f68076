import { describe, expect, test } from 'vitest'
import * as check from '../../../src/lib/arguments.ts'

const rows: [name: string, check: (v: unknown) => unknown, good: unknown[], bad: unknown[]][] = [
  ['requireText', (v) => check.requireText(v, 'opt'), ['a'], ['', undefined, null, 1, {}]],
  [
    'requireOneOf',
    (v) => check.requireOneOf(v, ['a', 'b'], 'opt'),
    ['a', 'b', undefined],
    ['c', null, '', ['a']],
  ],
  [
    'requirePositive',
    (v) => check.requirePositive(v, 'opt'),
    [1, 0.5, Number.MAX_VALUE, undefined],
    [0, -1, NaN, Infinity, -Infinity, '1', null, 1n],
  ],
  [
    'requireFunction',
    (v) => check.requireFunction(v, 'opt'),
    [() => 1, undefined],
    [null, {}, 'f'],
  ],
  [
    'requireBoolean',
    (v) => check.requireBoolean(v, 'opt'),
    [true, false, undefined],
    [null, 0, 'x'],
  ],
  [
    'requireTexts',
    (v) => check.requireTexts(v, 'opt'),
    [[], ['a'], undefined],
    ['a', ['a', 1], null, {}, new Set(['a'])],
  ],
  ['requireList', (v) => check.requireList(v, 'opt'), [[], [1]], [undefined, null, {}, 'ab']],
  ['requireObject', (v) => check.requireObject(v, 'opt'), [{}], [undefined, null, [], 'a', 1]],
  [
    'requireSignal',
    (v) => check.requireSignal(v, 'opt'),
    [undefined, AbortSignal.abort(), { aborted: false, addEventListener: () => 1 }],
    [null, {}, { aborted: false }, new AbortController(), true],
  ],
]

describe('checks of arguments', () => {
  test.each(rows)('%s takes what fits', (_, required, good) => {
    for (const value of good) expect(() => required(value)).not.toThrow()
  })

  test.each(rows)(
    '%s refuses the rest with a TypeError that names the option',
    (_, required, __, bad) => {
      for (const value of bad) {
        expect(() => required(value), String(value)).toThrow(TypeError)
        expect(() => required(value)).toThrow('"opt"')
      }
    },
  )

  test('what was checked is given back', () => {
    expect(check.requireText('a', 'opt')).toBe('a')
    expect(check.requirePositive(7, 'opt')).toBe(7)
    expect(check.requirePositive(undefined, 'opt')).toBeUndefined()
    expect(check.requireOneOf('b', ['a', 'b'], 'opt')).toBe('b')
  })

  test('a refused value is not repeated', () => {
    expect(() => check.requireOneOf('MARK', ['a', 'b'], 'opt')).toThrow(
      /^"opt" must be one of 'a', 'b'$/,
    )
  })
})
