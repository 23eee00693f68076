import { describe, expect, test } from 'vitest'
import {
  copyContext,
  joinContexts,
  requireContext,
  requireScope,
  type AuthorizationContext,
} from '../../../src/auth/context.ts'

describe('requireContext', () => {
  test.each<AuthorizationContext>([
    {},
    { mode: 'smart-backend', clientId: 'c', scope: 'a b', audience: 'issuer' },
    { audience: { text: 'x' }, purposeOfUse: 'TREAT', claims: { extensions: { a: [1] } } },
    { audience: 'token-endpoint', purposeOfUse: ['TREAT', 'HPAYMT'] },
    { mode: undefined, clientId: undefined, scope: undefined, claims: undefined },
  ])('takes %j', (context) => {
    expect(() => {
      requireContext(context)
    }).not.toThrow()
  })

  test.each<[string, unknown]>([
    ['context', undefined],
    ['context', null],
    ['context', []],
    ['mode', { mode: 'udap2' }],
    ['mode', { mode: null }],
    ['clientId', { clientId: '' }],
    ['clientId', { clientId: 5 }],
    ['scope', { scope: '' }],
    ['scope', { scope: ' a' }],
    ['scope', { scope: 'a "b"' }],
    ['audience', { audience: 'fhir-base' }],
    ['audience', { audience: null }],
    ['audience', { audience: ['issuer'] }],
    ['audience.text', { audience: {} }],
    ['audience.text', { audience: { text: '' } }],
    ['purposeOfUse', { purposeOfUse: '' }],
    ['purposeOfUse', { purposeOfUse: [1] }],
    ['purposeOfUse', { purposeOfUse: null }],
    ['claims', { claims: [] }],
    ['claims', { claims: null }],
    ['claims', { claims: { iss: 'x' } }],
    ['claims', { claims: JSON.parse('{"nbf":1}') as object }],
  ])('names "%s" of %j', (name, context) => {
    const check = (): void => {
      requireContext(context as AuthorizationContext)
    }
    expect(check).toThrow(TypeError)
    expect(check).toThrow(`"${name}"`)
  })
})

test.each(['a\tb', 'a  b', 'a ', 'ü', 'a\\b', 'a\nb', 5, undefined])('%j is no scope', (scope) => {
  expect(() => requireScope(scope)).toThrow(TypeError)
})

describe('joinContexts', () => {
  const full: AuthorizationContext = {
    mode: 'smart-backend',
    clientId: 'c',
    scope: 's',
    audience: 'issuer',
    purposeOfUse: ['TREAT'],
    claims: { a: 1 },
  }

  test('a later member takes the place of an earlier one, and undefined takes none', () => {
    const joined = joinContexts(full, undefined, { scope: 't', clientId: undefined }, {})
    expect(joined).toEqual({ ...full, scope: 't' })
    const nothing = Object.fromEntries(Object.keys(full).map((name) => [name, undefined]))
    expect(joinContexts(full, nothing)).toEqual(full)
  })

  test('claims are replaced as a whole', () => {
    expect(joinContexts(full, { claims: { b: 2 } }).claims).toEqual({ b: 2 })
  })

  test('changes none of the contexts and takes no other member', () => {
    const contexts = [full, { scope: 't', clientSecret: 'x' }].map((one) => Object.freeze(one))
    const joined = joinContexts(...contexts)
    expect(joined).not.toBe(full)
    expect(joined).not.toHaveProperty('clientSecret')
    expect(full.scope).toBe('s')
    expect(joinContexts()).toEqual({})
  })
})

describe('copyContext', () => {
  test('later changes of what was given have no effect', () => {
    const audience = { text: 'a' }
    const purposeOfUse = ['TREAT']
    const claims = { extensions: { b2b: { purpose: ['TREAT'] } } }
    const copy = copyContext({ audience, purposeOfUse, claims })
    audience.text = 'b'
    purposeOfUse.push('HPAYMT')
    claims.extensions.b2b.purpose.push('HPAYMT')
    expect(copy).toEqual({
      audience: { text: 'a' },
      purposeOfUse: ['TREAT'],
      claims: { extensions: { b2b: { purpose: ['TREAT'] } } },
    })
  })

  test('members of a prototype are none', () => {
    const inherited = Object.create({ clientId: 'evil', claims: { a: 1 } }) as AuthorizationContext
    expect(copyContext(inherited)).toEqual({})
  })

  test('what JSON cannot carry is a TypeError that names the option', () => {
    const claims = { a: 1n } as never
    expect(() => copyContext({ claims })).toThrow(TypeError)
    expect(() => copyContext({ claims })).toThrow('"claims"')
  })
})
