/** Keys of four kinds and the clients that are registered with them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { pemSigner, type Signer, type SigningAlgorithm } from '../../../src/index.ts'
import { makeCertificate } from '../../support/certificates.ts'

/** A client that the authorization server knows, with a signer for it. */
export interface Identity {
  readonly clientId: string
  readonly alg: SigningAlgorithm
  readonly signer: Signer
  readonly jwk: object
  readonly privateKey: KeyObject
}

const kinds: readonly (readonly [
  SigningAlgorithm,
  () => { publicKey: KeyObject; privateKey: KeyObject },
])[] = [
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['RS384', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
]

async function identity(
  alg: SigningAlgorithm,
  pair: { publicKey: KeyObject; privateKey: KeyObject },
): Promise<Identity> {
  const clientId = `client-${alg.toLowerCase()}.example.org`
  const certificate = makeCertificate({
    ...pair,
    subject: clientId,
    issuer: { privateKey: pair.privateKey },
  })
  const kid = `key-${alg}`
  const signer = await pemSigner({
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificates: certificate.pem,
    algorithms: [alg],
    kid,
  })
  return {
    clientId,
    alg,
    signer,
    jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid },
    privateKey: pair.privateKey,
  }
}

/** One of each kind. */
export function makeIdentities(): Promise<Identity[]> {
  return Promise.all(kinds.map(([alg, generate]) => identity(alg, generate())))
}

export function identityFor(identities: readonly Identity[], alg: SigningAlgorithm): Identity {
  const found = identities.find((one) => one.alg === alg)
  if (found === undefined) throw new Error(`no identity for ${alg}`)
  return found
}
