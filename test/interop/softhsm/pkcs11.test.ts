/** `pkcs11Signer` with keys in SoftHSM2, which we did not write. */
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import {
  AssertionSigner,
  isCarequalityError,
  publicJwks,
  TokenProvider,
  type SigningAlgorithm,
} from '../../../src/index.ts'
import { pkcs11Signer, type Pkcs11Module, type Pkcs11Signer } from '../../../src/node/index.ts'
import { signerContract } from '../../../src/testing/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, idle, opensslVerifies } from '../../unit/signers/keys.ts'
import { failureOf } from '../../support/answering-fetch.ts'
import { startAuthorizationServer } from '../fhir-network/harness.mjs'
import { equipment, KEYS, LABEL, makeToken, PIN, removeToken } from './token.ts'

const found = await equipment()
const missing = typeof found === 'string' ? found : undefined
if (missing !== undefined) console.info(`not run: the suite with SoftHSM2, since ${missing}`)

describe.skipIf(missing !== undefined)('SoftHSM2', () => {
  if (typeof found === 'string') return
  const { library, pkcs11js } = found
  const { folder, tool } = makeToken(library)
  const module = new pkcs11js.PKCS11()
  const base = { module, library, token: LABEL, pin: PIN }
  const made: Pkcs11Signer[] = []
  const signerOf = async (
    key: keyof typeof KEYS,
    more: Partial<Parameters<typeof pkcs11Signer>[0]> = {},
  ): Promise<Pkcs11Signer> => {
    const signer = await pkcs11Signer({ ...base, key: { id: KEYS[key][0] }, ...more })
    made.push(signer)
    return signer
  }
  afterAll(async () => {
    for (const signer of made) await signer.close()
    module.C_Finalize()
    removeToken(folder)
  })
  const publicKeyOf = (signer: Pkcs11Signer) =>
    createPublicKey({ key: signer.publicJwk as JsonWebKey, format: 'jwk' })

  test.each([
    ['RS256', 'rsa'],
    ['RS384', 'rsa'],
    ['PS384', 'rsa'],
    ['PS256', 'rsa'],
    ['ES256', 'p256'],
    ['ES384', 'p384'],
  ] as const)('%s signs what OpenSSL verifies', async (alg, key) => {
    const signer = await signerOf(key, { algorithms: [alg] })
    const signature = await signer.sign(data, { alg, signal: idle() })
    expect(opensslVerifies(publicKeyOf(signer), alg, data, signature)).toBe(true)
    const assertions = new AssertionSigner({ clientId: 'c', signer, mode: 'smart-backend' })
    const jwt = await assertions.sign({ audience: 'https://as.example/token', algorithms: [alg] })
    expect(jwt.split('.')).toHaveLength(3)
  })

  test('its keys are sensitive and cannot be taken out', () => {
    const listed = tool('--list-objects', '--type', 'privkey')
    const access = [...listed.matchAll(/Access:\s*(.*)/g)].map((match) => match[1])
    expect(access).toHaveLength(3)
    for (const one of access) {
      expect(one).toContain('sensitive')
      expect(one).toContain('never extractable')
    }
  })

  test('a key is found by label, by id or by both', async () => {
    const [id, label] = KEYS.p384
    const names = [{ label }, { id }, { id: Buffer.from(id, 'hex') }, { id, label }]
    const jwks = await Promise.all(
      names.map(async (key) => (await signerOf('p384', { key })).publicJwk),
    )
    expect(new Set(jwks.map((jwk) => JSON.stringify(jwk))).size).toBe(1)
    const defaults = await signerOf('rsa')
    expect(defaults.algorithms).toEqual(['RS384', 'RS256'])
    expect((await publicJwks(defaults)).keys).toMatchObject([{ kty: 'RSA', alg: 'RS384' }])
  })

  describe('the contract for signers', () => {
    for (const { name, run } of signerContract(() => signerOf('p256'))) test(name, run)
  })

  test.each([1, 2, 4])('64 at once over %i sessions are all good', async (sessions) => {
    const alg: SigningAlgorithm = 'RS256'
    let open = 0
    let most = 0
    const counting = wrapped(module, async (sign) => {
      open += 1
      most = Math.max(most, open)
      return sign().finally(() => {
        open -= 1
      })
    })
    const signer = await signerOf('rsa', { module: counting, sessions })
    const all = Array.from({ length: 64 }, async (_, index) => {
      const own = new Uint8Array([...data, index])
      const signature = await signer.sign(own, { alg, signal: idle() })
      return opensslVerifies(publicKeyOf(signer), alg, own, signature)
    })
    expect(await Promise.all(all)).toEqual(Array(64).fill(true))
    expect(most).toBe(sessions)
  })

  test('the certificate that stands beside the key on the token is used', async () => {
    const own = await signerOf('p384')
    const issuer = ec('P-384')
    const publicKey = publicKeyOf(own)
    const { der, base64 } = makeCertificate({
      subject: 'fhir.example.org',
      publicKey,
      issuer: { ...issuer, name: 'CA' },
    })
    const file = `${folder}/leaf.der`
    const { writeFileSync } = await import('node:fs')
    writeFileSync(file, der)
    tool('--write-object', file, '--type', 'cert', '--id', KEYS.p384[0], '--label', 'leaf')
    const signer = await signerOf('p384')
    expect(signer.certificates).toEqual([base64])
    const foreign = makeCertificate({ subject: 'x', ...issuer, issuer }).pem
    expect(await failureOf(signerOf('p384', { certificates: foreign }))).toMatchObject({
      code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
    })
  })

  test('an HSM’s assertion is taken by oidc-provider', async () => {
    const signer = await signerOf('rsa', { kid: 'hsm-1' })
    const clientId = 'hsm.example.org'
    const [jwk] = (await publicJwks(signer)).keys
    const authorization = await startAuthorizationServer({
      clients: [{ clientId, jwk: { ...jwk }, alg: 'RS384' }],
    })
    const assertions = new AssertionSigner({ clientId, signer, mode: 'smart-backend' })
    const tokens = new TokenProvider({ assertions, allowInsecureLoopback: true })
    const token = await tokens.getToken({
      tokenEndpoint: authorization.tokenEndpoint,
      fhirBaseUrl: `${authorization.issuer}/fhir`,
      scope: 'system/Patient.read',
    })
    expect(token.accessToken.length).toBeGreaterThan(20)
    await authorization.close()
  })

  describe('what goes wrong is told in the token’s own word, without the PIN', () => {
    const slotOf = (): unknown => module.C_GetSlotList(true)[0]
    /** Everything that a log could make of it. */
    const clean = (error: unknown): void => {
      expect(isCarequalityError(error)).toBe(true)
      const shown = `${inspect(error, { depth: 8, showHidden: true })}${JSON.stringify(error)}`
      expect(shown).not.toContain(PIN)
      expect(shown).not.toContain('wrong-pin')
    }

    test('an unknown token, an unknown key', async () => {
      const token = await failureOf(signerOf('rsa', { token: 'other' }))
      expect(token).toMatchObject({ code: 'ERR_CQ_SIGNER_FAILED', name: 'SignerError' })
      expect(String(token)).toContain('no PKCS#11 token')
      const key = await failureOf(signerOf('rsa', { key: { label: 'other' } }))
      expect(String(key)).toContain('no private key')
      for (const error of [token, key]) clean(error)
    })

    test('a wrong PIN', async () => {
      for (const signer of made.splice(0)) await signer.close()
      module.C_CloseAllSessions(slotOf())
      for (const pin of ['wrong-pin', () => Promise.resolve('wrong-pin')]) {
        const error = await failureOf(signerOf('rsa', { pin }))
        expect(String(error)).toContain('CKR_PIN_INCORRECT')
        clean(error)
      }
      const thrown = await failureOf(
        signerOf('rsa', { pin: () => Promise.reject(new Error('no wrong-pin at hand')) }),
      )
      expect(thrown).toMatchObject({ code: 'ERR_CQ_SIGNER_FAILED' })
      clean(thrown)
    })

    test('a session that is lost is opened anew, the PIN asked for again', async () => {
      let asked = 0
      const pin = (): string => {
        asked += 1
        return PIN
      }
      const signer = await signerOf('rsa', { pin })
      const sign = () => signer.sign(data, { alg: 'RS256', signal: idle() })
      await sign()
      const before = asked
      module.C_CloseAllSessions(slotOf())
      expect(opensslVerifies(publicKeyOf(signer), 'RS256', data, await sign())).toBe(true)
      expect(asked).toBe(before + 1)
      const other = module.C_OpenSession(slotOf(), 4)
      module.C_Logout(other)
      expect(opensslVerifies(publicKeyOf(signer), 'RS256', data, await sign())).toBe(true)
      module.C_CloseSession(other)
    })

    test('a session that cannot be opened anew', async () => {
      let gone = false
      const signer = await signerOf('rsa', { pin: () => (gone ? 'wrong-pin' : PIN) })
      gone = true
      module.C_CloseAllSessions(slotOf())
      const assertions = new AssertionSigner({ clientId: 'c', signer })
      const error = await failureOf(assertions.sign({ audience: 'a' }))
      expect(error).toMatchObject({ code: 'ERR_CQ_SIGNER_FAILED', retryable: true })
      expect(String(error)).toContain('CKR_PIN_INCORRECT')
      clean(error)
    })

    test('a token that hangs: in time, and the other session still signs', async () => {
      let hang = true
      const hanging = wrapped(module, (sign) => {
        if (!hang) return sign()
        hang = false
        return new Promise(() => undefined)
      })
      const signer = await signerOf('p256', { module: hanging, sessions: 2 })
      const assertions = new AssertionSigner({ clientId: 'c', signer, signerTimeoutMs: 150 })
      const hung = failureOf(assertions.sign({ audience: 'a' }))
      expect(await assertions.sign({ audience: 'b' })).toContain('.')
      expect(await hung).toMatchObject({ code: 'ERR_CQ_SIGNER_TIMEOUT', retryable: true })
      expect(await assertions.sign({ audience: 'c' })).toContain('.')
    })

    test('a token that hangs in its only session: those who wait end in time, too', async () => {
      const hanging = wrapped(module, () => new Promise(() => undefined))
      const signer = await signerOf('p256', { module: hanging, sessions: 1 })
      const assertions = new AssertionSigner({ clientId: 'c', signer, signerTimeoutMs: 100 })
      const all = await Promise.all(
        [1, 2, 3].map((n) => failureOf(assertions.sign({ audience: `${n}` }))),
      )
      for (const error of all) expect(error).toMatchObject({ code: 'ERR_CQ_SIGNER_TIMEOUT' })
    })

    test('a signer that was closed', async () => {
      const signer = await signerOf('p256')
      await signer.close()
      const error = await failureOf(signer.sign(data, { alg: 'ES256', signal: idle() }))
      expect(String(error)).toContain('closed')
    })
  })
})

/** The same module with another way to sign. */
function wrapped(
  module: Pkcs11Module,
  sign: (own: () => Promise<Uint8Array>) => Promise<Uint8Array>,
): Pkcs11Module {
  return new Proxy(module, {
    get: (target, name) => {
      const own: unknown = Reflect.get(target, name)
      if (typeof own !== 'function') return own
      if (name !== 'C_SignAsync') return own.bind(target) as unknown
      return (...given: Parameters<Pkcs11Module['C_SignAsync']>) =>
        sign(() => target.C_SignAsync(...given))
    },
  })
}
