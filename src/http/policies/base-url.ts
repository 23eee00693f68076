import { requireText } from '../../lib/arguments.ts'
import { cutText } from '../../lib/cut-text.ts'
import { LONGEST_URL, parseUrl } from './parse-url.ts'
import { hasUserInfo } from './egress.ts'

/**
 * A base URL given as an option: absolute, white space at the ends cut off. Whether it may be
 * requested is decided by the policy.
 */
export function requireBaseUrl(value: unknown, option: string): string {
  const text = requireText(value, option).trim()
  const url = parseUrl(text)
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`"${option}" must be an https URL`)
  }
  if (/[\s\\#]/.test(text) || hasUserInfo(text)) {
    throw new TypeError(`"${option}" must be a URL without user info, fragment and white space`)
  }
  return text
}

/**
 * The URL of something below a base, with or without its trailing slash. The rest of the base stays
 * as published: port, case, path, and a query, which some gateways route by.
 */
export function urlBelow(base: string, path: string, query = ''): string {
  const [root, ownQuery] = splitOnce(base, '?')
  const queries = [ownQuery, query].filter((part) => part !== '').join('&')
  return `${root.replace(/\/$/, '')}/${path}${queries === '' ? '' : `?${queries}`}`
}

/**
 * A published URL: white space at the ends cut off, a relative one resolved against the base, else
 * byte for byte. One that is longer than any that is used is cut to what shows that.
 */
export function publishedUrl(text: string, base: string): string {
  const cut = text.trim()
  if (cut.length > LONGEST_URL) return cutText(cut, LONGEST_URL + 1)
  if (cut === '' || /^[a-z][a-z0-9+.-]*:/i.test(cut)) return cut
  return parseUrl(cut, urlBelow(base, ''))?.href ?? cut
}

/** What may be shown of a published URL: origin and path. */
export function shownUrl(text: string): string {
  const url = parseUrl(text.trim())
  return url === undefined || url.origin === 'null'
    ? '(no web address)'
    : `${url.origin}${url.pathname}`
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
