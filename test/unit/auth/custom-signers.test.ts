import { inspect } from 'node:util'
import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AssertionSignerOptions } from '../../../src/auth/assertion-options.ts'
import { AssertionSigner } from '../../../src/auth/assertion-signer.ts'
import { isCarequalityError, type CarequalityError } from '../../../src/errors.ts'
import type { Signer } from '../../../src/signers/index.ts'
import { failureOf, silence } from '../../support/answering-fetch.ts'
import { makeCertificate } from '../../support/certificates.ts'
import {
  answered,
  assertionOf,
  asking,
  customSigner,
  granted,
  keyPair,
  opensslAccepts,
  opensslSignature,
  ownSigner,
  provider,
  readJwt,
  tokenWire,
  until,
  type Kind,
} from '../../support/token-endpoint.ts'
import { holdTime, settledIn, turns } from '../../support/time.ts'

const rsa = keyPair('RSA')
const p256 = keyPair('P-256')
const p384 = keyPair('P-384')
const algorithms = [
  ['RS256', rsa],
  ['RS384', rsa],
  ['ES256', p256],
  ['ES384', p384],
] as const

function made(signer: AssertionSignerOptions['signer'], signerTimeoutMs?: number): AssertionSigner {
  return new AssertionSigner({ clientId: 'client', signer, signerTimeoutMs })
}

const sign = (signer: AssertionSignerOptions['signer']) => made(signer).sign({ audience: 'x' })

/** Not everything that is thrown is an Error. */
function throwText(text: string): never {
  AbortSignal.abort(text).throwIfAborted()
  throw new Error('not reached')
}

async function errorOf(promise: Promise<unknown>): Promise<CarequalityError> {
  const error = await failureOf(promise)
  if (!isCarequalityError(error)) throw error
  return error
}

describe('a good signature of another signer is used', () => {
  test.each(algorithms)('%s', async (alg, pair) => {
    const jwt = await sign(customSigner(pair, alg))
    expect(readJwt(jwt).header.alg).toBe(alg)
    expect(opensslAccepts(jwt, pair.publicKey)).toBe(true)
  })

  test.each([
    ['ES256', p256, 64],
    ['ES384', p384, 96],
  ] as const)('300 of %s as DER, each brought to its width', async (alg, pair, width) => {
    const assertions = made(customSigner(pair, alg, { dsaEncoding: 'der' }))
    for (let count = 0; count < 300; count += 1) {
      const jwt = await assertions.sign({ audience: 'x' })
      expect(readJwt(jwt).signature).toHaveLength(width)
      expect(opensslAccepts(jwt, pair.publicKey)).toBe(true)
    }
  })

  test('with certificates the leaf is what it must verify with', async () => {
    const issuer = { privateKey: p256.privateKey }
    const leaf = makeCertificate({ subject: 'a', publicKey: p256.publicKey, issuer })
    const more = { certificates: [leaf.pem], publicJwk: undefined }
    const { header } = readJwt(await sign(customSigner(p256, 'ES256', more)))
    expect(header.x5c).toEqual([leaf.base64])
  })
})

describe('K11: nothing is sent with a signature that is none', () => {
  const other = keyPair('P-256')
  const cases: readonly [string, (data: Uint8Array) => unknown, string][] = [
    [
      'of another key',
      (data) => opensslSignature(other.privateKey, 'ES256', data),
      'INVALID_SIGNATURE',
    ],
    ['of other bytes', () => good(new Uint8Array(9)), 'INVALID_SIGNATURE'],
    ['all zero', () => new Uint8Array(64), 'INVALID_SIGNATURE'],
    ['cut short', (data) => good(data).slice(0, 63), 'SIGNER_FAILED'],
    ['too long', (data) => new Uint8Array([...good(data), 0]), 'SIGNER_FAILED'],
    ['garbage', () => new Uint8Array(70).fill(0x30), 'SIGNER_FAILED'],
    ['empty', () => new Uint8Array(), 'SIGNER_FAILED'],
    ['undefined', () => undefined, 'SIGNER_FAILED'],
    ['null', () => null, 'SIGNER_FAILED'],
    ['a string', (data) => Buffer.from(good(data)).toString('base64url'), 'SIGNER_FAILED'],
    ['an ArrayBuffer', (data) => good(data).buffer, 'SIGNER_FAILED'],
    ['an array', (data) => [...good(data)], 'SIGNER_FAILED'],
  ]
  const good = (data: Uint8Array) => opensslSignature(p256.privateKey, 'ES256', data)

  test.each(cases)('%s', async (_, answer, code) => {
    const line = tokenWire(() => granted())
    const signer = customSigner(p256, 'ES256', {
      sign: (data) => Promise.resolve(answer(data) as Uint8Array),
    })
    const tokens = await provider(line.options, { signer })
    const error = await errorOf(tokens.getToken(asking()))
    expect(error).toMatchObject({ name: 'SignerError', code: `ERR_CQ_${code}` })
    expect([line.requests.length, signer.calls]).toEqual([0, 1])
  })

  test.each(['RS256', 'RS384'] as const)('%s of another key', async (alg) => {
    const more = customSigner(keyPair('RSA'), alg)
    const signer = customSigner(rsa, alg, { sign: (data, context) => more.sign(data, context) })
    expect((await errorOf(sign(signer))).code).toBe('ERR_CQ_INVALID_SIGNATURE')
  })

  test('made with a key of another kind than the algorithm says', async () => {
    const signer = customSigner(p256, 'ES384')
    expect((await errorOf(sign(signer))).name).toBe('SignerError')
  })

  test('over bytes that the signer has changed', async () => {
    const signer = customSigner(p256, 'ES256', {
      sign: (data) => Promise.resolve(good(data.fill(0))),
    })
    expect((await errorOf(sign(signer))).code).toBe('ERR_CQ_INVALID_SIGNATURE')
  })
})

