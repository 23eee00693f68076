import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isSelfSigned,
  readCertificate,
  readCertificates,
  splitPem,
  toDer,
  toX5c,
} from '../../../src/signers/certificate.ts'
import { DerError, childrenOf, readDer, writeDer } from '../../../src/signers/der.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { ec, pemOf, rsa } from './keys.ts'
import { describeCertificates, pemSigner } from '../../../src/signers/index.ts'
import { readChain } from '../../../src/signers/chain.ts'

describe('one certificate', () => {
  const ca = ec('P-256')
  const leafKeys = rsa()
  const root = makeCertificate({ subject: 'Root', publicKey: ca.publicKey, issuer: ca, ca: true })
  const leaf = makeCertificate({
    subject: 'fhir.example.org',
    publicKey: leafKeys.publicKey,
    issuer: { name: 'Root', privateKey: ca.privateKey },
    notBefore: new Date('2024-02-29T23:59:59Z'),
    notAfter: new Date('2051-01-01T00:00:00Z'),
    uris: ['https://fhir.example.org/r4'],
  })

  test('the certificates of the tests are good in the eyes of OpenSSL', () => {
    const certificate = new X509Certificate(leaf.pem)
    expect(certificate.verify(ca.publicKey)).toBe(true)
    expect(certificate.subject).toBe('CN=fhir.example.org')
    expect(certificate.issuer).toBe('CN=Root')
    expect(certificate.subjectAltName).toBe('URI:https://fhir.example.org/r4')
    expect(certificate.checkPrivateKey(leafKeys.privateKey)).toBe(true)
    expect(new X509Certificate(root.der).ca).toBe(true)
  })

  describe('readCertificate', () => {
    test('names, validity and key are read', () => {
      const read = readCertificate(leaf.der)
      expect(read.notBefore).toBe(Date.parse('2024-02-29T23:59:59Z'))
      expect(read.notAfter).toBe(Date.parse('2051-01-01T00:00:00Z'))
      expect(Buffer.from(read.spki)).toEqual(
        leafKeys.publicKey.export({ type: 'spki', format: 'der' }),
      )
      expect(Buffer.from(read.issuer)).toEqual(Buffer.from(readCertificate(root.der).subject))
      expect(isSelfSigned(read)).toBe(false)
      expect(isSelfSigned(readCertificate(root.der))).toBe(true)
    })

    test.each([
      ['UTCTime of the last century', '500101000000Z', '990101000000Z', false],
      ['a day that there is not', '230230000000Z', '990101000000Z', true],
      ['a time zone', '2301010000+0100', '990101000000Z', true],
    ])('%s', (_, from, to, refused) => {
      const time = (text: string): Uint8Array => writeDer(0x17, new TextEncoder().encode(text))
      const name = writeDer(0x30)
      const tbs = writeDer(
        0x30,
        ...[writeDer(0x02, Uint8Array.of(1)), name, name],
        ...[writeDer(0x30, time(from), time(to)), name, name],
      )
      const read = (): unknown => readCertificate(writeDer(0x30, tbs))
      if (refused) expect(read).toThrow(DerError)
      else
        expect(read()).toMatchObject({ notBefore: Date.UTC(1950, 0), notAfter: Date.UTC(1999, 0) })
    })

    test('throws a DerError on random bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          expect(() => readCertificate(bytes)).toThrow(DerError)
        }),
      )
    })

    test('reads or refuses mutated certificates with a DerError, never another error', () => {
      const change = fc.record({
        at: fc.nat(leaf.der.length - 1),
        to: fc.integer({ max: 255, min: 0 }),
      })
      const cut = fc.nat(leaf.der.length)
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), cut, (changes, end) => {
          const bytes = new Uint8Array(leaf.der)
          for (const { at, to } of changes) bytes[at] = to
          for (const input of [bytes, bytes.subarray(0, end)]) {
            try {
              const { notBefore, notAfter } = readCertificate(input)
              expect(Number.isSafeInteger(notBefore) && Number.isSafeInteger(notAfter)).toBe(true)
            } catch (error) {
              expect(error).toBeInstanceOf(DerError)
            }
          }
        }),
        { numRuns: 2000 },
      )
    })
  })

  describe('the DER reader', () => {
    test.each([
      ['nothing', ''],
      ['a tag alone', '30'],
      ['indefinite length', '30800000'],
      ['a length of five bytes', '30850000000001ff'],
      ['a length in a longer form than needed', '30810101'],
      ['a length beyond the end', '3003 0101'],
      ['a length near 4 GB', '3084ffffffff00'],
      ['bytes after the end', '050000'],
      ['a tag of several bytes', '1f8101'],
    ])('refuses %s', (_, hex) => {
      const bytes = new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
      expect(() => readDer(bytes)).toThrow(DerError)
    })

    test('reads back what the writer writes, at every form of length', () => {
      for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
        const content = writeDer(0x04, new Uint8Array(length))
        const [child] = childrenOf(readDer(writeDer(0x30, content, content)))
        expect(child?.content.length).toBe(length)
      }
    })

    test('a deeply nested input costs no stack', () => {
      const bytes = new Uint8Array(100_000).fill(0x30)
      expect(() => readCertificate(bytes)).toThrow(DerError)
    })
  })

  describe('certificates as options', () => {
    const chain = [leaf.base64, root.base64]
    test.each([
      ['PEM text', `${leaf.pem}\n${root.pem}`],
      [
        'PEM text with CRLF and remarks',
        `leaf\r\n${leaf.pem.replaceAll('\n', '\r\n')}root:\r\n${root.pem}`,
      ],
      ['an array of PEM blocks', [leaf.pem, root.pem]],
      ['an array of base64', chain],
      ['both in one array', [leaf.base64, root.pem]],
      ['base64 with line breaks', [leaf.base64.replace(/.{64}/g, '$&\n'), root.base64]],
    ])('%s', (_, value) => {
      expect(toX5c(readCertificates(value))).toEqual(chain)
    })

    test('blocks are found in a text', () => {
      expect(splitPem(`a ${leaf.pem} b ${root.pem} c`)).toHaveLength(2)
      expect(splitPem('nothing')).toEqual([])
      expect(Buffer.from(toDer(leaf.pem))).toEqual(leaf.der)
    })

    const key = pemOf(leafKeys.privateKey)
    test.each([
      ['a private key', `${leaf.pem}${key}`, /holds a private key/],
      ['a public key', leafKeys.publicKey.export({ type: 'spki', format: 'pem' }), /X\.509/],
      ['a private key without its dashes', key.replace(/-----.*-----/g, ''), /X\.509/],
      ['text', 'hello', /X\.509/],
      ['empty text', '', /X\.509/],
      ['a number', [1], /text, bytes/],
      ['a block without its end', leaf.pem.slice(0, 200), /without its end/],
      ['a block in a block', leaf.pem.slice(0, 200) + leaf.pem, /without its end/],
    ])('%s is refused without a quote', (_, value, message) => {
      const read = (): unknown => readCertificates(value)
      expect(read).toThrow(TypeError)
      expect(read).toThrow(message)
      expect(read).toThrow(/^"certificates" [ -~]{1,120}$/)
    })
  })
})

