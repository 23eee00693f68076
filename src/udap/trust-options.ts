/** The options of a trust store. */
import {
  isRecord,
  requireBoolean,
  requireList,
  requireObject,
  requireOneOf,
  requirePositive,
  requireText,
} from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'
import { readCertificates, type CertificateInput } from '../signers/certificate.ts'
import { DerError } from '../signers/der.ts'
import type { HttpOptions } from '../types.ts'
import { parseCertificate, type X509Certificate } from './x509/4.1-certificate.ts'
import { profileFailure } from './x509/4.2-profile.ts'

/** How certificates are checked for revocation. */
export interface RevocationOptions {
  /** Certificate revocation lists at the addresses that certificates name. Default true. */
  crl?: boolean | undefined
  /** OCSP responders that certificates name, where no list decides. Default true. */
  ocsp?: boolean | undefined
  /**
   * A certificate whose status is unknown: `refuse` it, or accept it with a warning. Default
   * `refuse`.
   */
  onUnknown?: 'refuse' | 'warn' | undefined
  /** Milliseconds after which a list or response is fetched again, even if the next one is due later. Default 24 h. */
  maxAgeMs?: number | undefined
}

/** One trust community: its anchors, and what helps to get to them. */
export interface TrustCommunity {
  /** The community's URI, as servers know it in `?community=`. */
  community: string
  /** Roots of the community: PEM, DER, or base64 of DER. Nothing else is an anchor, least of all the roots of TLS. */
  anchors: CertificateInput
  /**
   * Certificates between leaf and anchor that servers may omit. Trusted only with a path to an
   * anchor.
   */
  intermediates?: CertificateInput | undefined
  /** Default: CRL and OCSP, unknown is refused. */
  revocation?: RevocationOptions | undefined
  /**
   * `fetch`: a missing issuer is fetched from the address that its certificate names, before there is
   * any proof of that certificate. Default `off`: give `intermediates` instead.
   */
  aia?: 'fetch' | 'off' | undefined
}

/** Network, time and policy, and how much is cached. */
export interface TrustStoreOptions extends HttpOptions {
  /**
   * Bytes of lists, responses and certificates that are cached between verifications. Default 32
   * MB.
   */
  maxCacheBytes?: number | undefined
}

/** A community as verification uses it. */
export interface TrustRules {
  readonly community: string
  readonly anchors: readonly X509Certificate[]
  readonly intermediates: readonly X509Certificate[]
  readonly crl: boolean
  readonly ocsp: boolean
  readonly onUnknown: 'refuse' | 'warn'
  readonly maxAgeMs: number
  readonly fetchIssuers: boolean
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Checks the communities of a trust store; a `TypeError` names what is wrong. */
export function trustRules(value: unknown): readonly TrustRules[] {
  requireList(value, 'communities')
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  if (list.length === 0) throw new TypeError('"communities" must hold one community or more')
  const rules = list.map((one, index) => rulesOf(one, `communities[${index}]`))
  if (new Set(rules.map(({ community }) => community)).size < rules.length) {
    throw new TypeError('"communities" holds the same community twice')
  }
  return rules
}

function rulesOf(value: unknown, option: string): TrustRules {
  if (!isRecord(value)) throw new TypeError(`"${option}" must be an object`)
  const given = ownProperties(value)
  const community = requireText(given.community, `${option}.community`)
  if (!/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(community)) {
    throw new TypeError(`"${option}.community" must be a URI`)
  }
  const anchors = certificatesOf(given.anchors, `${option}.anchors`)
  if (anchors.length === 0)
    throw new TypeError(`"${option}.anchors" must hold a certificate or more`)
  for (const anchor of anchors) {
    const unfit = profileFailure(anchor, 'anchor', 0)
    if (unfit !== undefined) {
      throw new TypeError(
        `"${option}.anchors" holds a certificate that cannot be one: ${unfit.text}`,
      )
    }
  }
  return {
    community,
    anchors,
    intermediates: certificatesOf(given.intermediates ?? [], `${option}.intermediates`),
    ...revocationOf(given.revocation ?? {}, `${option}.revocation`),
    fetchIssuers: requireOneOf(given.aia, ['fetch', 'off'], `${option}.aia`) === 'fetch',
  }
}

function revocationOf(
  value: unknown,
  option: string,
): Pick<TrustRules, 'crl' | 'ocsp' | 'onUnknown' | 'maxAgeMs'> {
  requireObject(value, option)
  const { crl, ocsp, onUnknown, maxAgeMs } = ownProperties(isRecord(value) ? value : {})
  requireBoolean(crl, `${option}.crl`)
  requireBoolean(ocsp, `${option}.ocsp`)
  return {
    crl: crl !== false,
    ocsp: ocsp !== false,
    onUnknown: requireOneOf(onUnknown, ['refuse', 'warn'], `${option}.onUnknown`) ?? 'refuse',
    maxAgeMs: requirePositive(maxAgeMs, `${option}.maxAgeMs`) ?? DAY_MS,
  }
}

function certificatesOf(value: unknown, option: string): readonly X509Certificate[] {
  return readCertificates(value, option).map(({ der }) => {
    try {
      return parseCertificate(der)
    } catch (error) {
      if (!(error instanceof DerError)) throw error
      throw new TypeError(`"${option}" holds a certificate that is not in strict DER`)
    }
  })
}
