import { expect, test } from 'vitest'
import { contextKey } from '../../../src/auth/identity.ts'
import { requestKey } from '../../../src/auth/keyed-claims.ts'
import { tokenName } from '../../../src/auth/requested-token.ts'
import { tefcaIas } from '../../../src/udap/index.ts'

const extensions = (idToken: string) =>
  tefcaIas({ userInformation: {}, patientInformation: {}, idToken })
const request = (idToken: string) => ({
  ...{ tokenEndpoint: 'https://as.example.org/token', fhirBaseUrl: 'https://fhir.example.org/r4' },
  ...{ scope: 'system/Patient.rs', claims: { extensions: extensions(idToken) } },
})
const identity = { clientId: 'a', mode: 'udap', certificates: [] } as const

test('no key holds an id token, and keys of two id tokens differ', () => {
  const keysOf = (idToken: string): readonly string[] => [
    tokenName(request(idToken), identity),
    contextKey({ claims: { extensions: [extensions(idToken)] } }),
    requestKey(request(idToken), []) ?? '',
  ]
  const [one, same, other] = ['S3CRET.1', 'S3CRET.1', 'S3CRET.2'].map(keysOf)
  expect(one).toEqual(same)
  for (const [at, key] of (one ?? []).entries()) {
    expect(key).not.toContain('S3CRET')
    expect(key).not.toBe(other?.[at])
  }
})
