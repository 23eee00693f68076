import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { isCarequalityError, TokenError } from '../../../src/errors.ts'
import type { AccessToken } from '../../../src/access-token.ts'
import type { HttpOptions } from '../../../src/types.ts'
import { failureOf, type Wire } from '../../support/answering-fetch.ts'
import { answered, asking, granted, provider, tokenWire } from '../../support/token-endpoint.ts'

interface Outcome {
  readonly line: Wire
  readonly token: AccessToken | undefined
  readonly error: unknown
}

async function outcomeOf(response: Response, options: HttpOptions = {}): Promise<Outcome> {
  const line = tokenWire(() => response.clone())
  const tokens = await provider({ ...line.options, ...options })
  const got = tokens.getToken(asking())
  try {
    return { line, token: await got, error: undefined }
  } catch (error) {
    return { line, token: undefined, error }
  }
}

const good = '{"access_token":"t","token_type":"Bearer","expires_in":300}'
const codeOf = ({ error }: Outcome) => (isCarequalityError(error) ? error.code : error)
const odditiesOf = ({ events }: Wire) =>
  events.flatMap((event) => (event.type === 'token.response-repaired' ? [event.oddities] : []))

describe('T7: expires_in never fails a call', () => {
  const cases: readonly [json: string | undefined, seconds: number, oddities: readonly string[]][] =
    [
      ['300', 300, []],
      ['3600', 3600, []],
      ['1', 1, []],
      [undefined, 60, ['expires_in missing']],
      ['0', 0, ['expires_in not above 0']],
      ['-60', 0, ['expires_in not above 0']],
      ['-1e400', 0, ['expires_in not above 0']],
      ['0.9', 0, ['expires_in has a fraction', 'expires_in not above 0']],
      ['299.9', 299, ['expires_in has a fraction']],
      ['"3599"', 3599, ['expires_in is text']],
      ['" 300 "', 300, ['expires_in is text']],
      ['"299.9"', 299, ['expires_in is text', 'expires_in has a fraction']],
      ['"-5"', 0, ['expires_in is text', 'expires_in not above 0']],
      ['"86400"', 3600, ['expires_in is text', 'expires_in above 3600']],
      ['3601', 3600, ['expires_in above 3600']],
      ['2147484', 3600, ['expires_in above 3600']],
      ['1e308', 3600, ['expires_in above 3600']],
      ['1e400', 3600, ['expires_in above 3600']],
      ['null', 60, ['expires_in unreadable']],
      ['true', 60, ['expires_in unreadable']],
      ['"soon"', 60, ['expires_in unreadable']],
      ['""', 60, ['expires_in unreadable']],
      ['"1e3"', 60, ['expires_in unreadable']],
      ['"0x10"', 60, ['expires_in unreadable']],
      ['"9999999999999999999"', 3600, ['expires_in is text', 'expires_in above 3600']],
      ['[300]', 60, ['expires_in unreadable']],
      ['{"value":300}', 60, ['expires_in unreadable']],
    ]
  test.each(cases)('%s is a life of %d s', async (json, seconds, oddities) => {
    const member = json === undefined ? '' : `,"expires_in":${json}`
    const body = `{"access_token":"t","token_type":"bearer","scope":"system/Patient.read"${member}}`
    const { line, token } = await outcomeOf(answered(body))
    expect(token?.accessToken).toBe('t')
    expect(token?.expiresAt).toBe(line.now + seconds * 1000)
    expect(odditiesOf(line)).toEqual(oddities.length === 0 ? [] : [oddities])
    expect(line.events.filter(({ type }) => type === 'token.issued')).toMatchObject([
      { lifeMs: seconds * 1000 },
    ])
  })

  test.each([0, -60])('%d serves the call that asked and no other', async (expires_in) => {
    let number = 0
    const line = tokenWire(() => granted({ expires_in, access_token: `t${(number += 1)}` }))
    const tokens = await provider(line.options)
    const first = await tokens.getToken(asking())
    const second = await tokens.getToken(asking())
    expect([first.accessToken, second.accessToken]).toEqual(['t1', 't2'])
    expect(tokens.invalidate(first)).toBe(false)
  })

  test('is counted from the moment the request was sent', async () => {
    const line = tokenWire(() => {
      line.now += 20_000
      return granted()
    })
    const sentAt = line.now
    const token = await (await provider(line.options)).getToken(asking())
    expect(token.expiresAt).toBe(sentAt + 300_000)
  })
})

