import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renewalTimes } from '../../../src/auth/token-life.ts'

test.each([
  [3_600_000, 0.5, 60_000, 12_000],
  [3_600_000, 0, 45_000, 12_000],
  [3_600_000, 1, 75_000, 12_000],
  [600_000, 0.5, 60_000, 12_000],
  [300_000, 0.5, 60_000, 6_000],
  [300_000, 0, 45_000, 6_000],
  [300_000, 1, 75_000, 6_000],
  [60_000, 0.5, 12_000, 1_200],
  [30_000, 0.5, 6_000, 1_000],
  [3_000, 0.5, 600, 1_000],
  [2_999, 0.5, 0, 0],
  [1_000, 0.5, 0, 0],
])(
  'a life of %d ms with jitter %d: background %d ms, blocking %d ms before',
  (life, jitter, background, block) => {
    const { refreshAt, blockAt } = renewalTimes(1_000_000, life, jitter)
    expect(1_000_000 + life - refreshAt).toBeCloseTo(background, 6)
    expect(1_000_000 + life - blockAt).toBe(block)
  },
)

test('a token of seven seconds and more is renewed before anyone has to wait', () => {
  for (let seconds = 7; seconds <= 3600; seconds += 1) {
    for (const jitter of [0, 1]) {
      const { refreshAt, blockAt } = renewalTimes(0, seconds * 1000, jitter)
      expect(refreshAt).toBeLessThan(blockAt)
    }
  }
})

test('a token is never renewed before half of its life, nor used after its end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3600 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (seconds, jitter) => {
        const life = seconds * 1000
        const { refreshAt, blockAt } = renewalTimes(0, life, jitter)
        expect(blockAt).toBeGreaterThanOrEqual(life / 2)
        expect(refreshAt).toBeGreaterThanOrEqual(life / 2)
        expect(blockAt).toBeLessThanOrEqual(life)
        expect(refreshAt).toBeLessThanOrEqual(life)
      },
    ),
  )
})
