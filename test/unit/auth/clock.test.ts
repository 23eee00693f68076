import { expect, describe, test } from 'vitest'
import { makeCertificate } from '../../support/certificates.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import {
  asking,
  assertionOf,
  endpoint,
  granted,
  keyPair,
  ownSigner,
  provider,
  tokenWire,
} from '../../support/token-endpoint.ts'

const MINUTE = 60_000

/** An authorization server whose clock is `offset` from ours, and which takes nothing that is not of its time. */
function server(offset: () => number, refusal = 'invalid_client') {
  const line = tokenWire((request) => {
    const theirs = line.now + offset()
    const headers = { date: new Date(theirs).toUTCString(), 'content-type': 'application/json' }
    const { iat, exp } = assertionOf(request).claims
    if (Number(iat) * 1_000 <= theirs && theirs < Number(exp) * 1_000) return granted()
    return new Response(JSON.stringify({ error: refusal }), { status: 401, headers })
  })
  return line
}

const iats = (line: ReturnType<typeof server>): number[] =>
  line.requests.map((request) => Number(assertionOf(request).claims.iat))

describe('K5: a clock that is behind or ahead', () => {
  test.each([-10 * MINUTE, -6 * MINUTE, -31_000, 5 * MINUTE, 9.9 * MINUTE])(
    'by %i ms is corrected once and remembered for this endpoint',
    async (offset) => {
      const line = server(() => offset)
      const tokens = await provider(line.options)
      await tokens.getToken(asking())
      expect(line.requests).toHaveLength(2)
      const [first = 0, second = 0] = iats(line)
      expect(Math.abs((second - first) * 1_000 - offset)).toBeLessThanOrEqual(1_000)
      const told = line.events.filter((event) => event.type === 'token.clock-corrected')
      expect(told).toHaveLength(1)
      expect(Math.abs(Number(told[0]?.offsetMs) - offset)).toBeLessThanOrEqual(1_000)
      await tokens.getToken(asking({ scope: 'other' }))
      expect(line.requests).toHaveLength(3)
    },
  )

  test('is not believed for another endpoint', async () => {
    const line = server(() => -5 * MINUTE)
    const tokens = await provider(line.options)
    await tokens.getToken(asking())
    await tokens.getToken(asking({ tokenEndpoint: `${endpoint}/other` }))
    expect(line.requests).toHaveLength(4)
  })

  test('that is put right is learned anew', async () => {
    let offset = -5 * MINUTE
    const line = server(() => offset)
    const tokens = await provider(line.options)
    await tokens.getToken(asking())
    offset = 0
    await tokens.getToken(asking({ scope: 'other' }))
    expect(line.requests).toHaveLength(4)
    await tokens.getToken(asking({ scope: 'third' }))
    expect(line.requests).toHaveLength(5)
  })

  test('is corrected after invalid_grant as well', async () => {
    const line = server(() => -5 * MINUTE, 'invalid_grant')
    await (await provider(line.options)).getToken(asking())
    expect(line.requests).toHaveLength(2)
  })

  test.each(['invalid_request', 'invalid_scope', 'unauthorized_client'])(
    'is no reason for another attempt after %s',
    async (error) => {
      const line = server(() => -5 * MINUTE, error)
      const failure = await failureOf((await provider(line.options)).getToken(asking()))
      expect(failure).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
      expect(line.requests).toHaveLength(1)
    },
  )
})

/** A server that refuses whatever comes. */
const refusing = (date: string | undefined, error = 'invalid_client') =>
  tokenWire(() => {
    const headers = new Headers({ 'content-type': 'application/json' })
    if (date !== undefined) headers.set('date', date)
    return new Response(JSON.stringify({ error }), { status: 401, headers })
  })

describe('nothing is corrected', () => {
  test('within 30 s, without a Date, or with one that cannot be read', async () => {
    const { now } = refusing(undefined)
    const dates = [
      undefined,
      '-5',
      'yesterday',
      new Date(now - 5 * MINUTE).toISOString(),
      new Date(now - 30_000).toUTCString(),
      new Date(now + 30_000).toUTCString(),
    ]
    for (const date of dates) {
      const line = refusing(date)
      const error = await failureOf((await provider(line.options)).getToken(asking()))
      expect(error, date).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_client' })
      expect(line.requests).toHaveLength(1)
    }
  })

  test('twice in one request', async () => {
    let back = 0
    const line = tokenWire(() => {
      back += 2 * MINUTE // a clock that runs away
      const date = new Date(line.now - back).toUTCString()
      return new Response('{"error":"invalid_client"}', {
        status: 401,
        headers: { date, 'content-type': 'application/json' },
      })
    })
    const error = await failureOf((await provider(line.options)).getToken(asking()))
    expect(error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED' })
    expect(line.requests).toHaveLength(2)
  })
})

test.each([-601_000, 601_000, 86_400_000])(
  'K5: a clock %i ms away is ERR_CQ_CLOCK_SKEW, with both times',
  async (offset) => {
    const { now } = refusing(undefined)
    const line = refusing(new Date(now + offset).toUTCString())
    const error = await failureOf((await provider(line.options)).getToken(asking()))
    expect(error).toMatchObject({
      name: 'ConfigurationError',
      code: 'ERR_CQ_CLOCK_SKEW',
      retryable: false,
    })
    const message = String(error)
    expect(message).toContain(new Date(now).toISOString())
    expect(message).toContain(new Date(Math.floor((now + offset) / 1_000) * 1_000).toISOString())
    expect(line.requests).toHaveLength(1)
  },
)

test('a clock that runs beyond ten minutes is ERR_CQ_CLOCK_SKEW, however near the learned one', async () => {
  const offsets = [9.9 * MINUTE, undefined, 10.2 * MINUTE]
  const line = tokenWire((_, number) => {
    const offset = offsets[number - 1]
    if (offset === undefined) return granted()
    const headers = {
      date: new Date(line.now + offset).toUTCString(),
      'content-type': 'application/json',
    }
    return new Response('{"error":"invalid_client"}', { status: 401, headers })
  })
  const tokens = await provider(line.options)
  await tokens.getToken(asking())
  const error = await failureOf(tokens.getToken(asking({ scope: 'other' })))
  expect(error).toMatchObject({ code: 'ERR_CQ_CLOCK_SKEW' })
  expect(line.requests).toHaveLength(3)
})

test('certificates are judged by the true clock', async () => {
  const pair = keyPair('P-256')
  const { now } = refusing(undefined)
  const certificate = makeCertificate({
    subject: 'client.example.org',
    ...pair,
    issuer: pair,
    notBefore: new Date(now - 86_400_000),
    notAfter: new Date(now + 2 * MINUTE),
  })
  const signer = await ownSigner(pair, { certificates: certificate.pem })
  const line = server(() => 8 * MINUTE) // by their clock the certificate has ended
  await (await provider(line.options, { signer })).getToken(asking())
  expect(line.requests).toHaveLength(2)
})
