/** A certificate authority made for the tests. Needs no test runner. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { makeCertificate, type MadeCertificate } from './certificates.ts'

const LOOPBACK = Buffer.from('87047f000001', 'hex')

/** A key and the certificate that an authority gave it. */
export interface Certified {
  readonly certificate: MadeCertificate
  readonly keyPem: string
}

interface IssueOptions {
  /** In place of `localhost`. */
  readonly names?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** A certificate authority of one's own. */
export function authority(name = 'Test CA'): {
  readonly pem: string
  issue(subject: string, server?: boolean, more?: IssueOptions): Certified
} {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { pem } = makeCertificate({ subject: name, ...own, issuer: own, ca: true })
  let serial = 1
  return {
    pem,
    issue: (subject, server = false, { names = ['localhost'], ...dates } = {}) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      serial += 1
      const certificate = makeCertificate({
        subject,
        publicKey,
        issuer: { name, privateKey: own.privateKey },
        serial,
        ...(server ? { dnsNames: names, otherNames: [LOOPBACK] } : {}),
        ...dates,
      })
      return { certificate, keyPem: pemOf(privateKey) }
    },
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
