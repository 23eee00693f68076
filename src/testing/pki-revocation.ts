/** Revocation lists and OCSP responses of the certificate factory. */
import { tags, writeDer } from '../signers/der.ts'
import type { Bytes } from '../types.ts'
import type { IssuedCertificate } from './pki.ts'
import {
  algorithmOf,
  extension,
  integer,
  keyId,
  longTime,
  objectId,
  octets,
  sequence,
  sha1,
  sign,
  signatureOf,
  time,
  type ExtensionSpec,
} from './pki-values.ts'

const DAY = 24 * 60 * 60 * 1000

/** What stands in a revocation list. */
export interface CrlSpec {
  readonly issuer: IssuedCertificate
  readonly revoked?: readonly { readonly serial: Bytes; readonly reason?: number }[] | undefined
  readonly thisUpdate: number
  readonly nextUpdate?: number | undefined
  readonly number?: number | undefined
  readonly more?: readonly ExtensionSpec[] | undefined
}

/** Makes a revocation list. */
export async function issueCrl(spec: CrlSpec): Promise<Bytes> {
  const { issuer, revoked = [], thisUpdate, nextUpdate = thisUpdate + DAY, number = 1 } = spec
  const entries = revoked.map(({ serial, reason }) =>
    sequence(
      writeDer(tags.integer, serial),
      time(thisUpdate),
      ...(reason === undefined
        ? []
        : [sequence(extension({ id: '551d15', value: writeDer(0x0a, octets(reason)) }))]),
    ),
  )
  const tbs = sequence(
    integer(1),
    algorithmOf(issuer.keys),
    issuer.subject,
    time(thisUpdate),
    time(nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    writeDer(
      0xa0,
      sequence(
        extension({ id: '551d23', value: sequence(writeDer(0x80, await keyId(issuer.keys))) }),
        extension({ id: '551d14', value: integer(number) }),
        ...(spec.more ?? []).map(extension),
      ),
    ),
  )
  return sign(tbs, issuer.keys)
}

/** What an OCSP responder says. */
export interface OcspSpec {
  readonly issuer: IssuedCertificate
  /** The one that is asked about. */
  readonly certificate: IssuedCertificate
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: number
  readonly nextUpdate?: number | undefined
  /** Another signer than the issuer. */
  readonly delegate?: IssuedCertificate | undefined
}

/** Makes an OCSP response. */
export async function issueOcspResponse(spec: OcspSpec): Promise<Bytes> {
  const { issuer, certificate, thisUpdate, nextUpdate = thisUpdate + DAY, delegate } = spec
  const signer = delegate ?? issuer
  const status = {
    good: writeDer(0x80),
    revoked: writeDer(0xa1, longTime(thisUpdate)),
    unknown: writeDer(0x82),
  }[spec.status]
  const certId = sequence(
    sequence(objectId('2b0e03021a'), writeDer(0x05)),
    writeDer(tags.octetString, await sha1(issuer.subject)),
    writeDer(tags.octetString, await keyId(issuer.keys)),
    writeDer(tags.integer, certificate.serial),
  )
  const data = sequence(
    writeDer(0xa1, signer.subject),
    longTime(thisUpdate),
    sequence(sequence(certId, status, longTime(thisUpdate), writeDer(0xa0, longTime(nextUpdate)))),
  )
  const signature = await signatureOf(data, signer.keys)
  const basic = sequence(
    data,
    algorithmOf(signer.keys),
    writeDer(tags.bitString, octets(0), signature),
    ...(delegate === undefined ? [] : [writeDer(0xa0, sequence(delegate.der))]),
  )
  return sequence(
    writeDer(0x0a, octets(0)),
    writeDer(0xa0, sequence(objectId('2b0601050507300101'), writeDer(tags.octetString, basic))),
  )
}

/** Extensions of a delegated OCSP responder. */
export const ocspResponderExtensions: readonly ExtensionSpec[] = [
  { id: '551d25', value: sequence(objectId('2b06010505070309')) },
  { id: '2b0601050507300105', value: writeDer(0x05) },
]

/** An extension that nobody knows. */
export const unknownCriticalExtension: ExtensionSpec = {
  id: '2b0601040182370a',
  critical: true,
  value: writeDer(0x05),
}
