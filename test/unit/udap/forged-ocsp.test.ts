/** OCSP responses that nobody signed: they come over plain http, so anyone on the way may write them. */
import { expect, test } from 'vitest'
import { TrustError } from '../../../src/errors.ts'
import { tags, writeDer } from '../../../src/signers/der.ts'
import type { IssuedCertificate } from '../../../src/testing/pki.ts'
import { issueOcspResponse } from '../../../src/testing/pki-revocation.ts'
import {
  algorithmOf,
  commonName,
  integer,
  keyId,
  longTime,
  objectId,
  octets,
  sequence,
  sha1,
  time,
} from '../../../src/testing/pki-values.ts'
import type { Bytes } from '../../../src/types.ts'
import { crlUrl, DAY, NOW, trustWorld, x5c } from '../../support/trust-world.ts'

const OCSP = 'http://ocsp.example.org'

/** Names its responder by a key, and carries a delegate whose key is a number. */
async function forged(issuer: IssuedCertificate, about: IssuedCertificate): Promise<Bytes> {
  const algorithm = algorithmOf(issuer.keys)
  const signature = writeDer(tags.bitString, octets(0, 1, 2, 3))
  const delegate = sequence(
    sequence(
      ...[writeDer(0xa0, integer(2)), integer(5), algorithm, issuer.subject],
      sequence(time(NOW - DAY), time(NOW + DAY)),
      ...[commonName('Nobody'), sequence(integer(1))],
    ),
    ...[algorithm, signature],
  )
  const certId = sequence(
    sequence(objectId('2b0e03021a'), writeDer(0x05)),
    writeDer(tags.octetString, await sha1(issuer.subject)),
    writeDer(tags.octetString, await keyId(issuer.keys)),
    writeDer(tags.integer, about.serial),
  )
  const until = writeDer(0xa0, longTime(NOW + DAY))
  const data = sequence(
    writeDer(0xa2, writeDer(tags.octetString, octets(1, 2, 3))),
    longTime(NOW - 1_000),
    sequence(sequence(certId, writeDer(0x80), longTime(NOW - 1_000), until)),
  )
  const basic = sequence(data, algorithm, signature, writeDer(0xa0, sequence(delegate)))
  return sequence(
    writeDer(0x0a, octets(0)),
    writeDer(0xa0, sequence(objectId('2b0601050507300101'), writeDer(tags.octetString, basic))),
  )
}

test('a forged OCSP response with a delegate whose key is none is an unknown status, and nothing else', async () => {
  const { issue, intermediate, store, network } = await trustWorld()
  const leaf = await issue({ crlUrls: [], ocspUrls: [OCSP] })
  const chain = x5c(leaf, intermediate)
  network.pages.set(OCSP, await forged(intermediate, leaf))
  const error: unknown = await store()
    .verify(chain)
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(TrustError)
  expect(error).toMatchObject({ step: 'revocation', reason: 'no-crl' })
  const { warnings } = await store({ revocation: { onUnknown: 'warn' } }).verify(chain)
  expect(warnings.map(({ reason }) => reason)).toEqual(['no-crl'])
})

test('an OCSP response or an issuer of more than 64 kB is not read to its end', async () => {
  const { issue, intermediate, store, network } = await trustWorld()
  const leaf = await issue({ crlUrls: [], ocspUrls: [OCSP], issuerUrls: [`${OCSP}/ca`] })
  network.pages.set(OCSP, new Uint8Array(64_001).fill(0x30))
  const why: unknown[] = []
  const trust = (aia: 'off' | 'fetch') =>
    store(
      { aia },
      {
        onEvent: (event) =>
          event.type === 'trust.fetch-failed' && why.push([event.kind, event.why]),
      },
    )
  await trust('off').verify(x5c(leaf, intermediate)).catch(String)
  await trust('fetch').verify(x5c(leaf)).catch(String)
  expect(why).toEqual([
    ['ocsp', 'ERR_CQ_RESPONSE_TOO_LARGE'],
    ['issuer', 'ERR_CQ_RESPONSE_TOO_LARGE'],
  ])
})

test('what was fetched for a verification that was broken off is fetched anew the next time', async () => {
  const { issue, intermediate, store, network } = await trustWorld()
  const leaf = await issue({ ocspUrls: [OCSP] })
  network.pages.set(
    OCSP,
    await issueOcspResponse({
      ...{ issuer: intermediate, certificate: leaf, status: 'good', thisUpdate: NOW - DAY },
      nextUpdate: NOW + DAY,
    }),
  )
  const abort = new AbortController()
  let isFirst = true
  const trust = store(
    {},
    {
      fetch: (request) => {
        if (request.url === crlUrl('intermediate') && isFirst) abort.abort(new Error('enough'))
        return network.fetch(request)
      },
    },
  )
  const chain = x5c(leaf, intermediate)
  await expect(trust.verify(chain, { signal: abort.signal })).rejects.toThrow('enough')
  isFirst = false
  await trust.verify(chain)
  expect(network.requests.filter((url) => url === crlUrl('root'))).toHaveLength(2)
})
