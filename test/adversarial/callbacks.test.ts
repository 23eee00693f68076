/** L7: what users give to be called may throw, hang or give nonsense; each has a defined result. */
import { afterAll, describe, expect, test } from 'vitest'
import type {
  CarequalityClientOptions,
  Patient,
  Signer,
  Transport,
  TransportResponse,
} from '../../src/index.ts'
import type { TokenCache } from '../../src/auth/index.ts'
import { isCarequalityError } from '../../src/index.ts'
import type { ReadingOptions } from '../../src/fhir/reading.ts'
import { leaks } from '../support/fhir-answers.ts'
import {
  BASE,
  clientOf,
  foreignSigner,
  planted,
  SmallNetwork,
  transportTo,
} from './small-network.ts'
import { holdTime, ownClock, settledIn, turns } from '../support/time.ts'

/** It holds what a message must not show. */
const thrown = new Error('S3CRET-PIN Zebulon')
const throws = (): never => {
  throw thrown
}
const rejects = (): Promise<never> => Promise.reject(thrown)
const hangs = (): Promise<never> => new Promise(() => undefined)
/** Users of JavaScript give anything. */
const nonsense = (value: unknown) => (): never => value as never

const stray: unknown[] = []
const listen = (reason: unknown): void => void stray.push(reason)
process.on('unhandledRejection', listen)
afterAll(() => {
  process.off('unhandledRejection', listen)
})

interface Outcome {
  readonly result: string
  readonly tookMs: number
  readonly network: SmallNetwork
  readonly types: readonly string[]
}

/** Connects and reads a patient with these options; the result in one word. */
async function outcomeOf(
  options: Partial<CarequalityClientOptions> = {},
  reading: ReadingOptions = {},
  around: (transport: Transport) => Transport = (transport) => transport,
): Promise<Outcome> {
  const network = new SmallNetwork()
  const transport = around(transportTo((request) => network.answer(request)))
  const took = ownClock()
  const { client, events } = await clientOf(transport, {
    timeoutMs: 1_600,
    attemptTimeoutMs: 400,
    assertion: { signerTimeoutMs: 400 },
    ...options,
  })
  const result = await client
    .responder({ baseUrl: BASE })
    .then(({ patients }) => patients.read('p1', reading))
    .then(
      ({ id }: Patient) => (id === 'p1' ? 'success' : 'a wrong result'),
      (error: unknown) => {
        if (error === thrown) return 'own'
        expect(leaks(error, planted)).toEqual([])
        if (isCarequalityError(error)) return error.code
        return error instanceof TypeError
          ? `TypeError ${/^"[^"]+"/.exec(error.message)?.[0] ?? error.message}`
          : String(error)
      },
    )
  const tookMs = took()
  expect(leaks(events, planted)).toEqual([])
  expect(network.violations).toEqual([])
  await client.close()
  return { result, tookMs, network, types: events.map(({ type }) => type) }
}

async function expectResult(
  wanted: string,
  ...given: Parameters<typeof outcomeOf>
): Promise<Outcome> {
  const outcome = await outcomeOf(...given)
  expect(outcome.result).toBe(wanted)
  expect(outcome.tookMs).toBeLessThan(3_500)
  await turns()
  expect(stray.splice(0)).toEqual([])
  return outcome
}

/** The same, where the result is all that counts. */
async function expectOnly(...given: Parameters<typeof expectResult>): Promise<void> {
  await expectResult(...given)
}

describe('L7: onEvent', () => {
  test.each([
    ['throws', throws],
    ['gives a promise that rejects', rejects as () => never],
    ['gives a promise that hangs', hangs as () => never],
    ['gives nonsense', nonsense(7)],
  ])('%s: changes nothing', (_what, onEvent) => expectOnly('success', { onEvent }))
})

