/** Marked secrets through everything that can fail in `src/node` and `src/signers`. */
import { createPrivateKey } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Transport } from '../../../src/index.ts'
import { TransportError } from '../../../src/errors.ts'
import {
  encryptedPemSigner,
  keyObjectSigner,
  nodeTransport,
  pkcs12Signer,
} from '../../../src/node/index.ts'
import {
  cryptoKeySigner,
  describeCertificates,
  digestSigner,
  jwkSigner,
  pemSigner,
  publicJwks,
} from '../../../src/signers/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { asking, provider } from '../../support/token-endpoint.ts'
import { ec, pemOf, rsa } from '../signers/keys.ts'

const PASSPHRASE = 'P4SSPHRASE-7c1e'
const pair = rsa()
const [short, other, odd] = [rsa(1024), rsa(), ec('secp256k1')]
const pem = pemOf(pair.privateKey)
const encrypted = pair.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE })
  .toString()
const jwk = pair.privateKey.export({ format: 'jwk' })
const leaf = makeCertificate({ subject: 'x', ...other, issuer: other }).pem
/** Some part of each secret, as it may stand in a message, in hexadecimal or as JSON bytes. */
const bytes = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(700, 716)
const MARKS = [
  PASSPHRASE,
  'S3CRET',
  ...[pem, encrypted, pemOf(short.privateKey), pemOf(odd.privateKey)].map((text) =>
    text.split('\n')[1]?.slice(8, 40),
  ),
  ...['d', 'p', 'q'].map((member) => String(jwk[member as 'd']).slice(4, 40)),
  bytes.toString('hex'),
  bytes.toString('base64').slice(0, 20),
  [...bytes].join(','),
  [...bytes].join(', '),
].filter((mark) => mark !== undefined)

/** Everything that a log could make of what was thrown, its causes included. */
function shown(thrown: unknown): string {
  const parts = [inspect(thrown, { depth: 10, showHidden: true, getters: true })]
  for (let one = thrown; one instanceof Error; one = one.cause) {
    parts.push(one.message, one.stack ?? '', String(one), JSON.stringify(one))
    parts.push(JSON.stringify(Object.getOwnPropertyDescriptors(one)))
  }
  return parts.join('\n')
}

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

const origins = ['https://a.example']
const spoil = (text: string): string => text.replace(/(.{20})$/m, '!!!$1')
const cut = (text: string): string => text.replace(/\n[^\n]*\n(?=-----END)/, '\n')
const failures: Readonly<Record<string, () => unknown>> = {
  'pemSigner, spoiled': () => pemSigner({ key: spoil(pem) }),
  'pemSigner, cut': () => pemSigner({ key: cut(pem) }),
  'pemSigner, no end': () => pemSigner({ key: pem.slice(0, -40) }),
  'pemSigner, two keys': () => pemSigner({ key: pem + pem }),
  'pemSigner, encrypted': () => pemSigner({ key: encrypted }),
  'pemSigner, no PEM': () => pemSigner({ key: `S3CRET ${pem.slice(40)}` }),
  'pemSigner, 1024 bits': () => pemSigner({ key: pemOf(short.privateKey) }),
  'pemSigner, another curve': () => pemSigner({ key: pemOf(odd.privateKey) }),
  'pemSigner, another label': () =>
    pemSigner({ key: pem.replaceAll('PRIVATE KEY', 'DSA PRIVATE KEY') }),
  'pemSigner, another certificate': () => pemSigner({ key: pem, certificates: leaf }),
  'pemSigner, a key for a certificate': () => pemSigner({ key: pem, certificates: pem }),
  'pemSigner, a key among certificates': () => pemSigner({ key: pem, certificates: [leaf + pem] }),
  'pemSigner, its bytes for a certificate': () =>
    pemSigner({
      key: pem,
      certificates: pair.privateKey.export({ type: 'pkcs8', format: 'der' }),
    }),
  'pemSigner, wrong algorithms': () => pemSigner({ key: pem, algorithms: ['ES256'] }),
  'jwkSigner, half a key': () => jwkSigner({ key: { ...jwk, p: 'S3CRET!', q: 'S3CRET!' } }),
  'jwkSigner, no numbers': () => jwkSigner({ key: { kty: 'RSA', d: jwk.d } }),
  'jwkSigner, symmetric': () => jwkSigner({ key: { kty: 'oct', k: 'S3CRET' } }),
  'jwkSigner, another public part': () =>
    jwkSigner({ key: { ...jwk, n: other.publicKey.export({ format: 'jwk' }).n } }),
  'jwkSigner, odd alg': () => jwkSigner({ key: { ...jwk, alg: 'S3CRET' } }),
  'jwkSigner, odd kid': () => jwkSigner({ key: { ...jwk, kid: { a: 'S3CRET' } } }),
  // @ts-expect-error a PEM is no CryptoKey
  'cryptoKeySigner, PEM': () => cryptoKeySigner({ key: pem }),
  'digestSigner, a private key for the public one': () =>
    digestSigner({
      algorithms: ['RS256'],
      publicKey: pem,
      signDigest: () => Promise.reject(new Error()),
    }),
  'describeCertificates, a key': () => describeCertificates(pem),
  'publicJwks, no signer': () =>
    publicJwks({
      algorithms: ['RS256'],
      publicJwk: { kty: 'oct', k: 'S3CRET', d: jwk.d },
      sign: () => Promise.reject(new Error()),
    }),
  'keyObjectSigner, 1024 bits': () => keyObjectSigner({ key: short.privateKey }),
  'keyObjectSigner, another curve': () => keyObjectSigner({ key: odd.privateKey }),
  'encryptedPemSigner, another passphrase': () =>
    encryptedPemSigner({ key: encrypted, passphrase: `${PASSPHRASE}S3CRET` }),
  'encryptedPemSigner, spoiled': () =>
    encryptedPemSigner({ key: spoil(encrypted), passphrase: PASSPHRASE }),
  'encryptedPemSigner, another certificate': () =>
    encryptedPemSigner({ key: encrypted, passphrase: PASSPHRASE, certificates: leaf }),
  'encryptedPemSigner, another curve': () =>
    encryptedPemSigner({ key: pemOf(odd.privateKey), passphrase: PASSPHRASE }),
  'pkcs12Signer, no file': () => pkcs12Signer({ pfx: Buffer.from(pem), passphrase: PASSPHRASE }),
  // @ts-expect-error a number is no passphrase
  'pkcs12Signer, no text': () => pkcs12Signer({ pfx: Buffer.from(pem), passphrase: 7 }),
  'nodeTransport, another key': () =>
    nodeTransport({ cert: leaf, key: pem, passphrase: PASSPHRASE, origins }),
  'nodeTransport, spoiled': () => nodeTransport({ cert: leaf, key: spoil(pem), origins }),
  'nodeTransport, another passphrase': () =>
    nodeTransport({ cert: leaf, key: encrypted, passphrase: 'S3CRET', origins }),
  'nodeTransport, the key for the certificate': () =>
    nodeTransport({ cert: pem, key: pem, origins }),
  'nodeTransport, the key for an authority': () => nodeTransport({ ca: pem }),
  'nodeTransport, no file': () =>
    nodeTransport({ pfx: Buffer.from(pem), passphrase: PASSPHRASE, origins }),
  'nodeTransport, a proxy with a password': () =>
    nodeTransport({ proxy: 'socks5://user:S3CRET@proxy.example' }),
}

