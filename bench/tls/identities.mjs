/** An authority and what it certifies, made anew for each run, without openssl. */
import { generateKeyPairSync } from 'node:crypto'
import { importTypeScript } from '../lib/typescript.mjs'

const AUTHORITY = 'Bench CA'
const DOMAIN = 'bench.example'

/** A server's name; there are as many as one likes. */
export const nameOf = (number) => `r${number}.${DOMAIN}`

/** PEM of the authority, the server and the client. */
export async function identities() {
  const support = new URL('../../test/support/certificates.ts', import.meta.url)
  const { makeCertificate } = await importTypeScript(support)
  const own = newKeys()
  const issuer = { name: AUTHORITY, privateKey: own.privateKey }
  const issue = (subject, serial, more) => {
    const { publicKey, privateKey } = newKeys()
    const { pem } = makeCertificate({ subject, publicKey, issuer, serial, ...more })
    return { cert: pem, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
  }
  return {
    ca: makeCertificate({ subject: AUTHORITY, ...own, issuer: own, ca: true }).pem,
    server: issue('server', 2, { dnsNames: [`*.${DOMAIN}`] }),
    client: issue('client', 3),
  }
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
