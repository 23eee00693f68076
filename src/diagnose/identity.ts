/** The steps about the key and its certificates, up to a signer that can be used. */
import { isCarequalityError } from '../errors.ts'
import { isBytes } from '../lib/arguments.ts'
import { readCertificates, type Certificate } from '../signers/certificate.ts'
import { checkSigner } from '../signers/check-signer.ts'
import { pemSigner } from '../signers/index.ts'
import type { Signer, SigningAlgorithm } from '../signers/signer.ts'
import type { Mode } from '../types.ts'
import { failed, notReached, passed, type Report } from './diagnosis.ts'
import {
  certificateStep,
  chainStep,
  isInOrder,
  keyStep,
  namesStep,
  subjectLines,
  validityStep,
  type KeyFile,
} from './key-steps.ts'
import type { DiagnoseOptions } from './options.ts'

/** Whose assertions they are, and the current time. */
export interface Circumstances {
  readonly clientId: string
  readonly mode: Mode
  readonly now: number
}

/** From files: undefined where they yield no signer. */
export async function signerFromFiles(
  { key: file, certificates }: DiagnoseOptions,
  about: Circumstances,
  report: Report,
): Promise<Signer<SigningAlgorithm> | undefined> {
  if (file === undefined) {
    report.add('key', notReached('no key was given'))
    return undefined
  }
  const key = report.add('key', await keyStep(file))
  if (key === undefined) return undefined
  const text = textOf(file)
  const input =
    certificates ?? (text.includes('BEGIN CERTIFICATE') ? publicPartOf(text) : undefined)
  const found = report.add('certificate', await certificateStep(input, key, about.mode))
  if (found === undefined) {
    const isWithout = input === undefined && about.mode === 'smart-backend'
    return isWithout ? pemSigner({ key: text }) : undefined
  }
  addFacts(found, about, report)
  const x5c = report.add('chain', await chainStep(found, key))
  return x5c && pemSigner({ key: text, certificates: x5c })
}

/** From what opens it: undefined where that fails, or gives a signer that cannot be used. */
export async function openedSigner(
  open: () => Promise<Signer<SigningAlgorithm>>,
  about: Circumstances,
  report: Report,
): Promise<Signer<SigningAlgorithm> | undefined> {
  let signer: Signer<SigningAlgorithm>
  try {
    signer = await open()
    checkSigner(signer, 'signer')
  } catch (error) {
    // What it throws may hold the passphrase or the PIN.
    if (isCarequalityError(error) && error.code === 'ERR_CQ_KEY_CERTIFICATE_MISMATCH') {
      report.add('key', passed(true, 'held by a signer'))
      report.add('certificate', failed('key-certificate-mismatch'))
    } else report.add('key', failed('key-not-opened'))
    return undefined
  }
  return usableSigner(signer, about, report)
}

/** A signer that holds its key itself; undefined where its certificates make it useless. */
export function usableSigner(
  signer: Signer<SigningAlgorithm>,
  about: Circumstances,
  report: Report,
): Signer<SigningAlgorithm> | undefined {
  report.add('key', passed(true, 'held by a signer'))
  const { certificates: x5c = [] } = signer
  if (x5c.length === 0) {
    const isMissing = about.mode !== 'smart-backend'
    const why = notReached('the signer has no certificate')
    report.add('certificate', isMissing ? failed('certificate-missing') : why)
    for (const id of ['chain', 'validity', 'names'] as const) report.add(id, why)
    return signer
  }
  let chain: readonly Certificate[]
  try {
    chain = readCertificates(x5c)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    report.add('certificate', failed('certificate-not-readable'))
    return undefined
  }
  report.add('certificate', passed(true, `certificates: ${chain.length}`))
  addFacts(chain, about, report)
  const lines = subjectLines(chain)
  return report.add(
    'chain',
    isInOrder(chain) ? passed(signer, ...lines) : failed('chain-out-of-order', ...lines),
  )
}

function addFacts(
  chain: readonly Certificate[],
  { now, clientId, mode }: Circumstances,
  report: Report,
): void {
  report.add('validity', validityStep(chain, now))
  const [leaf] = chain
  if (leaf !== undefined) report.add('names', namesStep(leaf, clientId, mode))
}

function textOf(file: KeyFile): string {
  return isBytes(file) ? new TextDecoder().decode(file) : file
}

/** The certificates beside a key: the certificate parser rejects a text that contains one. */
function publicPartOf(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}

/** Used where the key cannot be: the steps that need none still run. It never signs. */
export const placeholder: Signer<SigningAlgorithm> = {
  algorithms: ['ES256'],
  // The example key of RFC 7515, appendix A.3.
  publicJwk: {
    ...{ kty: 'EC', crv: 'P-256' },
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
  sign: () => Promise.reject(new TypeError('there is no key to sign with')),
}
