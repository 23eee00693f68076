/** Which host names and addresses belong to a private network. Hosts come from `parseUrl`, so they are in canonical form. */

export type AddressScope = 'public' | 'private' | 'loopback'

const PRIVATE_V4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
/**
 * Names that no public name server knows ([RFC 6762, appendix G](https://www.rfc-editor.org/rfc/rfc6762#appendix-G),
 * RFC 8375), and those of container networks.
 */
const PRIVATE_NAMES: readonly string[] = [
  ...['local', 'internal', 'localdomain', 'home.arpa', 'lan', 'corp', 'home', 'private'],
  ...['intranet', 'svc'],
]

/** Where the host of a URL is, by its name or literal address alone. */
export function addressScopeOf(hostname: string): AddressScope {
  const host = withoutRootDot(hostname)
  if (isIpv4(host)) return scopeOfV4(host)
  if (host.startsWith('[')) return scopeOfV6(host.slice(1, -1))
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback'
  // The network around this machine decides what a single label means.
  const isPrivate = !host.includes('.') || PRIVATE_NAMES.some((name) => host.endsWith(`.${name}`))
  return isPrivate || host === 'home.arpa' ? 'private' : 'public'
}

function withoutRootDot(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
}

/** True for a literal IPv4 or IPv6 address as `URL.hostname` writes it. */
export function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || isIpv4(withoutRootDot(hostname))
}

function isIpv4(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host)
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function scopeOfV4(address: string): AddressScope {
  if (address.startsWith('127.')) return 'loopback'
  const value = numberOf(address)
  const within = (network: string, bits: number): boolean =>
    Math.floor(value / 2 ** (32 - bits)) === Math.floor(numberOf(network) / 2 ** (32 - bits))
  return PRIVATE_V4.some(([network, bits]) => within(network, bits)) ? 'private' : 'public'
}

function scopeOfV6(address: string): AddressScope {
  const groups = expand(address)
  const leading = (count: number): boolean => groups.slice(0, count).every((group) => group === 0)
  const [first = 0, second = 0, third = 0] = groups
  const embedded = (at: number): AddressScope =>
    scopeOfV4(dotted(groups[at] ?? 0, groups[at + 1] ?? 0))
  if (leading(7) && groups[7] === 1) return 'loopback'
  if (leading(5) && groups[5] === 0xffff) return embedded(6) // IPv4-mapped
  if (leading(6)) return leading(7) && groups[7] === 0 ? 'private' : embedded(6) // unspecified, IPv4-compatible
  const nat64 = first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((g) => g === 0)
  if (nat64) return embedded(6) // 64:ff9b:1::/48 is for local use
  if (first === 0x2002) return scopeOfV4(dotted(second, third)) // 6to4
  if (first === 0x2001 && second === 0) return 'private' // Teredo: an IPv4 address in disguise
  const unicastGlobal = first >= 0x2000 && first <= 0x3fff
  return unicastGlobal ? 'public' : 'private'
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function expand(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const left = parse(head)
  if (tail === undefined) return left
  const right = parse(tail)
  return [...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right]
}
