/** Signers from PKCS#12 files ([RFC 7292](https://www.rfc-editor.org/rfc/rfc7292)), read by the optional peer `node-forge`. */
import { Buffer } from 'node:buffer'
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

import type * as Forge from 'node-forge'

import { isBytes } from '../lib/arguments.ts'
import { ownOptions } from '../lib/own.ts'
import type { Signer, SignerExtras, SigningAlgorithm } from '../signers/index.ts'
import { keyObjectSigner } from './key-object-signer.ts'

/**
 * A signer from a PKCS#12 file (`.p12`, `.pfx`) with one private key. Its certificates are used
 * where `certificates` is not given: the key's own first, then those that issued it. Needs
 * `npm install node-forge`, which reads most files only with a passphrase in ASCII.
 *
 * @example
 * ```ts
 * const signer = await pkcs12Signer({ pfx: await readFile('client.p12'), passphrase })
 * ```
 *
 * @throws TypeError where the file cannot be read with this passphrase or holds no key or several,
 *   or where node-forge is not installed; and as `keyObjectSigner`.
 */
export async function pkcs12Signer(
  given: SignerExtras & { pfx: Uint8Array; passphrase: string },
): Promise<Signer<SigningAlgorithm>> {
  const options = ownOptions(given)
  const { pfx, passphrase, kid, algorithms } = options
  if (!isBytes(pfx)) throw new TypeError('"pfx" must be bytes')
  if (typeof passphrase !== 'string') throw new TypeError('"passphrase" must be a string')
  const { key, certificates } = read(await loadForge(), pfx, passphrase)
  return keyObjectSigner({
    kid,
    algorithms,
    key,
    certificates: options.certificates ?? (certificates.length > 0 ? certificates : undefined),
  })
}

async function loadForge(): Promise<typeof Forge> {
  try {
    const { default: forge } = await import('node-forge')
    return forge
  } catch {
    throw new TypeError('pkcs12Signer needs the package "node-forge": npm install node-forge')
  }
}

interface Contents {
  readonly key: KeyObject
  readonly certificates: readonly Buffer[]
}

/** forge's messages about a file are not repeated. */
function read(forge: typeof Forge, pfx: Uint8Array, passphrase: string): Contents {
  let file: Forge.pkcs12.Pkcs12Pfx
  try {
    const der = forge.util.createBuffer(Buffer.from(pfx).toString('binary'))
    file = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(der), true, passphrase)
  } catch {
    const beyond = /^[\x20-\x7e]*$/.test(passphrase)
      ? ''
      : '; node-forge reads most files only with a passphrase in ASCII'
    throw new TypeError(`"pfx" cannot be read with this "passphrase"${beyond}`)
  }
  const { keyBag, pkcs8ShroudedKeyBag, certBag } = forge.pki.oids
  const bags = (type: string | undefined): readonly Forge.pkcs12.Bag[] =>
    type === undefined ? [] : (file.getBags({ bagType: type })[type] ?? [])
  const keys = [...bags(keyBag), ...bags(pkcs8ShroudedKeyBag)]
  const [key] = keys
  if (key === undefined || keys.length > 1) {
    throw new TypeError(`"pfx" must hold one private key, and holds ${keys.length}`)
  }
  try {
    const privateKey = createPrivateKey({ key: keyDer(forge, key), format: 'der', type: 'pkcs8' })
    const certificates = bags(certBag).map((bag) => certificateDer(forge, bag))
    return { key: privateKey, certificates: inOrder(privateKey, certificates) }
  } catch {
    throw new TypeError('"pfx" holds a private key or a certificate that cannot be read')
  }
}

/** forge reads RSA keys and leaves others unparsed. */
function keyDer(forge: typeof Forge, { key, asn1 }: Forge.pkcs12.Bag): Buffer {
  const info = !key ? asn1 : forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key))
  return Buffer.from(forge.asn1.toDer(info).getBytes(), 'binary')
}

function certificateDer(forge: typeof Forge, { cert, asn1 }: Forge.pkcs12.Bag): Buffer {
  const own = !cert ? asn1 : forge.pki.certificateToAsn1(cert)
  return Buffer.from(forge.asn1.toDer(own).getBytes(), 'binary')
}

/**
 * The key's own certificate, then the issuer of each, as far as they are included; files hold them
 * in any order.
 */
function inOrder(key: KeyObject, certificates: readonly Buffer[]): readonly Buffer[] {
  const all = certificates.map((der) => new X509Certificate(der))
  const chain: X509Certificate[] = []
  let next = all.find((one) => one.checkPrivateKey(key))
  while (next !== undefined && !chain.includes(next)) {
    const last = next
    chain.push(last)
    next = all.find((one) => one !== last && last.checkIssued(one))
  }
  return chain.map(({ raw }) => raw)
}
