import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from '../../../src/lib/sha256.ts'

test('the digest is the one of FIPS 180-4, at each length around a block and beyond', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  for (const length of [...Array(200).keys(), 4_000, 100_000]) {
    const text = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1)
    expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
  }
})
