import { describe, expect, test } from 'vitest'
import type { TokenRequest } from '../../../src/auth/requested-token.ts'
import type { Transport } from '../../../src/types.ts'
import type { TokenProvider } from '../../../src/auth/token-provider.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import {
  answered,
  asking,
  assertionOf,
  customSigner,
  endpoint,
  formOf,
  granted,
  keyPair,
  ownSigner,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'

/** Each request is answered with a token of its own. */
function numbered() {
  return tokenWire((_, number) => granted({ access_token: `t${number}`, expires_in: 3600 }))
}

const signal = (): AbortSignal => new AbortController().signal

test('T2: 1,000 callers at once cost one request', async () => {
  const line = numbered()
  const tokens = await provider(line.options)
  const all = await Promise.all(Array.from({ length: 1000 }, () => tokens.getToken(asking())))
  expect(new Set(all).size).toBe(1)
  expect((await tokens.getToken(asking())).accessToken).toBe('t1')
  expect(line.requests).toHaveLength(1)
})

describe('T1: a token is shared with nobody who', () => {
  const context = {
    clientId: 'client.example.org',
    mode: 'carequality-legacy',
    audience: 'token-endpoint',
    purposeOfUse: ['TREAT'],
    claims: { extensions: { 'hl7-b2b': { purpose_of_use: ['TREAT'], version: '1' } } },
    form: { udap: '1' },
  } as const
  const first = asking(context)
  const others: readonly [string, Partial<TokenRequest>][] = [
    ['is another client', { clientId: 'other' }],
    ['uses another mode', { mode: 'smart-backend' }],
    ['asks for another scope', { scope: 'system/Patient.rs' }],
    ['asks for more', { scope: 'system/Patient.read a' }],
    ['names the issuer', { audience: 'issuer', issuer: 'https://as.example.org/' }],
    ['names another issuer', { audience: 'issuer', issuer: 'https://as.example.org/b' }],
    ['names a text', { audience: { text: endpoint } }],
    ['names a text that reads like a choice', { audience: { text: 'issuer' } }],
    ['has another purpose', { purposeOfUse: ['HPAYMT'] }],
    ['has two purposes', { purposeOfUse: ['TREAT', 'HPAYMT'] }],
    ['has no purpose', { purposeOfUse: undefined }],
    ['has another claim, however deep', { claims: deep(['HPAYMT'], '1') }],
    ['has a claim of another kind', { claims: deep(['TREAT'], 1) }],
    ['has no claims', { claims: undefined }],
    ['has a time among its claims', { claims: dated(1) }],
    ['has another time among its claims', { claims: dated(2) }],
    ['sends another form', { form: { udap: '2' } }],
    ['sends no form', { form: undefined }],
    ['asks elsewhere', { tokenEndpoint: `${endpoint}/2` }],
    ['asks at another case', { tokenEndpoint: 'https://AS.example.org/token' }],
    ['asks for another FHIR server', { fhirBaseUrl: 'https://fhir.example.org/r4/b' }],
  ]
  function deep(purpose_of_use: readonly string[], version: string | number) {
    return { extensions: { 'hl7-b2b': { version, purpose_of_use } } }
  }
  function dated(day: number): NonNullable<TokenRequest['claims']> {
    return { consented: new Date(Date.UTC(2026, 0, day)) as unknown as string }
  }

  test.each(others)('%s', async (_, change) => {
    const line = numbered()
    const tokens = await provider(line.options)
    const one = await tokens.getToken(first)
    const other = await tokens.getToken({ ...first, ...change })
    expect([one.accessToken, other.accessToken]).toEqual(['t1', 't2'])
    expect((await tokens.getToken({ ...first })).accessToken).toBe('t1')
    expect(line.requests).toHaveLength(2)
  })

  test('differs in any of these, all asking at once', async () => {
    const line = numbered()
    const tokens = await provider(line.options)
    const requests = [first, ...others.map(([, change]) => ({ ...first, ...change }))]
    const rounds = [...requests, ...requests, ...requests]
    const got = await Promise.all(rounds.map((request) => tokens.getToken(request)))
    expect(new Set(got).size).toBe(requests.length)
    expect(line.requests).toHaveLength(requests.length)
    requests.forEach((_, index) => {
      expect(got[index]).toBe(got[index + requests.length])
    })
  })
})

