import { describe, expect, test } from 'vitest'
import {
  contextKey,
  contextRules,
  copyContext,
  joinContexts,
  requireContext,
  requireScope,
  type AuthorizationContext,
} from '../../../src/auth/identity.ts'
import { tokenName, type TokenRequest } from '../../../src/auth/requested-token.ts'

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

/** Two values of each member that are not the same. */
const different: { readonly [Name in keyof Required<AuthorizationContext>]: readonly unknown[] } = {
  mode: ['smart-backend', 'udap'],
  clientId: ['c', 'd'],
  iss: ['c', 'd'],
  scope: ['system/Patient.read', 'system/Patient.rs'],
  audience: ['issuer', { text: 'issuer' }],
  purposeOfUse: ['TREAT', ['TREAT', 'HPAYMT']],
  claims: [{ a: 1 }, { a: 2 }],
}

describe('the names of cached things', () => {
  const request: TokenRequest = {
    tokenEndpoint: 'https://as.example/token',
    fhirBaseUrl: 'https://fhir.example/r4',
    scope: 's',
    issuer: 'https://as.example',
  }
  const nameOf = (given: Partial<TokenRequest>): string => {
    const { clientId = 'c', mode = 'carequality-legacy' } = given
    return tokenName({ ...request, ...given }, { clientId, mode, certificates: [] })
  }

  test.each(Object.entries(different))('differ by %s', (member, values) => {
    const contexts = [undefined, ...values].map((value): object => ({ [member]: value }))
    expect(Object.keys(contextRules)).toContain(member)
    expect(new Set(contexts.map(contextKey)).size).toBe(3)
    const named = contexts.filter((one) => Object.values(one)[0] !== undefined)
    expect(new Set(named.map(nameOf)).size).toBe(2)
  })

  test('are equal for the same scopes in another order, and for what only says how to ask', () => {
    expect(contextKey({ scope: 'a b' })).toBe(contextKey({ scope: 'b a' }))
    const same = [{}, { algorithms: ['RS384'], organization: '1.2', tokenRequestsPerMinute: 5 }]
    expect(new Set([...same, { issuer: 'https://other.example' }].map(nameOf)).size).toBe(1)
  })

  test.each<Partial<TokenRequest>>([
    { tokenEndpoint: 'https://as.example/other' },
    { fhirBaseUrl: 'https://fhir.example/r5' },
    { form: { tenant: 'a' } },
    { registeredAt: 5 },
  ])('differ by the request: %j', (changed) => {
    expect(nameOf(changed)).not.toBe(nameOf({}))
  })

  test('differ by the issuer where it is the audience', () => {
    const issuers = ['https://as.example', 'https://other.example']
    expect(new Set(issuers.map((issuer) => nameOf({ audience: 'issuer', issuer }))).size).toBe(2)
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
