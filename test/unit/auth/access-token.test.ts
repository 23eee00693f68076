import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { AccessToken } from '../../../src/access-token.ts'

const token = new AccessToken('S3CRET', 'system/Patient.read', 1000)

test('a token can be taken apart', () => {
  const { accessToken, tokenType, scope, expiresAt } = token
  expect([accessToken, tokenType, scope, expiresAt]).toEqual([
    'S3CRET',
    'Bearer',
    'system/Patient.read',
    1000,
  ])
})

test('nothing that prints, copies or serialises a token shows the secret', () => {
  const deep = { depth: 8, showHidden: true, showProxy: true }
  const shown = [
    inspect(token, { depth: 8 }),
    inspect(token, deep),
    inspect(token, { ...deep, getters: true }),
    inspect({ a: { b: [token] } }, { ...deep, getters: true }),
    inspect({ a: { b: [token] } }, deep),
    JSON.stringify(token),
    JSON.stringify(Object.assign({}, token)),
    JSON.stringify(structuredClone(token)),
    [token].map(String)[0],
    Object.entries(token).join(),
    Object.getOwnPropertyNames(token).join(),
  ]
  for (const text of shown) expect(text).not.toContain('S3CRET')
  expect(JSON.parse(JSON.stringify(token))).toEqual({
    tokenType: 'Bearer',
    scope: 'system/Patient.read',
    requestedScope: 'system/Patient.read',
    expiresAt: 1000,
  })
})

test('a token cannot be changed', () => {
  expect(Object.isFrozen(token)).toBe(true)
  expect(() => Object.assign(token, { expiresAt: 5 })).toThrow(TypeError)
  expect(() => Object.assign(token, { accessToken: 'x' })).toThrow(TypeError)
  expect(token.accessToken).toBe('S3CRET')
})
