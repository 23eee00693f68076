import type { UrlPolicy } from '../../http/policies/egress.ts'
import { isDown, outsideOf } from '../model/downtime.ts'
import type { DirectoryEndpoint } from '../model/model.ts'
import { holdsPurpose } from '../model/purposes.ts'
import { shownKind } from '../model/shown.ts'
import { compareVersions, majorMinor } from '../../hl7/fhir-version.ts'

/** What an endpoint is evaluated by. */
export interface EndpointCriteria {
  readonly policy: UrlPolicy
  /** Major and minor, for example `4.0`. */
  readonly fhirVersion: string
  /** Empty where no purpose is wanted. */
  readonly purposes: readonly string[]
  /** Endpoints of status `test` are accepted as well. */
  readonly test: boolean
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** One endpoint, and why it is rejected, if it is. */
export interface EvaluatedEndpoint {
  readonly endpoint: DirectoryEndpoint
  readonly reason: string | undefined
}

/** All endpoints of one entry, and those that fit, best first. */
export interface Evaluation {
  readonly evaluated: readonly EvaluatedEndpoint[]
  readonly fit: readonly DirectoryEndpoint[]
}

const FHIR_REST = /\bfhir[\s_-]*rest\b|^hl7-fhir-rest$/i
const NOT_FHIR =
  /(^|[^a-z])(ihe|iti[\s_-]*\d+|xcpd|xca|xdr|xds(\.?b)?|xdm|mhd|soap|direct)(?![a-z])/i

/**
 * Evaluates the endpoints of an entry; several that fit are sorted by version, highest first, then
 * in document order.
 */
export function evaluate(
  endpoints: readonly DirectoryEndpoint[],
  criteria: EndpointCriteria,
): Evaluation {
  const evaluated = endpoints.map((endpoint) => ({
    endpoint,
    reason: wrongStatus(endpoint, criteria) ?? wrongKind(endpoint) ?? unfit(endpoint, criteria),
  }))
  const fit = evaluated
    .filter(({ reason }) => reason === undefined)
    .map(({ endpoint }) => endpoint)
    .sort((a, b) => compareVersions(wantedVersion(b, criteria), wantedVersion(a, criteria)))
  return { evaluated, fit }
}

/** The single endpoint of an entry, where it is of unknown kind and that is the only reason against it. */
export function guess(
  endpoints: readonly DirectoryEndpoint[],
  criteria: EndpointCriteria,
): DirectoryEndpoint | undefined {
  const [only, second] = endpoints
  if (only === undefined || second !== undefined || isFhirRest(only)) return undefined
  const words = [...kinds(only), ...(only.payloads ?? []), only.name ?? '']
  const known = words.some((word) => NOT_FHIR.test(word))
  const reason = wrongStatus(only, criteria) ?? unfit(only, criteria)
  return known || reason !== undefined ? undefined : only
}

/** Why an endpoint was selected, in words. */
export function whySelected(
  endpoint: DirectoryEndpoint,
  guessed: boolean,
  criteria: Pick<EndpointCriteria, 'fhirVersion'>,
): string {
  const { status } = endpoint
  const kind = guessed ? 'guessed, the only endpoint and of unknown kind' : 'FHIR REST'
  const spoken = wantedVersion(endpoint, criteria)
  const version =
    spoken === undefined ? 'FHIR version not published' : `FHIR ${shownVersion(spoken) ?? ''}`
  return `${kind}, ${version}, ${status ?? 'status not published'}`
}

function wrongStatus(
  { status }: DirectoryEndpoint,
  { test }: EndpointCriteria,
): string | undefined {
  if (status === undefined || status === 'active' || (status === 'test' && test)) return undefined
  return status === 'test' ? 'it is a test endpoint' : 'its status is not active'
}

function wrongKind(endpoint: DirectoryEndpoint): string | undefined {
  if (isFhirRest(endpoint)) return undefined
  const kind = shownKind(kinds(endpoint)[0])
  return kind === undefined ? 'it does not say that it is FHIR REST' : `${kind}, not FHIR REST`
}

function unfit(endpoint: DirectoryEndpoint, criteria: EndpointCriteria): string | undefined {
  const reason = criteria.policy.reasonToReject(endpoint.address)
  if (reason !== undefined) return `its address may not be requested, ${reason}`
  const spoken = versionsOf(endpoint)
  if (spoken.length > 0 && wantedVersion(endpoint, criteria) === undefined) {
    const named = spoken.slice(0, SHOWN_VERSIONS).map(majorMinor).join(' and ')
    return `it supports FHIR ${named} and ${criteria.fhirVersion} is wanted`
  }
  const outside = outsideOf(endpoint.period ?? {}, criteria.now)
  if (outside !== undefined)
    return `its period ${outside === 'before' ? 'has not begun' : 'has ended'}`
  const { purposesOfUse = [], downtime = [] } = endpoint
  const { purposes, now } = criteria
  if (purposes.length > 0 && purposesOfUse.length > 0 && !holdsPurpose(purposesOfUse, purposes))
    return 'it does not accept the purpose of use'
  if (downtime.some((outage) => isDown(outage, now) === true)) return 'it is down at this time'
  return undefined
}

function isFhirRest(endpoint: DirectoryEndpoint): boolean {
  return kinds(endpoint).some((code) => FHIR_REST.test(code))
}

function kinds({ transactions = [], connectionTypes = [] }: DirectoryEndpoint): readonly string[] {
  return [...transactions, ...connectionTypes]
}

const SHOWN_VERSIONS = 3

/** Those of its versions that are versions of FHIR. */
function versionsOf({ fhirVersion, fhirVersions }: DirectoryEndpoint): readonly string[] {
  const named = fhirVersions ?? (fhirVersion === undefined ? [] : [fhirVersion])
  return named.filter((version) => majorMinor(version) !== undefined)
}

/** The highest of its versions that equals the wanted one in major and minor. */
function wantedVersion(
  endpoint: DirectoryEndpoint,
  { fhirVersion: wanted }: Pick<EndpointCriteria, 'fhirVersion'>,
): string | undefined {
  let highest: string | undefined
  for (const version of versionsOf(endpoint)) {
    const better = highest === undefined || compareVersions(version, highest) > 0
    if (majorMinor(version) === wanted && better) highest = version
  }
  return highest
}

/** As published where it is a version and nothing else. */
function shownVersion(version: string): string | undefined {
  return /^\d\.\d{1,2}(\.\d{1,2})?$/.test(version) ? version : majorMinor(version)
}