test('a signer may wipe the bytes that it has signed', async () => {
  const jwt = await sign(
    customSigner(p256, 'ES256', {
      sign: (data) => {
        const signature = opensslSignature(p256.privateKey, 'ES256', data)
        data.fill(0)
        return Promise.resolve(signature)
      },
    }),
  )
  expect(opensslAccepts(jwt, p256.publicKey)).toBe(true)
})

describe('K10: what a signer throws is not repeated', () => {
  const pin = 'PIN 271828'
  const pem = p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const text = `slot 3, ${pin}, ${pem}`
  const thrown = Object.assign(new Error(text), { pin, pem, cause: new Error(text) })
  const fails: readonly [string, () => never | Promise<never>][] = [
    ['rejects with an error', () => Promise.reject(thrown)],
    ['throws a text', () => throwText(text)],
    [
      'throws at once',
      () => {
        throw thrown
      },
    ],
  ]
  const body = pem.split('\n')[1] ?? ''

  test.each(
    fails.flatMap(([how, fail]) => [
      [`a signer ${how}`, customSigner(p256, 'ES256', { sign: fail })] as const,
      [`a source ${how}`, fail] as const,
    ]),
  )('%s', async (_, signer) => {
    const error = await errorOf(sign(signer))
    expect(error).toMatchObject({ name: 'SignerError', code: 'ERR_CQ_SIGNER_FAILED' })
    const deep = { depth: 9, showHidden: true }
    const shown = [error.message, error.stack, inspect(error, deep), JSON.stringify(error)]
    expect(error.cause).toBeUndefined()
    for (const part of shown) {
      for (const secret of ['271828', 'PRIVATE', body, 'slot 3']) expect(part).not.toContain(secret)
    }
  })
})

describe('K9: a signer that hangs', () => {
  const hung = () => new Promise<never>(() => undefined)
  test.each<[string, AssertionSignerOptions['signer']]>([
    ['signer', customSigner(p256, 'ES256', { sign: hung })],
    ['source', hung],
  ])('as %s ends in its time and holds up nobody else', async (_, signer) => {
    const time = holdTime()
    const begun = performance.now()
    const late = errorOf(made(signer, 60).sign({ audience: 'x' }))
    await sign(customSigner(p256, 'ES256')) // while no time passes
    const error = await settledIn(time, late)
    expect(error).toMatchObject({ code: 'ERR_CQ_SIGNER_TIMEOUT', retryable: true })
    expect(performance.now() - begun).toBeGreaterThan(50)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  test('for one of two clients of a token provider lets the other through', async () => {
    const time = holdTime()
    const line = tokenWire(() => granted())
    const tokens = await provider(line.options, {
      signerTimeoutMs: 60,
      signer: customSigner(p256, 'ES256', {
        sign: (data) => {
          return line.events.length > 0 ? hung() : customSigner(p256, 'ES256').sign(data, context)
        },
      }),
    })
    const context = { alg: 'ES256' as const, signal: new AbortController().signal }
    await tokens.getToken(asking())
    const late = errorOf(tokens.getToken(asking({ scope: 'other' })))
    expect((await tokens.getToken(asking())).accessToken).toBe('token')
    expect((await settledIn(time, late)).code).toBe('ERR_CQ_SIGNER_TIMEOUT')
    expect(line.requests).toHaveLength(1)
  })

  test('is told by its signal, and the caller gets the reason back untouched', async () => {
    const reason = { mine: true }
    const controller = new AbortController()
    let told: unknown
    const signer = customSigner(p256, 'ES256', {
      sign: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            told = signal.reason
            reject(new Error('PIN'))
          })
        }),
    })
    const late = failureOf(made(signer).sign({ audience: 'x', signal: controller.signal }))
    await until(() => signer.calls === 1)
    controller.abort(reason)
    expect(await late).toBe(reason)
    expect(told).toBe(reason)
  })

  test('is not asked when the caller had left before', async () => {
    const signer = customSigner(p256, 'ES256')
    const signal = AbortSignal.abort('gone')
    expect(await failureOf(made(signer).sign({ audience: 'x', signal }))).toBe('gone')
  })

  test('leaves a token request by the reason of its caller', async () => {
    const line = tokenWire(silence)
    const signer = customSigner(p256, 'ES256', { sign: hung })
    const tokens = await provider(line.options, { signer })
    const controller = new AbortController()
    const late = failureOf(tokens.getToken(asking(), { signal: controller.signal }))
    await until(() => signer.calls === 1)
    controller.abort('enough')
    expect(await late).toBe('enough')
    expect(line.requests).toHaveLength(0)
  })
})

