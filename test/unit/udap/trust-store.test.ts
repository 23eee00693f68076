import { describe, expect, test } from 'vitest'
import { TrustError } from '../../../src/errors.ts'
import {
  createKeys,
  issueCertificate,
  type CertificateSpec,
  type IssuedCertificate,
} from '../../../src/testing/pki.ts'
import {
  issueCrl,
  issueOcspResponse,
  ocspResponderExtensions,
  unknownCriticalExtension,
} from '../../../src/testing/pki-revocation.ts'
import type { TrustStore } from '../../../src/udap/trust-store.ts'
import { BASE, COMMUNITY, crlUrl, DAY, NOW, trustWorld, x5c } from '../../support/trust-world.ts'
import { tags, writeDer, DerError, readDer } from '../../../src/signers/der.ts'
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
import { fromStrictBase64, toBase64 } from '../../../src/signers/base64.ts'
import { timeOf } from '../../../src/udap/x509/der-values.ts'

describe('trust store', () => {
  /** Step, reason and position of a refusal. */
  async function refusal(store: TrustStore, chain: readonly string[]): Promise<string> {
    const error: unknown = await store.verify(chain).catch((reason: unknown) => reason)
    if (!(error instanceof TrustError)) return `not refused: ${String(error)}`
    return [error.step, error.reason, error.position].filter((part) => part !== undefined).join(' ')
  }

  test('a good chain is verified and told in words', async () => {
    const { issue, intermediate, store, network } = await trustWorld()
    const chain = await store().verify(x5c(await issue(), intermediate))
    expect(chain).toMatchObject({
      community: COMMUNITY,
      leaf: { subject: 'CN=Test Server', uris: [BASE] },
      warnings: [],
      explanation:
        'anchor CN=Test Root, intermediate CN=Test Intermediate, leaf CN=Test Server until 2027-11-28',
    })
    expect(network.requests).toEqual([crlUrl('root'), crlUrl('intermediate')])
  })

  test('the leaf alone is enough where the intermediate is configured', async () => {
    const { issue, intermediate, store } = await trustWorld()
    const chain = await store({ intermediates: [intermediate.der] }).verify(x5c(await issue()))
    expect(chain.intermediates).toHaveLength(1)
  })

  test('the order of the certificates after the leaf does not matter', async () => {
    const { issue, intermediate, root, store } = await trustWorld()
    const chain = await store().verify(x5c(await issue(), root, intermediate))
    expect(chain.anchor.subject).toBe('CN=Test Root')
  })

  describe('a chain is refused at its step', () => {
    const leaves: readonly [title: string, spec: Partial<CertificateSpec>, refusal: string][] = [
      [
        'expired leaf',
        { notBefore: NOW - 9 * DAY, notAfter: NOW - 1_000 },
        'validity certificate-expired 0',
      ],
      ['leaf not yet valid', { notBefore: NOW + 1_000 }, 'validity certificate-not-yet-valid 0'],
      ['wrong usage', { keyUsage: [2] }, 'constraints key-usage 0'],
      [
        'unknown critical extension',
        { more: [unknownCriticalExtension] },
        'constraints unknown-critical-extension 0',
      ],
      ['no address of a list', { crlUrls: [] }, 'revocation no-crl 0'],
      ['a list that is not there', { crlUrls: [crlUrl('nowhere')] }, 'revocation no-crl 0'],
      [
        'an OCSP responder only, which fails',
        { crlUrls: [], ocspUrls: ['http://ocsp.example.org'] },
        'revocation no-crl 0',
      ],
    ]
    test.each(leaves)('%s', async (_title, spec, expected) => {
      const { issue, intermediate, store } = await trustWorld()
      expect(await refusal(store(), x5c(await issue(spec), intermediate))).toBe(expected)
    })

    const authorities: readonly [
      title: string,
      root: Partial<CertificateSpec>,
      intermediate: Partial<CertificateSpec>,
      refusal: string,
    ][] = [
      ['expired intermediate', {}, { notAfter: NOW - 1_000 }, 'validity certificate-expired 1'],
      ['expired anchor', { notAfter: NOW - 1_000 }, {}, 'validity certificate-expired 2'],
      ['path too long', { pathLength: 0 }, {}, 'constraints path-too-long 1'],
      ['intermediate that is no authority', {}, { ca: false }, 'constraints not-an-authority 1'],
      [
        'intermediate that may not sign certificates',
        {},
        { keyUsage: [6] },
        'constraints key-usage 1',
      ],
      [
        'name outside the permitted',
        {},
        { permittedUris: ['other.example'] },
        'constraints name-not-permitted 0',
      ],
      [
        'name inside the excluded',
        {},
        { excludedUris: ['.example.org'] },
        'constraints name-excluded 0',
      ],
      [
        'intermediate that may not sign lists',
        {},
        { keyUsage: [5] },
        'revocation crl-signature-invalid 0',
      ],
    ]
    test.each(authorities)('%s', async (_title, rootSpec, intermediateSpec, expected) => {
      const { issue, intermediate, store } = await trustWorld(rootSpec, intermediateSpec)
      expect(await refusal(store(), x5c(await issue(), intermediate))).toBe(expected)
    })

    test('an untrusted root, though it is in the chain', async () => {
      const [ours, theirs] = [await trustWorld(), await trustWorld()]
      const chain = x5c(await theirs.issue(), theirs.intermediate, theirs.root)
      expect(await refusal(ours.store(), chain)).toBe('path signature-invalid 1')
    })

    test('a root of another name', async () => {
      const [ours, theirs] = [await trustWorld(), await trustWorld({ subject: 'Other Root' })]
      const chain = x5c(await theirs.issue(), theirs.intermediate, theirs.root)
      expect(await refusal(ours.store(), chain)).toBe('path untrusted')
    })

    test('a leaf that signs itself', async () => {
      const { store } = await trustWorld()
      const own = await issueCertificate({
        subject: 'Test Server',
        notBefore: NOW - DAY,
        uris: [BASE],
      })
      expect(await refusal(store(), x5c(own))).toBe('path untrusted')
    })

    test('a signature by another key of the right name', async () => {
      const { root, issue, store } = await trustWorld()
      const impostor = await issueCertificate({
        subject: 'Test Intermediate',
        ca: true,
        notBefore: NOW - DAY,
      })
      const { intermediate } = await trustWorld()
      expect(
        await refusal(store(), x5c(await issue({ issuer: impostor }), intermediate, root)),
      ).toMatch(/^path signature-invalid/)
    })
  })

  describe('revocation', () => {
    test("a certificate on its issuer's list is refused, leaf or intermediate", async () => {
      const { network, issue, intermediate, root, store } = await trustWorld()
      const leaf = await issue()
      const list = await issueCrl({
        issuer: intermediate,
        revoked: [{ serial: leaf.serial, reason: 1 }],
        thisUpdate: NOW - DAY,
        nextUpdate: NOW + DAY,
      })
      network.pages.set(crlUrl('intermediate'), list)
      expect(await refusal(store(), x5c(leaf, intermediate))).toBe(
        'revocation certificate-revoked 0',
      )
      const above = await issueCrl({
        issuer: root,
        revoked: [{ serial: intermediate.serial }],
        thisUpdate: NOW - DAY,
        nextUpdate: NOW + DAY,
      })
      network.pages.set(crlUrl('root'), above)
      const { requests } = network
      requests.length = 0
      expect(await refusal(store(), x5c(leaf, intermediate))).toBe(
        'revocation certificate-revoked 1',
      )
      expect(requests).toEqual([crlUrl('root')]) // nothing that a revoked authority points to is fetched
    })

    test('a stale list is no list, and a warning where the community says so', async () => {
      const { network, issue, intermediate, store } = await trustWorld()
      network.pages.set(
        crlUrl('intermediate'),
        await issueCrl({
          issuer: intermediate,
          thisUpdate: NOW - 2 * DAY,
          nextUpdate: NOW - 1_000,
        }),
      )
      const chain = x5c(await issue(), intermediate)
      expect(await refusal(store(), chain)).toBe('revocation crl-stale 0')
      const lenient = await store({ revocation: { onUnknown: 'warn' } }).verify(chain)
      expect(lenient.warnings).toMatchObject([
        { step: 'revocation', reason: 'crl-stale', position: 0 },
      ])
    })

    test('a list of another key is no list, and is fetched anew the next time', async () => {
      const { network, issue, intermediate, store } = await trustWorld()
      const other = await issueCertificate({
        subject: 'Test Intermediate',
        ca: true,
        notBefore: NOW - DAY,
      })
      const good = network.pages.get(crlUrl('intermediate'))
      network.pages.set(
        crlUrl('intermediate'),
        await issueCrl({ issuer: other, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }),
      )
      const trust = store()
      const chain = x5c(await issue(), intermediate)
      expect(await refusal(trust, chain)).toBe('revocation crl-signature-invalid 0')
      network.pages.set(crlUrl('intermediate'), good ?? new Uint8Array())
      await expect(trust.verify(chain)).resolves.toMatchObject({ warnings: [] })
    })

    const responder = 'http://ocsp.example.org'
    const spec = { crlUrls: [], ocspUrls: [responder] }

    test.each([
      ['good', 'good', 'not refused: [object Object]'],
      ['revoked', 'revoked', 'revocation certificate-revoked 0'],
      ['unknown', 'unknown', 'revocation ocsp-unknown 0'],
    ] as const)('OCSP: %s', async (_title, status, expected) => {
      const { network, issue, intermediate, store } = await trustWorld()
      const leaf = await issue(spec)
      network.pages.set(
        responder,
        await issueOcspResponse({
          issuer: intermediate,
          certificate: leaf,
          status,
          thisUpdate: NOW - 1_000,
        }),
      )
      expect(await refusal(store(), x5c(leaf, intermediate))).toBe(expected)
      expect(network.requests.at(-1)).toMatch(/^http:\/\/ocsp\.example\.org\/[\w%]+$/)
    })

    test('OCSP by a delegate counts only with the usage, from the issuer itself, in time', async () => {
      const { network, issue, intermediate, root, store } = await trustWorld()
      const leaf = await issue(spec)
      const asked = async (delegateSpec: Partial<CertificateSpec>): Promise<string> => {
        const delegate = await issue({
          subject: 'Responder',
          more: ocspResponderExtensions,
          ...delegateSpec,
        })
        network.pages.set(
          responder,
          await issueOcspResponse({
            issuer: intermediate,
            certificate: leaf,
            status: 'good',
            thisUpdate: NOW - 1_000,
            delegate,
          }),
        )
        return refusal(store(), x5c(leaf, intermediate))
      }
      expect(await asked({})).toBe('not refused: [object Object]')
      expect(await asked({ more: [] })).toBe('revocation ocsp-signature-invalid 0')
      expect(await asked({ issuer: root })).toBe('revocation ocsp-signature-invalid 0')
      expect(await asked({ notAfter: NOW - 1_000 })).toBe('revocation ocsp-signature-invalid 0')
    })

    test('an OCSP response that is stale, or about another certificate, says nothing', async () => {
      const { network, issue, intermediate, store } = await trustWorld()
      const [leaf, other] = [await issue(spec), await issue(spec)]
      const stale = {
        issuer: intermediate,
        status: 'good',
        thisUpdate: NOW - 3 * DAY,
        nextUpdate: NOW - 1_000,
      } as const
      network.pages.set(responder, await issueOcspResponse({ ...stale, certificate: leaf }))
      expect(await refusal(store(), x5c(leaf, intermediate))).toBe('revocation ocsp-stale 0')
      network.pages.set(
        responder,
        await issueOcspResponse({ ...stale, certificate: other, nextUpdate: NOW + DAY }),
      )
      expect(await refusal(store(), x5c(leaf, intermediate))).toBe(
        'revocation ocsp-other-certificate 0',
      )
    })
  })

  describe('addresses in certificates', () => {
    test.each([
      'http://127.0.0.1/a.crl',
      'http://10.0.0.1/a.crl',
      'http://169.254.169.254/latest/meta-data',
      'http://[::1]/a.crl',
      'http://metadata.internal/a.crl',
      'ldap://pki.example.org/a',
      'file:///etc/passwd',
      'http://user@pki.example.org/a.crl',
    ])('%s is not asked', async (url) => {
      const { network, issue, intermediate, store } = await trustWorld()
      expect(
        await refusal(store(), x5c(await issue({ crlUrls: [url], ocspUrls: [url] }), intermediate)),
      ).toMatch(/^revocation no-/)
      expect(network.requests).toEqual([crlUrl('root')])
    })

    test('nothing is asked for a certificate whose issuer is not proven', async () => {
      const [ours, theirs] = [await trustWorld(), await trustWorld()]
      await refusal(ours.store(), x5c(await theirs.issue(), theirs.intermediate, theirs.root))
      expect(ours.network.requests).toEqual([])
    })

    test('a missing issuer is fetched only where the community says so, and is trusted only by its path', async () => {
      const { network, issue, intermediate, store } = await trustWorld()
      const issuerUrls = ['http://pki.example.org/ca.cer']
      network.pages.set(issuerUrls[0] ?? '', intermediate.der)
      const leaf = await issue({ issuerUrls })
      expect(await refusal(store(), x5c(leaf))).toBe('path untrusted')
      expect(network.requests).toEqual([])
      await expect(store({ aia: 'fetch' }).verify(x5c(leaf))).resolves.toMatchObject({
        warnings: [],
      })
      network.pages.set(issuerUrls[0] ?? '', (await trustWorld()).intermediate.der)
      expect(await refusal(store({ aia: 'fetch' }), x5c(leaf))).toMatch(/^path/)
    })

    test('a list is fetched once for many verifications, and again when the next one is due', async () => {
      let now = NOW
      const { network, issue, intermediate, store } = await trustWorld()
      const trust = store(
        { revocation: { maxAgeMs: 9 * DAY } },
        { fetch: network.fetch, now: () => now },
      )
      const chain = x5c(await issue(), intermediate)
      await Promise.all(Array.from({ length: 20 }, () => trust.verify(chain)))
      expect(network.requests).toHaveLength(2)
      now = NOW + DAY
      await refusal(trust, chain)
      expect(network.requests).toHaveLength(4)
    })

    test('a list of more than 10 MB is cut and refused', async () => {
      const { network, issue, intermediate, store } = await trustWorld()
      network.pages.set(crlUrl('intermediate'), new Uint8Array(10_000_001).fill(0x30))
      expect(await refusal(store(), x5c(await issue(), intermediate))).toBe('revocation no-crl 0')
    })
  })

  describe('two communities', () => {
    test('the anchors of one say nothing in the other', async () => {
      const [first, second] = [await trustWorld(), await trustWorld({ subject: 'Second Root' })]
      const { trustStore } = await import('../../../src/udap/trust-store.ts')
      const revocation = { onUnknown: 'warn' } as const
      const trust = trustStore(
        [
          { community: 'urn:one', anchors: [first.root.der], revocation },
          { community: 'urn:two', anchors: [second.root.der], revocation },
        ],
        { fetch: first.network.fetch, now: () => NOW },
      )
      const chain = x5c(await first.issue(), first.intermediate)
      await expect(trust.verify(chain, { community: 'urn:one' })).resolves.toMatchObject({
        community: 'urn:one',
      })
      await expect(trust.verify(chain, { community: 'urn:two' })).rejects.toMatchObject({
        step: 'path',
      })
      await expect(trust.verify(chain)).rejects.toThrow(TypeError)
    })

    test('a cross-signed intermediate leads to the anchor of either', async () => {
      const keys = await createKeys()
      const first = await trustWorld({}, { keys })
      const second = await trustWorld({ subject: 'Second Root' }, { keys })
      const leaf = await first.issue()
      const chain = x5c(leaf, second.intermediate, first.intermediate)
      const revocation = { onUnknown: 'warn' } as const
      const one = await first.store({ revocation }).verify(chain)
      const two = await second.store({ revocation }).verify(chain)
      expect([one.anchor.subject, two.anchor.subject]).toEqual(['CN=Test Root', 'CN=Second Root'])
    })
  })

  describe('what is no chain', () => {
    test.each([
      ['an empty list', [], 'x5c missing'],
      ['base64url', ['MIIB-_'], 'x5c not-base64 0'],
      ['base64 of something else', ['AAAA'], 'x5c malformed 0'],
      ['a line break', ['MIIB\nAAAA'], 'x5c not-base64 0'],
    ])('%s', async (_title, chain, expected) => {
      const { store } = await trustWorld()
      expect(await refusal(store(), chain)).toBe(expected)
    })

    test('a thousand certificates are refused unread', async () => {
      const { store } = await trustWorld()
      let reads = 0
      const chain = new Proxy(Array<string>(1_000).fill('x'), {
        get: (target, name, receiver): unknown => {
          if (name !== 'length') reads += 1
          return Reflect.get(target, name, receiver)
        },
      })
      expect(await refusal(store(), chain)).toBe('x5c too-many-certificates')
      expect(reads).toBe(0)
    })
  })

  describe('options', () => {
    test('a wrong one is a TypeError that names it', async () => {
      const { root, issue } = await trustWorld()
      const { trustStore } = await import('../../../src/udap/trust-store.ts')
      const leaf = await issue()
      const wrong: [unknown, string][] = [
        [[], 'communities'],
        [[{ community: 'x', anchors: [root.der] }], 'communities[0].community'],
        [[{ community: COMMUNITY, anchors: [] }], 'communities[0].anchors'],
        [[{ community: COMMUNITY, anchors: [leaf.der] }], 'communities[0].anchors'],
        [[{ community: COMMUNITY, anchors: [root.der], aia: 'maybe' }], 'communities[0].aia'],
        [
          [{ community: COMMUNITY, anchors: [root.der], revocation: { crl: 1 } }],
          'communities[0].revocation.crl',
        ],
        [
          [{ community: COMMUNITY, anchors: [root.der], revocation: { onUnknown: 'pass' } }],
          'communities[0].revocation.onUnknown',
        ],
      ]
      for (const [communities, option] of wrong) {
        expect(() => trustStore(communities as never)).toThrow(
          new RegExp(`^"${option.replace(/[.[\]]/g, '\\$&')}"`),
        )
      }
    })
  })
})

