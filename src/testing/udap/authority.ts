/** The PKI of one trust community: root, intermediate, revocation lists and an OCSP responder. */
import { fromBase64, toHex } from '../../signers/base64.ts'
import type { Bytes } from '../../types.ts'
import { issueCertificate, type IssuedCertificate } from '../pki.ts'
import { issueCrl, issueOcspResponse } from '../pki-revocation.ts'
import type { Keys } from '../pki-values.ts'
import { text, type OriginOf, type Received, type Service } from '../respond.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** A leaf, and the URI that is in it. */
interface Leaf {
  readonly uri: string
  readonly certificate: IssuedCertificate
}

interface Given {
  readonly name: string
  readonly host: string
  readonly root: IssuedCertificate
  readonly intermediate: IssuedCertificate
  readonly now: () => number
}

/** Issues and revokes certificates, and answers for them over plain http as authorities do. */
export class CommunityAuthority implements Service {
  readonly host: string
  readonly root: IssuedCertificate
  readonly intermediate: IssuedCertificate
  readonly #name: string
  readonly #now: () => number
  /** The same authority for each origin it is reached under: its certificate names where its list is. */
  readonly #intermediates = new Map<string, Promise<IssuedCertificate>>()
  readonly #leaves: Leaf[] = []
  readonly #revoked = new Set<IssuedCertificate>()

  private constructor({ name, host, root, intermediate, now }: Given) {
    this.#name = name
    this.host = host
    this.root = root
    this.intermediate = intermediate
    this.#intermediates.set(`http://${host}`, Promise.resolve(intermediate))
    this.#now = now
  }

  static async create(name: string, now: () => number): Promise<CommunityAuthority> {
    const host = `pki.${name}.example`
    const notBefore = now() - 30 * DAY
    const root = await issueCertificate({
      subject: `Sandbox ${name} Root`,
      notBefore,
      notAfter: notBefore + 3650 * DAY,
      ca: true,
    })
    const origin = `http://${host}`
    const intermediate = await issueIntermediate({ name, root, origin, notBefore })
    return new CommunityAuthority({ name, host, root, intermediate, now })
  }

  /** The certificate of the intermediate that names this origin. */
  intermediateFor(originOf?: OriginOf): Promise<IssuedCertificate> {
    const origin = this.#originBy(originOf)
    let issued = this.#intermediates.get(origin)
    if (issued === undefined) {
      const { root, intermediate } = this
      const { keys } = intermediate
      const notBefore = this.#now() - 30 * DAY
      issued = issueIntermediate({ name: this.#name, root, origin, notBefore, keys })
      this.#intermediates.set(origin, issued)
    }
    return issued
  }

  /** A leaf for a year with one URI as its alternative name. */
  async issue(
    subject: string,
    uri: string,
    keys: Keys,
    originOf?: OriginOf,
  ): Promise<IssuedCertificate> {
    const notBefore = this.#now() - DAY
    const origin = this.#originBy(originOf)
    const certificate = await issueCertificate({
      subject,
      issuer: this.intermediate,
      keys,
      notBefore,
      notAfter: notBefore + 365 * DAY,
      uris: [uri],
      crlUrls: [`${origin}/intermediate.crl`],
      ocspUrls: [`${origin}/ocsp`],
      issuerUrls: [`${origin}/intermediate.cer`],
    })
    this.#leaves.push({ uri, certificate })
    return certificate
  }

  /** Revokes every certificate with this URI; the next list and the next OCSP response say so. */
  revoke(uri: string): boolean {
    const found = this.#leaves.filter((leaf) => leaf.uri === uri)
    for (const { certificate } of found) this.#revoked.add(certificate)
    return found.length > 0
  }

  /** Authorities publish over plain http. */
  #originBy(originOf: OriginOf = (host) => `https://${host}`): string {
    return originOf(this.host).replace(/^https:/, 'http:')
  }

  async answer({ method, url }: Received, originOf?: OriginOf): Promise<Response | undefined> {
    if (method !== 'GET') return text(405)
    const thisUpdate = this.#now() - HOUR
    switch (url.pathname) {
      case '/intermediate.cer':
        return binary((await this.intermediateFor(originOf)).der, 'application/pkix-cert')
      case '/root.crl':
        return crl(await issueCrl({ issuer: this.root, thisUpdate }))
      case '/intermediate.crl': {
        const revoked = [...this.#revoked].map(({ serial }) => ({ serial, reason: 1 }))
        return crl(await issueCrl({ issuer: this.intermediate, thisUpdate, revoked }))
      }
      default:
        return this.#ocsp(url.pathname, thisUpdate)
    }
  }

  /** OCSP by GET: the request is the last part of the path ([RFC 6960, appendix A.1](https://www.rfc-editor.org/rfc/rfc6960#appendix-A.1)). */
  async #ocsp(path: string, thisUpdate: number): Promise<Response | undefined> {
    if (!path.startsWith('/ocsp/')) return undefined
    const request = fromBase64(decodeURIComponent(path.slice('/ocsp/'.length)))
    if (request === undefined) return text(400)
    const asked = toHex(request)
    const leaf = this.#leaves.find(({ certificate }) => asked.includes(toHex(certificate.serial)))
    if (leaf === undefined) return text(404)
    const { certificate } = leaf
    const status = this.#revoked.has(certificate) ? 'revoked' : 'good'
    const issuer = this.intermediate
    return binary(
      await issueOcspResponse({ issuer, certificate, status, thisUpdate }),
      'application/ocsp-response',
    )
  }
}

function issueIntermediate({
  name,
  root,
  origin,
  notBefore,
  keys,
}: {
  readonly name: string
  readonly root: IssuedCertificate
  readonly origin: string
  readonly notBefore: number
  readonly keys?: Keys
}): Promise<IssuedCertificate> {
  return issueCertificate({
    subject: `Sandbox ${name} Intermediate`,
    issuer: root,
    keys,
    notBefore,
    notAfter: notBefore + 1825 * DAY,
    ca: true,
    pathLength: 0,
    crlUrls: [`${origin}/root.crl`],
  })
}

function crl(der: Bytes): Response {
  return binary(der, 'application/pkix-crl')
}

function binary(der: Bytes, contentType: string): Response {
  return new Response(der, { headers: { 'content-type': contentType } })
}
