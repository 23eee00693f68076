/** The signer that the settings name. */
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { Settings } from './settings.ts'

/** Reads key and certificates; throws a `TypeError` that names the setting. */
export async function signerOf(settings: Settings): Promise<Signer<SigningAlgorithm>> {
  settings.needed('keyFile')
  const file = (await settings.file('keyFile')) ?? new Uint8Array()
  const certificates = await settings.file('certificatesFile')
  const extras = { certificates, kid: settings.text('kid') }
  const passphrase = settings.text('keyPassphrase')
  const text = new TextDecoder().decode(file)
  if (!text.includes('-----BEGIN ')) {
    const { pkcs12Signer } = await import('../node/index.ts')
    return pkcs12Signer({ pfx: file, passphrase: passphrase ?? '', ...extras })
  }
  if (/BEGIN ENCRYPTED|Proc-Type:/.test(text)) {
    const { encryptedPemSigner } = await import('../node/index.ts')
    return encryptedPemSigner({
      key: text,
      passphrase: passphrase ?? settings.needed('keyPassphrase'),
      ...extras,
    })
  }
  const { pemSigner } = await import('../signers/index.ts')
  return pemSigner({ key: text, ...extras })
}