describe('L7: instrumentation', () => {
  const start = (observation: object) => () => observation as never
  const end = (): void => undefined
  test.each([
    ['start throws', { start: throws }],
    ['start gives a promise that rejects', { start: rejects as () => never }],
    ['start gives nonsense', { start: nonsense(7) }],
    ['run throws', { start: start({ end, run: throws }) }],
    ['run rejects', { start: start({ end, run: rejects }) }],
    ['run hangs and runs nothing', { start: start({ end, run: hangs }) }],
    [
      'run throws after it has run the work',
      {
        start: start({
          end,
          run: (work: () => unknown) => {
            void work()
            throws()
          },
        }),
      },
    ],
    [
      'run runs the work three times',
      { start: start({ end, run: (work: () => unknown) => [work(), work(), work()] }) },
    ],
    ['run is no function', { start: start({ end, run: 7 }) }],
    [
      'headers throws',
      { propagateTo: [new URL(BASE).origin], start: start({ end, headers: throws }) },
    ],
    [
      'headers rejects',
      { propagateTo: [new URL(BASE).origin], start: start({ end, headers: rejects }) },
    ],
    ['end throws', { start: start({ end: throws }) }],
    ['end rejects', { start: start({ end: rejects }) }],
    ['event throws', { start: start({ end }), event: throws }],
    ['event rejects', { start: start({ end }), event: rejects as () => never }],
  ])('%s: changes nothing, and each request goes out once', async (_what, instrumentation) => {
    let sent = 0
    const counted = (transport: Transport): Transport => ({
      send: (request) => {
        sent += 1
        return transport.send(request)
      },
    })
    await expectResult('success', { instrumentation }, {}, counted)
    expect(sent).toBe(4) // two documents, a token, a patient
  })
})

describe('L7: now', () => {
  test('throws: its own exception, after which the client works', async () => {
    let good = false
    const now = (): number => (good ? Date.now() : throws())
    const network = new SmallNetwork()
    good = true
    const { client } = await clientOf(
      transportTo((request) => network.answer(request)),
      { now },
    )
    good = false
    await expect(client.responder({ baseUrl: BASE })).rejects.toBe(thrown)
    good = true
    expect(await client.responder({ baseUrl: BASE })).toBeDefined()
  })

  test.each([
    ['NaN', nonsense(NaN)],
    ['Infinity', nonsense(Infinity)],
    ['more than a date can hold', nonsense(1e300)],
    ['a text', nonsense('2026')],
    ['nothing', nonsense(undefined)],
    ['a promise that rejects', rejects as () => never],
  ])('gives %s: a TypeError', async (_what, give) => {
    const network = new SmallNetwork()
    let good = true
    const now = (): number => (good ? Date.now() : give())
    const { client } = await clientOf(
      transportTo((request) => network.answer(request)),
      { now },
    )
    good = false
    const wanted = new TypeError('"now" must return milliseconds since the epoch')
    await expect(client.responder({ baseUrl: BASE })).rejects.toEqual(wanted)
    await turns()
    expect(stray.splice(0)).toEqual([])
  })
})

describe('L7: randomUUID', () => {
  test('throws: its own exception', () => expectOnly('own', { randomUUID: throws }))
  test.each([
    ['an empty text', nonsense('')],
    ['a line break', nonsense('a\nb')],
    ['a number', nonsense(7)],
    ['nothing', nonsense(undefined)],
    ['a promise that rejects', rejects as () => never],
  ])('gives %s: a TypeError, and no assertion without a good jti', async (_what, randomUUID) => {
    const { network } = await expectResult('TypeError "randomUUID"', { randomUUID })
    expect(network.tokenCount).toBe(0)
  })
})

