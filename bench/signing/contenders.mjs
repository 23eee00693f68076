/** What signs the same thing with the same key: bare WebCrypto, our signer, a whole assertion, a JWT by hand, jose. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { AssertionSigner, pemSigner } from '../../dist/index.js'
import { chainFor } from './certificates.mjs'

const CLIENT_ID = 'client.example.org'
const AUDIENCE = 'https://fhir.example.org/oauth2/token'

const rsa = (hash) => ({
  pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  parameters: { name: 'RSASSA-PKCS1-v1_5', hash },
})
const ecdsa = (namedCurve, hash) => ({
  pair: () => generateKeyPairSync('ec', { namedCurve }),
  parameters: { name: 'ECDSA', namedCurve, hash },
})

export const KINDS = {
  RS256: rsa('SHA-256'),
  RS384: rsa('SHA-384'),
  ES256: ecdsa('P-256', 'SHA-256'),
  ES384: ecdsa('P-384', 'SHA-384'),
}

export const BARE = 'bare WebCrypto'

/** Works by name; with `chainLength` the header carries certificates of that many characters. */
export async function contenders(alg, { chainLength }) {
  const { pair, parameters } = KINDS[alg]
  const pem = pair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const certificates =
    chainLength === undefined
      ? undefined
      : chainFor(createPublicKey(pem), { name: CLIENT_ID, length: chainLength })
  const signer = await pemSigner({ key: pem, algorithms: [alg], certificates })
  const assertions = new AssertionSigner({ clientId: CLIENT_ID, signer })
  const asked = { audience: AUDIENCE, algorithms: [alg] }

  const one = await assertions.sign(asked)
  const [header, claims] = one.split('.', 2)
  const data = new TextEncoder().encode(`${header}.${claims}`)
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  const key = await crypto.subtle.importKey('pkcs8', der, parameters, false, ['sign'])
  const members = JSON.parse(Buffer.from(header, 'base64url').toString())
  const { signal } = new AbortController()

  return {
    [BARE]: () => crypto.subtle.sign(parameters, key, data),
    'local signer': () => signer.sign(data, { alg, signal }),
    'whole assertion': () => assertions.sign(asked),
    'JWT by hand': () => byHand(header, (input) => crypto.subtle.sign(parameters, key, input)),
    'jose SignJWT': () => withJose(members, key),
  }
}

/** The least that an assertion is: a kept header, fresh claims, a signature; no check, no deadline. */
async function byHand(header, sign) {
  const iat = Math.floor(Date.now() / 1000) - 5
  const claims = {
    iss: CLIENT_ID,
    sub: CLIENT_ID,
    aud: AUDIENCE,
    iat,
    exp: iat + 240,
    jti: crypto.randomUUID(),
  }
  const input = `${header}.${base64url(JSON.stringify(claims))}`
  const signature = new Uint8Array(await sign(new TextEncoder().encode(input)))
  return `${input}.${base64url(String.fromCharCode(...signature))}`
}

const base64url = (text) => btoa(text).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_')

/** The same claims, as a user of jose writes them. */
function withJose(header, key) {
  const iat = Math.floor(Date.now() / 1000) - 5
  return new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader(header)
    .setIssuer(CLIENT_ID)
    .setSubject(CLIENT_ID)
    .setAudience(AUDIENCE)
    .setIssuedAt(iat)
    .setExpirationTime(iat + 240)
    .sign(key)
}
