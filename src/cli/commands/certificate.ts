/** `certificate`. */
import { readFile } from 'node:fs/promises'
import { describeCertificates, type CertificateInput } from '../../signers/index.ts'
import { isGiven, type Context } from '../context.ts'
import { Network } from '../network.ts'
import { signerOf } from '../signer-of.ts'

const DAY_MS = 86_400_000
/** When a renewal should be under way. */
const SOON_DAYS = 45

/** Shows each certificate of a file. */
export async function run(context: Context): Promise<number | undefined> {
  const { out, io, settings } = context
  const described = await describeCertificates(await inputOf(context))
  if (out.isJson) {
    out.json(described)
    return undefined
  }
  const clientId = settings.text('clientId')
  let hasExpired = false
  for (const [index, certificate] of described.entries()) {
    const { subject, issuer, dnsNames, uris, notBefore, notAfter, sha256Fingerprint } = certificate
    const days = Math.floor((notAfter - io.now()) / DAY_MS)
    if (index > 0) out.gap()
    out.title(`${index === 0 ? 'Leaf' : `Certificate ${index + 1}`}: ${subject}`)
    out.facts([
      ['issued by', issuer],
      ['DNS names', dnsNames.join(', ')],
      ['URIs', uris.join(', ')],
      ['valid', `${day(notBefore)} to ${day(notAfter)}${days < 0 ? '' : `, ${days} days left`}`],
      ['SHA-256', sha256Fingerprint],
    ])
    if (days < 0) out.text(`expired ${-days} days ago`, 'bad')
    else if (days < SOON_DAYS) out.text('renew it now', 'bad')
    hasExpired ||= days < 0
    const names = [certificate.commonName, ...dnsNames, ...uris]
    const isLeaf = index === 0 && clientId !== undefined
    if (isLeaf && !names.some((name) => name?.toLowerCase() === clientId.toLowerCase())) {
      out.text(`it does not name the client id ${clientId}`, 'bad')
    }
  }
  out.next([['carequality-fhir doctor', 'check it together with the key and a server']])
  return hasExpired ? 3 : undefined
}

async function inputOf(context: Context): Promise<CertificateInput> {
  const { operands, settings } = context
  const [file] = operands
  if (file === undefined && isGiven(context, 'sandbox')) {
    const { sandbox } = await Network.of(context)
    return sandbox?.pem.certificates ?? ''
  }
  if (file === undefined) {
    const isInKeyFile = settings.text('certificatesFile') === undefined
    // PKCS#12 files, and some PEM files, hold the certificates beside the key.
    const beside =
      isInKeyFile && settings.text('keyFile') !== undefined
        ? (await signerOf(settings)).certificates
        : undefined
    if (beside !== undefined && beside.length > 0) return beside
    settings.needed('certificatesFile')
    return (await settings.file('certificatesFile')) ?? ''
  }
  try {
    return new Uint8Array(await readFile(settings.path(file)))
  } catch {
    throw new TypeError('the certificates file cannot be read')
  }
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
