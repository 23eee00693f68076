import { describe, expect, test } from 'vitest'
import { isDown } from '../../../src/directory/model/downtime.ts'

const at = (time: string): number => Date.parse(time)

describe('a period', () => {
  test.each([
    [
      { start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' },
      '2026-06-01T09:59:59.999Z',
      false,
    ],
    [{ start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' }, '2026-06-01T10:00:00Z', true],
    [
      { start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' },
      '2026-06-01T12:00:00.999Z',
      true,
    ],
    [{ start: '2026-06-01T10:00:00Z', end: '2026-06-01T12:00:00Z' }, '2026-06-01T12:00:01Z', false],
    [{ start: '2026-06-01T10:00:00-05:00' }, '2026-06-01T14:59:59Z', false],
    [{ start: '2026-06-01T10:00:00-05:00' }, '2026-06-01T15:00:00Z', true],
    [{ start: '2026-06-01' }, '2036-01-01T00:00:00Z', true],
    [{ end: '2026-06-01' }, '2026-06-01T23:59:59Z', true],
    [{ end: '2026-06-01' }, '2026-06-02T00:00:00Z', false],
    [{ end: '2026-06' }, '2026-06-30T23:59:59Z', true],
    [{ end: '2026-06' }, '2026-07-01T00:00:00Z', false],
    [{ start: '2026', end: '2026' }, '2026-12-31T23:59:59Z', true],
    [{ start: '2026', end: '2026' }, '2027-01-01T00:00:00Z', false],
    [{}, '2026-06-01T00:00:00Z', undefined],
    [{ start: 'soon' }, '2026-06-01T00:00:00Z', undefined],
    [{ start: '2026-06-01', end: 'later' }, '2026-06-01T00:00:00Z', undefined],
    [{ start: '2026-13-45' }, '2026-06-01T00:00:00Z', undefined],
    [{ start: '2026-06-01T10:00:00' }, '2026-06-01T10:00:00Z', undefined],
  ])('%j at %s: %s', (period, time, expected) => {
    expect(isDown(period, at(time))).toBe(expected)
  })
})

describe('a Timing', () => {
  const bounds = { boundsPeriod: { start: '2026-06-01', end: '2026-06-02' } }
  const weekly = { dayOfWeek: ['sat'], timeOfDay: ['22:30:00'], duration: 4, durationUnit: 'h' }

  test.each([
    ['bounds alone', { repeat: bounds }, '2026-06-02T12:00:00Z', true],
    ['bounds alone, afterwards', { repeat: bounds }, '2026-06-03T00:00:00Z', false],
    ['out of its bounds', { repeat: { ...weekly, ...bounds } }, '2026-06-06T23:00:00Z', false],
    [
      'a recurrence in bounds',
      { repeat: { ...weekly, ...bounds } },
      '2026-06-02T23:00:00Z',
      undefined,
    ],
    [
      'events in bounds',
      { event: ['2026-06-01'], repeat: bounds },
      '2026-06-01T12:00:00Z',
      undefined,
    ],
    ['a recurrence', { repeat: weekly }, '2026-06-06T23:00:00Z', undefined],
    ['an event', { event: ['2026-06-01'] }, '2026-06-01T12:00:00Z', undefined],
    [
      'bounds that cannot be read',
      { repeat: { boundsPeriod: { start: 'soon' } } },
      '2026-06-06T10:00:00Z',
      undefined,
    ],
    ['nothing', {}, '2026-06-06T10:00:00Z', undefined],
    ['no repeat', { code: { text: 'on holidays' } }, '2026-06-06T10:00:00Z', undefined],
    ['rubbish', { repeat: 'x', event: 7 }, '2026-06-06T10:00:00Z', undefined],
    ['a text', 'every night', '2026-06-06T10:00:00Z', undefined],
    ['a list', [{ repeat: bounds }], '2026-06-02T10:00:00Z', undefined],
    ['null', null, '2026-06-06T10:00:00Z', undefined],
  ])('%s', (_, timing, time, expected) => {
    expect(isDown({ timing }, at(time))).toBe(expected)
  })

  test('is the same in XML, where a primitive is an object', () => {
    const boundsPeriod = { start: { value: '2026-06-01' }, end: { value: '2026-06-02' } }
    expect(isDown({ timing: { repeat: { boundsPeriod } } }, at('2026-06-02T10:30:00Z'))).toBe(true)
  })
})

describe('a period at its edges', () => {
  test.each([
    ['the first millisecond', { start: '2026-06-01' }, '2026-06-01T00:00:00.000Z', true],
    ['the one before', { start: '2026-06-01' }, '2026-05-31T23:59:59.999Z', false],
    ['a month begins', { start: '2026-06' }, '2026-06-01T00:00:00Z', true],
    ['before the month', { start: '2026-06' }, '2026-05-31T23:59:59.999Z', false],
    ['a year begins', { start: '2026' }, '2026-01-01T00:00:00Z', true],
    ['before the year', { start: '2026' }, '2025-12-31T23:59:59.999Z', false],
    ['December ends', { end: '2026-12' }, '2026-12-31T23:59:59.999Z', true],
    ['after December', { end: '2026-12' }, '2027-01-01T00:00:00Z', false],
    ['a leap February ends', { end: '2028-02' }, '2028-02-29T23:59:59.999Z', true],
    ['after it', { end: '2028-02' }, '2028-03-01T00:00:00Z', false],
    ['a leap day', { start: '2028-02-29', end: '2028-02-29' }, '2028-02-29T12:00:00Z', true],
    ['a fraction ends', { end: '2026-06-01T10:00:00.250Z' }, '2026-06-01T10:00:00.250Z', true],
    ['after it', { end: '2026-06-01T10:00:00.250Z' }, '2026-06-01T10:00:00.251Z', false],
    ['a zone in the end', { end: '2026-06-01T10:00:00+05:30' }, '2026-06-01T04:30:00.999Z', true],
    ['after it', { end: '2026-06-01T10:00:00+05:30' }, '2026-06-01T04:30:01Z', false],
    [
      'an end before its start',
      { start: '2026-06-02', end: '2026-06-01' },
      '2026-06-01T12:00:00Z',
      false,
    ],
  ])('%s', (_, period, time, expected) => {
    expect(isDown(period, at(time))).toBe(expected)
  })

  test.each([
    '2026-02-30',
    '2026-06-31',
    '2027-02-29T10:00:00Z',
    '2026-00',
    '2026-6-1',
    '01/06/2026',
    '2026-06-01 10:00:00Z',
    '2026-06-01T25:00:00Z',
    '2026-06-01T10:00:00',
    '2026-06-01T10:00:00EST',
    'T10:00:00Z',
    '20260601',
  ])('%s is no date, so that it cannot be told', (odd) => {
    expect(isDown({ start: odd }, at('2036-01-01T00:00:00Z'))).toBeUndefined()
    expect(isDown({ start: '2020', end: odd }, at('2026-01-01T00:00:00Z'))).toBeUndefined()
  })
})
