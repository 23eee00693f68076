/** Certificates for the examples, made on the spot by node-forge. They are good for this process alone. */
import { generateKeyPairSync } from 'node:crypto'
import forge from 'node-forge'

/** A private key and its certificate, both PEM. */
export interface Certified {
  readonly key: string
  readonly cert: string
}

/** Issues certificates. */
export interface Authority {
  readonly cert: string
  /** For an IP address (a server) or for a name (a client). */
  issue(commonName: string): Certified
}

/** A certificate authority of one's own. */
export function createAuthority(commonName: string): Authority {
  const own = keyPair()
  const cert = signed(commonName, commonName, own.publicKey, own, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ])
  return {
    cert,
    issue: (subject) => {
      const { key, publicKey } = keyPair()
      const isAddress = /^[\d.]+$/.test(subject)
      const names = isAddress ? { type: 7, ip: subject } : { type: 2, value: subject }
      const extensions = [{ name: 'subjectAltName', altNames: [names] }]
      return { key, cert: signed(subject, commonName, publicKey, own, extensions) }
    },
  }
}

interface Pair {
  readonly key: string
  readonly publicKey: forge.pki.PublicKey
}

function keyPair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { key: privateKey, publicKey: forge.pki.publicKeyFromPem(publicKey) }
}

function signed(
  subject: string,
  issuer: string,
  publicKey: forge.pki.PublicKey,
  by: Pair,
  extensions: object[],
): string {
  const certificate = forge.pki.createCertificate()
  const day = 86_400_000
  certificate.publicKey = publicKey
  certificate.serialNumber = `01${crypto.randomUUID().replaceAll('-', '')}`
  certificate.validity.notBefore = new Date(Date.now() - day)
  certificate.validity.notAfter = new Date(Date.now() + 365 * day)
  certificate.setSubject([{ name: 'commonName', value: subject }])
  certificate.setIssuer([{ name: 'commonName', value: issuer }])
  certificate.setExtensions(extensions)
  certificate.sign(forge.pki.privateKeyFromPem(by.key), forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate)
}
