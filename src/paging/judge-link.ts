import { urlBelow } from '../http/policies/base-url.ts'
import { isAtOrBelow } from '../http/policies/path-scope.ts'
import { parseUrl, type UrlPolicy } from '../http/policies/egress.ts'
import { LONGEST_URL } from '../http/policies/parse-url.ts'

/** Where a server's links may lead. */
export interface LinkScope {
  readonly policy: UrlPolicy
  /** Links must stay on its origin: the token or API key goes with the request. */
  readonly baseUrl: string
  /** Links must stay at or below one of these. Undefined: anywhere on the origin. */
  readonly roots?: readonly string[] | undefined
}

/** The URL to request, or why the link is refused. */
export type LinkVerdict = { readonly url: string } | Refusal

/** Why a link, or the next request, is refused. */
export interface Refusal {
  readonly refused: string
}

/** Longer than any server's, and than most servers accept. */
export const TOO_LONG: Refusal = { refused: `it is longer than ${LONGEST_URL} characters` }

/**
 * Decides whether a published link may be followed. Credentials are sent along, so it must lead to
 * the same origin, and to one of the scope's roots: another hospital may be on the same origin. The
 * reasons never quote the link, because a server may have put what was searched for into any part
 * of it.
 *
 * @see [SMART, following references](https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html)
 */
export function judgeLink(link: unknown, requestUrl: string, scope: LinkScope): LinkVerdict {
  if (typeof link !== 'string') return { refused: 'it is not a string' }
  if (link === '') return { refused: 'it is empty' }
  if (link.length > LONGEST_URL) return TOO_LONG
  // Before parsing, because `URL` drops some of them and turns backslashes into slashes.
  if (/[\s\\\p{Cc}]/u.test(link))
    return { refused: 'it contains white space, control characters or a backslash' }
  const url = parseUrl(link, resolutionBase(link, requestUrl, scope.baseUrl))
  const base = parseUrl(scope.baseUrl)
  if (url === undefined || base === undefined) return { refused: 'it is not a web address' }
  if (url.origin !== base.origin) return { refused: 'it leads to another origin' }
  // On the text: "https://@host" and "https:///host" are lost in parsing.
  const reason = scope.policy.reasonToReject(absolute(link, base) ?? url.href)
  if (reason !== undefined) return { refused: reason }
  const below = scope.roots?.some((root) => isBelow(url, parseUrl(root))) ?? true
  // Resolved, it may be longer than it was.
  if (url.href.length > LONGEST_URL) return TOO_LONG
  return below ? { url: url.href } : { refused: 'it leaves the path of the FHIR base' }
}

function isBelow(url: URL, root: URL | undefined): boolean {
  return root?.origin === url.origin && isAtOrBelow(url, root)
}

/** The link itself if it names a host, with its scheme. */
function absolute(link: string, base: URL): string | undefined {
  if (link.startsWith('//')) return base.protocol + link
  return /^[a-z][a-z0-9+.-]*:/i.test(link) ? link : undefined
}

/** `?page=2` belongs to the request, other relative links to the base. */
function resolutionBase(link: string, requestUrl: string, baseUrl: string): string {
  return link.startsWith('?')
    ? requestUrl.replace(/\/_search(?=$|\?)/, '')
    : (urlBelow(baseUrl, '').split('?', 1)[0] ?? '')
}
