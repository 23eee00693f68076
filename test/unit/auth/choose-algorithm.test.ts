import { expect, test } from 'vitest'
import { chooseAlgorithm } from '../../../src/auth/choose-algorithm.ts'
import { isCarequalityError } from '../../../src/errors.ts'
import type { SigningAlgorithm } from '../../../src/signers/index.ts'
import type { Mode } from '../../../src/types.ts'

const able: readonly SigningAlgorithm[] = ['RS256', 'RS384']

test.each<[readonly SigningAlgorithm[], readonly string[] | undefined, Mode, SigningAlgorithm]>([
  [able, undefined, 'carequality-legacy', 'RS256'],
  [able, undefined, 'smart-backend', 'RS384'],
  [able, [], 'carequality-legacy', 'RS256'],
  [able, [], 'smart-backend', 'RS384'],
  [['RS384', 'RS256'], undefined, 'carequality-legacy', 'RS256'],
  [['RS384'], undefined, 'carequality-legacy', 'RS384'],
  [['RS256'], undefined, 'smart-backend', 'RS256'],
  [['ES256'], undefined, 'smart-backend', 'ES256'],
  [['ES384'], undefined, 'carequality-legacy', 'ES384'],
  [able, ['RS384'], 'carequality-legacy', 'RS384'],
  [able, ['RS384', 'RS256'], 'smart-backend', 'RS256'],
  [['RS384', 'RS256'], ['RS256', 'RS384'], 'carequality-legacy', 'RS384'],
  [['PS256', 'RS384'], undefined, 'carequality-legacy', 'RS384'],
  [['PS256', 'RS384'], ['PS256'], 'carequality-legacy', 'PS256'],
  [['EdDSA'], ['RS384', 'EdDSA'], 'smart-backend', 'EdDSA'],
  [able, ['none', 'HS256', 'RS384', 'PS384'], 'smart-backend', 'RS384'],
])('a key for %j and a server that lists %j in mode %s: %s', (able, listed, mode, expected) => {
  expect(chooseAlgorithm(able, listed, mode)).toBe(expected)
})

function failure(
  listed: readonly string[] | undefined,
  own: readonly SigningAlgorithm[] = able,
): { code: string; message: string } {
  try {
    chooseAlgorithm(own, listed, 'smart-backend')
  } catch (error) {
    if (isCarequalityError(error)) return error
  }
  throw new Error('it did not fail')
}

test('without one in common the error names both lists', () => {
  expect(failure(['ES256', 'ES384'])).toMatchObject({
    name: 'ConfigurationError',
    code: 'ERR_CQ_NO_COMMON_ALGORITHM',
    operation: 'assertion.sign',
    message: expect.stringContaining(
      'the signer supports RS256, RS384 and the server ES256, ES384.',
    ) as string,
  })
})

test.each(['RS512', 'PS256', 'PS384', 'PS512', 'ES512', 'EdDSA'] as const)(
  '%s is only used where it is listed',
  (alg) => {
    for (const listed of [undefined, [], ['RS384']]) {
      const { code, message } = failure(listed, [alg])
      expect(code).toBe('ERR_CQ_NO_COMMON_ALGORITHM')
      expect(message).toContain(alg)
    }
  },
)

test('K1: none and HS256 are never taken', () => {
  expect(failure(['none', 'HS256', 'rs256']).code).toBe('ERR_CQ_NO_COMMON_ALGORITHM')
})

test('of what a hostile server lists only registered names are shown', () => {
  const hostile = ['\u001b[31mES256\r\n', '"><script>', 'x'.repeat(1e6), '\u202e', '']
  const { message } = failure([...hostile, ...Array<string>(1000).fill('PS512')])
  expect(message).toMatch(/^[\x20-\x7e]+$/)
  expect(message).toContain('the server PS512.')
  expect(message.length).toBeLessThan(400)
  expect(failure(['\u0000']).message).toContain('none that is registered')
})
