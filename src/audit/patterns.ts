/**
 * The patterns of IHE BALP 1.1.4, as data: https://profiles.ihe.net/ITI/BALP/content.html#3573-restful-activities
 */
import type { Access } from '../audit-trail.ts'

const PROFILES = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.'

/** How one interaction is recorded. */
export interface Pattern {
  readonly action: 'R' | 'E'
  /** Codes of http://hl7.org/fhir/restful-interaction. */
  readonly subtypes: readonly string[]
  /** The requested resource, or the query. */
  readonly entity: 'data' | 'query'
  /** Without and with a Patient; undefined where BALP has no pattern. */
  readonly profiles?: readonly [plain: string, withPatient: string]
}

const READ = {
  action: 'R',
  entity: 'data',
  profiles: [`${PROFILES}Read`, `${PROFILES}PatientRead`],
} as const
const QUERY = {
  action: 'E',
  entity: 'query',
  profiles: [`${PROFILES}Query`, `${PROFILES}PatientQuery`],
} as const

const PATTERNS: Readonly<Record<Access['interaction'], Pattern>> = {
  read: { ...READ, subtypes: ['read'] },
  vread: { ...READ, subtypes: ['vread'] },
  binary: { ...READ, subtypes: ['read'] },
  'history-instance': { action: 'R', subtypes: ['history-instance'], entity: 'data' },
  'search-type': { ...QUERY, subtypes: ['search-type'] },
  operation: { action: 'E', subtypes: ['operation'], entity: 'query' },
}

/** `$match` and `$everything` are queries: IHE's own profile of `$match` builds on BALP's Query ([PDQm, ITI-119](https://profiles.ihe.net/ITI/PDQm/ITI-119.html)). */
const QUERY_OPERATION: Pattern = { ...QUERY, subtypes: ['search', 'operation'] }

export function patternOf({ interaction, operation }: Access): Pattern {
  return interaction === 'operation' && operation.startsWith('patients.')
    ? QUERY_OPERATION
    : PATTERNS[interaction]
}
