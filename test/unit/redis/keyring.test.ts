import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SealingKey } from '../../../src/redis/keyring.ts'

const key = new SealingKey({ id: 'a', secret: new Uint8Array(32).fill(1) })
const other = new SealingKey({ id: 'a', secret: new Uint8Array(32).fill(2) })
const ENDS = 2_000

test('what is sealed opens at its place, before its end, with its key, and nowhere else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string(), async (value, place) => {
      const sealed = await key.seal(value, place, ENDS)
      const json: unknown = JSON.parse(JSON.stringify(value))
      expect(await key.open(sealed, place, ENDS - 1)).toEqual({ value: json })
      expect(await key.open(sealed, place, ENDS)).toBeUndefined()
      expect(await key.open(sealed, `${place}x`, 0)).toBeUndefined()
      expect(await other.open(sealed, place, 0)).toBeUndefined()
    }),
    { numRuns: 50 },
  )
})

test('no change of a sealed text opens', async () => {
  const sealed = await key.seal({ token: 'marked' }, 'place', ENDS)
  expect(sealed).not.toContain('marked')
  for (let at = 0; at < sealed.length; at += 1) {
    for (const sign of ['A', 'B', '.', '9']) {
      const changed = sealed.slice(0, at) + sign + sealed.slice(at + 1)
      if (changed === sealed) continue
      expect(await key.open(changed, 'place', 0)).toBeUndefined()
    }
  }
})

test.each([
  '',
  '.',
  '...',
  'a.1..',
  `a.${'9'.repeat(400)}.AAAA.AAAA`,
  '\u0000'.repeat(9),
  'x'.repeat(1e6),
])('a text that is nobody’s (%#) does not open', async (text) => {
  expect(await key.open(text, 'place', 0)).toBeUndefined()
})

test('two seals of one value differ, and names are the same each time', async () => {
  expect(await key.seal(1, 'p', ENDS)).not.toBe(await key.seal(1, 'p', ENDS))
  expect(await key.nameOf('x')).toBe(await key.nameOf('x'))
  expect(await key.nameOf('x')).not.toBe(await other.nameOf('x'))
  expect(await key.nameOf('x')).toMatch(/^[\w-]{43}$/)
})