describe('L7: quirks', () => {
  const quirk = {
    id: 'mine',
    revision: 1,
    since: '2026-01-01',
    lastVerified: '2026-01-01',
    evidence: 'none',
  }
  test.each([
    ['applies throws', { applies: throws, apply: () => ({}) }],
    ['applies gives a promise that rejects', { applies: rejects as never, apply: () => ({}) }],
    ['applies gives a promise that hangs', { applies: hangs as never, apply: () => ({}) }],
    ['applies gives a text', { applies: nonsense('yes'), apply: () => ({}) }],
    ['apply throws', { applies: () => true, apply: throws }],
    ['apply gives a promise that rejects', { applies: () => true, apply: rejects as never }],
    ['apply gives nothing', { applies: () => true, apply: nonsense(undefined) }],
    [
      'apply gives a field of the protocol',
      { applies: () => true, apply: () => ({ form: { scope: '*' } }) },
    ],
    [
      'apply gives a header with a line break',
      { applies: () => true, apply: () => ({ accept: 'a\nb' }) },
    ],
  ])('%s: it counts as not applying, with an event', async (_what, functions) => {
    const { types } = await expectResult('success', { quirks: [{ ...quirk, ...functions }] })
    expect(types).toContain('quirk.failed')
  })
})

describe('L7: trustedOrigins and allowedOrigins', () => {
  const answers: readonly [string, () => never][] = [
    ['throws', throws],
    ['gives a promise for true', nonsense(Promise.resolve(true))],
    ['gives a promise that rejects', rejects as () => never],
    ['gives 1', nonsense(1)],
    ['gives nothing', nonsense(undefined)],
  ]
  test.each(answers)('allowedOrigins %s: refused, nothing sent', async (_what, allowedOrigins) => {
    const { network } = await expectResult('ERR_CQ_ORIGIN_REFUSED', { allowedOrigins })
    expect(network.counts.size).toBe(0)
  })
  test.each(answers)(
    'trustedOrigins %s: refused, nothing signed',
    async (_what, trustedOrigins) => {
      const quirks = [
        {
          ...{
            id: 'elsewhere',
            revision: 1,
            since: '2026-01-01',
            lastVerified: '2026-01-01',
            evidence: 'none',
          },
          applies: () => true,
          apply: () => ({ tokenEndpoint: 'https://other.example/token' }),
        },
      ]
      const sign = (): never => {
        throw new Error('signed')
      }
      const signer = await foreignSigner(sign)
      const options = { trustedOrigins, quirks, signer, mode: 'smart-backend' as const }
      await expectResult('ERR_CQ_TOKEN_ENDPOINT_UNTRUSTED', options)
    },
  )
})

describe('L7: context', () => {
  test.each([
    ['throws', 'own', throws],
    ['rejects', 'own', rejects],
    ['hangs', 'ERR_CQ_TIMEOUT', hangs],
    ['gives nothing', 'success', nonsense(undefined)],
    ['gives a number', 'TypeError "context()"', nonsense(7)],
    ['gives an unknown mode', 'TypeError "mode"', nonsense({ mode: 'other' })],
    ['gives a scope that is no text', 'TypeError "scope"', nonsense({ scope: 7 })],
  ])('%s: %s', (_what, wanted, context) => expectOnly(wanted, { context }))
})