describe('no secret is shown by', () => {
  test('an error with the marks in it: it would be noticed', () => {
    expect(
      MARKS.filter((mark) => shown(new Error(`${pem}${PASSPHRASE}S3CRET`)).includes(mark)).length,
    ) //
      .toBeGreaterThanOrEqual(3)
    expect(createPrivateKey(pem).type).toBe('private')
  })

  test.each(Object.entries(failures))('%s', async (_, work) => {
    const text = shown(await thrownBy(work))
    expect(MARKS.filter((mark) => text.includes(mark))).toEqual([])
  })
})

describe('no token, assertion or proxy password is shown by a transport that', () => {
  /** A port that answers with these bytes and goes, and what it was sent. */
  async function answering(bytes: string): Promise<{ port: number; held: string[] }> {
    const held: string[] = []
    const server = createServer((socket) => {
      socket.on('data', (data) => {
        held.push(data.toString())
        socket.end(bytes)
      })
      socket.on('error', () => undefined)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.close()
    })
    return { port: (server.address() as AddressInfo).port, held }
  }

  const answers = [
    ['is cut off', ''],
    ['meets nonsense', 'S3CRET nonsense\r\n\r\n'],
    [
      'meets half an answer',
      'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"access_token":"S3CRET',
    ],
    ['meets a header that is none', 'HTTP/1.1 200 OK\r\nx y z S3CRET\r\n\r\n'],
    ['is refused', 'HTTP/1.1 407 S3CRET\r\ncontent-length: 0\r\n\r\n'],
  ] as const

  test.each(answers.slice(0, 4))('%s', async (_, bytes) => {
    const { port, held } = await answering(bytes)
    const origin = `http://127.0.0.1:${port}`
    const text = await failing(nodeTransport(), origin)
    expect(text).not.toMatch(/S3CRET|eyJ/) // how every assertion begins
    expect(held.join('')).toContain('client_assertion=eyJ')
  })

  test.each(answers)('%s by a proxy, which is asked three times at most', async (_, bytes) => {
    const { port, held } = await answering(bytes)
    const proxy = `http://user:S3CRET@127.0.0.1:${port}`
    const text = await failing(nodeTransport({ proxy }), 'https://as.example.org')
    expect(text).not.toMatch(/S3CRET|eyJ/)
    const connects = held.filter((one) => one.startsWith('CONNECT as.example.org:443 '))
    expect(connects.length).toBeGreaterThan(0)
    expect(connects.length).toBeLessThanOrEqual(3)
    expect(held.join('')).not.toContain('client_assertion')
  })

  async function failing(transport: Transport, origin: string): Promise<string> {
    onTestFinished(() => transport.close?.())
    const randomUUID = () => '00000000-0000-4000-8000-000000000000'
    const tokens = await provider({ transport, randomUUID, allowInsecureLoopback: true })
    const request = asking({ tokenEndpoint: `${origin}/token`, fhirBaseUrl: `${origin}/r4` })
    const error = await thrownBy(() => tokens.getToken(request))
    expect(error).toBeInstanceOf(TransportError)
    return shown(error)
  }
})
