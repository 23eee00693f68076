/** One name against one subtree, by the form of the name ([RFC 5280, section 4.2.1.10](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10)). */
import type { Bytes } from '../../types.ts'

/** `invalid`: one of the two is malformed, so that nothing is said about the name. */
export type Match = 'inside' | 'outside' | 'invalid'

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/** A host name, its labels checked; without a dot at either end. */
function isHost(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label))
}

/** `example.org` holds itself and every name below it. A wildcard is inside where all it stands for is, and excluded where any of it is. */
export function dnsMatches(name: string, subtree: string, list: 'permitted' | 'excluded'): Match {
  const host = name.toLowerCase()
  const root = subtree.toLowerCase()
  const wildcard = host.startsWith('*.')
  const fixed = wildcard ? host.slice(2) : host
  if (!isHost(fixed) || (root !== '' && !isHost(root))) return 'invalid'
  if (root === '' || isAtOrBelow(fixed, root)) return 'inside'
  return wildcard && list === 'excluded' && isAtOrBelow(root, fixed) ? 'inside' : 'outside'
}

/** A mailbox, a host, or with a leading dot everything below a host. */
export function emailMatches(name: string, subtree: string): Match {
  const mailbox = mailboxOf(name)
  if (mailbox === undefined) return 'invalid'
  if (subtree.includes('@')) {
    const wanted = mailboxOf(subtree)
    if (wanted === undefined) return 'invalid'
    return wanted.local === mailbox.local && wanted.host === mailbox.host ? 'inside' : 'outside'
  }
  return hostMatches(mailbox.host, subtree)
}

/** The host of a URI: exactly, or with a leading dot everything below it. Without a host, or with an address, it cannot be compared. */
export function uriMatches(name: string, subtree: string): Match {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(name)?.[1]
  const host = authority?.replace(/^.*@/, '').replace(/:\d*$/, '').toLowerCase()
  if (host === undefined || !isHost(host) || /^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return 'invalid'
  return hostMatches(host, subtree)
}

/** Address and mask in one, both of the address's length; the mask is a prefix. */
export function ipMatches(address: Bytes, subtree: Bytes): Match {
  const size = subtree.length / 2
  if ((size !== 4 && size !== 16) || (address.length !== 4 && address.length !== 16)) {
    return 'invalid'
  }
  const mask = subtree.subarray(size)
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('')
  if (bits.includes('01')) return 'invalid'
  if (address.length !== size) return 'outside'
  const inside = address.every(
    (octet, at) => (octet & (mask[at] ?? 0)) === ((subtree[at] ?? 0) & (mask[at] ?? 0)),
  )
  return inside ? 'inside' : 'outside'
}

function hostMatches(host: string, subtree: string): Match {
  const root = subtree.toLowerCase()
  const below = root.startsWith('.')
  if (!isHost(below ? root.slice(1) : root)) return 'invalid'
  return (below ? host.endsWith(root) : host === root) ? 'inside' : 'outside'
}

/** The part before the last `@` counts by case, the host does not. */
function mailboxOf(text: string): { local: string; host: string } | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const host = text.slice(at + 1).toLowerCase()
  const isPlain = /^[\x21-\x7e]+$/.test(local) && !/[@<>,;:\\"]/.test(local)
  return at > 0 && isPlain && isHost(host) ? { local, host } : undefined
}

function isAtOrBelow(host: string, root: string): boolean {
  return host === root || host.endsWith(`.${root}`)
}
