/** Whatever stands in whichever field of a certificate, a revocation list or an OCSP response, nobody waits, and nothing but our own errors comes of it. */
import { beforeAll, describe, expect, test } from 'vitest'
import { TrustError } from '../../src/errors.ts'
import { issueCertificate, type IssuedCertificate } from '../../src/testing/pki.ts'
import {
  issueCrl,
  issueOcspResponse,
  ocspResponderExtensions,
} from '../../src/testing/pki-revocation.ts'
import { ascii, integer, objectId, octets, sequence } from '../../src/testing/pki-values.ts'
import { writeDer } from '../../src/signers/der.ts'
import { toBase64 } from '../../src/signers/base64.ts'
import type { Bytes } from '../../src/types.ts'
import type { TrustStore } from '../../src/udap/trust-store.ts'
import { crlUrl, DAY, NOW, trustWorld, x5c, type TrustWorld } from '../support/trust-world.ts'
import { attacksOnDer, type DerAttack } from './fields/der-places.ts'
import { Turns } from './fields/turns.ts'

const LONGEST_MS = 250
const WHOLE = 1_000_000
/** What still passes for a certificate or an OCSP response: those of 1 MB are refused unread. */
const SHORT = 60_000
/** The machine is busy with other things; what the code takes at its best is what counts. */
const TRIES = 4
const OCSP = 'http://pki.example.org/ocsp'
const dates = { thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }
/** `CQ_FIELDS=all` tries every value in every field. */
const ALL = process.env.CQ_FIELDS === 'all'

let world: TrustWorld
let leaf: IssuedCertificate
/** With every extension that is read. */
let rich: IssuedCertificate
let list: Bytes
let responses: readonly Bytes[]

/** A name in a GeneralName of the form directoryName. */
const directoryName = (name: Bytes): Bytes => writeDer(0xa4, name)

beforeAll(async () => {
  world = await trustWorld()
  const { intermediate, issue } = world
  const point = (names: Bytes): Bytes => sequence(sequence(writeDer(0xa0, writeDer(0xa0, names))))
  leaf = await issue({ ocspUrls: [OCSP] })
  rich = await issue({
    ...{ ocspUrls: [OCSP], issuerUrls: ['http://pki.example.org/ca'] },
    ...{ dnsNames: ['fhir.example.org'], permittedUris: ['.example.org'], excludedUris: ['a.org'] },
    more: [
      { id: '551d25', value: sequence(objectId('2b06010505070302')) },
      { id: '551d20', value: sequence(sequence(objectId('2a0304'))) },
      { id: '551d21', value: sequence(sequence(objectId('2a0304'), objectId('2a0305'))) },
      { id: '551d24', value: sequence(writeDer(0x80, octets(1)), writeDer(0x81, octets(1))) },
      { id: '551d36', value: integer(1) },
      { id: '551d12', value: sequence(directoryName(intermediate.subject)) },
      { id: '551d2e', value: point(writeDer(0x86, octets(0x68))) },
    ],
  })
  list = await issueCrl({
    issuer: intermediate,
    revoked: [{ serial: octets(5), reason: 1 }],
    ...dates,
    more: [
      {
        ...{ id: '551d1c', critical: true },
        value: sequence(
          writeDer(
            0xa0,
            writeDer(
              0xa0,
              writeDer(0x86, ascii(crlUrl('intermediate'))),
              directoryName(intermediate.subject),
            ),
          ),
        ),
      },
    ],
  })
  const delegate = await issueCertificate({
    ...{ subject: 'Responder', issuer: intermediate, notBefore: NOW - DAY },
    more: ocspResponderExtensions,
  })
  const about = { issuer: intermediate, certificate: leaf, ...dates, status: 'good' as const }
  responses = await Promise.all([
    issueOcspResponse(about),
    issueOcspResponse({ ...about, delegate }),
  ])
})

type Read = (bytes: Bytes) => Promise<unknown>

/** What is wrong with how one document was read; undefined where nothing is. */
async function finding(
  read: Read,
  { field, value, make }: DerAttack,
  sizes: readonly number[],
): Promise<string | undefined> {
  for (const size of sizes) {
    const bytes = make(size)
    let best = Infinity
    for (let tries = 0; tries < TRIES && best > LONGEST_MS; tries += 1) {
      const turns = new Turns()
      await turns.begin()
      const error: unknown = await read(bytes).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      best = Math.min(best, turns.end())
      if (error !== undefined && !(error instanceof TrustError))
        return `${field}, ${value}, ${size} bytes: ${error instanceof Error ? error.message : 'no error'}`
      if (best > 10 * LONGEST_MS) break
    }
    if (best > LONGEST_MS)
      return `${field}, ${value}, ${size} bytes: blocked for ${Math.round(best)} ms`
  }
  return undefined
}

/** Each field by turns with another value; what once was slow in every field. */
function chosen(attacks: readonly DerAttack[]): readonly DerAttack[] {
  const isKnown = ({ value }: DerAttack): boolean =>
    /^(marks in the wrong order as c|empty se|numbers of an identifier as 6)/.test(value)
  return ALL ? attacks : attacks.filter((attack, index) => index % 11 === 0 || isKnown(attack))
}

async function findings(
  read: Read,
  document: Bytes,
  sizes: readonly number[] = [SHORT],
): Promise<readonly string[]> {
  const all: string[] = []
  const attacks = chosen(attacksOnDer(document))
  for (const [index, attack] of attacks.entries()) {
    const found = await finding(read, attack, index % 10 === 0 ? [...sizes, WHOLE] : sizes)
    if (found !== undefined) all.push(found)
  }
  return all
}

const store = (revocation: { crl?: boolean; ocsp?: boolean }): TrustStore =>
  world.store({ revocation, anchors: [world.root.der] })

/** Verification as servers cause it. */
const reads: Readonly<Record<'certificate' | 'list' | 'response', Read>> = {
  certificate: (bytes) => store({}).verify([toBase64(bytes), ...x5c(world.intermediate)]),
  list: (bytes) => {
    world.network.pages.set(crlUrl('intermediate'), bytes)
    return store({ ocsp: false }).verify(x5c(leaf, world.intermediate))
  },
  response: (bytes) => {
    world.network.pages.delete(crlUrl('intermediate'))
    world.network.pages.set(OCSP, bytes)
    return store({}).verify(x5c(leaf, world.intermediate))
  },
}

describe('documents that certificates lead to', () => {
  const time = ALL ? 3_600_000 : 300_000

  test(
    'K3: 1 MB in any field of a certificate holds up nobody, and is read or refused with our own error',
    async () => {
      expect(await findings(reads.certificate, rich.der)).toEqual([])
    },
    time,
  )

  test(
    'K3: 1 MB in any field of a revocation list holds up nobody, and is read or refused with our own error',
    async () => {
      await reads.list(list)
      expect(await findings(reads.list, list, [WHOLE])).toEqual([])
    },
    time,
  )

  test(
    'K3: 1 MB in any field of an OCSP response holds up nobody, and is read or refused with our own error',
    async () => {
      for (const response of responses) {
        await reads.response(response)
        expect(await findings(reads.response, response)).toEqual([])
      }
    },
    time,
  )
})
