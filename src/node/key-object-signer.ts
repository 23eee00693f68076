/** Signers from what `node:crypto` reads. */
import { createPrivateKey, KeyObject } from 'node:crypto'

import { requireText } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import {
  jwkSigner,
  type Signer,
  type SignerExtras,
  type SigningAlgorithm,
} from '../signers/index.ts'
import { pemBlocks } from '../signers/pem-blocks.ts'

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

/** What OpenSSL says of a key is not repeated. */
function decrypted(pem: string, passphrase: string): KeyObject {
  const [block, ...others] = pemBlocks(pem, 'key').filter(({ label }) =>
    label.endsWith('PRIVATE KEY'),
  )
  if (block === undefined) throw new TypeError('"key" holds no private key in PEM form')
  if (others.length > 0) throw new TypeError('"key" holds more than one private key')
  const { label, body } = block
  try {
    return createPrivateKey({
      key: `-----BEGIN ${label}-----${body}-----END ${label}-----\n`,
      passphrase,
    })
  } catch {
    throw new TypeError('"key" cannot be read with this "passphrase"')
  }
}

function jwkOf(key: KeyObject): object {
  try {
    return key.export({ format: 'jwk' })
  } catch {
    throw new TypeError('"key" is of a kind that is not used here')
  }
}
