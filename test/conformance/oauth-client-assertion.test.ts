/** RFC 7523, RFC 7521, RFC 7515, RFC 6749 and RFC 6750, as far as a client of client credentials is meant. */
import { describe, expect, test } from 'vitest'
import { FhirPatientClient } from '../../src/index.ts'
import type { TokenRequest } from '../../src/index.ts'
import type { Mode } from '../../src/types.ts'
import { makeCertificate } from '../support/certificates.ts'
import { patient } from '../support/fhir-answers.ts'
import {
  answered,
  asking,
  assertionOf,
  endpoint,
  formOf,
  granted,
  keyPair,
  opensslAccepts,
  ownSigner,
  provider,
  tokenWire,
} from '../support/token-endpoint.ts'

const pair = keyPair('P-256')
const fhirBaseUrl = 'https://fhir.example.org/r4'
const modes: readonly Mode[] = ['carequality-legacy', 'smart-backend']

async function asked(
  request: Partial<TokenRequest> = {},
  answer: (number: number) => Response = () => granted(),
) {
  const line = tokenWire((_, number) => answer(number))
  const tokens = await provider(line.options, { signer: await ownSigner(pair) })
  const outcome = await tokens.getToken(asking(request)).catch((error: unknown) => error)
  return { ...line, tokens, outcome, form: formOf(line.requests[0]) }
}

describe.each(modes)('in mode %s', (mode) => {
  const claimsOf = async (request: Partial<TokenRequest> = {}) => {
    const { requests, now } = await asked({ mode, ...request })
    return { ...assertionOf(requests[0]), now }
  }

  test('RFC 7523 section 3: iss identifies the issuer, which is the client', async () => {
    expect((await claimsOf()).claims.iss).toBe('client.example.org')
  })

  test('RFC 7523 section 3: sub is the client_id', async () => {
    const { claims } = await claimsOf({ clientId: 'at this server' })
    expect([claims.sub, claims.iss]).toEqual(['at this server', 'at this server'])
  })

  test('RFC 7523 section 3: aud identifies the server, its token endpoint as one string', async () => {
    expect((await claimsOf()).claims.aud).toBe(endpoint)
  })

  test('RFC 7523 section 3: exp limits the time, and iat is not ahead of the clock', async () => {
    const { claims, now } = await claimsOf()
    expect(Number(claims.exp) * 1000).toBeGreaterThan(now)
    expect(Number(claims.iat) * 1000).toBeLessThanOrEqual(now)
  })

  test('RFC 7523 section 3: nbf is left out, so that no clock makes the assertion too early', async () => {
    expect((await claimsOf()).claims).not.toHaveProperty('nbf')
  })

  test('RFC 7523 section 3: jti is unique, in another try too', async () => {
    const { requests } = await asked({ mode }, (number) =>
      number < 3 ? answered('', 503) : granted(),
    )
    expect(new Set(requests.map((one) => assertionOf(one).claims.jti)).size).toBe(3)
  })

  test('RFC 7523 section 3: the assertion is signed', async () => {
    const { form } = await asked({ mode })
    expect(opensslAccepts(form.get('client_assertion') ?? '', pair.publicKey)).toBe(true)
  })

  test('RFC 7519 section 2: times are whole numbers of seconds', async () => {
    const { iat, exp } = (await claimsOf()).claims
    expect([Number.isInteger(iat), Number.isInteger(exp)]).toEqual([true, true])
    expect(String(iat)).toHaveLength(10)
  })

  test('RFC 7515 section 4.1: no crit and no embedded key', async () => {
    const { header } = await claimsOf()
    for (const name of ['crit', 'jwk', 'b64']) expect(header).not.toHaveProperty(name)
  })
})

test('RFC 7515 section 4.1.6: x5c is standard base64, the leaf first, and the key is its key', async () => {
  const issuer = { privateKey: pair.privateKey }
  const validity = { notBefore: new Date(0), notAfter: new Date('2049-01-01') }
  const leaf = makeCertificate({ subject: 'c', publicKey: pair.publicKey, issuer, ...validity })
  const line = tokenWire(() => granted())
  const signer = await ownSigner(pair, { certificates: leaf.pem })
  await (await provider(line.options, { signer })).getToken(asking())
  expect(assertionOf(line.requests[0]).header.x5c).toEqual([leaf.base64])
})