describe('T6: token_type', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('%s is taken', async (token_type) => {
    const { token } = await outcomeOf(granted({ token_type }))
    expect(token?.tokenType).toBe('Bearer')
  })

  test.each([undefined, null, '', 'mac', 'DPoP', 'Bearer ', ['Bearer'], { toString: 'Bearer' }, 1])(
    '%j is refused',
    async (token_type) => {
      const outcome = await outcomeOf(granted({ token_type }))
      expect(codeOf(outcome)).toBe('ERR_CQ_UNSUPPORTED_TOKEN_TYPE')
    },
  )
})

describe('T8: access_token', () => {
  const room = { bodyLimits: { token: 2e6 } }

  test.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['blank', ' '],
    ['a number', 7],
    ['an array', ['t']],
    ['with a space', 'a b'],
    ['with a line break', 'a\r\nX-Evil: 1'],
    ['with a line break at its end', 'a\n'],
    ['with a snowman', '☃'],
    ['with DEL', 'a\u007f'],
    ['of 65,537 characters', 'x'.repeat(65_537)],
    ['of a megabyte', 'x'.repeat(1e6)],
  ])('%s is refused', async (_, access_token) => {
    const outcome = await outcomeOf(granted({ access_token }), room)
    expect(codeOf(outcome)).toBe('ERR_CQ_INVALID_TOKEN_RESPONSE')
    expect(outcome.line.requests).toHaveLength(1)
  })

  test('of 65,536 characters is taken', async () => {
    const access_token = '~!'.repeat(32_768)
    const { token } = await outcomeOf(granted({ access_token }), room)
    expect(token?.accessToken).toBe(access_token)
  })

  test('is never parsed: one that looks like an expired JWT is as good as any', async () => {
    const access_token = `e30.${Buffer.from('{"exp":1}').toString('base64url')}.x`
    const { token, line } = await outcomeOf(granted({ access_token }))
    expect(token?.expiresAt).toBe(line.now + 300_000)
  })
})

