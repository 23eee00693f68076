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
  const weekly = {
    repeat: { dayOfWeek: ['sat'], timeOfDay: ['22:30:00'], duration: 4, durationUnit: 'h' },
  }
  test.each([
    // 2026-06-06 is a Saturday
    ['on a day of the week, before', weekly, '2026-06-06T22:29:59Z', false],
    ['on a day of the week', weekly, '2026-06-06T22:30:00Z', true],
    ['over midnight', weekly, '2026-06-07T02:29:59Z', true],
    ['over midnight, at its end', weekly, '2026-06-07T02:30:00Z', false],
    ['on another day', weekly, '2026-06-07T22:30:00Z', false],
    [
      'every day',
      { repeat: { timeOfDay: ['03:00:00', '15:00'], duration: 30, durationUnit: 'min' } },
      '2026-06-03T15:29:00Z',
      true,
    ],
    ['a whole day of the week', { repeat: { dayOfWeek: ['SUN'] } }, '2026-06-07T12:00:00Z', true],
    [
      'an event with a duration',
      { event: ['2026-06-01T10:00:00Z'], repeat: { duration: 2, durationUnit: 'h' } },
      '2026-06-01T11:59:59Z',
      true,
    ],
    ['an event of a day', { event: '2026-06-01' }, '2026-06-01T12:00:00Z', true],
    ['an event of another day', { event: ['2026-06-01'] }, '2026-06-02T00:00:00Z', false],
    ['an event that is none', { event: ['soon'] }, '2026-06-02T00:00:00Z', undefined],
    [
      'bounds alone',
      { repeat: { boundsPeriod: { start: '2026-06-01', end: '2026-06-02' } } },
      '2026-06-02T12:00:00Z',
      true,
    ],
    [
      'out of its bounds',
      { repeat: { ...weekly.repeat, boundsPeriod: { end: '2026-01-01' } } },
      '2026-06-06T23:00:00Z',
      false,
    ],
    [
      'a recurrence that is not worked out',
      { repeat: { period: 2, periodUnit: 'wk', boundsPeriod: { start: '2026-01-01' } } },
      '2026-06-06T23:00:00Z',
      undefined,
    ],
    [
      'a time of day without a duration',
      { repeat: { timeOfDay: ['10:00:00'] } },
      '2026-06-06T10:00:00Z',
      undefined,
    ],
    ['nothing', {}, '2026-06-06T10:00:00Z', undefined],
    ['rubbish', { repeat: 'x', event: 7 }, '2026-06-06T10:00:00Z', undefined],
  ])('%s', (_, timing, time, expected) => {
    expect(isDown({ timing }, at(time))).toBe(expected)
  })

  test('is the same in XML, where a primitive is an object', () => {
    const repeat = {
      timeOfDay: { value: '10:00:00' },
      duration: { value: '1' },
      durationUnit: { value: 'h' },
    }
    expect(isDown({ timing: { repeat } }, at('2026-06-06T10:30:00Z'))).toBe(true)
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

describe('a Timing at its edges', () => {
  const daily = (timeOfDay: unknown, more: object = {}): object => ({
    repeat: { timeOfDay, duration: 4, durationUnit: 'h', ...more },
  })
  const down = (timing: object, time: string): boolean | undefined => isDown({ timing }, at(time))

  test('over midnight, into a day that is not named, and into another year', () => {
    const friday = daily(['22:00:00'], { dayOfWeek: ['fri'] }) // 2027-01-01 is a Friday
    expect(down(friday, '2027-01-01T21:59:59.999Z')).toBe(false)
    expect(down(friday, '2027-01-02T01:59:59.999Z')).toBe(true)
    expect(down(friday, '2027-01-02T02:00:00Z')).toBe(false)
    expect(down(friday, '2027-01-02T22:00:00Z')).toBe(false)
    expect(down(daily('23:00'), '2027-01-01T02:59:59Z')).toBe(true)
    expect(down(daily('23:00'), '2027-01-01T03:00:00Z')).toBe(false)
  })

  test.each([
    ['s', 3600],
    ['min', 60],
    ['h', 1],
    ['d', 1 / 24],
    ['wk', 1 / 168],
  ])('a duration in %s', (durationUnit, duration) => {
    const timing = daily(['10:00:00'], { duration, durationUnit })
    expect(down(timing, '2026-06-03T10:59:59Z')).toBe(true)
    expect(down(timing, '2026-06-03T11:00:00Z')).toBe(false)
  })

  test('several days, several times', () => {
    const timing = daily(['06:00:00', '18:30:30'], { dayOfWeek: ['mon', 'WED'] })
    expect(down(timing, '2026-06-01T06:00:00Z')).toBe(true) // a Monday
    expect(down(timing, '2026-06-02T06:00:00Z')).toBe(false)
    expect(down(timing, '2026-06-03T18:30:29Z')).toBe(false)
    expect(down(timing, '2026-06-03T18:30:30Z')).toBe(true)
  })

  test('two days and a half, from Friday to Monday', () => {
    const timing = daily('18:00:00', { dayOfWeek: 'fri', duration: 60, durationUnit: 'h' })
    expect(down(timing, '2026-06-05T18:00:00Z')).toBe(true)
    expect(down(timing, '2026-06-08T05:59:59Z')).toBe(true)
    expect(down(timing, '2026-06-08T06:00:00Z')).toBe(false)
  })

  test('within bounds only', () => {
    const timing = daily(['10:00:00'], { boundsPeriod: { start: '2026-06-02', end: '2026-06-03' } })
    expect(down(timing, '2026-06-01T10:00:00Z')).toBe(false)
    expect(down(timing, '2026-06-02T10:00:00Z')).toBe(true)
    expect(down(timing, '2026-06-04T10:00:00Z')).toBe(false)
  })

  test('one event of several, and one that is none among them', () => {
    const event = ['2026-06-01', 'soon', '2026-06-03T10:00:00Z']
    expect(down({ event }, '2026-06-01T10:00:00Z')).toBe(true)
    expect(down({ event }, '2026-06-03T10:00:00.999Z')).toBe(true)
    expect(down({ event }, '2026-06-02T10:00:00Z')).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['no repeat', { code: { text: 'on holidays' } }],
    ['a duration in months', daily(['10:00:00'], { durationUnit: 'mo' })],
    ['a duration without a unit', daily(['10:00:00'], { durationUnit: undefined })],
    ['a duration of nothing', daily(['10:00:00'], { duration: 0 })],
    ['a duration below nothing', daily(['10:00:00'], { duration: -1 })],
    ['a duration in words', daily(['10:00:00'], { duration: 'long' })],
    ['a duration of more than a week', daily(['10:00:00'], { duration: 200 })],
    ['a unit with a meaning in JavaScript', daily(['10:00:00'], { durationUnit: 'constructor' })],
    ['a time in words', daily(['noon'])],
    ['a time past the day', daily(['99:00:00'])],
    ['a time at the hour 24', daily(['24:00:00'])],
    ['a minute past the hour', daily(['09:75:00'])],
    ['bounds that cannot be read', daily(['10:00:00'], { boundsPeriod: { start: 'soon' } })],
    ['every second week', daily(['10:00:00'], { period: 2, periodUnit: 'wk', dayOfWeek: 'wed' })],
    ['one day a month', { repeat: { dayOfWeek: ['wed'], period: 1, periodUnit: 'mo' } }],
    ['a text', 'every night'],
    ['a list', [daily(['10:00:00'])]],
    ['null', null],
  ])('%s cannot be told', (_, timing) => {
    // A Wednesday, within all of them if they were read as they look.
    for (const time of ['2026-06-03T10:15:00Z', '2026-06-03T03:30:00Z', '2026-06-03T00:30:00Z'])
      expect(isDown({ timing }, at(time))).not.toBe(true)
    expect(isDown({ timing }, at('2026-06-03T10:15:00Z'))).toBeUndefined()
  })

  test.each([
    ['every week, said in words', { period: 1, periodUnit: 'wk', dayOfWeek: ['wed'] }],
    ['every day, said in words', { period: 1, periodUnit: 'd', frequency: 1 }],
  ])('%s', (_, repeat) => {
    expect(down(daily(['10:00:00'], repeat), '2026-06-03T10:15:00Z')).toBe(true)
  })
})
