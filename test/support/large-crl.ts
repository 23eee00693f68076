/** A revocation list as long as real ones are, made without a function call for each entry. */
import { tags, writeDer } from '../../src/signers/der.ts'
import type { IssuedCertificate } from '../../src/testing/pki.ts'
import {
  algorithmOf,
  extension,
  integer,
  keyId,
  sequence,
  sign,
  time,
} from '../../src/testing/pki-values.ts'
import type { Bytes } from '../../src/types.ts'

/** SEQUENCE of a serial number of 16 bytes and a UTCTime. */
const ENTRY_BYTES = 2 + 18 + 15

/** A list of about so many bytes. The last entry is `last`, if it is given: 16 bytes. */
export async function largeCrl(
  issuer: IssuedCertificate,
  bytes: number,
  dates: { readonly thisUpdate: number; readonly nextUpdate: number },
  last?: Bytes,
): Promise<Bytes> {
  const count = Math.floor((bytes - 400) / ENTRY_BYTES)
  const entries = new Uint8Array(count * ENTRY_BYTES)
  const when = time(dates.thisUpdate)
  const view = new DataView(entries.buffer)
  for (let index = 0, at = 0; index < count; index += 1, at += ENTRY_BYTES) {
    entries.set([tags.sequence, ENTRY_BYTES - 2, tags.integer, 16, 0x11], at)
    view.setUint32(at + 8, index)
    view.setUint32(at + 16, index ^ 0x5a5a5a5a)
    entries.set(when, at + 20)
  }
  if (last !== undefined) entries.set(last, entries.length - ENTRY_BYTES + 4)
  const tbs = sequence(
    integer(1),
    algorithmOf(issuer.keys),
    issuer.subject,
    when,
    time(dates.nextUpdate),
    writeDer(tags.sequence, entries),
    writeDer(
      0xa0,
      sequence(
        extension({ id: '551d23', value: sequence(writeDer(0x80, await keyId(issuer.keys))) }),
        extension({ id: '551d14', value: integer(1) }),
      ),
    ),
  )
  return sign(tbs, issuer.keys)
}