describe('an error', () => {
  test('T9: beside a token wins', async () => {
    const outcome = await outcomeOf(granted({ error: 'invalid_scope' }))
    expect(outcome.error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', error: 'invalid_scope' })
  })

  test('T9: with 200 is an error', async () => {
    const { error } = await outcomeOf(answered('{"error":"invalid_client"}'))
    expect(error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', status: 200, retryable: false })
  })

  test.each([null, undefined])('of %s beside a token is none', async (error) => {
    expect((await outcomeOf(granted({ error }))).token).toBeDefined()
  })

  const codes = [
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
  ]
  test.each(codes.flatMap((error) => [400, 401].map((status) => [error, status] as const)))(
    'T10: %s with %d is told as it is, and asked once',
    async (error, status) => {
      const outcome = await outcomeOf(answered(JSON.stringify({ error }), status))
      expect(outcome.error).toBeInstanceOf(TokenError)
      expect(outcome.error).toMatchObject({
        code: 'ERR_CQ_TOKEN_REJECTED',
        error,
        status,
        retryable: false,
        operation: 'token.get',
        origin: 'https://as.example.org',
      })
      expect(String(outcome.error)).toContain(`answered "${error}" (${status})`)
      expect(outcome.line.requests).toHaveLength(1)
    },
  )

  test('keeps description and address out of what is shown', async () => {
    const body = {
      error: 'invalid_client',
      error_description: 'no \u001b[31mkey\r\nfor Zebulon',
      error_uri: 'https://as.example.org/why?name=Zebulon',
    }
    const { error } = await outcomeOf(answered(JSON.stringify(body), 400))
    expect(error).toHaveProperty('errorDescription', 'no  [31mkey  for Zebulon')
    expect(error).toHaveProperty('errorUri', body.error_uri)
    expect(Object.keys(error as object)).not.toContain('errorDescription')
    expect(Object.keys(error as object)).not.toContain('errorUri')
    expect(inspect(error) + JSON.stringify(error) + String(error)).not.toContain('Zebulon')
  })

  test('of 5 MB is cut off at the limit of a body', async () => {
    const outcome = await outcomeOf(answered(JSON.stringify({ error: 'x'.repeat(5e6) }), 400))
    expect(codeOf(outcome)).toBe('ERR_CQ_RESPONSE_TOO_LARGE')
  })

  test('B3: of 250 kB with escapes is named by no word of its own where the limit lets it in', async () => {
    const long = '\u001b[2J"\\☃x'.repeat(3_500)
    const body = JSON.stringify({ error: long, error_description: long, error_uri: long })
    const { error } = await outcomeOf(answered(body, 400), { bodyLimits: { token: 5e7 } })
    if (!(error instanceof TokenError)) throw error
    expect(error.error).toBe('other')
    expect(error.message.length).toBeLessThan(300)
    expect(error.message).toMatch(/^[\x20-\x7e]+$/)
    expect(error.errorDescription).toHaveLength(2048)
    expect(error.errorDescription).not.toContain('\u001b')
    expect(error.errorUri).toHaveLength(2048)
  })

  test.each([null, 1, true, [], {}, ''])('of %j is an error without a name', async (error) => {
    const outcome = await outcomeOf(answered(JSON.stringify({ error }), 400))
    expect(codeOf(outcome)).toBe('ERR_CQ_TOKEN_REJECTED')
    expect(outcome.error).not.toHaveProperty('error')
  })

  test.each([
    '☃',
    'fhir.example.org',
    'S3CRET-assertion',
    'invalid_client\u0000',
    'INVALID_CLIENT',
  ])('of %j, which is not registered, is "other" and in no message', async (error) => {
    const outcome = await outcomeOf(answered(JSON.stringify({ error }), 400))
    expect(outcome.error).toMatchObject({ code: 'ERR_CQ_TOKEN_REJECTED', error: 'other' })
    expect(String(outcome.error)).toContain('an unregistered OAuth error (400)')
    const shown = inspect(outcome.error, { depth: 9 }) + JSON.stringify(outcome.error)
    expect(shown).not.toContain(error)
  })

  test('is not remembered', async () => {
    const line = tokenWire((_, number) => (number === 1 ? answered('{}', 400) : granted()))
    const tokens = await provider(line.options)
    await failureOf(tokens.getToken(asking()))
    expect((await tokens.getToken(asking())).accessToken).toBe('token')
  })
})

describe('T9: an answer that is no JSON object', () => {
  const html = '<!doctype html><title>Sign in, Zebulon</title>'
  test.each<[string, Response, string]>([
    ['HTML with 200', answered(html, 200, 'text/html'), 'INVALID_TOKEN_RESPONSE'],
    ['HTML that says JSON', answered(html), 'INVALID_TOKEN_RESPONSE'],
    ['HTML with 401', answered(html, 401, 'text/html'), 'TOKEN_REJECTED'],
    ['HTML with 500', answered(html, 500, 'text/html'), 'UNEXPECTED_STATUS'],
    ['text', answered('access_token=t', 200, 'text/plain'), 'INVALID_TOKEN_RESPONSE'],
    ['text with 400', answered('no', 400, 'text/plain'), 'TOKEN_REJECTED'],
    ['JSON labelled as text', labelled('text/plain'), 'INVALID_TOKEN_RESPONSE'],
    ['JSON without label', labelled(''), 'INVALID_TOKEN_RESPONSE'],
    ['nothing', answered(''), 'INVALID_TOKEN_RESPONSE'],
    ['an array', answered('[{"access_token":"t"}]'), 'INVALID_TOKEN_RESPONSE'],
    ['null', answered('null'), 'INVALID_TOKEN_RESPONSE'],
    ['a broken object', answered('{"access_token":"t"'), 'INVALID_TOKEN_RESPONSE'],
    ['a token with 201', answered(good, 201), 'UNEXPECTED_STATUS'],
    ['204', new Response(null, { status: 204 }), 'UNEXPECTED_STATUS'],
  ])('%s', async (_, response, code) => {
    const outcome = await outcomeOf(response)
    expect(codeOf(outcome)).toBe(`ERR_CQ_${code}`)
    expect(inspect(outcome.error, { depth: 9, showHidden: true })).not.toContain('Zebulon')
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/oauth+json'])(
    'JSON labelled as %s is read',
    async (type) => {
      expect((await outcomeOf(labelled(type))).token?.accessToken).toBe('t')
    },
  )
})

test.each([
  ['text/html;charset=utf-8', 'labelled text/html and not'],
  ['x-zebulon/peters', 'labelled another media type and not'],
  ['', 'labelled without a media type and not'],
])(
  'T9: a good token labelled %j is refused, and the message names the label',
  async (type, said) => {
    const { error } = await outcomeOf(labelled(type))
    expect(error).toMatchObject({ code: 'ERR_CQ_INVALID_TOKEN_RESPONSE' })
    expect(String(error)).toContain(said)
    expect(String(error)).not.toContain('zebulon')
  },
)

test('T6: BearerToken, as Apigee writes it, is taken and reported', async () => {
  const outcome = await outcomeOf(granted({ token_type: 'BearerToken' }))
  expect(outcome.token?.tokenType).toBe('Bearer')
  expect(odditiesOf(outcome.line)).toEqual([['token_type is BearerToken']])
})

function labelled(type: string): Response {
  return answered(good, 200, type)
}

describe('scope', () => {
  const cases: readonly [unknown, scope: string, other: boolean, odd: boolean][] = [
    [undefined, 'system/Patient.read a', false, false],
    ['system/Patient.read a', 'system/Patient.read a', false, false],
    ['a system/Patient.read', 'a system/Patient.read', false, false],
    ['system/Patient.read  a ', 'system/Patient.read  a ', false, false],
    ['a', 'a', true, false],
    ['system/Patient.read a b', 'system/Patient.read a b', true, false],
    ['system/Patient.read,a', 'system/Patient.read,a', true, false],
    [['a'], 'system/Patient.read a', false, true],
    ['', 'system/Patient.read a', false, true],
    [null, 'system/Patient.read a', false, true],
    ['a\r\n\u001b[31m', 'system/Patient.read a', false, true],
  ]
  test.each(cases)('%j is a token for %s', async (scope, expected, other, odd) => {
    const line = tokenWire(() => granted({ scope }))
    const request = asking({ scope: 'system/Patient.read a' })
    const token = await (await provider(line.options)).getToken(request)
    expect(token.scope).toBe(expected)
    const types = line.events.map(({ type }) => type)
    expect(types.includes('token.other-scope')).toBe(other)
    expect(odditiesOf(line)).toEqual(odd ? [['scope unreadable']] : [])
  })
})

test('R24: a refresh token and unknown members are ignored', async () => {
  const { token, line } = await outcomeOf(
    granted({ refresh_token: 'REFRESH', __proto__: { x: 1 }, id_token: 'ID' }),
  )
  expect(Object.keys(token ?? {})).toEqual(['tokenType', 'scope', 'requestedScope', 'expiresAt'])
  expect(JSON.stringify(line.events) + inspect(token, { showHidden: true })).not.toMatch(/REFR|ID/)
})

test('B6: no event holds a token or an assertion', async () => {
  const { line } = await outcomeOf(granted({ access_token: 'S3CRET', expires_in: '7', scope: 'b' }))
  expect(line.events.map(({ type }) => type)).toEqual([
    'token.issued',
    'token.response-repaired',
    'token.other-scope',
  ])
  expect(JSON.stringify(line.events)).not.toMatch(/S3CRET|eyJ/)
})
