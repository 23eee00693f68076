import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

import { reachOf } from '../http/addresses.ts'
import { ADDRESS_REFUSED } from '../http/attempt.ts'
import { isRecord } from '../lib/arguments.ts'
import type { TransportRequest } from '../types.ts'

/** A look-up of all addresses of a name, as `dns.lookup` with `all: true`. */
export type AddressLookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void

/**
 * A look-up for connections that gives out permitted addresses alone. What is checked is what is
 * connected to: a name that leads elsewhere the second time gains nothing.
 */
export function guardedLookup(
  allowed: TransportRequest['addresses'],
  lookup: AddressLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    let answered = false
    const answer = (error: unknown, addresses: unknown): void => {
      if (answered) return // what calls back twice would connect twice
      answered = true
      if (error !== null && error !== undefined) {
        callback(error instanceof Error ? error : failure(), '')
        return
      }
      // A throw in here would be nobody's: a user's look-up may call back with anything.
      const good = (Array.isArray(addresses) ? addresses : [])
        .filter(isAddress)
        .filter((one) => mayConnect(one, allowed))
      const [first] = good
      if (first === undefined) callback(refusal(), '')
      else if (options.all === true) callback(null, good)
      else callback(null, first.address, first.family)
    }
    try {
      lookup(hostname, { ...options, all: true }, answer)
    } catch {
      answer(failure(), [])
    }
  }
}

function isAddress(value: unknown): value is LookupAddress {
  if (!isRecord(value) || typeof value.address !== 'string') return false
  return isIP(value.address) !== 0 && isIP(value.address) === value.family
}

function mayConnect(
  { address, family }: LookupAddress,
  allowed: TransportRequest['addresses'],
): boolean {
  if (allowed === 'any') return true
  const reach = reachOfAddress(address, family)
  return reach === 'public' || (reach === 'loopback' && allowed === 'loopback')
}

/** In the one spelling that is judged: resolvers write mapped addresses with dots, `URL` does not. */
function reachOfAddress(address: string, family: number): ReturnType<typeof reachOf> {
  try {
    return reachOf(new URL(`http://${family === 6 ? `[${address}]` : address}`).hostname)
  } catch {
    return 'private'
  }
}

function refusal(): Error {
  return Object.assign(new Error('the address is not public'), { code: ADDRESS_REFUSED })
}

function failure(): Error {
  return Object.assign(new Error('the look-up failed'), { code: 'ENOTFOUND' })
}
