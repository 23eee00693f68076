/** The signer that the settings name. */
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { Settings } from './settings.ts'

/** Reads key and certificates; throws a `TypeError` that names the setting. */
export async function signerOf(settings: Settings): Promise<Signer<SigningAlgorithm>> {
  settings.needed('keyFile')
  try {
    return await opened(settings)
  } catch (error) {
    throw error instanceof TypeError ? inSettings(error) : error
  }
}

async function opened(settings: Settings): Promise<Signer<SigningAlgorithm>> {
  const file = (await settings.file('keyFile')) ?? new Uint8Array()
  const certificates = await settings.file('certificatesFile')
  const extras = { certificates, kid: settings.text('kid') }
  const passphrase = await passphraseOf(settings)
  const text = new TextDecoder().decode(file)
  if (!text.includes('-----BEGIN ')) {
    const { pkcs12Signer } = await import('../node/index.ts')
    return pkcs12Signer({ pfx: file, passphrase: passphrase ?? '', ...extras })
  }
  if (/BEGIN ENCRYPTED|Proc-Type:/.test(text)) {
    const { encryptedPemSigner } = await import('../node/index.ts')
    const needed = passphrase ?? settings.needed('keyPassphrase')
    return encryptedPemSigner({ key: text, passphrase: needed, ...extras })
  }
  const { pemSigner } = await import('../signers/index.ts')
  return pemSigner({ key: text, ...extras })
}

/** The passphrase of the key: from its file, else from the environment; undefined where there is none. */
export async function passphraseOf(settings: Settings): Promise<string | undefined> {
  const file = await settings.file('keyPassphraseFile')
  // Editors and `echo` end a file with a line break, which is no part of the passphrase.
  return file === undefined
    ? settings.text('keyPassphrase')
    : new TextDecoder().decode(file).replace(/\r?\n$/, '')
}

const NAMES: Readonly<Record<string, string>> = {
  '"key"': '"keyFile"',
  '"pfx"': '"keyFile"',
  '"passphrase"': 'passphrase (CAREQUALITY_KEY_PASSPHRASE or "keyPassphraseFile")',
  '"certificates"': '"certificatesFile"',
}

/** The library's options under the names that a user of the command knows. */
function inSettings({ message }: TypeError): TypeError {
  return new TypeError(
    message.replace(/"(key|pfx|passphrase|certificates)"/g, (one) => NAMES[one] ?? one),
  )
}
