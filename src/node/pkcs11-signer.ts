/** Signing with a key that never leaves its HSM or smart card. */
import { Buffer } from 'node:buffer'

import {
  isBytes,
  isRecord,
  requireFunction,
  requireList,
  requireObject,
  requireText,
  requireWhole,
} from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { algorithmsOf, isCommon } from '../signers/algorithms.ts'
import { toX5c, type CertificateInput } from '../signers/certificate.ts'
import { readChain } from '../signers/chain.ts'
import { checkSigner } from '../signers/check-signer.ts'
import { SignerFacts } from '../signers/signer-facts.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import { mechanisms } from './pkcs11-mechanisms.ts'
import { ck, refusalOf, type Pkcs11Module } from './pkcs11-module.ts'
import { findPrivateKey, readKeyFacts, type KeyName } from './pkcs11-objects.ts'
import { failure, Pkcs11Token, shown } from './pkcs11-token.ts'

/** Where the key is. */
export interface Pkcs11SignerOptions {
  /** `new pkcs11js.PKCS11()` of the package [pkcs11js](https://www.npmjs.com/package/pkcs11js), which you install. */
  module: Pkcs11Module
  /**
   * The PKCS#11 library of your HSM. With it the signer loads and initialises the module, with
   * locking (without `CKF_OS_LOCKING_OK` two signatures at once crash the process). Leave it out
   * where you have done so yourself.
   */
  library?: string | undefined
  /** The token's label. */
  token: string
  /** The user's PIN, or a function that fetches it; called at each login and not stored. */
  pin: string | (() => string | Promise<string>)
  /** The private key's label, or its id as bytes or hexadecimal digits, or both. */
  key: { label?: string | undefined; id?: string | Uint8Array | undefined }
  /** Default: the certificate on the token that has the key's id. */
  certificates?: CertificateInput | undefined
  /** Default: RS384 and RS256 for an RSA key; the one algorithm of any other. */
  algorithms?: readonly SigningAlgorithm[] | undefined
  /** JWS `kid` header, where the authorization server knows the key by name. */
  kid?: string | undefined
  /**
   * Concurrent signatures, each in its own session; more are queued. Default 2. A token that hangs
   * holds as many of Node's worker threads (UV_THREADPOOL_SIZE, 4 by default).
   */
  sessions?: number | undefined
}

/** A signer whose key is on a token. */
export interface Pkcs11Signer extends Signer<SigningAlgorithm> {
  /** Closes its sessions; later signatures fail. The module stays as it is. */
  close(): Promise<void>
}

/** Longer than any signature of the algorithms here: RSA with 16,384 bits. */
const SIGNATURE_BYTES = 2048

/**
 * A signer that signs inside an HSM or smart card by PKCS#11. Sessions that the token has dropped
 * are opened anew once; a refusal is a `SignerError` with the standard's name for it (`CKR_…`).
 *
 * @example
 * ```ts
 * const signer = await pkcs11Signer({
 *   module: new pkcs11js.PKCS11(),
 *   library: '/usr/lib/softhsm/libsofthsm2.so',
 *   token: 'carequality',
 *   pin: () => readPin(),
 *   key: { label: 'signing-2026' },
 *   certificates: await readFile('chain.pem', 'utf8'),
 * })
 * ```
 *
 * @throws TypeError for a wrong option; `ERR_CQ_SIGNER_FAILED` where the token refuses;
 *   `ERR_CQ_KEY_CERTIFICATE_MISMATCH` where key and certificate do not belong together.
 */
export async function pkcs11Signer(given: Pkcs11SignerOptions): Promise<Pkcs11Signer> {
  const options = ownOptions(given)
  const { module, name, access } = checked(options)
  if (options.library !== undefined) initialise(module, options.library)
  const token = new Pkcs11Token(access, (session) => findPrivateKey(module, session, name))
  try {
    return await signerOn(token, options, name)
  } catch (error) {
    token.close()
    throw error
  }
}

async function signerOn(
  token: Pkcs11Token,
  { module, certificates, algorithms, kid }: Pkcs11SignerOptions,
  name: KeyName,
): Promise<Pkcs11Signer> {
  const facts = await token.use(new AbortController().signal, async (open) =>
    Promise.resolve(readKeyFacts(module, open, name)),
  )
  const chain = certificates ?? facts.certificate
  const signer: Pkcs11Signer = {
    algorithms: Object.freeze([
      ...(algorithms ??
        algorithmsOf(facts.kind).filter((alg) => facts.kind !== 'RSA' || isCommon(alg))),
    ]),
    kid,
    certificates: chain === undefined ? undefined : Object.freeze(toX5c(readChain(chain))),
    publicJwk: facts.publicJwk,
    sign: (data, { alg, signal }) =>
      token.use(signal, async ({ session, key }) => {
        const { digest, mechanism, parameter } = mechanisms[alg]
        const input =
          digest === undefined ? data : new Uint8Array(await crypto.subtle.digest(digest, data))
        module.C_SignInit(session, { mechanism, parameter: parameter ?? null }, key)
        const output = Buffer.alloc(SIGNATURE_BYTES)
        return new Uint8Array(await module.C_SignAsync(session, Buffer.from(input), output))
      }),
    close: () => {
      token.close()
      return Promise.resolve()
    },
  }
  checkSigner(signer, 'options')
  await new SignerFacts(signer).publicJwk() // a certificate of another key fails here
  return Object.freeze(signer)
}

function checked(options: Pkcs11SignerOptions): {
  module: Pkcs11Module
  name: KeyName
  access: ConstructorParameters<typeof Pkcs11Token>[0]
} {
  requireObject(options, 'options')
  const { module, pin, key } = options
  if (!isRecord(module) || typeof module.C_SignAsync !== 'function') {
    throw new TypeError('"module" must be a PKCS#11 module, such as new pkcs11js.PKCS11()')
  }
  if (typeof pin === 'string') requireText(pin, 'pin')
  else requireFunction(pin, 'pin', 'needed')
  if (options.library !== undefined) requireText(options.library, 'library')
  if (options.algorithms !== undefined) requireList(options.algorithms, 'algorithms')
  requireObject(key, 'key')
  const name = { label: key.label, id: idOf(key.id) }
  if (name.label !== undefined) requireText(name.label, 'key.label')
  if (name.label === undefined && name.id === undefined) {
    throw new TypeError('"key" needs "label" or "id"')
  }
  const access = {
    module,
    token: requireText(options.token, 'token'),
    pin: async () => requireText(typeof pin === 'string' ? pin : await pin(), 'pin()'),
    sessions: requireWhole(options.sessions, 'sessions') ?? 2,
  }
  return { module, name, access }
}

function idOf(id: string | Uint8Array | undefined): Uint8Array | undefined {
  if (id === undefined || isBytes(id)) return id
  if (!/^([0-9a-f]{2})+$/i.test(requireText(id, 'key.id'))) {
    throw new TypeError('"key.id" must be bytes or hexadecimal digits')
  }
  return Buffer.from(id, 'hex')
}

/** Another signer of this process may have done it before. */
function initialise(module: Pkcs11Module, library: string): void {
  try {
    module.load(library)
  } catch {
    throw failure('the file given as "library" cannot be loaded as a PKCS#11 library')
  }
  try {
    module.C_Initialize({ flags: ck.CKF_OS_LOCKING_OK })
  } catch (error) {
    if (refusalOf(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') throw shown(error)
  }
}
