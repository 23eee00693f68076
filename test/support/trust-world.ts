/** A community with its own PKI, and a network that serves what its certificates point to. */
import { toBase64 } from '../../src/signers/base64.ts'
import {
  issueCertificate,
  type CertificateSpec,
  type IssuedCertificate,
} from '../../src/testing/pki.ts'
import { issueCrl } from '../../src/testing/pki-revocation.ts'
import type { Bytes } from '../../src/types.ts'
import { trustStore, type TrustStore } from '../../src/udap/trust-store.ts'
import type {
  RevocationOptions,
  TrustCommunity,
  TrustStoreOptions,
} from '../../src/udap/trust-options.ts'

export const NOW: number = Date.parse('2026-11-29T00:00:00Z')
export const DAY: number = 24 * 60 * 60 * 1000
export const COMMUNITY = 'urn:oid:2.16.840.1.113883.3.7204.1.5'
export const BASE = 'https://fhir.example.org/r4'

/** What the addresses hold; each request is noted. */
export class TrustNetwork {
  readonly pages: Map<string, Bytes> = new Map<string, Bytes>()
  readonly requests: string[] = []

  readonly fetch = (request: Request): Promise<Response> => {
    this.requests.push(request.url)
    const page = this.pages.get(request.url) ?? this.#below(request.url)
    return Promise.resolve(
      page === undefined ? new Response(null, { status: 404 }) : new Response(page),
    )
  }

  /** OCSP requests are in the path. */
  #below(url: string): Bytes | undefined {
    for (const [prefix, page] of this.pages) if (url.startsWith(`${prefix}/`)) return page
    return undefined
  }
}

export interface TrustWorld {
  readonly network: TrustNetwork
  readonly root: IssuedCertificate
  readonly intermediate: IssuedCertificate
  readonly issue: (spec?: Partial<CertificateSpec>) => Promise<IssuedCertificate>
  readonly store: (community?: Partial<TrustCommunity>, options?: TrustStoreOptions) => TrustStore
}

export const crlUrl = (name: string): string => `http://pki.example.org/${name}.crl`
export const x5c = (...certificates: readonly IssuedCertificate[]): string[] =>
  certificates.map(({ der }) => toBase64(der))

/** Root and intermediate, each with a list that revokes nobody. */
export async function trustWorld(
  rootSpec: Partial<CertificateSpec> = {},
  intermediateSpec: Partial<CertificateSpec> = {},
): Promise<TrustWorld> {
  const network = new TrustNetwork()
  const root = await issueCertificate({
    subject: 'Test Root',
    notBefore: NOW - 300 * DAY,
    notAfter: NOW + 3000 * DAY,
    ca: true,
    ...rootSpec,
  })
  const intermediate = await issueCertificate({
    subject: 'Test Intermediate',
    issuer: root,
    notBefore: NOW - 200 * DAY,
    notAfter: NOW + 2000 * DAY,
    ca: true,
    crlUrls: [crlUrl('root')],
    ...intermediateSpec,
  })
  network.pages.set(
    crlUrl('root'),
    await issueCrl({ issuer: root, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }),
  )
  network.pages.set(
    crlUrl('intermediate'),
    await issueCrl({ issuer: intermediate, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY }),
  )
  return {
    network,
    root,
    intermediate,
    issue: (spec = {}) =>
      issueCertificate({
        subject: 'Test Server',
        issuer: intermediate,
        notBefore: NOW - DAY,
        uris: [BASE],
        crlUrls: [crlUrl('intermediate')],
        ...spec,
      }),
    store: (community = {}, options = {}) =>
      trustStore([{ community: COMMUNITY, anchors: [root.der], ...community }], {
        fetch: network.fetch,
        now: () => NOW,
        ...options,
      }),
  }
}

export const WITHOUT_REVOCATION: RevocationOptions = { crl: false, ocsp: false, onUnknown: 'warn' }