describe.concurrent('L7: signer', () => {
  test.each([
    ['throws', 'ERR_CQ_SIGNER_FAILED', throws],
    ['rejects', 'ERR_CQ_SIGNER_FAILED', rejects],
    ['hangs', 'ERR_CQ_SIGNER_TIMEOUT', hangs],
    ['gives nothing', 'ERR_CQ_SIGNER_FAILED', nonsense(undefined)],
    ['gives a text', 'ERR_CQ_SIGNER_FAILED', nonsense('S3CRET-PIN')],
    ['gives no bytes', 'ERR_CQ_SIGNER_FAILED', nonsense(new Uint8Array())],
    ['gives an array', 'ERR_CQ_SIGNER_FAILED', nonsense([1, 2, 3])],
    ['gives zeros', 'ERR_CQ_INVALID_SIGNATURE', nonsense(new Uint8Array(256))],
    ['gives a megabyte', 'ERR_CQ_INVALID_SIGNATURE', nonsense(new Uint8Array(1e6))],
  ])('sign %s: %s, no token request', async (_what, wanted, sign) => {
    const { network } = await expectResult(wanted, { signer: await foreignSigner(sign) })
    expect(network.tokenCount).toBe(0)
  })

  test.each([
    ['throws', 'ERR_CQ_SIGNER_FAILED', throws],
    ['rejects', 'ERR_CQ_SIGNER_FAILED', rejects],
    ['hangs', 'ERR_CQ_SIGNER_TIMEOUT', hangs],
    ['gives nothing', 'TypeError "signer()"', nonsense(undefined)],
    ['gives a key', 'TypeError "signer().algorithms"', nonsense({ kty: 'RSA' })],
    [
      'gives HMAC',
      'TypeError "signer().algorithms"',
      nonsense({ algorithms: ['HS256'], sign: throws }),
    ],
  ])('a function in its place %s: %s', async (_what, wanted, signer: () => Promise<Signer>) => {
    const { network } = await expectResult(wanted, { signer })
    expect(network.tokenCount).toBe(0)
  })
})

describe.concurrent('L7: token cache', () => {
  const works: TokenCache = { get: () => undefined, set: () => undefined, delete: () => undefined }
  const names = ['get', 'set', 'lease'] as const
  const cases = names.flatMap((name) => [
    [name, 'throws', throws],
    [name, 'rejects', rejects],
    [name, 'hangs', hangs],
  ]) as [(typeof names)[number], string, () => Promise<never>][]
  test.each(cases)('%s %s: a token all the same, with an event', async (name, _what, call) => {
    const tokenCache = { ...works, [name]: call }
    const { types } = await expectResult('success', { tokenCache, timeoutMs: 3_400 })
    expect(types).toContain('token.cache-failed')
  })
  test.each([
    ['a text', 'S3CRET-TOKEN'],
    ['a token with a line break', { accessToken: 'a\nb', scope: '', sentAt: 0, expiresAt: 9e15 }],
    ['a token for ever', { accessToken: 'a', scope: '', sentAt: 0, expiresAt: Infinity }],
    ['a token of another version', { token: 'a' }],
  ])('get gives %s: it counts as absent', async (_what, value) => {
    const { network } = await expectResult('success', {
      tokenCache: { ...works, get: nonsense(value) },
    })
    expect(network.tokenCount).toBe(1)
  })
  test.each([
    ['throws', throws],
    ['rejects', rejects],
    ['hangs', hangs],
  ])('what gives the lease back %s: nobody waits for it', (_what, release) =>
    expectOnly('success', { tokenCache: { ...works, lease: () => release } }),
  )
})

describe('L7: validate and onResponse', () => {
  const validating = (validate: () => never): ReadingOptions => ({
    validate: { '~standard': { version: 1, vendor: 'test', validate } },
  })
  test.each([
    ['throws', 'own', throws],
    ['rejects', 'own', rejects as () => never],
    ['hangs', 'ERR_CQ_TIMEOUT', hangs as () => never],
    ['gives nothing', 'ERR_CQ_INVALID_RESPONSE', nonsense(undefined)],
    ['gives true', 'ERR_CQ_INVALID_RESPONSE', nonsense(true)],
    ['gives issues that are none', 'ERR_CQ_INVALID_RESPONSE', nonsense({ issues: 7 })],
  ])('validate %s: %s', (_what, wanted, validate) => expectOnly(wanted, {}, validating(validate)))
  test.each([
    ['throws', 'own', throws],
    ['gives a promise that rejects', 'own', rejects as () => never],
    ['gives a promise that hangs', 'ERR_CQ_TIMEOUT', hangs as () => never],
  ])('onResponse %s: %s', (_what, wanted, onResponse) => expectOnly(wanted, {}, { onResponse }))
})