test('T1: callers with four purposes get tokens that were asked for theirs', async () => {
  const line = tokenWire((request) => {
    const { claims } = assertionOf(request)
    return granted({ access_token: String(claims.purpose) })
  })
  const tokens = await provider(line.options)
  const purposes = ['TREAT', 'HPAYMT', 'HOPERAT', 'PATRQT']
  await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const purpose = purposes[index % 4] ?? ''
      const request = asking({ purposeOfUse: purpose, claims: { purpose } })
      expect((await tokens.getToken(request)).accessToken).toBe(purpose)
    }),
  )
  expect(line.requests).toHaveLength(4)
})

test.each<[string, Partial<TokenRequest>, Partial<TokenRequest>]>([
  ['scopes in another order', { scope: 'a b c' }, { scope: 'c a b' }],
  ['what is the default anyway', {}, { mode: 'carequality-legacy', audience: 'token-endpoint' }],
  ["the signer's own client id", {}, { clientId: 'client.example.org' }],
  ['claims in another order', { claims: { a: 1, b: 2 } }, { claims: { b: 2, a: 1 } }],
  ['another organization in errors', { organization: '1.2' }, { organization: '1.3' }],
])('%s: the same token', async (_, one, other) => {
  const line = numbered()
  const tokens = await provider(line.options)
  await tokens.getToken(asking(one))
  expect((await tokens.getToken(asking(other))).accessToken).toBe('t1')
})

test('scopes are sent in the order of whoever came first', async () => {
  const line = numbered()
  await (await provider(line.options)).getToken(asking({ scope: 'c a b' }))
  expect(formOf(line.requests[0]).get('scope')).toBe('c a b')
})

test('a request that its caller changes meanwhile keeps what it was asked with', async () => {
  const line = tokenWire((request) => {
    const { claims } = assertionOf(request)
    return granted({ access_token: `${String(formOf(request).get('scope'))}-${String(claims.p)}` })
  })
  const tokens = await provider(line.options)
  const claims = { p: 'TREAT' }
  const request = asking({ scope: 'a', claims })
  const authorize = tokens.authorizer(request)
  const first = tokens.getToken(request)
  request.scope = 'b'
  claims.p = 'HPAYMT'
  const second = tokens.getToken(request)
  expect((await first).accessToken).toBe('a-TREAT')
  expect((await second).accessToken).toBe('b-HPAYMT')
  const given = await authorize({ url: '', signal: signal() })
  expect(given).toBe(await first)
  expect(line.requests).toHaveLength(2)
})

test('two providers with different keys share nothing, and a rotated key keeps its tokens', async () => {
  const line = numbered()
  const [one, two] = [await ownSigner(keyPair('P-256')), await ownSigner(keyPair('P-256'))]
  let current = one
  const tokens = await provider(line.options, { signer: () => current })
  const token = await tokens.getToken(asking())
  current = two
  expect(await tokens.getToken(asking())).toBe(token)
  expect(line.requests).toHaveLength(1)
})

test('a token is kept for the TLS client certificates that it was asked with, of either server', async () => {
  const line = numbered()
  const { fetch, ...options } = line.options
  const shown = new Map<string, string>()
  const transport: Transport = {
    send: async ({ url, method, headers, body = null, signal: own }) => {
      const request = new Request(url, { method, headers, body, signal: own })
      const { status, headers: theirs, body: stream } = await fetch(request)
      return { status, headers: theirs, body: stream }
    },
    clientCertificate: (url) => shown.get(new URL(url).hostname),
  }
  const tokens = await provider({ ...options, transport })
  const get = async () => (await tokens.getToken(asking())).accessToken
  expect(await get()).toBe('t1')
  shown.set('as.example.org', 'one')
  expect(await get()).toBe('t2')
  shown.set('fhir.example.org', 'one')
  expect(await get()).toBe('t3')
  shown.set('as.example.org', 'two')
  expect(await get()).toBe('t4')
  shown.clear()
  expect(await get()).toBe('t1')
})