describe('a function in place of a signer', () => {
  test('is asked once per assertion', async () => {
    let asked = 0
    const signer = await ownSigner(p256)
    const assertions = made(() => {
      asked += 1
      return signer
    })
    for (let count = 1; count <= 3; count += 1) {
      await assertions.sign({ audience: 'x' })
      expect(asked).toBe(count)
    }
  })

  test('is asked again for the second attempt of a request', async () => {
    const keys = [customSigner(p256, 'ES256'), customSigner(keyPair('P-384'), 'ES384')]
    let asked = 0
    const line = tokenWire((_, number) => (number === 1 ? answered('', 503) : granted()))
    const signer = () => keys[asked++] ?? expect.fail('asked too often')
    await (await provider(line.options, { signer })).getToken(asking())
    const algorithms = line.requests.map((request) => assertionOf(request).header.alg)
    expect(algorithms).toEqual(['ES256', 'ES384'])
  })

  test.each([undefined, null, 'x', {}, { algorithms: ['ES256'] }])(
    'that gives %j is a TypeError',
    async (given) => {
      const error = await failureOf(sign(() => given as unknown as Signer))
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain('signer()')
    },
  )

  test('K12: never makes one key meet the certificate of another, rotating under 32 callers', async () => {
    const kinds: readonly Kind[] = ['P-256', 'P-384', 'P-256', 'RSA']
    const identities = kinds.map((kind, index) => {
      const pair = keyPair(kind)
      const issuer = { privateKey: pair.privateKey }
      const subject = `key ${index}`
      const { pem } = makeCertificate({ subject, publicKey: pair.publicKey, issuer })
      return { pair, pem, kid: subject }
    })
    let turn = 0
    const assertions = made(async () => {
      const index = turn++ % identities.length
      await turns(turn % 5)
      const { pair, pem, kid } = identities[index] ?? { pair: p256, pem: '', kid: '' }
      const own = { certificates: pem, kid }
      const alg = pair.publicKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256'
      return index === 2
        ? customSigner(pair, alg, { certificates: [pem], kid, publicJwk: undefined })
        : ownSigner(pair, own)
    })
    const caller = async (): Promise<string[]> => {
      const jwts: string[] = []
      for (let count = 0; count < 8; count += 1) jwts.push(await assertions.sign({ audience: 'x' }))
      return jwts
    }
    const jwts = (await Promise.all(Array.from({ length: 32 }, caller))).flat()
    const used = new Set<unknown>()
    for (const jwt of jwts) {
      const { header } = readJwt(jwt)
      const [leaf = ''] = header.x5c as string[]
      const certificate = new X509Certificate(Buffer.from(leaf, 'base64'))
      expect(certificate.subject).toBe(`CN=${String(header.kid)}`)
      expect(opensslAccepts(jwt, certificate.publicKey)).toBe(true)
      used.add(header.kid)
    }
    expect([jwts.length, used.size, turn]).toEqual([256, 4, 256])
  })
})

test('a signer without certificate and publicJwk is a TypeError before anything is sent', async () => {
  const line = tokenWire(() => granted())
  const signer = customSigner(p256, 'ES256', { publicJwk: undefined })
  expect(await failureOf(provider(line.options, { signer }))).toBeInstanceOf(TypeError)
  expect([line.requests.length, signer.calls]).toEqual([0, 0])
})

test('K4: a certificate that is not valid by the injected clock lets no request out', async () => {
  const line = tokenWire(() => granted())
  const issuer = { privateKey: p256.privateKey }
  for (const days of [-2, 2]) {
    const notBefore = new Date(line.now + (days - 1) * 86_400_000)
    const notAfter = new Date(line.now + (days + 1) * 86_400_000)
    const dates = { notBefore, notAfter }
    const { pem } = makeCertificate({ subject: 'a', publicKey: p256.publicKey, issuer, ...dates })
    const signer = customSigner(p256, 'ES256', { certificates: [pem] })
    const tokens = await provider(line.options, { signer })
    expect((await errorOf(tokens.getToken(asking()))).code).toBe('ERR_CQ_CERTIFICATE_EXPIRED')
    expect([line.requests.length, signer.calls]).toEqual([0, 0])
  }
})
