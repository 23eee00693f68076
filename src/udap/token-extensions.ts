/** The `extensions` of one token request: what the options, the context and the server's lists make of them. */
import type { AuthorizationContext } from '../auth/identity.ts'
import { isRecord, requireObject, requireTexts } from '../lib/arguments.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { ownProperties } from '../lib/own.ts'
import { purposesOf } from '../lib/purposes.ts'
import type { JsonValue } from '../types.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import { b2bObject, checkB2b, IAS, OLDER_IAS, type UdapExtensions } from './extensions.ts'
import type { UdapSettings } from './options.ts'
import type { UdapProfile } from './profiles.ts'

const B2B = 'hl7-b2b'
/** Has its own purposes instead of `hl7-b2b` (Identity Matching). */
const B2B_USER = 'hl7-b2b-user'

/** The claims of an assertion. Throws `TypeError` where the server needs more than was given. */
export function assertionClaims(
  context: AuthorizationContext,
  metadata: VerifiedMetadata,
  settings: Pick<UdapSettings, 'organization' | 'profile'>,
): Readonly<Record<string, JsonValue>> {
  const extensions = extensionsOf(context, metadata, settings)
  const missing = (metadata.extensionsRequired ?? []).filter(
    (name) => !Object.hasOwn(extensions, name),
  )
  if (missing.length > 0) {
    const names = missing.slice(0, 5).map((name) => name.replace(/[^\w-]/g, '').slice(0, 40))
    throw new TypeError(`"claims.extensions" lacks what the server requires: ${names.join(', ')}`)
  }
  const { profile } = settings
  const form: JsonValue =
    profile.extensions === 'object'
      ? extensions
      : Object.entries(extensions).map(([name, value]) => ({ [name]: value }))
  return { ...context.claims, extensions: form }
}

function extensionsOf(
  { claims, purposeOfUse }: AuthorizationContext,
  metadata: VerifiedMetadata,
  { organization, profile }: Pick<UdapSettings, 'organization' | 'profile'>,
): UdapExtensions {
  const given = claims?.extensions ?? {}
  requireObject(given, 'claims.extensions')
  const extensions: Readonly<Record<string, JsonValue>> = isRecord(given)
    ? withListedIas(ownProperties(given), metadata)
    : {}
  const purposes = purposesOf(purposeOfUse)
  // Whether or not they are sent: what no server could take is found here.
  const checked = purposes.length === 0 ? [] : purposesFor(purposes, profile)
  const explicit = extensions[B2B]
  if (explicit !== undefined) {
    return { ...extensions, [B2B]: explicitB2b(explicit, purposes, profile) }
  }
  const { extensionsSupported } = metadata
  // The list is not signed: whoever shortens it must not be the one who drops the purpose.
  const isWanted =
    profile.b2bNeeded || extensionsSupported === undefined || extensionsSupported.includes(B2B)
  if (!isWanted || Object.hasOwn(extensions, B2B_USER)) return extensions
  if (organization === undefined) {
    throw new TypeError('"organization", or "hl7-b2b" in "claims.extensions", is needed')
  }
  const list = checked.length === 0 ? purposesFor(purposes, profile) : checked
  return { ...extensions, [B2B]: finished(b2bObject(organization, list), list, profile) }
}

/** The context's purposes count; an object that names others contradicts it. */
function explicitB2b(
  given: JsonValue,
  fromContext: readonly string[],
  profile: UdapProfile,
): JsonValue {
  if (!isRecord(given)) throw new TypeError(`"claims.extensions.${B2B}" must be an object`)
  const object: Readonly<Record<string, JsonValue>> = ownProperties(given)
  requireTexts(object.purpose_of_use, 'purpose_of_use')
  const named: readonly unknown[] = Array.isArray(object.purpose_of_use)
    ? object.purpose_of_use
    : []
  const inObject = named.filter((purpose) => typeof purpose === 'string')
  const list = purposesFor(fromContext.length > 0 ? fromContext : inObject, profile)
  if (inObject.length > 0) {
    const theirs = purposesFor(inObject, profile)
    if (canonicalJson([...theirs].sort()) !== canonicalJson([...list].sort())) {
      throw new TypeError('"purposeOfUse" and the "purpose_of_use" of "hl7-b2b" differ')
    }
  }
  checkB2b(object, profile, B2B)
  return finished(object, list, profile)
}

function finished(
  object: Readonly<Record<string, JsonValue>>,
  purposes: readonly string[],
  profile: UdapProfile,
): JsonValue {
  checkB2b(object, profile, B2B)
  return {
    ...object,
    purpose_of_use: profile.purposes === 'list' ? purposes : (purposes[0] ?? ''),
  }
}

/** A URI, and a code without white space. */
const WITH_SYSTEM = /^[a-z][a-z0-9+.-]*:[\x21\x22\x24-\x7e]+#[\x21\x22\x24-\x7e]+$/i
const CODE = /^[\w.-]+$/

/** Codes with their system in front, each once; as many as the profile takes. */
export function purposesFor(
  purposes: readonly string[],
  { id, maxPurposes, purposeSystem }: UdapProfile,
): readonly string[] {
  if (purposes.length === 0) throw new TypeError('"purposeOfUse" is needed in mode udap')
  const all = purposes.map((purpose) => {
    if (WITH_SYSTEM.test(purpose)) return purpose
    if (CODE.test(purpose)) return `${purposeSystem}#${purpose}`
    throw new TypeError('"purposeOfUse" must be a code, or a code after its system: system#code')
  })
  const different = [...new Set(all)]
  if (different.length > maxPurposes) {
    throw new TypeError(`"purposeOfUse" must hold at most ${maxPurposes} for profile ${id}`)
  }
  return different
}

/** TEFCA's extension has two names; the server lists one of them. */
function withListedIas(
  extensions: UdapExtensions,
  { extensionsSupported = [] }: VerifiedMetadata,
): UdapExtensions {
  const { [IAS]: ias, ...others } = extensions
  const isOlder = extensionsSupported.includes(OLDER_IAS) && !extensionsSupported.includes(IAS)
  return ias !== undefined && isOlder ? { ...others, [OLDER_IAS]: ias } : extensions
}
