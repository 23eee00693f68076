/** What is registered where, and whether the server supports registration at all. */
import { DiscoveryError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { shownUrl } from '../http/policies/base-url.ts'
import { sameScopes, shownScopes } from '../lib/scopes.ts'
import { fromBase64, toBase64url } from '../signers/base64.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import { thumbprintOf } from '../signers/thumbprint.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import type { UdapSettings } from './options.ts'
import type { Registration } from './registration-store.ts'
import type { Statement } from './software-statement.ts'

/** The grant that is registered. */
export const GRANT = 'client_credentials'

/** Where a client is registered, as events show it. */
export interface RegistrationPlace {
  readonly registrationEndpoint: string
  readonly community: string
}

export function placeOf(
  { registrationEndpoint }: VerifiedMetadata,
  { community }: UdapSettings,
): RegistrationPlace {
  return { registrationEndpoint: shownUrl(registrationEndpoint), community }
}

/** The key of a stored registration. */
export function registrationKey(
  { registrationEndpoint }: VerifiedMetadata,
  { community, clientUri }: UdapSettings,
): string {
  return JSON.stringify([registrationEndpoint, community, clientUri, GRANT])
}

/** What a refusal of the client's statement is stored by: a certificate that is renewed makes another one. */
export function refusalKey(key: string, leafThumbprint: string): string {
  return `${key} unapproved ${leafThumbprint}`
}

/** A lost registration is renewed at most once in this time. */
const RENEWAL_MS = 3_600_000

/** Whether the last renewal lies an hour back; one that is yet to come was written by a wrong clock. */
export function mayRenew({ renewedAt }: Registration, now: number): boolean {
  return renewedAt === undefined || now - renewedAt >= RENEWAL_MS || renewedAt > now + SKEW_MS
}

const SKEW_MS = 60_000

/** Reports what was registered, and where it is not what was asked for. */
export function reportRegistration(
  { emit }: HttpClient,
  place: RegistrationPlace,
  asked: Statement,
  got: Registration,
): void {
  emit({ type: 'udap.registered', ...place, clientId: got.clientId })
  const sameGrants = got.grantTypes.join(' ') === asked.grantTypes.join(' ')
  if (sameScopes(got.scope, asked.scope) && sameGrants) return
  emit({
    type: 'udap.registration-differs',
    ...place,
    ...{ asked: shownScopes(asked.scope), granted: shownScopes(got.scope) },
    grants: got.grantTypes.includes(GRANT),
  })
}

/** An empty list means that the server supports none; a missing one says nothing. */
export function requireRegistrable(metadata: VerifiedMetadata, { operation }: Call): void {
  const { versionsSupported, profilesSupported, grantTypesSupported } = metadata
  const lacks =
    (versionsSupported?.includes('1') === false && 'UDAP version 1') ||
    (profilesSupported?.includes('udap_dcr') === false && 'registration (udap_dcr)') ||
    (grantTypesSupported?.includes(GRANT) === false && 'the grant client_credentials')
  if (lacks === false) return
  const what = `the server's UDAP metadata does not list ${lacks}`
  throw new DiscoveryError('ERR_CQ_UNSUPPORTED_SERVER', what, { operation })
}

/** Whether two are one registration; a renewal may keep the client id. */
export function isSame(one: Registration, other: Registration): boolean {
  return one.clientId === other.clientId && one.at === other.at
}

/** SHA-256 of the leaf certificate, in base64url. */
export async function thumbprintOfLeaf({ x5c: [leaf = ''] }: SignerFacts): Promise<string> {
  return toBase64url(await thumbprintOf(fromBase64(leaf) ?? new Uint8Array()))
}
