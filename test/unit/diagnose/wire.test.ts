/** What a diagnosis sends, what it does not, and what it makes of hostile answers. */
import { describe, expect, test } from 'vitest'
import { diagnose, type DiagnoseOptions } from '../../../src/diagnose/index.ts'
import { CLIENT_ID, NOW, page, plant, sandboxOf, SUNRISE } from './world.ts'

const pathsOf = (requests: readonly Request[]): readonly string[] =>
  requests.map(({ method, url }) => `${method} ${new URL(url).pathname.split('/').at(-1) ?? ''}`)

test('it makes the five requests of a call, each once', async () => {
  const { requests } = await plant({ options: { organization: SUNRISE } })
  expect(pathsOf(requests)).toEqual([
    `GET ${SUNRISE}`,
    'GET metadata',
    'GET smart-configuration',
    'POST token',
    'GET 1316024',
  ])
})

test('without a patient id nothing of a patient is requested', async () => {
  const { requests, diagnosis } = await plant({ options: { patientId: undefined } })
  expect(requests.some(({ url }) => url.includes('/Patient'))).toBe(false)
  expect(diagnosis.ok).toBe(true)
})

test('without a key the steps that need none still run, and nothing is signed', async () => {
  const { requests, diagnosis } = await plant({ options: { key: undefined } })
  expect(pathsOf(requests)).not.toContain('POST token')
  const states = Object.fromEntries(diagnosis.steps.map(({ id, state }) => [id, state]))
  expect(states).toMatchObject({ key: 'not reached', metadata: 'passed', token: 'not reached' })
})

test('an untrusted token endpoint is sent no assertion', async () => {
  const { requests, diagnosis } = await plant({
    options: { organization: SUNRISE },
    answer: async (request, response) => {
      if (!request.url.endsWith('smart-configuration')) return response
      const document = (await response.json()) as object
      return Response.json({ ...document, token_endpoint: 'https://evil.example/token' })
    },
  })
  expect(diagnosis.first?.finding).toBe('token-endpoint-foreign')
  expect(requests.some(({ url }) => url.includes('evil.example'))).toBe(false)
})

describe('an API key that is refused', () => {
  const fault = (otherEnvironments: boolean) =>
    plant({
      options: {
        directory: { release: 'carequality-r4', environment: 'production', apiKey: 'MARKED' },
        otherEnvironments,
      },
      wire: () => new Response(null, { status: 401 }),
    })

  test('is tried at the same directory alone', async () => {
    const { requests } = await fault(true)
    const hosts = new Set(requests.map(({ url }) => new URL(url).host))
    expect([...hosts].sort()).toEqual([
      'directory.dev.carequality.org',
      'directory.prod.carequality.org',
      'directory.stage.carequality.org',
    ])
  })

  test('is tried nowhere else where that is switched off', async () => {
    const { requests } = await fault(false)
    expect(requests).toHaveLength(1)
  })
})

test('a server that asks to wait is not waited for', async () => {
  const { diagnosis } = await plant({
    wire: ({ url }) =>
      url.includes('stagingcerner')
        ? new Response(null, { status: 429, headers: { 'retry-after': '30' } })
        : undefined,
  })
  expect(diagnosis.first).toMatchObject({ finding: 'rate-limited', id: 'metadata' })
  expect(diagnosis.first?.evidence).toContain('Retry-After: 30 s')
})

test('the caller’s abort comes back as it is', async () => {
  const reason = new Error('enough')
  const { options, pem } = await sandboxOf()
  const stop = new AbortController()
  const running = diagnose({
    ...{ clientId: CLIENT_ID, key: pem.key, certificates: pem.certificates, now: () => NOW },
    ...{ directory: options.directory, organization: SUNRISE, signal: stop.signal },
    fetch: () => {
      stop.abort(reason)
      return new Promise(() => undefined)
    },
  })
  await expect(running).rejects.toBe(reason)
})

describe('hostile answers are named, and none of their words is shown:', () => {
  const bad = 'MARKED-by-the-server'
  test.each([
    ['a huge page', () => page(`<title>${bad}</title>${'x'.repeat(2_000_000)}`)],
    ['bytes', () => new Response(new Uint8Array(5000).fill(0xff), { headers: { server: bad } })],
    ['an empty body', () => new Response('', { headers: { 'content-type': bad } })],
    [
      'deep JSON',
      () =>
        new Response('['.repeat(100_000), { headers: { 'content-type': 'application/fhir+json' } }),
    ],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: `https://${bad}.example/` } }),
    ],
    [
      'words in headers',
      () =>
        new Response(null, {
          status: 500,
          headers: { via: bad, date: bad, age: bad, 'retry-after': bad },
        }),
    ],
  ])('%s', async (_what, answer) => {
    const { diagnosis } = await plant({
      wire: ({ url }) => (url.includes('stagingcerner') ? answer() : undefined),
    })
    expect(diagnosis.ok).toBe(false)
    expect(diagnosis.first?.id).toBe('metadata')
    expect(String(diagnosis) + JSON.stringify(diagnosis)).not.toMatch(/MARKED/i)
  })

  test('an error_description that repeats the assertion is not shown', async () => {
    const { diagnosis } = await plant({
      wire: async (request) => {
        if (!request.url.endsWith('/token')) return undefined
        const sent = new URLSearchParams(await request.clone().text()).get('client_assertion') ?? ''
        const words = `bad assertion ${sent.split('.')[2] ?? ''}`
        return Response.json({ error: 'invalid_client', error_description: words }, { status: 401 })
      },
    })
    expect(diagnosis.first?.id).toBe('token')
    expect(String(diagnosis)).not.toContain('bad assertion')
  })
})

describe('options that are wrong in form are a TypeError before any request:', () => {
  const wrong: readonly (readonly [what: string, options: Partial<DiagnoseOptions>])[] = [
    ['"clientId"', { clientId: undefined }],
    ['"organization" or "baseUrl"', { organization: undefined }],
    ['"directory"', { directory: undefined }],
    [
      '"signer" stands in place of "key"',
      {
        signer: {
          algorithms: ['RS256'],
          certificates: ['x'],
          sign: () => Promise.reject(new Error('x')),
        },
      },
    ],
    ['"baseUrl"', { baseUrl: 'fhir.example.org' }],
    ['"jwksUrl"', { jwksUrl: 'nowhere' }],
    ['"tokenEndpoint"', { tokenEndpoint: 'x' }],
    ['"patientId"', { patientId: '' }],
    ['"udap"', { mode: 'udap' }],
  ]
  test.each(wrong)('%s', async (words, options) => {
    let requests = 0
    const { pem, options: own } = await sandboxOf()
    const running = diagnose({
      ...{ clientId: CLIENT_ID, key: pem.key, certificates: pem.certificates },
      ...{ directory: own.directory, organization: SUNRISE },
      fetch: () => {
        requests += 1
        return Promise.reject(new TypeError('fetch failed'))
      },
      ...options,
    })
    await expect(running).rejects.toThrow(TypeError)
    await expect(running).rejects.toThrow(words)
    expect(requests).toBe(0)
  })
})
