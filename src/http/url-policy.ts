import { isRecord, requireBoolean, requireTexts } from '../lib/arguments.ts'
import { ignoreRejection } from '../lib/ignore-rejection.ts'
import type { HttpOptions } from '../types.ts'
import { isAddress, reachOf } from './addresses.ts'

type PolicyOptions = Pick<
  HttpOptions,
  'allowedOrigins' | 'allowedPrivateHosts' | 'allowInsecureLoopback' | 'trustedOrigins'
>

/** The rules in effect, as they are compared: origins and hosts, and nothing else that stood in an option. */
export interface PolicyRules {
  readonly allowedOrigins: readonly string[] | 'rule' | 'any-https'
  readonly trustedOrigins: readonly { fhir: string; token: string }[] | 'rule' | 'any-https'
  readonly allowedPrivateHosts: readonly string[]
  readonly allowInsecureLoopback: boolean
}

/** The one place that decides where a request may go, and which token endpoint belongs to which FHIR server. */
export class UrlPolicy {
  /** For those who describe a client. */
  readonly rules: PolicyRules
  readonly #allows: (origin: string) => boolean
  readonly #privateHosts: ReadonlySet<string>
  readonly #loopback: boolean
  readonly #trusted: (pair: { fhir: string; token: string }) => boolean

