/** Values that have one encoding: each other one is refused. */
import { describe, expect, test } from 'vitest'
import { fromStrictBase64, toBase64 } from '../../../src/signers/base64.ts'
import { DerError, readDer, tags, writeDer } from '../../../src/signers/der.ts'
import { timeOf } from '../../../src/udap/x509/der-values.ts'

const time = (tag: number, text: string): number =>
  timeOf(readDer(writeDer(tag, new TextEncoder().encode(text))))

describe('times', () => {
  test.each([
    [tags.utcTime, '490101000000Z', '2049-01-01T00:00:00.000Z'],
    [tags.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [tags.utcTime, '240229235959Z', '2024-02-29T23:59:59.000Z'],
    [tags.generalizedTime, '20500101120000Z', '2050-01-01T12:00:00.000Z'],
    [tags.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
    [tags.generalizedTime, '00500101000000Z', '0050-01-01T00:00:00.000Z'],
  ])('with tag %i, %s is read', (tag, text, iso) => {
    expect(new Date(time(tag, text)).toISOString()).toBe(iso)
  })

  test.each([
    ['without seconds', tags.utcTime, '2601010000Z'],
    ['without Z', tags.utcTime, '2601010000000'],
    ['with an offset', tags.utcTime, '260101000000+0100'],
    ['with a fraction', tags.generalizedTime, '20260101000000.5Z'],
    ['on the 31st of February', tags.utcTime, '260231000000Z'],
    ['on the 29th of February of no leap year', tags.utcTime, '250229000000Z'],
    ['in month 0', tags.utcTime, '260001000000Z'],
    ['in month 13', tags.utcTime, '261301000000Z'],
    ['at 24:00', tags.utcTime, '260101240000Z'],
    ['in minute 60', tags.utcTime, '260101006000Z'],
    ['with a leap second', tags.utcTime, '161231235960Z'],
    ['with a space for a digit', tags.utcTime, '26 101000000Z'],
    ['with the digits of the other type', tags.utcTime, '20260101000000Z'],
    ['of another type', tags.octetString, '260101000000Z'],
    ['that is empty', tags.utcTime, ''],
  ])('one %s is refused', (_what, tag, text) => {
    expect(() => time(tag, text)).toThrow(DerError)
  })
})

describe('base64 of certificates', () => {
  test('every byte at every place survives', () => {
    for (let length = 0; length <= 6; length += 1) {
      for (let value = 0; value < 256; value += 1) {
        const bytes = new Uint8Array(length).fill(value)
        expect(fromStrictBase64(toBase64(bytes))).toEqual(bytes)
      }
    }
  })

  test.each([
    ['padding left out', 'AA'],
    ['padding alone', '===='],
    ['too much padding', 'A==='],
    ['padding in the middle', 'AA==AAAA'],
    ['bits behind the last of one byte', 'AB=='],
    ['bits behind the last of two bytes', 'AAB='],
    ['a line break', 'AAAA\nAAA'],
    ['a line break at the end', 'AAA\n'],
    ['a space', 'AAA '],
    ['base64url', 'AA-_'],
    ['a letter of more than one byte', 'AAAé'],
  ])('%s is refused', (_what, text) => {
    expect(fromStrictBase64(text)).toBeUndefined()
  })
})
