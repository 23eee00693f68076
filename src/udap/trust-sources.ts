/** Which addresses of a certificate are fetched, how many, and what for. */
import type { Call } from '../http/call.ts'
import type { Fetched, TrustFetcher } from './trust-fetch.ts'
import type { TrustRules } from './trust-options.ts'
import {
  MAX_CERTIFICATE_BYTES,
  parseCertificate,
  type X509Certificate,
} from './x509/4.1-certificate.ts'
import type { DistributionPoint } from './x509/4.2.1.6-general-names.ts'
import { parseCrl, type Crl } from './x509/5-crl.ts'
import type { RevocationSources } from './x509/revocation.ts'
import {
  MAX_OCSP_BYTES,
  ocspUrl,
  parseOcspResponse,
  type OcspResponse,
} from './x509/rfc6960-ocsp.ts'

/** How many addresses of each kind one certificate may cost. */
const MAX_ADDRESSES = 3
/** Issuers that are fetched in one verification. */
const MAX_ISSUERS = 4
const DAY_MS = 24 * 60 * 60 * 1000

const CRL: Fetched<Crl> = {
  kind: 'crl',
  accept: 'application/pkix-crl, */*;q=0.1',
  read: parseCrl,
  sizeOf: ({ size }) => size,
  expiresAt: ({ nextUpdate }) => nextUpdate,
}
const OCSP: Fetched<OcspResponse> = {
  kind: 'ocsp',
  accept: 'application/ocsp-response',
  maxBytes: MAX_OCSP_BYTES,
  read: parseOcspResponse,
  sizeOf: ({ size }) => size,
  expiresAt: ({ statements }) =>
    Math.min(...statements.map(({ thisUpdate, nextUpdate }) => nextUpdate ?? thisUpdate)),
}
const ISSUER: Fetched<X509Certificate> = {
  kind: 'issuer',
  accept: 'application/pkix-cert, */*;q=0.1',
  maxBytes: MAX_CERTIFICATE_BYTES,
  read: parseCertificate,
  sizeOf: ({ der }) => der.length,
  expiresAt: ({ notAfter }) => notAfter,
}

/** The addresses of one verification, and their content. */
export class TrustSources implements RevocationSources {
  readonly crls: RevocationSources['crls']
  readonly ocsp: RevocationSources['ocsp']
  readonly #fetcher: TrustFetcher
  readonly #rules: TrustRules
  readonly #call: Call
  readonly #used: { kind: 'crl' | 'ocsp'; url: string }[] = []
  #issuersLeft = MAX_ISSUERS

  constructor(fetcher: TrustFetcher, rules: TrustRules, call: Call) {
    this.#fetcher = fetcher
    this.#rules = rules
    this.#call = call
    if (rules.crl) this.crls = (certificate) => this.#crlsOf(certificate)
    if (rules.ocsp) this.ocsp = (certificate, certId) => this.#ocspOf(certificate, certId)
  }

  /** Issuers at the addresses that a certificate names. Nothing proves that certificate yet: see `aia`. */
  async issuersOf({ extensions }: X509Certificate): Promise<readonly X509Certificate[]> {
    const found: X509Certificate[] = []
    for (const url of addresses(extensions.authorityInfoAccess?.caIssuers)) {
      if (this.#issuersLeft === 0) break
      this.#issuersLeft -= 1
      const issuer = await this.#fetcher.get(url, ISSUER, DAY_MS, this.#call)
      if (issuer !== undefined) found.push(issuer)
    }
    return found
  }

  /** After an inconclusive verification: everything is fetched again the next time. */
  forget(): void {
    for (const { kind, url } of this.#used) this.#fetcher.forget(kind, url)
  }

  async #crlsOf({ extensions }: X509Certificate): Promise<readonly Crl[]> {
    const complete = addresses(urlsOf(extensions.crlDistributionPoints))
    const deltas = addresses(urlsOf(extensions.freshestCrl))
    return this.#all([...complete, ...deltas], CRL)
  }

  async #ocspOf({ extensions }: X509Certificate, certId: string): Promise<readonly OcspResponse[]> {
    const responders = addresses(extensions.authorityInfoAccess?.ocsp)
    const urls = responders.map((responder) => ocspUrl(responder, certId))
    return this.#all(urls, OCSP)
  }

  async #all<T>(
    urls: readonly string[],
    what: Fetched<T> & { readonly kind: 'crl' | 'ocsp' | 'issuer' },
  ): Promise<readonly T[]> {
    const { kind } = what
    if (kind !== 'issuer') for (const url of urls) this.#used.push({ kind, url })
    const found = await Promise.all(
      urls.map((url) => this.#fetcher.get(url, what, this.#rules.maxAgeMs, this.#call)),
    )
    return found.filter((one) => one !== undefined)
  }
}

function urlsOf(points: readonly DistributionPoint[] | undefined): readonly string[] {
  return (points ?? []).flatMap(({ names }) =>
    (names ?? []).flatMap((name) => (name.form === 'uri' ? [name.value] : [])),
  )
}

/** `ldap:` and the like are not supported. */
function addresses(urls: readonly string[] | undefined): readonly string[] {
  const web = (urls ?? []).filter((url) => /^https?:\/\//i.test(url))
  return [...new Set(web)].slice(0, MAX_ADDRESSES)
}
