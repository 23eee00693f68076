/** Peculiarities of the next links of FHIR servers. */
import { LONGEST_URL, parseUrl } from '../../http/policies/parse-url.ts'
import type { LinkScope } from '../../paging/judge-link.ts'
import type { FhirParts } from '../fhir-parts.ts'

/** Links stay at or below the FHIR base, or `CapabilityStatement.implementation.url` on the same origin. */
export function linkScopeOf(
  { session, details }: Pick<FhirParts, 'session' | 'details'>,
  nextLinks?: 'same-origin',
): LinkScope {
  const { baseUrl, http } = session
  const roots = [baseUrl, details.implementationUrl ?? '']
  return { policy: http.policy, baseUrl, roots: nextLinks === 'same-origin' ? undefined : roots }
}

/**
 * A link without white space at its ends. Some servers do not escape the query, where a space can
 * only mean `%20`.
 */
export function tidyLink(link: unknown): unknown {
  if (typeof link !== 'string' || link.length > LONGEST_URL) return link
  const text = link.trim()
  const query = text.indexOf('?')
  return query < 0 ? text : text.slice(0, query) + text.slice(query).replaceAll(' ', '%20')
}

/**
 * The same link below the resource type, for servers that mistake `_search` for an id; undefined
 * for other links.
 */
export function withoutSearchSegment(link: string): string | undefined {
  const url = parseUrl(link)
  if (url === undefined || !/\/_search\/?$/.test(url.pathname)) return undefined
  url.pathname = url.pathname.replace(/\/_search\/?$/, '')
  return url.href
}