describe.concurrent('L7: transport', () => {
  const answering =
    (change: (response: TransportResponse) => unknown) => (transport: Transport) => ({
      send: async (request: Parameters<Transport['send']>[0]) =>
        change(await transport.send(request)) as TransportResponse,
    })
  const iterable = (value: unknown) => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value }) }),
  })
  test.each([
    ['throws', 'ERR_CQ_NETWORK', () => ({ send: throws })],
    ['rejects', 'ERR_CQ_NETWORK', () => ({ send: rejects })],
    ['hangs', 'ERR_CQ_TIMEOUT', () => ({ send: hangs })],
    ['gives nothing', 'ERR_CQ_NETWORK', answering(() => undefined)],
    ['gives no promise', 'ERR_CQ_NETWORK', () => ({ send: nonsense(7) })],
    [
      'gives a status that is text',
      'ERR_CQ_NETWORK',
      answering((one) => ({ ...one, status: '200' })),
    ],
    ['gives no headers', 'ERR_CQ_NETWORK', answering(({ status, body }) => ({ status, body }))],
    [
      'gives headers that are none',
      'ERR_CQ_NETWORK',
      answering((one) => ({ ...one, headers: { 'a b': '\n' } })),
    ],
    [
      'gives a body that is text',
      'ERR_CQ_INCOMPLETE_BODY',
      answering((one) => ({ ...one, body: 'x' })),
    ],
    [
      'gives pieces that are text',
      'ERR_CQ_INCOMPLETE_BODY',
      answering((one) => ({ ...one, body: iterable('{}') })),
    ],
    [
      'gives pieces that only have a length',
      'ERR_CQ_INCOMPLETE_BODY',
      answering((one) => ({ ...one, body: iterable({ byteLength: 3 }) })),
    ],
    [
      'gives a body without end',
      'ERR_CQ_RESPONSE_TOO_LARGE',
      answering((one) => ({ ...one, body: iterable(new Uint8Array(1e6)) })),
    ],
  ] as const)('send %s: %s', (_what, wanted, around: (transport: Transport) => Transport) =>
    expectOnly(wanted, { bodyLimits: { metadata: 2e6 } }, {}, around),
  )
  test.each([
    ['headers as a Map', answering((one) => ({ ...one, headers: new Map(one.headers) }))],
  ])('send gives %s: they are taken', (_what, around) => expectOnly('success', {}, {}, around))
  test.each([
    ['throws', throws],
    ['gives a promise that rejects', rejects as () => never],
    ['gives a number', nonsense(7)],
  ])('clientCertificate %s: none', (_what, clientCertificate) =>
    expectOnly('success', {}, {}, (transport) => ({ ...transport, clientCertificate })),
  )
  test.each([
    ['throws', throws],
    ['rejects', rejects],
  ])('close %s: close() resolves all the same', (_what, close) =>
    expectOnly('success', {}, {}, (transport) => ({ ...transport, close })),
  )

  test('close that hangs: close() resolves after 5 s', async () => {
    const time = holdTime()
    const { client } = await clientOf({ send: hangs, close: hangs })
    const begun = performance.now()
    await settledIn(time, client.close())
    expect(performance.now() - begun).toBeGreaterThan(4_900)
  })

  test.each([
    ['throws', 'ERR_CQ_NETWORK', throws],
    ['rejects', 'ERR_CQ_NETWORK', rejects],
    ['hangs', 'ERR_CQ_TIMEOUT', hangs],
    ['gives nothing', 'ERR_CQ_NETWORK', nonsense(undefined)],
    ['gives a text', 'ERR_CQ_NETWORK', nonsense('x')],
    ['gives an object', 'ERR_CQ_NETWORK', nonsense({ status: 200 })],
  ])('fetch %s: %s', (_what, wanted, fetch) =>
    expectOnly(wanted, { fetch: fetch, transport: undefined }),
  )
})
