/** A certificate factory: authorities and leaves, made when they are needed. */
import { tags, writeDer } from '../signers/der.ts'
import type { Bytes } from '../types.ts'
import {
  algorithmOf,
  ascii,
  commonName,
  createKeys,
  extension,
  integer,
  keyId,
  namedBits,
  objectId,
  octets,
  sequence,
  serialNumber,
  sign,
  time,
  type ExtensionSpec,
  type Keys,
} from './pki-values.ts'

export { createKeys } from './pki-values.ts'

const DAY = 24 * 60 * 60 * 1000
/** A certificate with what is needed to issue below it. */
export interface IssuedCertificate {
  readonly der: Bytes
  readonly subject: Bytes
  readonly serial: Bytes
  readonly keys: Keys
}

/** What stands in a certificate; what is left out has the value that a good one has. */
export interface CertificateSpec {
  readonly subject: string
  /** Without it the certificate signs itself. */
  readonly issuer?: IssuedCertificate | undefined
  readonly keys?: Keys | undefined
  /** Milliseconds since the epoch. */
  readonly notBefore: number
  readonly notAfter?: number | undefined
  readonly ca?: boolean | undefined
  readonly pathLength?: number | undefined
  /** Named bits; null for no extension. Default by `ca`. */
  readonly keyUsage?: readonly number[] | null | undefined
  readonly uris?: readonly string[] | undefined
  readonly dnsNames?: readonly string[] | undefined
  /** Subtrees of URI hosts. */
  readonly permittedUris?: readonly string[] | undefined
  readonly excludedUris?: readonly string[] | undefined
  readonly crlUrls?: readonly string[] | undefined
  readonly ocspUrls?: readonly string[] | undefined
  readonly issuerUrls?: readonly string[] | undefined
  readonly more?: readonly ExtensionSpec[] | undefined
}

/** Makes a certificate. */
export async function issueCertificate(spec: CertificateSpec): Promise<IssuedCertificate> {
  const keys = spec.keys ?? (await createKeys())
  const subject = commonName(spec.subject)
  const serial = serialNumber()
  const authority = spec.issuer ?? { subject, keys }
  const tbs = sequence(
    writeDer(0xa0, integer(2)),
    writeDer(tags.integer, serial),
    algorithmOf(authority.keys),
    authority.subject,
    sequence(time(spec.notBefore), time(spec.notAfter ?? spec.notBefore + 365 * DAY)),
    subject,
    keys.spki,
    writeDer(0xa3, sequence(...(await extensionsOf(spec, keys, authority.keys)))),
  )
  return { der: await sign(tbs, authority.keys), subject, serial, keys }
}

async function extensionsOf(spec: CertificateSpec, keys: Keys, issuer: Keys): Promise<Bytes[]> {
  const { ca = false, pathLength, uris = [], dnsNames = [] } = spec
  const usage = spec.keyUsage === undefined ? (ca ? [5, 6] : [0]) : spec.keyUsage
  const found: ExtensionSpec[] = [
    {
      id: '551d13',
      critical: true,
      value: sequence(
        ...(ca ? [writeDer(tags.boolean, octets(0xff))] : []),
        ...(pathLength === undefined ? [] : [integer(pathLength)]),
      ),
    },
    { id: '551d0e', value: writeDer(tags.octetString, await keyId(keys)) },
    { id: '551d23', value: sequence(writeDer(0x80, await keyId(issuer))) },
  ]
  if (usage !== null) found.push({ id: '551d0f', critical: true, value: namedBits(usage) })
  const names = [
    ...uris.map((uri) => writeDer(0x86, ascii(uri))),
    ...dnsNames.map((name) => writeDer(0x82, ascii(name))),
  ]
  if (names.length > 0) found.push({ id: '551d11', value: sequence(...names) })
  const permitted = subtrees(0xa0, spec.permittedUris)
  const excluded = subtrees(0xa1, spec.excludedUris)
  if (permitted.length + excluded.length > 0) {
    found.push({ id: '551d1e', critical: true, value: sequence(...permitted, ...excluded) })
  }
  const points = (spec.crlUrls ?? []).map((url) =>
    sequence(writeDer(0xa0, writeDer(0xa0, writeDer(0x86, ascii(url))))),
  )
  if (points.length > 0) found.push({ id: '551d1f', value: sequence(...points) })
  const access = [
    ...(spec.ocspUrls ?? []).map((url) => accessTo('2b06010505073001', url)),
    ...(spec.issuerUrls ?? []).map((url) => accessTo('2b06010505073002', url)),
  ]
  if (access.length > 0) found.push({ id: '2b06010505070101', value: sequence(...access) })
  return [...found, ...(spec.more ?? [])].map(extension)
}

function subtrees(tag: number, hosts: readonly string[] | undefined): Bytes[] {
  if (hosts === undefined) return []
  return [writeDer(tag, ...hosts.map((host) => sequence(writeDer(0x86, ascii(host)))))]
}

function accessTo(method: string, url: string): Bytes {
  return sequence(objectId(method), writeDer(0x86, ascii(url)))
}
