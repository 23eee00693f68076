import { isAddress } from '../http/policies/addresses.ts'
import { isExactlyTrue, parseUrl, requireOrigin } from '../http/policies/egress.ts'
import { isRecord } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'
import type { HttpOptions } from '../types.ts'
import { sharedSuffixCheck, type SharedSuffixCheck } from './shared-suffixes.ts'
import { sameVendor } from './vendor-families.ts'

type TrustedOrigins = NonNullable<HttpOptions['trustedOrigins']>

/** Whether a token from `tokenEndpoint` may be requested for, and sent to, the FHIR server. */
export type TrustRule = (fhirBaseUrl: string, tokenEndpoint: string) => boolean

/**
 * Decides which token endpoint belongs to which FHIR server. `aud` protects the assertion, not the
 * token: a hostile responder could name another server's token endpoint and be sent its token.
 */
export class TokenTrust {
  /** `trustedOrigins` as compared: origins only; `rule` stands for a function. */
  readonly trustedOrigins: Exclude<TrustedOrigins, (...given: never[]) => boolean> | 'rule'
  readonly #permits: (pair: { fhir: string; token: string }) => boolean
  #rule: Promise<TrustRule> | undefined

  /** Throws `TypeError` for a malformed `trustedOrigins`. */
  constructor(trustedOrigins: HttpOptions['trustedOrigins'] = []) {
    const option = checked(trustedOrigins)
    this.trustedOrigins = typeof option === 'function' ? 'rule' : option
    this.#permits = permission(option)
  }

  /** Loads the Public Suffix List once; afterwards each decision is immediate. */
  rule(): Promise<TrustRule> {
    this.#rule ??= this.#load()
    return this.#rule
  }

  async #load(): Promise<TrustRule> {
    try {
      const isShared = await sharedSuffixCheck()
      return (fhirBaseUrl, tokenEndpoint) => this.#trusts(fhirBaseUrl, tokenEndpoint, isShared)
    } catch (error) {
      this.#rule = undefined
      throw error
    }
  }

  #trusts(fhirBaseUrl: string, tokenEndpoint: string, isShared: SharedSuffixCheck): boolean {
    const fhir = parseUrl(fhirBaseUrl)
    const token = parseUrl(tokenEndpoint)
    if (fhir === undefined || token === undefined) return false
    return (
      sameOwner(fhir, token, isShared) || this.#permits({ fhir: fhir.origin, token: token.origin })
    )
  }
}

function sameOwner(fhir: URL, token: URL, isShared: SharedSuffixCheck): boolean {
  if (fhir.origin === token.origin) return true
  if (isAddress(fhir.hostname) || isAddress(token.hostname)) return false
  if (fhir.hostname === token.hostname) return true
  const parent = parentOf(fhir.hostname)
  if (parent !== undefined && parent === parentOf(token.hostname) && !isShared(parent)) return true
  return sameVendor(fhir.hostname, token.hostname)
}

/** The name without its first label, or the name itself where it has two. */
function parentOf(hostname: string): string | undefined {
  const labels = hostname.split('.')
  if (labels.length < 2 || labels.includes('')) return undefined
  return labels.length === 2 ? hostname : labels.slice(1).join('.')
}

function checked(option: unknown): TrustedOrigins {
  if (option === 'any-https' || isPairRule(option)) return option
  if (!Array.isArray(option) || !option.every(isRecord)) {
    throw new TypeError(
      `"trustedOrigins" must be 'any-https', a function or a list of { fhir, token }`,
    )
  }
  return option.map(ownProperties).map(({ fhir, token }) => ({
    fhir: requireOrigin(fhir, 'trustedOrigins.fhir'),
    token: requireOrigin(token, 'trustedOrigins.token'),
  }))
}

function isPairRule(
  option: unknown,
): option is Extract<TrustedOrigins, (...given: never[]) => boolean> {
  return typeof option === 'function'
}

function permission(option: TrustedOrigins): (pair: { fhir: string; token: string }) => boolean {
  if (option === 'any-https') return ({ token }) => token.startsWith('https:')
  if (typeof option === 'function') return (pair) => isExactlyTrue(() => option(pair))
  return (asked) => option.some(({ fhir, token }) => fhir === asked.fhir && token === asked.token)
}
