/**
 * Certifications, which are sent with a registration ([UDAP
 * certifications](https://www.udap.org/udap-certifications-and-endorsements.html)).
 */
import { isRecord, requireObject, requireText, requireTexts } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'
import type { JsonValue } from '../types.ts'

/** A certification: one that the client signs itself, or a JWT signed by another party. */
export interface Certification {
  /** What it certifies; it is sent where the server lists one of these. */
  readonly uris: readonly string[]
  /** Signed by another party: sent as it is. */
  readonly jwt?: string | undefined
  /** Signed by the client itself: `certification_name`. Needed without `jwt`. */
  readonly name?: string | undefined
  /** Further claims of one that the client signs. */
  readonly claims?: Readonly<Record<string, JsonValue>> | undefined
}

const TEFCA_BASIC_APP = 'https://rce.sequoiaproject.org/udap/profiles/basic-app-certification'

/**
 * TEFCA's basic app certification, signed by the client itself: one purpose for each client.
 *
 * @example
 * ```ts
 * certifications: [tefcaBasicApp({ purpose: 'T-TREAT', homeCommunityId: 'urn:oid:2.999.1' })]
 * ```
 *
 * @throws TypeError for a missing purpose or home community.
 */
export function tefcaBasicApp(given: {
  /** For example `T-TREAT`. */
  purpose: string
  /** As an OID URN. */
  homeCommunityId: string
}): Certification {
  requireObject(given, 'options')
  const { purpose, homeCommunityId } = ownProperties(given)
  return {
    uris: [TEFCA_BASIC_APP],
    name: 'TEFCA Basic App Certification',
    claims: {
      exchange_purposes: [requireText(purpose, 'purpose')],
      home_community_id: requireText(homeCommunityId, 'homeCommunityId'),
    },
  }
}

/** Copies that later changes do not affect; a `TypeError` names what is wrong. */
export function requireCertifications(value: unknown): readonly Certification[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new TypeError('"certifications" must be an array')
  const list: readonly unknown[] = value
  return list.map((one, index) => certificationOf(one, `certifications[${index}]`))
}

function certificationOf(value: unknown, option: string): Certification {
  if (!isRecord(value)) throw new TypeError(`"${option}" must be an object`)
  const { uris, jwt, name, claims = {} } = ownProperties(value)
  requireTexts(uris, `${option}.uris`)
  const list: readonly unknown[] = Array.isArray(uris) ? uris : []
  if (list.length === 0) throw new TypeError(`"${option}.uris" must hold one URI or more`)
  requireObject(claims, `${option}.claims`)
  return structuredClone({
    uris: list.map((uri) => requireText(uri, `${option}.uris`)),
    ...(jwt === undefined
      ? { name: requireText(name, `${option}.name`), claims: claimsOf(claims) }
      : { jwt: requireText(jwt, `${option}.jwt`) }),
  })
}

function claimsOf(claims: unknown): Readonly<Record<string, JsonValue>> {
  return JSON.parse(JSON.stringify(claims)) as Readonly<Record<string, JsonValue>>
}
