import type { Mode } from '../types.ts'
import { requireObject, requireOneOf } from './arguments.ts'
import { hasMember } from './own.ts'

const MODES: readonly Mode[] = ['carequality-legacy', 'smart-backend', 'udap']

/** Throws unless `value` is a mode, or undefined. */
export function requireMode(value: unknown): Mode | undefined {
  return requireOneOf(value, MODES, 'mode')
}

/** Throws unless `value` is a `UdapClient`, of whichever copy of the library. */
export function requireUdapIdentity(value: object, option: string): void {
  requireObject(value, option)
  if (!hasMember(value, 'under')) {
    throw new TypeError(`"${option}" must be a UdapClient of carequality-fhir/udap`)
  }
}