describe('chains', () => {
  const rootPair = ec('P-384')
  const middlePair = ec('P-384')
  const leafPair = ec('P-256')
  const root = makeCertificate({ subject: 'Root', ...rootPair, issuer: rootPair, ca: true })
  const middle = makeCertificate({
    subject: 'Middle',
    publicKey: middlePair.publicKey,
    issuer: { name: 'Root', privateKey: rootPair.privateKey },
    ca: true,
  })
  const leaf = makeCertificate({
    subject: 'fhir.example.org',
    publicKey: leafPair.publicKey,
    issuer: { name: 'Middle', privateKey: middlePair.privateKey },
    uris: ['https://fhir.example.org/r4'],
    dnsNames: ['fhir.example.org', 'other.example.org'],
    otherNames: [
      Buffer.concat([Buffer.of(0x81, 7), Buffer.from('a@b.org')]),
      Buffer.from('87040a000001', 'hex'),
      Buffer.from('871020010db8000000000000000000000001', 'hex'),
      Buffer.from('8703010203', 'hex'), // neither kind of address
      Buffer.from('88022a03', 'hex'), // a registered id: left out
    ],
  })

  describe('describeCertificates', () => {
    test('a certificate is described as OpenSSL describes it', async () => {
      const [own, ...others] = await describeCertificates(leaf.pem)
      expect(others).toEqual([])
      const theirs = new X509Certificate(leaf.pem)
      expect(own).toEqual({
        subject: 'CN=fhir.example.org',
        issuer: 'CN=Middle',
        commonName: 'fhir.example.org',
        dnsNames: ['fhir.example.org', 'other.example.org'],
        uris: ['https://fhir.example.org/r4'],
        emails: ['a@b.org'],
        ipAddresses: ['10.0.0.1', '2001:db8:0:0:0:0:0:1', '#010203'],
        notBefore: Date.parse(theirs.validFrom),
        notAfter: Date.parse(theirs.validTo),
        sha256Fingerprint: theirs.fingerprint256,
      })
    })

    test('takes PEM, DER, base64 and arrays, and keeps their order', async () => {
      const forms = [leaf.pem + middle.pem, [leaf.der, middle.der], [leaf.base64, middle.pem]]
      for (const form of forms) {
        const subjects = (await describeCertificates(form)).map(({ subject }) => subject)
        expect(subjects).toEqual(['CN=fhir.example.org', 'CN=Middle'])
      }
    })

    test('names are cleaned of what would forge a line, and quoted', async () => {
      const subject = 'a\nContact: evil, "x"+<y>'
      const { pem } = makeCertificate({ subject, ...leafPair, issuer: leafPair })
      const [own] = await describeCertificates(pem)
      expect(own?.subject).toBe('CN=a Contact: evil\\, \\"x\\"\\+\\<y\\>')
      expect(own?.commonName).toBe(subject)
    })

    test('a certificate without alternative names has none', async () => {
      const [own] = await describeCertificates(root.pem)
      expect(own).toMatchObject({ dnsNames: [], uris: [], emails: [], ipAddresses: [] })
    })

    test('bytes that were changed are read or are a TypeError, nothing else', async () => {
      const changed = fc.tuple(fc.nat(leaf.der.length - 1), fc.nat(255))
      await fc.assert(
        fc.asyncProperty(fc.array(changed, { minLength: 1, maxLength: 4 }), async (changes) => {
          const bytes = new Uint8Array(leaf.der)
          for (const [at, value] of changes) bytes[at] = value
          const outcome: unknown = await describeCertificates(bytes).catch(
            (error: unknown) => error,
          )
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(TypeError)
          else expect(outcome).toHaveLength(1)
        }),
        { numRuns: 2_000, seed: 5 },
      )
    })
  })

  describe('a chain', () => {
    test('in order is taken, with or without its root', () => {
      expect(readChain(leaf.pem + middle.pem)).toHaveLength(2)
      expect(readChain(leaf.pem + middle.pem + root.pem)).toHaveLength(3)
      expect(readChain(leaf.pem)).toHaveLength(1)
      expect(readChain([])).toEqual([])
    })

    test.each([
      ['leaf last', middle.pem + leaf.pem],
      ['the middle left out', leaf.pem + root.pem],
      ['root before middle', leaf.pem + root.pem + middle.pem],
      ['the leaf twice', leaf.pem + leaf.pem + middle.pem],
    ])('with %s is a TypeError that names the certificates', (_, pem) => {
      expect(() => readChain(pem)).toThrow(TypeError)
      expect(() => readChain(pem)).toThrow(/"certificates" must be in order, leaf first: .*"CN=/)
    })

    test('names that differ in case and blanks alone are the same', () => {
      const own = makeCertificate({
        subject: 'x',
        publicKey: leafPair.publicKey,
        issuer: { name: 'MIDDLE', privateKey: middlePair.privateKey },
      })
      expect(readChain(own.pem + middle.pem)).toHaveLength(2)
    })

    test('out of order is refused by signers', async () => {
      const key = pemOf(leafPair.privateKey)
      const certificates = [leaf.pem, root.pem, middle.pem]
      await expect(pemSigner({ key, certificates })).rejects.toThrow(/in order/)
      const bundle = `${key}${leaf.pem}${root.pem}${middle.pem}`
      await expect(pemSigner({ key: bundle })).rejects.toThrow(/in order/)
    })

    test('as DER is what a signer sends as base64', async () => {
      const key = pemOf(leafPair.privateKey)
      const signer = await pemSigner({ key, certificates: [leaf.der, middle.der] })
      expect(signer.certificates).toEqual([leaf.base64, middle.base64])
      const short = rsa(1024)
      const weak = makeCertificate({ subject: 'x', ...short, issuer: short })
      await expect(pemSigner({ key, certificates: weak.der })).rejects.toMatchObject({
        code: 'ERR_CQ_KEY_CERTIFICATE_MISMATCH',
      })
    })
  })
})