/** OCSP responses that nobody signed: they come over plain http, so anyone on the way may write them. */
describe('forged OCSP responses', () => {
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
})

/** Values that have one encoding: each other one is refused. */
describe('values in DER', () => {
  const time = (tag: number, text: string): number =>
    timeOf(readDer(writeDer(tag, new TextEncoder().encode(text))))

  describe('times', () => {
    test.each([
      [tags.utcTime, '490101000000Z', '2049-01-01T00:00:00.000Z'],
      [tags.utcTime, '500101000000Z', '1950-01-01T00:00:00.000Z'],
      [tags.utcTime, '240229235959Z', '2024-02-29T23:59:59.000Z'],
      [tags.generalizedTime, '20500101120000Z', '2050-01-01T12:00:00.000Z'],
      [tags.generalizedTime, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
      [tags.generalizedTime, '00500101000000Z', '0050-01-01T00:00:00.000Z'],
    ])('with tag %i, %s is read', (tag, text, iso) => {
      expect(new Date(time(tag, text)).toISOString()).toBe(iso)
    })

    test.each([
      ['without seconds', tags.utcTime, '2601010000Z'],
      ['without Z', tags.utcTime, '2601010000000'],
      ['with an offset', tags.utcTime, '260101000000+0100'],
      ['with a fraction', tags.generalizedTime, '20260101000000.5Z'],
      ['on the 31st of February', tags.utcTime, '260231000000Z'],
      ['on the 29th of February of no leap year', tags.utcTime, '250229000000Z'],
      ['in month 0', tags.utcTime, '260001000000Z'],
      ['in month 13', tags.utcTime, '261301000000Z'],
      ['at 24:00', tags.utcTime, '260101240000Z'],
      ['in minute 60', tags.utcTime, '260101006000Z'],
      ['with a leap second', tags.utcTime, '161231235960Z'],
      ['with a space for a digit', tags.utcTime, '26 101000000Z'],
      ['with the digits of the other type', tags.utcTime, '20260101000000Z'],
      ['of another type', tags.octetString, '260101000000Z'],
      ['that is empty', tags.utcTime, ''],
    ])('one %s is refused', (_what, tag, text) => {
      expect(() => time(tag, text)).toThrow(DerError)
    })
  })

  describe('base64 of certificates', () => {
    test('every byte at every place survives', () => {
      for (let length = 0; length <= 6; length += 1) {
        for (let value = 0; value < 256; value += 1) {
          const bytes = new Uint8Array(length).fill(value)
          expect(fromStrictBase64(toBase64(bytes))).toEqual(bytes)
        }
      }
    })

    test.each([
      ['padding left out', 'AA'],
      ['padding alone', '===='],
      ['too much padding', 'A==='],
      ['padding in the middle', 'AA==AAAA'],
      ['bits behind the last of one byte', 'AB=='],
      ['bits behind the last of two bytes', 'AAB='],
      ['a line break', 'AAAA\nAAA'],
      ['a line break at the end', 'AAA\n'],
      ['a space', 'AAA '],
      ['base64url', 'AA-_'],
      ['a letter of more than one byte', 'AAAé'],
    ])('%s is refused', (_what, text) => {
      expect(fromStrictBase64(text)).toBeUndefined()
    })
  })
})