  constructor(options: PolicyOptions) {
    const { allowedOrigins, allowedPrivateHosts = [], allowInsecureLoopback = false } = options
    requireTexts(allowedPrivateHosts, 'allowedPrivateHosts')
    requireBoolean(allowInsecureLoopback, 'allowInsecureLoopback')
    this.#privateHosts = new Set(allowedPrivateHosts.map(hostOption))
    this.#loopback = allowInsecureLoopback
    const origins = originsOf(allowedOrigins)
    const pairs = pairsOf(options.trustedOrigins)
    this.#allows = originRule(origins)
    this.#trusted = pairRule(pairs)
    this.rules = {
      allowedOrigins: typeof origins === 'function' ? 'rule' : (origins ?? 'any-https'),
      trustedOrigins: typeof pairs === 'function' ? 'rule' : pairs,
      allowedPrivateHosts: [...this.#privateHosts],
      allowInsecureLoopback,
    }
  }

  /**
   * Why the URL may not be asked, or undefined where it may. The reason never quotes more than the
   * origin. `http-too` is for what certificates point to: it is signed and not secret.
   */
  objection(text: string, schemes: 'https' | 'http-too' = 'https'): string | undefined {
    // Before parsing, because `URL` drops tabs and line breaks and turns backslashes into slashes.
    if (/[\s\\]|[^\x21-\u{10ffff}]|\x7f/u.test(text))
      return 'it holds white space, control characters or a backslash'
    const url = parseUrl(text)
    if (url === undefined) return 'it is no absolute URL'
    if (hasUserInfo(text)) return 'it holds user info'
    if (url.hash !== '' || text.includes('#')) return 'it holds a fragment'
    const reach = reachOf(url.hostname)
    const loopback = reach === 'loopback' && this.#loopback
    const insecure = url.protocol === 'http:' && (loopback || schemes === 'http-too')
    if (url.protocol !== 'https:' && !insecure)
      return `its scheme is ${url.protocol} and not https:`
    if (!/^https?:\/\/[^/]/i.test(text)) return 'it has no host after "//"'
    const named = this.#privateHosts.has(url.hostname)
    if (reach === 'loopback' && !this.#loopback && !named) return `${url.host} is this machine`
    if (reach === 'private' && !named) return `${url.host} is in a private network`
    if (!this.#allows(url.origin)) return `${url.origin} is not in "allowedOrigins"`
    return undefined
  }

  /** What the name of a host that may be asked may lead to. */
  addressesOf(text: string): 'public' | 'loopback' | 'any' {
    const named = this.#privateHosts.size > 0 && parseUrl(text)?.hostname
    if (named && this.#privateHosts.has(named)) return 'any'
    return this.#loopback ? 'loopback' : 'public'
  }

  /**
   * Whether a token made at `tokenEndpoint` may be asked for and shown to the FHIR server. `aud`
   * protects the assertion, not the token: a hostile responder could name an honest server's token
   * endpoint and be handed the honest token.
   */
  trusts(fhirBaseUrl: string, tokenEndpoint: string): boolean {
    const fhir = parseUrl(fhirBaseUrl)
    const token = parseUrl(tokenEndpoint)
    if (fhir === undefined || token === undefined) return false
    return sameOwner(fhir, token) || this.#trusted({ fhir: fhir.origin, token: token.origin })
  }
}

/** Whether there is anything before an `@` in the authority, even nothing: `URL` drops an empty one. */
export function hasUserInfo(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/*[^/?#]*@/i.test(text)
}

/** Cerner, now Oracle Health, under its three names. */
export const CERNER: readonly string[] = ['cerner.com', 'stagingcerner.com', 'sandboxcerner.com']
/** One vendor under several names. */
const FAMILIES: readonly (readonly string[])[] = [CERNER]
/** Parents under which strangers live side by side. */
const SHARED_PARENTS = /^(ac|co|com|edu|gov|net|nhs|org)\.[a-z]{2}$/
/** Platforms that put strangers side by side at any depth below their name. */
const SHARED_PLATFORMS: readonly string[] = [
  ...['azurewebsites.net', 'azure-api.net', 'azurefd.net', 'azurehealthcareapis.com'],
  ...['azurecontainerapps.io', 'azurestaticapps.net', 'b2clogin.com', 'ciamlogin.com'],
  ...['amazonaws.com', 'on.aws', 'elasticbeanstalk.com', 'awsapprunner.com'],
  ...['cloudapp.azure.com', 'windows.net', 'googleapis.com', 'amazoncognito.com'],
  ...['okta.com', 'oktapreview.com', 'auth0.com', 'onelogin.com', 'pingone.com'],
  ...['run.app', 'appspot.com', 'web.app', 'cloudfunctions.net', 'herokuapp.com', 'vercel.app'],
  ...['netlify.app', 'pages.dev', 'workers.dev', 'github.io', 'ngrok.io', 'ngrok-free.app'],
  ...['fly.dev', 'onrender.com', 'cloudfront.net', 'trafficmanager.net'],
]

/** Whether a host is a name or below it, by whole labels. */
export function isUnder(hostname: string, name: string): boolean {
  return hostname === name || hostname.endsWith(`.${name}`)
}

function sameOwner(fhir: URL, token: URL): boolean {
  if (fhir.origin === token.origin) return true
  if (isAddress(fhir.hostname) || isAddress(token.hostname)) return false
  if (fhir.hostname === token.hostname) return true
  const parent = parentOf(fhir.hostname)
  if (parent !== undefined && parent === parentOf(token.hostname)) return true
  return FAMILIES.some(
    (family) =>
      family.some((name) => isUnder(fhir.hostname, name)) &&
      family.some((name) => isUnder(token.hostname, name)),
  )
}

function parentOf(hostname: string): string | undefined {
  const labels = hostname.split('.')
  const parent = labels.length === 2 ? hostname : labels.slice(1).join('.')
  if (labels.length < 2 || labels.includes('')) return undefined
  if (SHARED_PARENTS.test(parent) || SHARED_PLATFORMS.some((name) => isUnder(parent, name))) {
    return undefined
  }
  return parent
}

/** The URL, or undefined where the text is none. */
export function parseUrl(text: string, base?: string): URL | undefined {
  // Not `URL.canParse`, which Node 20 has and some workers do not.
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

function originsOf(rule: HttpOptions['allowedOrigins']): HttpOptions['allowedOrigins'] {
  if (rule === undefined || typeof rule === 'function') return rule
  requireTexts(rule, 'allowedOrigins')
  return rule.map((text) => originOption(text, 'allowedOrigins'))
}

function originRule(rule: HttpOptions['allowedOrigins']): (origin: string) => boolean {
  if (rule === undefined) return () => true
  if (typeof rule === 'function') return (origin) => yes(() => rule(origin))
  const origins = new Set(rule)
  return (origin) => origins.has(origin)
}

type PairRule = NonNullable<HttpOptions['trustedOrigins']>

function pairsOf(rule: HttpOptions['trustedOrigins'] = []): PairRule {
  if (rule === 'any-https' || typeof rule === 'function') return rule
  if (!Array.isArray(rule) || !rule.every(isRecord)) {
    throw new TypeError(
      `"trustedOrigins" must be 'any-https', a function or a list of { fhir, token }`,
    )
  }
  return rule.map(({ fhir, token }) => ({
    fhir: originOption(fhir, 'trustedOrigins.fhir'),
    token: originOption(token, 'trustedOrigins.token'),
  }))
}

function pairRule(rule: PairRule): (pair: { fhir: string; token: string }) => boolean {
  if (rule === 'any-https') return ({ token }) => token.startsWith('https:')
  if (typeof rule === 'function') return (pair) => yes(() => rule(pair))
  return (asked) => rule.some(({ fhir, token }) => fhir === asked.fhir && token === asked.token)
}

function originOption(text: unknown, option: string): string {
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

/** A caller's rule that throws, or answers anything but true, has not said yes. */
function yes(rule: () => unknown): boolean {
  try {
    const answer = rule()
    ignoreRejection(answer)
    return answer === true
  } catch {
    return false
  }
}
