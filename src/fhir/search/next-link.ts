import { urlBelow } from '../../http/policies/base-url.ts'
import { isAtOrBelow } from '../../http/policies/path-scope.ts'
import { parseUrl, type UrlPolicy } from '../../http/policies/egress.ts'

/** Where next links may lead. */
export interface LinkScope {
  readonly policy: UrlPolicy
  readonly baseUrl: string
  /** `CapabilityStatement.implementation.url`; counts where it is on the same origin. */
  readonly implementationUrl?: string | undefined
  /** `same-origin` lets links leave the base path. */
  readonly nextLinks?: 'same-origin' | undefined
}

/** The next page's URL, or why it is not asked. */
export type LinkVerdict = { readonly url: string } | { readonly refused: string }

/** Longer ones no server takes. */
const LONGEST_LINK = 8_192

/** Whether a link leads nowhere: `null` and an empty text stand for "no more" at some servers. */
export function isEmptyLink(link: unknown): boolean {
  return link === null || (typeof link === 'string' && !/\S/.test(link))
}

/**
 * Judges a next link. The token goes with the request, so it must lead to the same origin, at or
 * below the FHIR base: another hospital may live on the same origin. What it says is never shown,
 * for a server may have put what was searched for into any part of it.
 *
 * @see [SMART, following references](https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html)
 */
export function judgeNextLink(link: unknown, requestUrl: string, scope: LinkScope): LinkVerdict {
  if (typeof link !== 'string' || isEmptyLink(link)) return { refused: 'it is not a string' }
  if (link.length > LONGEST_LINK) return { refused: `it has more than ${LONGEST_LINK} characters` }
  const text = withEscapedSpaces(link.trim())
  // Before parsing, because `URL` drops some of them and turns backslashes into slashes.
  if (/[\s\\\p{Cc}]/u.test(text))
    return { refused: 'it holds white space, control characters or a backslash' }
  const url = parseUrl(text, resolutionBase(text, requestUrl, scope.baseUrl))
  const base = parseUrl(scope.baseUrl)
  if (url === undefined || base === undefined) return { refused: 'it is not a web address' }
  if (url.origin !== base.origin) return { refused: 'it leads to another origin' }
  // As it was written: "https://@host" and "https:///host" are gone from the parsed one.
  const objection = scope.policy.reasonToReject(absolute(text, base) ?? url.href)
  if (objection !== undefined) return { refused: objection }
  const roots = [base, parseUrl(scope.implementationUrl ?? '')].filter(
    (root) => root?.origin === base.origin,
  )
  const below = roots.some((root) => root !== undefined && isAtOrBelow(url, root))
  if (!below && scope.nextLinks !== 'same-origin')
    return { refused: 'it leaves the path of the FHIR base' }
  return { url: url.href }
}

/** The same below the resource type, for servers that take `_search` for an id; undefined for other links. */
export function withoutSearchSegment(link: string): string | undefined {
  const url = parseUrl(link)
  if (url === undefined || !/\/_search\/?$/.test(url.pathname)) return undefined
  url.pathname = url.pathname.replace(/\/_search\/?$/, '')
  return url.href
}

/** Some servers write the query as it was typed. A space there can be nothing else than `%20`. */
function withEscapedSpaces(link: string): string {
  const query = link.indexOf('?')
  return query < 0 ? link : link.slice(0, query) + link.slice(query).replaceAll(' ', '%20')
}

/** The link itself where it names a host, with its scheme. */
function absolute(text: string, base: URL): string | undefined {
  if (text.startsWith('//')) return base.protocol + text
  return /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : undefined
}

/** `?page=2` belongs to the request, other relative links to the base. */
function resolutionBase(link: string, requestUrl: string, baseUrl: string): string {
  return link.startsWith('?')
    ? requestUrl.replace(/\/_search(?=$|\?)/, '')
    : (urlBelow(baseUrl, '').split('?', 1)[0] ?? '')
}