test('RFC 7515 section 7.1: the assertion is three parts of base64url without padding', async () => {
  const { form } = await asked()
  expect(form.get('client_assertion')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
})

test('RFC 7518 section 3.4: an ES256 signature is 64 bytes', async () => {
  const { requests } = await asked()
  expect(assertionOf(requests[0]).signature).toHaveLength(64)
})

test('RFC 7521 section 4.2: client_id is left out, because the assertion names the client', async () => {
  const { form } = await asked()
  expect(form.has('client_id')).toBe(false)
})

test('RFC 7521 section 4.2: the client authenticates in one way only', async () => {
  const { form, requests } = await asked()
  expect(form.has('client_secret')).toBe(false)
  expect(requests[0]?.headers.has('authorization')).toBe(false)
})

test('RFC 7523 section 2.2: one assertion, and its exact type', async () => {
  const { form } = await asked()
  expect(form.getAll('client_assertion')).toHaveLength(1)
  expect(form.getAll('client_assertion_type')).toEqual([
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  ])
})

test('RFC 6749 section 3.2: the request is a POST, and no parameter is there twice', async () => {
  const form = { scope: 'x', grant_type: 'y', extra: 'z' }
  const { requests, form: sent } = await asked({ form })
  expect(requests[0]?.method).toBe('POST')
  expect(new Set(sent.keys()).size).toBe([...sent.keys()].length)
})

test("RFC 6749 section 3.2: the endpoint's own query is kept", async () => {
  const tokenEndpoint = `${endpoint}?tenant=1`
  const { requests } = await asked({ tokenEndpoint })
  expect(requests[0]?.url).toBe(tokenEndpoint)
})

test('RFC 6749 section 3.2: an endpoint with a fragment, or without TLS, is refused', async () => {
  for (const tokenEndpoint of [`${endpoint}#a`, 'http://as.example.org/token']) {
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options)
    await expect(tokens.getToken(asking({ tokenEndpoint }))).rejects.toMatchObject({
      code: 'ERR_CQ_ORIGIN_REFUSED',
    })
    expect(line.requests).toHaveLength(0)
  }
})

test('RFC 6749 section 4.4.2: the form is urlencoded, and grant_type is client_credentials', async () => {
  const { form, requests } = await asked()
  expect(requests[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
  expect(form.getAll('grant_type')).toEqual(['client_credentials'])
})

test('RFC 6749 section 4.4.3: a refresh token is not used', async () => {
  const { tokens, requests } = await asked({}, () => granted({ refresh_token: 'r', expires_in: 0 }))
  await tokens.getToken(asking())
  expect([...formOf(requests[1]).values()]).not.toContain('r')
})

test('RFC 6749 section 5.1: access_token and token_type are required, in any case', async () => {
  for (const missing of ['access_token', 'token_type']) {
    const { outcome } = await asked({}, () => granted({ [missing]: undefined }))
    expect(outcome).toMatchObject({ name: 'TokenError' })
  }
  const { outcome } = await asked({}, () => granted({ token_type: 'bEARER' }))
  expect(outcome).toMatchObject({ tokenType: 'Bearer', accessToken: 'token' })
})

test('RFC 6749 section 5.1: expires_in is recommended, and its lack no error', async () => {
  const { outcome } = await asked({}, () => granted({ expires_in: undefined }))
  expect(outcome).toMatchObject({ accessToken: 'token' })
})

test('RFC 6749 section 5.1: scope is as asked where the answer does not say', async () => {
  const { outcome } = await asked({ scope: 'a b' })
  expect(outcome).toMatchObject({ scope: 'a b' })
})

test('RFC 6749 section 5.1: members that are not known are ignored', async () => {
  const { outcome } = await asked({}, () => granted({ example_parameter: { a: [1] } }))
  expect(outcome).toMatchObject({ accessToken: 'token' })
})

const codes = [
  ...['invalid_request', 'invalid_client', 'invalid_grant'],
  ...['unauthorized_client', 'unsupported_grant_type', 'invalid_scope'],
]
test.each(codes)(
  'RFC 6749 section 5.2: %s is told to the caller and not tried again',
  async (error) => {
    const body = { error, error_description: 'why', error_uri: 'https://as.example.org/why' }
    for (const status of [400, 401]) {
      const { outcome, requests } = await asked({}, () => answered(JSON.stringify(body), status))
      expect(outcome).toMatchObject({
        code: 'ERR_CQ_TOKEN_REJECTED',
        error,
        errorDescription: 'why',
        errorUri: body.error_uri,
      })
      expect(requests).toHaveLength(1)
    }
  },
)

test('RFC 6749 section 3.3: a scope of other characters is never sent', async () => {
  const line = tokenWire(() => granted())
  const tokens = await provider(line.options)
  for (const scope of ['', 'a\tb', '"a"', 'a\\b', 'ä']) {
    await expect(tokens.getToken(asking({ scope }))).rejects.toBeInstanceOf(TypeError)
  }
  expect(line.requests).toHaveLength(0)
})

test('RFC 6750 section 2.1: the token is in the Authorization header, and nowhere else', async () => {
  const line = tokenWire((request) =>
    request.url === endpoint
      ? granted({ access_token: 'S3CRET' })
      : answered(JSON.stringify(patient('1'))),
  )
  const authorize = (await provider(line.options)).authorizer(asking({ fhirBaseUrl }))
  const patients = new FhirPatientClient({ ...line.options, baseUrl: fhirBaseUrl, authorize })
  await patients.read('1')
  const [, read] = line.requests
  expect(read?.headers.get('authorization')).toBe('Bearer S3CRET')
  expect(read?.url).not.toContain('S3CRET')
})

test('RFC 6750 section 2.1: a token of other characters than a header may hold is refused', async () => {
  for (const access_token of ['a b', 'a\r\nx: y', 'ä', '']) {
    const { outcome } = await asked({}, () => granted({ access_token }))
    expect(outcome).toMatchObject({ code: 'ERR_CQ_INVALID_TOKEN_RESPONSE' })
  }
})
