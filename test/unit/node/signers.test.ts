import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import {
  encryptedPemSigner,
  keyObjectSigner,
  pkcs12Signer,
  pkcs11Signer,
  type Pkcs11Module,
  type Pkcs11SignerOptions,
} from '../../../src/node/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { data, ec, ed25519, failureOf, idle, opensslVerifies, pemOf, rsa } from '../signers/keys.ts'
import { AssertionSigner } from '../../../src/index.ts'
import { SignerError } from '../../../src/errors.ts'
import { ck } from '../../../src/node/pkcs11-module.ts'
import { signerContract } from '../../../src/testing/index.ts'
import { turns } from '../../support/time.ts'

describe('signers from keys', () => {
  const pairs = { RSA: rsa(), 'P-256': ec('P-256'), 'P-384': ec('P-384'), Ed25519: ed25519() }
  const passphrase = 'open sesame ✓'
  const folder = mkdtempSync(join(tmpdir(), 'key-signers-'))
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  const certificates = Object.fromEntries(
    Object.entries(pairs).map(([kind, { publicKey }]) => {
      const issuer = { name: 'CA', privateKey: pairs.RSA.privateKey }
      return [kind, makeCertificate({ subject: kind, publicKey, issuer })]
    }),
  )
  const ca = makeCertificate({ subject: 'CA', ...pairs.RSA, issuer: pairs.RSA, ca: true })
  const certificateOf = (kind: string) => certificates[kind] ?? expect.fail(kind)

  describe.each(['RSA', 'P-256', 'P-384', 'Ed25519'] as const)(
    'keyObjectSigner with %s',
    (kind) => {
      test('signs what OpenSSL verifies', async () => {
        const { publicKey, privateKey } = pairs[kind]
        const signer = await keyObjectSigner({ key: privateKey, kid: 'k' })
        expect(signer.kid).toBe('k')
        for (const alg of signer.algorithms) {
          const signature = await signer.sign(data, { alg, signal: idle() })
          expect(opensslVerifies(publicKey, alg, data, signature)).toBe(true)
        }
      })
    },
  )

  test.each([
    ['a public key', pairs.RSA.publicKey],
    ['a secret key', { type: 'private' }],
    ['secp256k1', ec('secp256k1').privateKey],
    ['RSA 1024', rsa(1024).privateKey],
    ['X25519', generateKeyPairSync('x25519').privateKey],
    ['RSA-PSS', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
    ['text', pemOf(pairs.RSA.privateKey)],
  ])('keyObjectSigner refuses %s', async (_, key) => {
    const error = await failureOf(keyObjectSigner({ key: key as KeyObject }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('"key"')
    expect(error).not.toHaveProperty('cause')
  })

  describe('encryptedPemSigner', () => {
    const encrypted = (type: 'pkcs8' | 'pkcs1' | 'sec1', key: KeyObject): string =>
      key.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()
    test.each([
      ['PKCS#8 of RSA', encrypted('pkcs8', pairs.RSA.privateKey), 'RSA'],
      ['PKCS#8 of P-256', encrypted('pkcs8', pairs['P-256'].privateKey), 'P-256'],
      ['PKCS#8 of Ed25519', encrypted('pkcs8', pairs.Ed25519.privateKey), 'Ed25519'],
      ['PKCS#1 of OpenSSL', encrypted('pkcs1', pairs.RSA.privateKey), 'RSA'],
      ['SEC1 of OpenSSL', encrypted('sec1', pairs['P-384'].privateKey), 'P-384'],
      [
        'PKCS#8 with CRLF',
        encrypted('pkcs8', pairs.RSA.privateKey).replaceAll('\n', '\r\n'),
        'RSA',
      ],
      ['a key that is not encrypted', pemOf(pairs.RSA.privateKey), 'RSA'],
      ...(['pkcs8', 'pkcs1'] as const).flatMap((type) => {
        const pem = encrypted(type, pairs.RSA.privateKey)
        return [
          [`${type} with \\n in two characters`, pem.replaceAll('\n', '\\n'), 'RSA'],
          [`${type} with \\n escaped twice`, pem.replaceAll('\n', '\\\\n'), 'RSA'],
          [`${type} with \\r\\n in four characters`, pem.replaceAll('\n', '\\r\\n'), 'RSA'],
          [`${type} with blanks for line breaks`, pem.replaceAll('\n', ' '), 'RSA'],
          [`${type} indented`, pem.replaceAll(/^/gm, '    '), 'RSA'],
        ] as const
      }),
    ] as const)('reads %s', async (_, key, kind) => {
      const signer = await encryptedPemSigner({ key, passphrase })
      const [alg = 'RS256'] = signer.algorithms
      const signature = await signer.sign(data, { alg, signal: idle() })
      expect(opensslVerifies(pairs[kind].publicKey, alg, data, signature)).toBe(true)
    })

    test('uses the certificates of the same text unless others are given', async () => {
      const key = `${encrypted('pkcs8', pairs['P-256'].privateKey)}${certificateOf('P-256').pem}${ca.pem}`
      const signer = await encryptedPemSigner({ key, passphrase })
      expect(signer.certificates).toEqual([certificateOf('P-256').base64, ca.base64])
      const bare = await encryptedPemSigner({ key, passphrase, certificates: [] })
      expect(bare.certificates).toBeUndefined()
    })

    test.each([
      ['cut off', (pem: string) => pem.replace(/[^\n]{1,76}\n(-----END)/, '$1')],
      ['with a foreign character', (pem: string) => pem.replace(/MII/, 'M!I')],
      ['with a line that is lost', (pem: string) => pem.replace(/\n[^\n]+\n/, '\n')],
    ])('a key %s is not blamed on the passphrase', async (_, spoil) => {
      const key = spoil(encrypted('pkcs8', pairs.RSA.privateKey))
      const error = await failureOf(encryptedPemSigner({ key, passphrase }))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain('line breaks')
      expect(error.message).not.toMatch(/passphrase|sesame|MII/)
    })

    test.each([
      ['another passphrase', { passphrase: 'wrong' }, '"passphrase"'],
      ['no passphrase', { passphrase: '' }, '"passphrase"'],
      ['no key', { key: ca.pem }, '"key"'],
      ['two keys', { key: pemOf(pairs.RSA.privateKey).repeat(2) }, '"key"'],
      ['text', { key: 'text' }, '"key"'],
    ])('%s is a TypeError without the key or the passphrase', async (_, more, option) => {
      const options = { key: encrypted('pkcs8', pairs.RSA.privateKey), passphrase, ...more }
      const error = await failureOf(encryptedPemSigner(options))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toContain(option)
      const shown = inspect(error, { depth: 8, showHidden: true })
      expect(shown).not.toMatch(/sesame|wrong|MII/)
      expect(error).not.toHaveProperty('cause')
    })
  })

  describe('pkcs12Signer', () => {
    const ascii = 'open sesame'
    const openssl = (...args: readonly string[]): void => {
      execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    }
    /** A file of OpenSSL's making, by this machine's defaults or with the old algorithms. */
    function pfxOf(kind: keyof typeof pairs, ...more: readonly string[]): Buffer {
      writeFileSync(join(folder, 'key.pem'), pemOf(pairs[kind].privateKey))
      writeFileSync(join(folder, 'leaf.pem'), certificateOf(kind).pem)
      writeFileSync(join(folder, 'ca.pem'), ca.pem)
      writeFileSync(join(folder, 'pass'), ascii)
      openssl(
        ...['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'leaf.pem', '-certfile', 'ca.pem'],
        ...['-passout', 'file:pass', '-out', 'out.p12', ...more],
      )
      return readFileSync(join(folder, 'out.p12'))
    }
    let available = true
    try {
      openssl('version')
    } catch {
      available = false
      console.info('not run: the tests of pkcs12Signer, since there is no openssl command')
    }

    describe.skipIf(!available)('with files of OpenSSL', () => {
      test.each([
        ['RSA', []],
        ['P-256', []],
        ['P-384', []],
        ['RSA', ['-certpbe', 'PBE-SHA1-3DES', '-keypbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
        ['RSA', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
      ] as const)('reads %s %j, its chain in order', async (kind, more) => {
        const signer = await pkcs12Signer({ pfx: pfxOf(kind, ...more), passphrase: ascii })
        const chain = [certificateOf(kind).base64, ca.base64]
        expect(signer.certificates).toEqual(chain)
        const [alg = 'RS256'] = signer.algorithms
        const signature = await signer.sign(data, { alg, signal: idle() })
        expect(opensslVerifies(pairs[kind].publicKey, alg, data, signature)).toBe(true)
      })

      test('a wrong passphrase, no key and nonsense are TypeErrors', async () => {
        const pfx = pfxOf('RSA')
        const bare = pfxOf('RSA', '-nokeys')
        for (const options of [
          { pfx, passphrase: 'wrong' },
          { pfx, passphrase: 'wrong ✓' },
          { pfx: bare, passphrase: ascii },
          { pfx: pfx.subarray(0, 500), passphrase: ascii },
          { pfx: new Uint8Array(10), passphrase: ascii },
          { pfx: 'text', passphrase: ascii },
          { pfx, passphrase: 7 },
        ]) {
          // @ts-expect-error some are wrong on purpose
          const error = await failureOf(pkcs12Signer(options))
          expect(error).toBeInstanceOf(TypeError)
          expect(inspect(error, { depth: 8, showHidden: true })).not.toMatch(/sesame|wrong|MII/)
          expect(error).not.toHaveProperty('cause')
        }
      })
    })
  })

  test('a KeyObject made from PEM is as good as one that was generated', async () => {
    const key = createPrivateKey(pemOf(pairs['P-256'].privateKey))
    const signer = await keyObjectSigner({ key, certificates: certificateOf('P-256').pem })
    expect(signer.certificates).toEqual([certificateOf('P-256').base64])
  })
})

/** `pkcs11Signer` over a module that a test makes misbehave; SoftHSM2 is asked in test/interop. */
describe('PKCS#11', () => {
  const PIN = 'P1N-9f3a'
  const pair = rsa()
  const pem = pemOf(pair.privateKey)

  interface Fake extends Pkcs11Module {
    /** Names of the calls, in order. */
    readonly calls: string[]
    open: number
  }

  /** A token with one RSA key. `more` in place of its own calls. */
  function fake(more: Partial<Pkcs11Module> = {}, privateKey: KeyObject = pair.privateKey): Fake {
    const calls: string[] = []
    const { n = '', e = '' } = privateKey.export({ format: 'jwk' })
    const values = new Map<number, Buffer>([
      [ck.CKA_KEY_TYPE, Buffer.of(ck.CKK_RSA)],
      [ck.CKA_ID, Buffer.of(1)],
      [ck.CKA_MODULUS, Buffer.from(n, 'base64url')],
      [ck.CKA_PUBLIC_EXPONENT, Buffer.from(e, 'base64url')],
    ])
    let found: unknown[] = []
    const module: Fake = {
      calls,
      open: 0,
      load: () => undefined,
      C_Initialize: () => undefined,
      C_GetSlotList: () => ['slot'],
      C_GetTokenInfo: () => ({ label: 'token   \0' }),
      C_OpenSession: () => `session ${(module.open += 1)}`,
      C_CloseSession: () => {
        module.open -= 1
      },
      C_Login: (_session, _type, pin) => {
        if (pin !== PIN) throw new Error(`CKR_PIN_INCORRECT: ${pin ?? ''}`)
      },
      C_FindObjectsInit: (_session, [first]) => {
        found = first?.value === ck.CKO_PRIVATE_KEY ? ['key'] : []
      },
      C_FindObjects: () => found,
      C_FindObjectsFinal: () => undefined,
      C_GetAttributeValue: (_session, _object, template) =>
        template.map(({ type }) => ({ type, value: values.get(type) })),
      C_SignInit: () => undefined,
      C_SignAsync: (_session, input) => Promise.resolve(sign('sha256', input, privateKey)),
      ...more,
    }
    for (const name of Object.keys(module)) {
      const own: unknown = Reflect.get(module, name)
      if (typeof own !== 'function') continue
      Reflect.set(module, name, (...given: unknown[]) => {
        calls.push(name)
        return Reflect.apply(own, module, given) as unknown
      })
    }
    return module
  }

  const options = (module: Pkcs11Module) => ({
    module,
    token: 'token',
    pin: PIN,
    key: { label: 'k' },
    algorithms: ['RS256' as const],
  })

  /** Everything that a log could make of an error and of what caused it. */
  function shown(error: unknown): string {
    const parts = [inspect(error, { depth: 10, showHidden: true, getters: true })]
    for (let one = error; one instanceof Error; one = one.cause) {
      parts.push(one.message, one.stack ?? '', String(one), JSON.stringify(one))
    }
    return parts.join('\n')
  }

  const MARKS = [PIN, 'S3CRET', pem.slice(40, 80), 'wrong-pin']
  const boom = (refusal: string) => (): never => {
    throw Object.assign(new Error(`${refusal}: ${PIN} S3CRET ${pem}`), { pin: PIN })
  }

  describe('a fake token', () => {
    for (const { name, run } of signerContract(() => pkcs11Signer(options(fake())))) test(name, run)

    test('is loaded and initialised with locking where "library" is given, and once at most', async () => {
      let flags: unknown
      const again = fake({
        C_Initialize: (given) => {
          flags = given?.flags
          throw new Error('CKR_CRYPTOKI_ALREADY_INITIALIZED')
        },
      })
      await pkcs11Signer({ ...options(again), library: '/lib/hsm.so' })
      expect(flags).toBe(2)
      const own = fake()
      await pkcs11Signer(options(own))
      expect(own.calls).not.toContain('load')
      expect(own.calls).not.toContain('C_Initialize')
    })

    test('never signs in more sessions at once than it may', async () => {
      let [now, most] = [0, 0]
      const module = fake({
        C_SignAsync: async (_session, input) => {
          most = Math.max(most, (now += 1))
          await turns(2)
          now -= 1
          return sign('sha256', input, pair.privateKey)
        },
      })
      const signer = await pkcs11Signer({ ...options(module), sessions: 3 })
      const all = Array.from({ length: 20 }, () =>
        signer.sign(data, { alg: 'RS256', signal: idle() }),
      )
      for (const signature of await Promise.all(all)) {
        expect(opensslVerifies(pair.publicKey, 'RS256', data, signature)).toBe(true)
      }
      expect(most).toBe(3)
      expect(module.open).toBe(3)
      await signer.close()
      expect(module.open).toBe(0)
    })

    test.each(['CKR_SESSION_HANDLE_INVALID', 'CKR_USER_NOT_LOGGED_IN', 'CKR_DEVICE_REMOVED'])(
      'that answers %s once is logged into anew; a second time is an error',
      async (refusal) => {
        let failures = 1
        const module = fake({
          C_SignInit: () => {
            failures -= 1
            if (failures >= 0) boom(refusal)()
          },
        })
        const signer = await pkcs11Signer(options(module))
        const signing = () => signer.sign(data, { alg: 'RS256', signal: idle() })
        expect(opensslVerifies(pair.publicKey, 'RS256', data, await signing())).toBe(true)
        failures = 2
        expect(String(await failureOf(signing()))).toContain(refusal)
      },
    )
  })

  const spoiled: readonly (readonly [
    string,
    Partial<Pkcs11Module>,
    Partial<Pkcs11SignerOptions>,
  ])[] = [
    ['the library cannot be loaded', { load: boom('ENOENT') }, { library: 'l' }],
    ['it cannot be initialised', { C_Initialize: boom('CKR_GENERAL_ERROR') }, { library: 'l' }],
    ['the slots are not told', { C_GetSlotList: boom('CKR_FUNCTION_FAILED') }, {}],
    ['the token tells nothing', { C_GetTokenInfo: boom('CKR_SLOT_ID_INVALID') }, {}],
    ['no session opens', { C_OpenSession: boom('CKR_SESSION_COUNT') }, {}],
    ['the login fails', { C_Login: boom('CKR_PIN_LOCKED') }, {}],
    ['the PIN is wrong', {}, { pin: 'wrong-pin' }],
    ['nobody gives the PIN', {}, { pin: boom('x') }],
    ['the PIN is none', {}, { pin: () => '' }],
    ['objects cannot be found', { C_FindObjects: boom('CKR_ARGUMENTS_BAD') }, {}],
    ['attributes are not told', { C_GetAttributeValue: boom('CKR_DEVICE_MEMORY') }, {}],
  ]

  test.each(spoiled)('%s: a SignerError that repeats nothing', async (_, more, own) => {
    const module = fake(more)
    const error = await failureOf(pkcs11Signer({ ...options(module), ...own }))
    expect(error).toBeInstanceOf(SignerError)
    expect(error).toMatchObject({ code: 'ERR_CQ_SIGNER_FAILED' })
    for (const mark of MARKS) expect(shown(error)).not.toContain(mark)
    expect(module.open).toBeLessThanOrEqual(0) // no session is left behind
  })

  test.each<[string, Partial<Pkcs11Module>]>([
    ['refuses to begin', { C_SignInit: boom('CKR_KEY_FUNCTION_NOT_PERMITTED') }],
    [
      'refuses to sign',
      { C_SignAsync: () => Promise.reject(new Error(`CKR_DATA_INVALID ${PIN}`)) },
    ],
    ['throws what is no error', { C_SignAsync: () => Promise.reject(Object(PIN) as Error) }],
  ])('a token that %s: a SignerError that repeats nothing', async (_, more) => {
    const signer = await pkcs11Signer(options(fake(more)))
    const assertions = new AssertionSigner({ clientId: 'c', signer })
    for (const work of [
      signer.sign(data, { alg: 'RS256', signal: idle() }),
      assertions.sign({ audience: 'a' }),
    ]) {
      const error = await failureOf(work)
      expect(error).toMatchObject({ code: 'ERR_CQ_SIGNER_FAILED' })
      for (const mark of MARKS) expect(shown(error)).not.toContain(mark)
    }
  })

  test('an RSA key under 2048 bits, and a certificate of another key, are refused', async () => {
    const short = rsa(1024)
    const weak = await failureOf(pkcs11Signer(options(fake({}, short.privateKey))))
    expect(weak).toBeInstanceOf(TypeError)
    expect(weak.message).toContain('2048')
    const other = rsa()
    const { pem: certificates } = makeCertificate({ subject: 'x', ...other, issuer: other })
    const error = await failureOf(pkcs11Signer({ ...options(fake()), certificates }))
    expect(error).toMatchObject({ code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH' })
  })

  test.each<[string, object | null]>([
    ['options', null],
    ['module', { module: null }],
    ['module', { module: {} }],
    ['library', { library: '' }],
    ['token', { token: '' }],
    ['pin', { pin: '' }],
    ['pin', { pin: undefined }],
    ['key', { key: undefined }],
    ['key', { key: {} }],
    ['key.label', { key: { label: '' } }],
    ['key.id', { key: { id: 'zz' } }],
    ['algorithms', { algorithms: 'RS256' }],
    ['options.algorithms', { algorithms: ['HS256'] }],
    ['options.kid', { kid: '' }],
    ['sessions', { sessions: 0 }],
  ])('a wrong "%s" is a TypeError', async (option, more) => {
    const given = more === null ? more : { ...options(fake()), ...more }
    // @ts-expect-error wrong on purpose
    const error = await failureOf(pkcs11Signer(given))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(`"${option}"`)
    for (const mark of MARKS) expect(shown(error)).not.toContain(mark)
  })
})
