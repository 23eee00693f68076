import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeCertificates } from '../../../src/signers/index.ts'
import { readChain } from '../../../src/signers/chain.ts'
import { pemSigner } from '../../../src/signers/index.ts'
import { makeCertificate } from '../../support/certificates.ts'
import { ec, pemOf, rsa } from './keys.ts'

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
        const outcome: unknown = await describeCertificates(bytes).catch((error: unknown) => error)
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
