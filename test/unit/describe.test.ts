import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { CarequalityClient, type CarequalityClientOptions } from '../../src/index.ts'
import { MemoryTokenCache } from '../../src/auth/index.ts'
import { signer } from '../support/fake-responder.ts'

const MARK = 'S3CRET-MARK'
const fetch = () => Promise.reject(new Error('nothing is asked'))

async function clientOf(
  options: Partial<CarequalityClientOptions> = {},
): Promise<CarequalityClient> {
  return new CarequalityClient({ clientId: 'a.example', signer: await signer(), fetch, ...options })
}

describe('describe()', () => {
  test('says what is in effect where nothing was set', async () => {
    const own = await signer()
    const client = new CarequalityClient({ clientId: 'a.example', signer: own })
    expect(client.describe()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown,
      mode: 'carequality-legacy',
      clientId: 'a.example',
      scope: undefined,
      purposeOfUse: [],
      requirePurpose: false,
      audit: 'off',
      propagateTo: [],
      signer: { algorithms: own.algorithms, kid: own.kid },
      directory: 'custom',
      timeoutMs: 60_000,
      attemptTimeoutMs: undefined,
      transport: 'fetch',
      allowedOrigins: 'any-https',
      trustedOrigins: [],
      allowedPrivateHosts: [],
      allowInsecureLoopback: false,
      searchMethod: 'post-then-get',
      validation: 'shell',
      validatorCacheEntries: 0,
      sharedTokenCache: false,
      quirks: ['cerner.carequality-token', 'athenahealth.token-rate'],
      blocked: [],
    })
  })

  test('says what was set, and a rule for a function', async () => {
    const client = await clientOf({
      directory: { release: 'carequality-r4', environment: 'stage', apiKey: MARK },
      mode: 'smart-backend',
      scope: 'system/Patient.rs',
      purposeOfUse: ['TREAT', 'HOPERAT'],
      requirePurpose: true,
      timeoutMs: 5_000,
      attemptTimeoutMs: 900,
      allowedOrigins: ['https://a.example'],
      trustedOrigins: () => true,
      allowedPrivateHosts: ['fhir.internal'],
      searchMethod: 'post-only',
      validation: 'off',
      validatorCache: { maxEntries: 50 },
      tokenCache: new MemoryTokenCache(),
      disabledQuirks: ['athenahealth.token-rate'],
      signer: () => signer(),
    })
    expect(client.describe()).toMatchObject({
      mode: 'smart-backend',
      scope: 'system/Patient.rs',
      purposeOfUse: ['TREAT', 'HOPERAT'],
      requirePurpose: true,
      signer: 'rotating',
      directory: { network: 'carequality', environment: 'stage' },
      timeoutMs: 5_000,
      attemptTimeoutMs: 900,
      transport: 'custom',
      allowedOrigins: ['https://a.example'],
      trustedOrigins: 'rule',
      allowedPrivateHosts: ['fhir.internal'],
      searchMethod: 'post-only',
      validation: 'off',
      validatorCacheEntries: 50,
      sharedTokenCache: true,
      quirks: ['cerner.carequality-token'],
    })
  })

  test('says whom as() makes of it', async () => {
    const client = await clientOf({ scope: 'system/Patient.read' })
    const other = client.as({ clientId: 'b.example', purposeOfUse: 'TREAT', mode: 'smart-backend' })
    expect(other.describe()).toMatchObject({
      clientId: 'b.example',
      purposeOfUse: ['TREAT'],
      mode: 'smart-backend',
      scope: 'system/Patient.read',
    })
    expect(client.describe()).toMatchObject({ clientId: 'a.example', purposeOfUse: [] })
  })

  test('is a copy: a change of it changes no setting', async () => {
    const trusted = [{ fhir: 'https://a.example', token: 'https://b.example' }]
    const allowed = ['https://a.example']
    const client = await clientOf({ trustedOrigins: trusted, allowedOrigins: allowed })
    const told = client.describe()
    expect(told.trustedOrigins).not.toBe(trusted)
    expect(told.allowedOrigins).not.toBe(allowed)
    expect(told).toEqual(client.describe())
    allowed.push('https://evil.example')
    trusted.push({ fhir: 'https://evil.example', token: 'https://evil.example' })
    expect(client.describe()).toEqual(told)
  })
})

test('B1: describe() shows no secret, whatever was put into the options', async () => {
  const own = await signer()
  const secretive = {
    ...own,
    certificates: [...(own.certificates ?? [])],
    pin: MARK,
    key: MARK,
    toJSON: () => MARK,
  }
  const client = await clientOf({
    directory: { release: 'carequality-stu3', apiKey: MARK },
    signer: secretive,
    claims: { secret: MARK },
    audience: { text: `https://a.example/?${MARK}` },
    assertion: { headers: { jku: `https://a.example/${MARK}` } },
    userAgent: `agent ${MARK}`,
    tokenCache: Object.assign(new MemoryTokenCache(), { password: MARK }),
    fetch: Object.assign(fetch, { MARK }),
    quirks: [
      {
        id: 'own',
        evidence: MARK,
        applies: () => true,
        apply: () => ({ form: { client_secret: MARK } }),
      },
    ],
    trustedOrigins: [
      {
        fhir: `https://user:${MARK}@a.example/r4?key=${MARK}`,
        token: `https://b.example/${MARK}`,
      },
    ],
    allowedOrigins: [`https://user:${MARK}@a.example/r4?key=${MARK}#${MARK}`],
    allowedPrivateHosts: ['fhir.internal'],
    context: () => ({ claims: { secret: MARK } }),
  })
  const told = [client.describe(), client.as({ claims: { secret: MARK } }).describe()]
  for (const one of told) {
    expect(JSON.stringify(one)).not.toContain(MARK)
    expect(inspect(one, { depth: 9, showHidden: true, getters: true })).not.toContain(MARK)
    expect(JSON.stringify(one)).not.toMatch(/MII[A-Za-z0-9+/]{20}/) // no certificate
    expect(one.allowedOrigins).toEqual(['https://a.example'])
    expect(one.trustedOrigins).toEqual([{ fhir: 'https://a.example', token: 'https://b.example' }])
  }
})