test('two providers have nothing in common: tokens, clocks, refusals', async () => {
  const signer = await ownSigner(keyPair('P-256'))
  const line = numbered()
  const both = [await provider(line.options, { signer }), await provider(line.options, { signer })]
  const got = await Promise.all(both.map((tokens) => tokens.getToken(asking())))
  expect(got.map(({ accessToken }) => accessToken).sort()).toEqual(['t1', 't2'])
  const away = tokenWire(() => {
    const headers = { date: new Date(away.now - 120_000).toUTCString() }
    return new Response('{"error":"invalid_client"}', { status: 401, headers })
  })
  for (let count = 1; count <= 2; count += 1) {
    const tokens = await provider(away.options, { signer })
    for (let time = 0; time < 4; time += 1) await failureOf(tokens.getToken(asking()))
    // The first of three has a second attempt, by the corrected clock; the fourth is not sent.
    expect(away.requests).toHaveLength(4 * count)
  }
})

describe('invalidate', () => {
  test('drops a token only while it is the cached one', async () => {
    const line = numbered()
    const tokens = await provider(line.options)
    const first = await tokens.getToken(asking())
    expect(tokens.invalidate(first)).toBe(true)
    expect(tokens.invalidate(first)).toBe(false)
    const second = await tokens.getToken(asking())
    expect(tokens.invalidate(first)).toBe(false)
    expect(await tokens.getToken(asking())).toBe(second)
    expect(line.requests).toHaveLength(2)
  })

  test('knows no token of another provider', async () => {
    const line = numbered()
    const [one, other] = [await provider(line.options), await provider(line.options)]
    await one.getToken(asking())
    expect(one.invalidate(await other.getToken(asking()))).toBe(false)
  })
})

describe('authorizer', () => {
  const ask = (tokens: TokenProvider) => {
    const authorize = tokens.authorizer(asking())
    return async (rejected?: Parameters<TokenProvider['invalidate']>[0]) => {
      const token = await authorize({ url: '', rejected, signal: signal() })
      if (typeof token !== 'object') throw new Error('no token')
      return token
    }
  }

  test('shares its token with getToken, and asks anew for one that was refused', async () => {
    const line = numbered()
    const tokens = await provider(line.options)
    const authorize = ask(tokens)
    const first = await authorize()
    expect(await tokens.getToken(asking())).toBe(first)
    const second = await authorize(first)
    expect(second.accessToken).toBe('t2')
    expect(await authorize(first)).toBe(second)
    expect(line.requests).toHaveLength(2)
  })

  test('of 64 callers whose token was refused makes one request', async () => {
    const line = numbered()
    const authorize = ask(await provider(line.options))
    const first = await authorize()
    const again = await Promise.all(Array.from({ length: 64 }, () => authorize(first)))
    expect(new Set(again.map(({ accessToken }) => accessToken))).toEqual(new Set(['t2']))
    expect(line.requests).toHaveLength(2)
  })

  test('rejects with the reason of its signal', async () => {
    const authorize = (await provider(numbered().options)).authorizer(asking())
    const error = await failureOf(authorize({ url: '', signal: AbortSignal.abort('gone') }))
    expect(error).toBe('gone')
  })
})

test('T4: a failure is shared by those who wait for it and forgotten', async () => {
  const line = tokenWire((_, number) => (number === 1 ? answered('', 500) : granted()))
  const tokens = await provider(line.options)
  const failed = await Promise.all(
    Array.from({ length: 20 }, () => failureOf(tokens.getToken(asking()))),
  )
  expect(new Set(failed).size).toBe(1)
  expect(line.requests).toHaveLength(1)
  expect((await tokens.getToken(asking())).accessToken).toBe('token')
})

test('T11: the cache holds 1,000 tokens and forgets the one that was not used for longest', async () => {
  const line = numbered()
  const signer = customSigner(keyPair('P-256'), 'ES256')
  const tokens = await provider(line.options, { signer })
  const get = (number: number) => tokens.getToken(asking({ clientId: `client ${number}` }))
  for (let number = 1; number <= 1000; number += 1) await get(number)
  await get(1) // used again, so that 2 is the oldest
  await get(1001)
  expect(line.requests).toHaveLength(1001)
  await get(1)
  await get(3)
  await get(1000)
  expect(line.requests).toHaveLength(1001)
  await get(2)
  expect(line.requests).toHaveLength(1002)
  expect(signer.calls).toBe(1002)
})
