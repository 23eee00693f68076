/** Certificate extensions ([RFC 5280, section 4.2](https://www.rfc-editor.org/rfc/rfc5280#section-4.2)), each read to its last byte. */
import { toHex } from '../../signers/base64.ts'
import { DerError, readDer, tags, type DerElement } from '../../signers/der.ts'
import {
  distributionPointsOf,
  generalNameOf,
  generalNamesOf,
  type DistributionPoint,
  type GeneralName,
} from './4.2.1.6-general-names.ts'
import {
  constructed,
  context,
  countOf,
  DerFields,
  integerOf,
  isTrue,
  namedBitsOf,
  oidOf,
} from './der-values.ts'
import { policiesOf, policyMappingsOf, type PolicyMapping } from './4.2.1.4-policies.ts'

/** Bits of keyUsage by their names. */
export const keyUsages = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const

/** A subtree of names with everything that may be below it. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[]
  readonly excluded: readonly GeneralName[]
}

/** What the extensions of a certificate say; undefined where it does not have one. */
export interface CertificateExtensions {
  basicConstraints?: { readonly ca: boolean; readonly pathLength: number | undefined }
  /** Named bits. */
  keyUsage?: number
  extendedKeyUsages?: readonly string[]
  alternativeNames?: readonly GeneralName[]
  nameConstraints?: NameConstraints
  authorityKeyId?: { readonly keyId: string | undefined }
  subjectKeyId?: string
  policies?: readonly string[]
  policyMappings?: readonly PolicyMapping[]
  policyConstraints?: {
    readonly requireExplicit: number | undefined
    readonly inhibitMapping: number | undefined
  }
  inhibitAnyPolicy?: number
  crlDistributionPoints?: readonly DistributionPoint[]
  freshestCrl?: readonly DistributionPoint[]
  authorityInfoAccess?: { readonly ocsp: readonly string[]; readonly caIssuers: readonly string[] }
  ocspNoCheck?: true
  /** Identifiers of all extensions that are marked critical. */
  readonly critical: Set<string>
  /** Critical ones that are not processed here: with one of these a certificate is refused. */
  readonly unknownCritical: string[]
}

/** Identifiers, as hexadecimal of their content. */
export const extensionIds = {
  authorityInfoAccess: '2b06010505070101',
  ocspNoCheck: '2b0601050507300105',
  subjectKeyId: '551d0e',
  keyUsage: '551d0f',
  alternativeNames: '551d11',
  issuerAlternativeNames: '551d12',
  basicConstraints: '551d13',
  nameConstraints: '551d1e',
  crlDistributionPoints: '551d1f',
  policies: '551d20',
  policyMappings: '551d21',
  authorityKeyId: '551d23',
  policyConstraints: '551d24',
  extendedKeyUsage: '551d25',
  freshestCrl: '551d2e',
  inhibitAnyPolicy: '551d36',
} as const

const OCSP = '2b06010505073001'
const CA_ISSUERS = '2b06010505073002'
const MAX_EXTENSIONS = 100
const MAX_USAGES = 100
/** As many as there may be names. */
const MAX_SUBTREES = 2_000
/** More than any real certificate names; each may cost a request. */
const MAX_DESCRIPTIONS = 20

type Reader = (value: DerElement, to: CertificateExtensions) => void

