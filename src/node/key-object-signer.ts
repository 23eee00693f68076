/** Signers from what `node:crypto` reads. */
import { createPrivateKey, KeyObject } from 'node:crypto'

import { isRecord, requireText } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import { fromBase64, toBase64, withLineBreaks } from '../signers/base64.ts'
import { readDer, tags } from '../signers/der.ts'
import {
  jwkSigner,
  type Signer,
  type SignerExtras,
  type SigningAlgorithm,
} from '../signers/index.ts'
import { isPrivateKey, pemBlocks, type PemBlock } from '../signers/pem-blocks.ts'
import type { Bytes } from '../types.ts'

/** A `KeyObject` of `node:crypto`, by shape. */
export interface KeyObjectLike {
  readonly type: string
  readonly asymmetricKeyType?: string | undefined
}

/**
 * A signer from a private `KeyObject`.
 *
 * @example
 * ```ts
 * const signer = await keyObjectSigner({ key: createPrivateKey(pem), certificates: chainPem })
 * ```
 *
 * @throws TypeError for anything else than a private RSA key of 2048 bits or more, or one on P-256,
 *   P-384, P-521 or Ed25519; `ERR_CQ_KEY_CERTIFICATE_MISMATCH` as `pemSigner`.
 */
export async function keyObjectSigner(
  given: SignerExtras & { key: KeyObjectLike },
): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  const { key, kid, algorithms, certificates } = options
  if (!(key instanceof KeyObject) || key.type !== 'private') {
    throw new TypeError('"key" must be a private KeyObject')
  }
  return jwkSigner({ kid, algorithms, certificates, key: jwkOf(key) })
}

/**
 * A signer from an encrypted private key in PEM text: PKCS#8 (`ENCRYPTED PRIVATE KEY`) or the
 * older form of OpenSSL (`Proc-Type: 4,ENCRYPTED`). Certificates in the same text are used where
 * `certificates` is not given. The passphrase is kept nowhere.
 *
 * @example
 * ```ts
 * const signer = await encryptedPemSigner({ key: keyPem, passphrase, certificates: chainPem })
 * ```
 *
 * @throws TypeError where the key cannot be read with this passphrase, and as {@link keyObjectSigner}.
 */
export async function encryptedPemSigner(
  given: SignerExtras & { key: string; passphrase: string },
): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  const { key, passphrase, kid, algorithms } = options
  const bundled = pemBlocks(requireText(key, 'key'), 'key')
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ body }) => body)
  return keyObjectSigner({
    kid,
    algorithms,
    key: decrypted(key, requireText(passphrase, 'passphrase')),
    certificates: options.certificates ?? (bundled.length > 0 ? bundled : undefined),
  })
}

/** OpenSSL's messages about a key are not repeated. */
function decrypted(pem: string, passphrase: string): KeyObject {
  const [block, ...others] = pemBlocks(pem, 'key').filter(isPrivateKey)
  if (block === undefined) throw new TypeError('"key" holds no private key in PEM form')
  if (others.length > 0) throw new TypeError('"key" holds more than one private key')
  const key = wellFormed(block)
  try {
    return createPrivateKey({ key, passphrase })
  } catch (error) {
    throw new TypeError(
      isUnsupported(error)
        ? '"key" is encrypted in a way that this version of OpenSSL does not read'
        : '"key" cannot be read with this "passphrase"',
    )
  }
}

/** Of the older form ([RFC 1421, section 4.6.1](https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1)). */
const HEADERS = /^\s*Proc-Type:\s*4,ENCRYPTED\s+DEK-Info:\s*([\w-]{1,40},[\dA-Fa-f]{1,64})\s/

/**
 * The block as OpenSSL reads it: environment variables and YAML leave line breaks as `\n` in two
 * characters, as blanks, or indented. Throws for a broken text, so that the passphrase is not
 * blamed.
 */
function wellFormed({ label, body }: PemBlock): string {
  const text = withLineBreaks(body)
  const headers = HEADERS.exec(text)
  const der = fromBase64(text.slice(headers?.[0].length ?? 0))
  if (der === undefined || (headers === null && !isDer(der))) {
    throw new TypeError('"key" is incomplete or not base64; check its line breaks')
  }
  const info =
    headers === null ? [] : ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${headers[1] ?? ''}`, '']
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...info, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function isDer(bytes: Bytes): boolean {
  try {
    return readDer(bytes).tag === tags.sequence
  } catch {
    return false
  }
}

function isUnsupported(error: unknown): boolean {
  return isRecord(error) && error.code === 'ERR_OSSL_UNSUPPORTED'
}

function jwkOf(key: KeyObject): object {
  try {
    return key.export({ format: 'jwk' })
  } catch {
    throw new TypeError('"key" is of a kind that is not used here')
  }
}
