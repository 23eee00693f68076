import { PolicyError, type ErrorContext } from '../../errors.ts'
import { requireBoolean, requireTexts } from '../../lib/arguments.ts'
import { ignoreRejection } from '../../lib/ignore-rejection.ts'
import { ownOptions } from '../../lib/own.ts'
import type { HttpOptions } from '../../types.ts'
import { addressScopeOf } from './addresses.ts'
import { LONGEST_URL, parseUrl } from './parse-url.ts'

export { parseUrl } from './parse-url.ts'

type PolicyOptions = Pick<
  HttpOptions,
  'allowedOrigins' | 'allowedPrivateHosts' | 'allowInsecureLoopback'
>

/** Schemes that a reason names; any other may be the server's own text. */
const SHOWN_SCHEMES: ReadonlySet<string> = new Set([
  ...['http:', 'ftp:', 'ftps:', 'sftp:', 'file:', 'ws:', 'wss:', 'data:', 'blob:', 'javascript:'],
  ...['mailto:', 'ihe:', 'urn:', 'ldap:', 'ldaps:', 'about:', 'tcp:', 'mllp:'],
])

/**
 * The effective rules, as they are compared: origins and hosts, and nothing else from the options.
 */
export interface PolicyRules {
  readonly allowedOrigins: readonly string[] | 'rule' | 'any-https'
  readonly allowedPrivateHosts: readonly string[]
  readonly allowInsecureLoopback: boolean
}

/** The one place that decides where a request may go. */
export class UrlPolicy {
  /** For `describe()`. */
  readonly rules: PolicyRules
  readonly #allows: (origin: string) => boolean
  readonly #privateHosts: ReadonlySet<string>
  readonly #loopback: boolean

  constructor(given: PolicyOptions) {
    const options = ownOptions(given)
    const { allowedOrigins, allowedPrivateHosts = [], allowInsecureLoopback = false } = options
    requireTexts(allowedPrivateHosts, 'allowedPrivateHosts')
    requireBoolean(allowInsecureLoopback, 'allowInsecureLoopback')
    this.#privateHosts = new Set(allowedPrivateHosts.map(hostOption))
    this.#loopback = allowInsecureLoopback
    const origins = originsOf(allowedOrigins)
    this.#allows = originRule(origins)
    this.rules = {
      allowedOrigins: typeof origins === 'function' ? 'rule' : (origins ?? 'any-https'),
      allowedPrivateHosts: [...this.#privateHosts],
      allowInsecureLoopback,
    }
  }

  /**
   * Why the URL may not be requested; undefined where it may. The reason never quotes more than the
   * origin. `http-too` is for what certificates point to: it is signed and not secret.
   */
  reasonToReject(text: string, schemes: 'https' | 'http-too' = 'https'): string | undefined {
    if (text.length > LONGEST_URL) return `it is longer than ${LONGEST_URL} characters`
    // Before parsing, because `URL` drops tabs and line breaks and turns backslashes into slashes.
    if (/[\s\\]|[^\x21-\u{10ffff}]|\x7f/u.test(text))
      return 'it contains white space, control characters or a backslash'
    const url = parseUrl(text)
    if (url === undefined) return 'it is not an absolute URL'
    if (hasUserInfo(text)) return 'it contains user info'
    if (url.hash !== '' || text.includes('#')) return 'it contains a fragment'
    const scope = addressScopeOf(url.hostname)
    const loopback = scope === 'loopback' && this.#loopback
    const insecure = url.protocol === 'http:' && (loopback || schemes === 'http-too')
    if (url.protocol !== 'https:' && !insecure)
      return SHOWN_SCHEMES.has(url.protocol)
        ? `its scheme is ${url.protocol} and not https:`
        : 'its scheme is not https:'
    if (!/^https?:\/\/[^/]/i.test(text)) return 'it has no host after "//"'
    const named = this.#privateHosts.has(url.hostname)
    if (scope === 'loopback' && !this.#loopback && !named) return `${url.host} is this machine`
    if (scope === 'private' && !named) return `${url.host} is in a private network`
    if (!this.#allows(url.origin)) return `${url.origin} is not in "allowedOrigins"`
    return undefined
  }

  /** What the host's name may resolve to. */
  addressesOf(text: string): 'public' | 'loopback' | 'any' {
    const named = this.#privateHosts.size > 0 && parseUrl(text)?.hostname
    if (named && this.#privateHosts.has(named)) return 'any'
    return this.#loopback ? 'loopback' : 'public'
  }
}

/** Throws where the policy rejects the URL. */
export function refuseUnlessAllowed(
  policy: UrlPolicy,
  url: string,
  schemes: 'https' | 'http-too',
  context: ErrorContext,
): void {
  const reason = policy.reasonToReject(url, schemes)
  if (reason === undefined) return
  throw new PolicyError('ERR_CQ_ORIGIN_REFUSED', `a request was refused: ${reason}`, context)
}

/** Whether there is anything before an `@` in the authority, even nothing: `URL` drops an empty one. */
export function hasUserInfo(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/*[^/?#]*@/i.test(text)
}

function originsOf(rule: HttpOptions['allowedOrigins']): HttpOptions['allowedOrigins'] {
  if (rule === undefined || typeof rule === 'function') return rule
  requireTexts(rule, 'allowedOrigins')
  return rule.map((text) => requireOrigin(text, 'allowedOrigins'))
}

function originRule(rule: HttpOptions['allowedOrigins']): (origin: string) => boolean {
  if (rule === undefined) return () => true
  if (typeof rule === 'function') return (origin) => isExactlyTrue(() => rule(origin))
  const origins = new Set(rule)
  return (origin) => origins.has(origin)
}

/** An origin as it is compared; throws a `TypeError` that names the option. */
export function requireOrigin(text: unknown, option: string): string {
  const url = typeof text === 'string' ? parseUrl(text) : undefined
  if (url === undefined || url.origin === 'null') {
    throw new TypeError(`"${option}" must hold origins such as 'https://fhir.example.org'`)
  }
  return url.origin
}

function hostOption(text: string): string {
  const bare = /^[^[].*:/.test(text) ? `[${text}]` : text // an IPv6 address, with or without brackets
  const url = /[\s\\/?#@]/.test(text) ? undefined : parseUrl(`https://${bare}`)
  if (url?.port !== '') {
    throw new TypeError(`"allowedPrivateHosts" must hold host names or addresses without a port`)
  }
  return url.hostname
}

/** A caller's rule that throws, or returns anything but true, does not permit. */
export function isExactlyTrue(rule: () => unknown): boolean {
  try {
    const answer = rule()
    ignoreRejection(answer)
    return answer === true
  } catch {
    return false
  }
}