const readers: Readonly<Record<string, Reader>> = {
  [extensionIds.basicConstraints]: (value, to) => {
    const fields = new DerFields(value, tags.sequence)
    const ca = isTrue(fields.optional(tags.boolean))
    const length = fields.optional(tags.integer)
    fields.end()
    to.basicConstraints = { ca, pathLength: length && countOf(length) }
  },
  [extensionIds.keyUsage]: (value, to) => {
    to.keyUsage = namedBitsOf(withTag(value, tags.bitString))
  },
  [extensionIds.extendedKeyUsage]: (value, to) => {
    const usages = new DerFields(value, tags.sequence).some(tags.objectIdentifier, MAX_USAGES)
    to.extendedKeyUsages = usages.map(oidOf)
  },
  [extensionIds.alternativeNames]: (value, to) => {
    to.alternativeNames = generalNamesOf(value)
  },
  [extensionIds.issuerAlternativeNames]: (value) => {
    generalNamesOf(value)
  },
  [extensionIds.nameConstraints]: (value, to) => {
    const fields = new DerFields(value, tags.sequence)
    const permitted = subtreesOf(fields.optionalFields(constructed(0)))
    const excluded = subtreesOf(fields.optionalFields(constructed(1)))
    fields.end()
    if (permitted.length + excluded.length === 0) throw new DerError('name constraints')
    to.nameConstraints = { permitted, excluded }
  },
  [extensionIds.authorityKeyId]: (value, to) => {
    to.authorityKeyId = authorityKeyIdOf(value)
  },
  [extensionIds.subjectKeyId]: (value, to) => {
    to.subjectKeyId = toHex(withTag(value, tags.octetString).content)
  },
  [extensionIds.policies]: (value, to) => {
    to.policies = policiesOf(value)
  },
  [extensionIds.policyMappings]: (value, to) => {
    to.policyMappings = policyMappingsOf(value)
  },
  [extensionIds.policyConstraints]: (value, to) => {
    const fields = new DerFields(value, tags.sequence)
    const explicit = fields.optional(context(0))
    const mapping = fields.optional(context(1))
    fields.end()
    to.policyConstraints = {
      requireExplicit: explicit && countOf(explicit),
      inhibitMapping: mapping && countOf(mapping),
    }
  },
  [extensionIds.inhibitAnyPolicy]: (value, to) => {
    to.inhibitAnyPolicy = countOf(withTag(value, tags.integer))
  },
  [extensionIds.crlDistributionPoints]: (value, to) => {
    to.crlDistributionPoints = distributionPointsOf(value)
  },
  [extensionIds.freshestCrl]: (value, to) => {
    to.freshestCrl = distributionPointsOf(value)
  },
  [extensionIds.authorityInfoAccess]: (value, to) => {
    to.authorityInfoAccess = informationAccessOf(value)
  },
  [extensionIds.ocspNoCheck]: (value, to) => {
    if (withTag(value, 0x05).content.length > 0) throw new DerError('ocsp no check')
    to.ocspNoCheck = true
  },
}

/** Reads the extensions inside their explicit tag; the same one twice is refused. */
export function extensionsOf(list: DerElement | undefined): CertificateExtensions {
  const found: CertificateExtensions = { critical: new Set(), unknownCritical: [] }
  if (list === undefined) return found
  const seen = new Set<string>()
  for (const { id, critical, value } of extensionListOf(list)) {
    if (seen.has(id)) throw new DerError('an extension twice')
    seen.add(id)
    if (critical) found.critical.add(id)
    const reader = readers[id]
    if (reader !== undefined) reader(readDer(value), found)
    else if (critical) found.unknownCritical.push(id)
  }
  return found
}

/** The entries of Extensions; those of CRLs, of their entries and of OCSP responses look the same. */
export function extensionListOf(
  list: DerElement,
  most: number = MAX_EXTENSIONS,
): { id: string; critical: boolean; value: DerElement['content'] }[] {
  const entries = new DerFields(list, tags.sequence).some(tags.sequence, most)
  return entries.map((entry) => {
    const fields = new DerFields(entry, tags.sequence)
    const id = oidOf(fields.any())
    const critical = isTrue(fields.optional(tags.boolean))
    const value = fields.next(tags.octetString).content
    fields.end()
    return { id, critical, value }
  })
}

/** Reads AuthorityKeyIdentifier: the key's identifier; issuer and serial number are read and not used. */
export function authorityKeyIdOf(value: DerElement): { keyId: string | undefined } {
  const fields = new DerFields(value, tags.sequence)
  const keyId = fields.optional(context(0))
  const issuer = fields.optional(constructed(1))
  const serial = fields.optional(context(2))
  fields.end()
  if (issuer !== undefined) generalNamesOf(issuer, constructed(1))
  if (serial !== undefined) integerOf(serial)
  return { keyId: keyId && toHex(keyId.content) }
}

function subtreesOf(list: DerFields | undefined): GeneralName[] {
  if (list === undefined) return []
  return list.some(tags.sequence, MAX_SUBTREES).map((subtree) => {
    const fields = new DerFields(subtree, tags.sequence)
    const base = generalNameOf(fields.any())
    // Minimum is 0, which DER leaves out, and maximum is absent (RFC 5280, section 4.2.1.10).
    fields.end()
    return base
  })
}

function informationAccessOf(value: DerElement): { ocsp: string[]; caIssuers: string[] } {
  const ocsp: string[] = []
  const caIssuers: string[] = []
  const descriptions = new DerFields(value, tags.sequence).some(tags.sequence, MAX_DESCRIPTIONS)
  for (const description of descriptions) {
    const fields = new DerFields(description, tags.sequence)
    const method = oidOf(fields.any())
    const location = generalNameOf(fields.any())
    fields.end()
    if (location.form !== 'uri') continue
    if (method === OCSP) ocsp.push(location.value)
    if (method === CA_ISSUERS) caIssuers.push(location.value)
  }
  return { ocsp, caIssuers }
}

function withTag(element: DerElement, tag: number): DerElement {
  if (element.tag !== tag) throw new DerError('unexpected structure')
  return element
}
