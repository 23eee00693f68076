import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

import { addressScopeOf } from '../http/policies/addresses.ts'
import { ADDRESS_REFUSED } from '../http/transport/refusal-codes.ts'
import { parseUrl } from '../http/policies/parse-url.ts'
import { isRecord } from '../lib/arguments.ts'
import type { TransportRequest } from '../types.ts'

/** A look-up of all addresses of a name, as `dns.lookup` with `all: true`. */
export type AddressLookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void

/**
 * A look-up for connections that only returns permitted addresses. The checked address is the one
 * connected to, so a name that resolves differently the second time gains nothing.
 */
export function guardedLookup(
  allowed: TransportRequest['addresses'],
  lookup: AddressLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    const answer = once((error: unknown, found: unknown) => {
      if (error !== null && error !== undefined) {
        callback(failureOf(error), '')
        return
      }
      const addresses: readonly unknown[] = Array.isArray(found) ? found : []
      const good = addresses.filter(isAddress).filter((one) => mayConnect(one, allowed))
      const [first] = good
      if (first === undefined) callback(refusal(), '')
      else if (options.all === true) callback(null, good)
      else callback(null, first.address, first.family)
    })
    // An exception here would end the process, because nothing between it and the socket catches it.
    try {
      lookup(hostname, { ...options, all: true }, answer)
    } catch (error) {
      answer(error, undefined)
    }
  }
}

/** A user's look-up may return anything, and more than once. */
function isAddress(value: unknown): value is LookupAddress {
  if (!isRecord(value) || typeof value.address !== 'string') return false
  return isIP(value.address) !== 0 && isIP(value.address) === value.family
}

function once<A extends readonly unknown[]>(call: (...given: A) => void): (...given: A) => void {
  let called = false
  return (...given) => {
    if (called) return
    called = true
    call(...given)
  }
}

function failureOf(error: unknown): Error {
  return error instanceof Error ? error : new Error('the look-up failed')
}

function mayConnect(
  { address, family }: LookupAddress,
  allowed: TransportRequest['addresses'],
): boolean {
  if (allowed === 'any') return true
  const reach = reachOfAddress(address, family)
  return reach === 'public' || (reach === 'loopback' && allowed === 'loopback')
}

/** In the spelling that is checked: resolvers write mapped addresses with dots, `URL` does not. */
function reachOfAddress(address: string, family: number): ReturnType<typeof addressScopeOf> {
  const url = parseUrl(`http://${family === 6 ? `[${address}]` : address}`)
  return url === undefined ? 'private' : addressScopeOf(url.hostname)
}

function refusal(): Error {
  return Object.assign(new Error('the address is not public'), { code: ADDRESS_REFUSED })
}
