import type { DirectoryRelease } from '../api/releases.ts'
import { list, member, text } from '../../hl7/tree.ts'

const NEXT = 'next'

/**
 * A page's next link as published, also in the style of Atom (`rel`, `href`) and in any letter
 * case. One without an address is none: some servers write empty members.
 */
export function publishedNextLink(bundle: unknown): string | undefined {
  for (const link of list(member(bundle, 'link'))) {
    const relation = text(member(link, 'relation')) ?? text(member(link, 'rel'))
    if (relation?.length !== NEXT.length || relation.toLowerCase() !== NEXT) continue
    const url = text(member(link, 'url')) ?? text(member(link, 'href'))
    if (url !== undefined) return url
  }
  return undefined
}

/** The directory's own next links contain the API key; it is removed before they are shown. */
export function withoutKeyIn(given: string, release: DirectoryRelease, key: string): string {
  // A fragment makes the link refused, unless it is removed because it contains the key.
  const [front = '', fragment = ''] = given.split('#', 2)
  const url = fragment.includes(key) || decoded(fragment).includes(key) ? front : given
  const at = url.indexOf('?')
  if (at < 0) return url
  const keyName = release.apiKey.in === 'query' ? release.apiKey.name.toLowerCase() : 'apikey'
  const clean = (pair: string): boolean => !holdsKey(pair, keyName, key)
  const query = url
    .slice(at + 1)
    .split('&')
    .map((part) => part.split(';').filter(clean).join(';'))
    .filter((part) => part !== '')
    .join('&')
  return `${url.slice(0, at)}${query === '' ? '' : `?${query}`}`
}

/** A shorter key occurs in many values by chance. */
const TELLING = 6

function holdsKey(pair: string, keyName: string, key: string): boolean {
  const [name = '', ...rest] = pair.split('=')
  const shownName = decoded(name).toLowerCase()
  const value = rest.join('=')
  return (
    /^_?api[-_]?key$/.test(shownName) ||
    shownName === keyName ||
    value === key ||
    decoded(value) === key ||
    (key.length >= TELLING && (value.includes(key) || decoded(value).includes(key))) ||
    /api[-_]?key=/i.test(decoded(value))
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
