/** Characters of a URL. Servers and proxies accept about as many; a longer one is an attack. */
export const LONGEST_URL = 8_192
/** Characters of a host name, as DNS limits them. */
const LONGEST_HOST = 253

/**
 * The only way from a text to a `URL`: undefined where the text is invalid, or longer than any that
 * is used. Lengths are checked first, so that the result is cheap to examine. The host is
 * canonical: `partner.example.` is `partner.example`, so that both are one partner to every rule.
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  if (text.length > LONGEST_URL || (base !== undefined && base.length > LONGEST_URL)) {
    return undefined
  }
  const url = parsed(text, base)
  return url !== undefined && hasCanonicalHost(url) ? url : undefined
}

function parsed(text: string, base: string | undefined): URL | undefined {
  // Not `URL.canParse`, which Node 20 has and some workers do not.
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

/** Removes the dot of a fully qualified name; false for a host that no name server could know. */
function hasCanonicalHost(url: URL): boolean {
  const { hostname } = url
  if (hostname.length > LONGEST_HOST + 1) return false
  if (!hostname.endsWith('.')) return hostname.length <= LONGEST_HOST && !hasEmptyLabel(hostname)
  const name = hostname.slice(0, -1)
  if (name === '' || hasEmptyLabel(name)) return false
  url.hostname = name
  return url.hostname === name
}

function hasEmptyLabel(name: string): boolean {
  return name.includes('..') || name.startsWith('.') || name.endsWith('.')
}
