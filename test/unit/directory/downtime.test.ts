import { describe, expect, test } from 'vitest'
import { isDown } from '../../../src/directory/downtime.ts'
import { holdsPurpose } from '../../../src/directory/purposes.ts'

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

describe('purposes', () => {
  test.each([
    [['TREATMENT'], ['TREAT'], true],
    [['Treatment'], ['TREATMENT'], true],
    [['Public Health'], ['PUBHLTH'], true],
    [['TREAT'], ['T-TREAT'], false],
    [['T-TREAT'], ['T-TREAT'], true],
    [['T-TRTMNT'], ['T-TREAT'], false],
    [['PAYMENT', 'HOPERAT'], ['OPERATIONS', 'x'], true],
    [['PAYMENT'], ['constructor'], false],
  ])('%j hold %j: %s', (published, wanted, expected) => {
    expect(holdsPurpose(published, wanted)).toBe(expected)
  })
})
