import { describe, expect, test } from 'vitest'
import { AssertionSigner, TokenProvider } from '../../../src/index.ts'
import { clockOf, fractionOf, identifiersOf } from '../../../src/lib/sources.ts'
import { failureOf, jsonAnswer, wire } from '../../support/answering-fetch.ts'
import { asking, granted, keyPair, ownSigner, provider } from '../../support/token-endpoint.ts'
import { directoryOf, organization } from '../../support/directory-wire.ts'

const times: readonly unknown[] = [NaN, Infinity, -Infinity, '5', null, undefined, {}]
const ids: readonly unknown[] = [
  ...['', ' ', 'a b', 'a\r\nb', 'ü', 'x'.repeat(129)],
  ...[undefined, null, 7, {}, Promise.resolve('x')],
]
const gives = (value: unknown) => (() => value) as () => never

describe('L7: a clock', () => {
  test.each([0, -1, 1.5, 1e15])('that says %d is believed', (at) => {
    expect(clockOf(() => at)()).toBe(at)
  })

  test.each(times)('that says %j is a TypeError that names the option', (at) => {
    expect(clockOf(gives(at))).toThrow(TypeError)
    expect(clockOf(gives(at))).toThrow('"now"')
  })

  test('that throws is heard', () => {
    const own = new Error('no battery')
    const clock = clockOf(() => {
      throw own
    })
    expect(clock).toThrow(own)
  })

  test('of nobody is Date.now, whatever it is at that time', () => {
    const before = Date.now()
    expect(clockOf(undefined)()).toBeGreaterThanOrEqual(before)
  })

  test.each(times)('that says %j signs nothing and sends nothing', async (at) => {
    const http = wire(() => granted())
    const signer = await ownSigner(keyPair('P-256'))
    let said: unknown = 1e12
    const now = () => said as number
    const assertions = new AssertionSigner({ clientId: 'c', signer, now })
    const tokens = new TokenProvider({ ...http.options, assertions, now })
    said = at
    const signed = await failureOf(assertions.sign({ audience: 'https://as.example.org/' }))
    expect(signed).toBeInstanceOf(TypeError)
    expect(await failureOf(tokens.getToken(asking()))).toBeInstanceOf(TypeError)
    expect(http.requests).toEqual([])
  })

  test('that breaks in the middle ends the call, and the next one is good', async () => {
    const http = wire(() => jsonAnswer(organization('2.999.1')))
    let broken = false
    const directory = directoryOf(http, { now: () => (broken ? NaN : 1e12) })
    broken = true
    const error = await failureOf(directory.read('2.999.1'))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain('"now"')
    broken = false
    expect((await directory.read('2.999.1')).id).toBe('2.999.1')
  })
})

describe('L7: a source of identifiers', () => {
  test.each(['1', crypto.randomUUID(), 'x'.repeat(128), '!~'])('that gives %j is taken', (id) => {
    expect(identifiersOf(() => id)()).toBe(id)
  })

  test.each(ids)('that gives %j is a TypeError that names the option', (id) => {
    expect(identifiersOf(gives(id))).toThrow(TypeError)
    expect(identifiersOf(gives(id))).toThrow('"randomUUID"')
  })

  test.each(ids)('that gives %j signs no assertion, and sends none', async (id) => {
    const http = wire(() => granted())
    const tokens = await provider(http.options, { randomUUID: gives(id) })
    const error = await failureOf(tokens.getToken(asking()))
    expect(error).toBeInstanceOf(TypeError)
    expect(http.requests).toEqual([])
  })

  test('of nobody is crypto.randomUUID', () => {
    expect(identifiersOf(undefined)()).toMatch(/^[\da-f-]{36}$/)
    expect(identifiersOf(undefined)()).not.toBe(identifiersOf(undefined)())
  })
})

test.each([
  ['00000000-0000-4000-8000-000000000000', 0],
  ['80000000-1', 0.5],
  ['ffffffff', 1 - 2 ** -32],
  ['no digits', 0.5],
  ['', 0.5],
  ['-1', 0.5],
  [' ff', 0.5],
])('the fraction of %j is from 0 to 1', (id, fraction) => {
  expect(fractionOf(id)).toBe(fraction)
})
