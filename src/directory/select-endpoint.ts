import { shownUrl } from '../http/base-url.ts'
import type { UrlPolicy } from '../http/url-policy.ts'
import type { DirectoryEndpoint, DirectoryEntry } from './entry.ts'

/** What was decided about one endpoint of an entry, in words. */
export interface EndpointVerdict {
  readonly endpoint: DirectoryEndpoint
  readonly taken: boolean
  readonly why: string
}

/** The endpoint to ask, if any, and the verdict on each one that the entry lists. */
export interface EndpointChoice {
  readonly endpoint: DirectoryEndpoint | undefined
  readonly verdicts: readonly EndpointVerdict[]
}

const FHIR_REST = /\bfhir[\s_-]*rest\b|^hl7-fhir-rest$/i
const NOT_FHIR =
  /(^|[^a-z])(ihe|iti[\s_-]*\d+|xcpd|xca|xdr|xds(\.?b)?|xdm|mhd|soap|direct)(?![a-z])/i

/**
 * Chooses the FHIR endpoint of an entry: active, FHIR REST, an address that may be asked, FHIR
 * `wanted` (major.minor), those that name no version last; among several the highest version, then
 * document order. A single https endpoint of unknown kind is taken as a guess.
 */
export function chooseEndpoint(
  entry: DirectoryEntry,
  policy: UrlPolicy,
  wanted = '4.0',
): EndpointChoice {
  const judged = entry.endpoints.map((endpoint) => ({
    endpoint,
    objection: objectionTo(endpoint, policy, wanted),
  }))
  const fit = judged
    .filter(({ objection }) => objection === undefined)
    .map(({ endpoint }) => endpoint)
    .sort((a, b) => compareVersions(b.fhirVersion, a.fhirVersion))
  const guessed = fit.length === 0 ? guess(entry, policy, wanted) : undefined
  const chosen = fit[0] ?? guessed
  const verdicts = judged.map(({ endpoint, objection }): EndpointVerdict => {
    if (endpoint === chosen)
      return { endpoint, taken: true, why: whyTaken(endpoint, endpoint === guessed) }
    return { endpoint, taken: false, why: objection ?? 'another one comes first' }
  })
  return { endpoint: chosen, verdicts }
}

/** One line a verdict, for messages and for `explain`. */
export function describeVerdict(
  { endpoint, taken, why }: EndpointVerdict,
  show: (address: string) => string = shownUrl,
): string {
  return `${show(endpoint.address)} ${taken ? 'taken' : 'left'}: ${why}`
}

function objectionTo(
  endpoint: DirectoryEndpoint,
  policy: UrlPolicy,
  wanted: string,
): string | undefined {
  const { status, address, fhirVersion } = endpoint
  if (status !== undefined && status !== 'active') return 'its status is not active'
  if (!isFhirRest(endpoint)) return kindOf(endpoint)
  const objection = policy.objection(address)
  if (objection !== undefined) return `its address may not be asked, ${objection}`
  return versionObjection(fhirVersion, wanted)
}

function versionObjection(fhirVersion: string | undefined, wanted: string): string | undefined {
  const version = majorMinor(fhirVersion)
  return version === undefined || version === wanted
    ? undefined
    : `it speaks FHIR ${version} and ${wanted} is wanted`
}

function isFhirRest(endpoint: DirectoryEndpoint): boolean {
  return kinds(endpoint).some((code) => FHIR_REST.test(code))
}

function kinds({ transactions = [], connectionTypes = [] }: DirectoryEndpoint): readonly string[] {
  return [...transactions, ...connectionTypes]
}

function kindOf(endpoint: DirectoryEndpoint): string {
  const kind = kinds(endpoint)[0]
  return kind === undefined || !/^[\w .:/-]{1,60}$/.test(kind)
    ? 'it does not say that it is FHIR REST'
    : `it is ${kind} and not FHIR REST`
}

function guess(
  entry: DirectoryEntry,
  policy: UrlPolicy,
  wanted: string,
): DirectoryEndpoint | undefined {
  const [only, second] = entry.endpoints
  if (only === undefined || second !== undefined || isFhirRest(only)) return undefined
  const words = [...kinds(only), ...(only.payloads ?? []), only.name ?? '']
  const open = only.status === undefined || only.status === 'active'
  const known = words.some((word) => NOT_FHIR.test(word))
  const objection = policy.objection(only.address) ?? versionObjection(only.fhirVersion, wanted)
  return open && !known && objection === undefined ? only : undefined
}

function whyTaken({ status, fhirVersion }: DirectoryEndpoint, guessed: boolean): string {
  const kind = guessed ? 'guessed, the only endpoint and of unknown kind' : 'FHIR REST'
  const version = /^[\w.-]{1,20}$/.test(fhirVersion ?? '')
    ? `FHIR ${fhirVersion ?? ''}`
    : 'no FHIR version given'
  return `${kind}, ${version}, ${status === undefined ? 'no status given' : 'active'}`
}

function majorMinor(version: string | undefined): string | undefined {
  const named = /^R?(4B|4|5)$|^(?:STU|R)(3)$|^DSTU(2)$/i.exec(version?.trim() ?? '')
  if (named !== null)
    return named[1]?.toUpperCase() === '4B' ? '4.3' : `${named[1] ?? named[2] ?? '1'}.0`
  return /^\d{1,4}\.\d{1,4}(?!\d)/.exec(version?.trim() ?? '')?.[0]
}

function compareVersions(a: string | undefined, b: string | undefined): number {
  const parts = (version: string | undefined): number[] => {
    const known = majorMinor(version) ?? ''
    const numbers = version?.trim().startsWith(known) === true ? version.trim() : known
    return known === '' ? [] : numbers.split('.').map((part) => Number.parseInt(part, 10) || 0)
  }
  const [left, right] = [parts(a), parts(b)]
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
