import { majorMinor } from '../../hl7/fhir-version.ts'
import { UrlPolicy } from '../../http/policies/egress.ts'
import {
  requireBoolean,
  requireFunction,
  requireList,
  requireObject,
  requireText,
} from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { purposesOf } from '../../lib/purposes.ts'
import type { CallOptions, HttpOptions } from '../../types.ts'
import type { DirectoryEndpoint, DirectoryEntry } from '../model/model.ts'
import { parentOf } from './ancestors.ts'
import { candidatesOf, inactive, type EndpointCandidate } from './candidates.ts'
import { requireReader, type EntryReader } from './entry-reader.ts'
import type { EndpointCriteria } from './evaluate-endpoint.ts'

/** What {@link selectEndpoint} looks for, and where it may look. */
export interface WantedEndpoint extends Pick<
  HttpOptions,
  'allowedOrigins' | 'allowedPrivateHosts' | 'allowInsecureLoopback' | 'now'
> {
  /** Major and minor count. Default `4.0`. */
  fhirVersion?: string | undefined
  /** One of these; an endpoint that names no purposes accepts all. Default: any. */
  purposeOfUse?: string | readonly string[] | undefined
  /** Accept endpoints of status `test` as well. Default false. */
  test?: boolean | undefined
  /** Where parents are read; without it only the entry itself is considered. */
  parents?: EntryReader | undefined
}

/** The endpoint that serves an organization, and why others do not. */
export interface EndpointSelection {
  /** Undefined where none can be used. */
  readonly endpoint: DirectoryEndpoint | undefined
  /** The entry that lists it: the given one, or its nearest ancestor that has one. */
  readonly servedBy: DirectoryEntry | undefined
  /** True for a single endpoint of unknown kind. */
  readonly guessed: boolean
  /** Others that fit as well, best first. */
  readonly alternatives: readonly DirectoryEndpoint[]
  /** Everything that was evaluated, in that order. */
  readonly candidates: readonly EndpointCandidate[]
}

/**
 * Chooses the FHIR endpoint of an organization: active, FHIR REST, an address that may be
 * requested, the wanted FHIR version (those that name none last), the wanted purpose, not in a
 * planned outage. Among several, the highest version, then document order. If none is left, a
 * single https endpoint of unknown kind as a guess, else the nearest ancestor by `partOf`. Makes no
 * requests except by `parents`, whose errors are passed on, unless a parent does not exist.
 */
export async function selectEndpoint(
  entry: DirectoryEntry,
  given: WantedEndpoint = {},
  options?: CallOptions,
): Promise<EndpointSelection> {
  requireObject(entry, 'entry')
  requireList(entry.endpoints, 'entry.endpoints')
  const wanted = ownOptions(given, 'wanted')
  const criteria = criteriaOf(wanted)
  return climb(entry, criteria, wanted.parents, options)
}

/** As {@link selectEndpoint}, by criteria that are already checked. */
export async function climb(
  entry: DirectoryEntry,
  criteria: EndpointCriteria,
  parents: EntryReader | undefined,
  options?: CallOptions,
): Promise<EndpointSelection> {
  const candidates: EndpointCandidate[] = []
  const visited = new Set<string>()
  const remark = (why: string): void => {
    candidates.push({ entry: entry.id, selected: false, why })
  }
  let current: DirectoryEntry | undefined = entry
  for (let depth = 0; current !== undefined; depth += 1) {
    visited.add(current.id)
    if (current.oid !== undefined) visited.add(current.oid)
    const found =
      current !== entry && current.active === false
        ? { candidates: [inactive(current)] }
        : candidatesOf(current, criteria, current === entry)
    // Not `push(...list)`: a long list is more arguments than a call can have.
    for (const candidate of found.candidates) candidates.push(candidate)
    if ('endpoint' in found) return { ...found, servedBy: current, candidates }
    current = await parentOf(current, { parents, visited, depth, remark }, options)
  }
  return { endpoint: undefined, servedBy: undefined, guessed: false, alternatives: [], candidates }
}

function criteriaOf(wanted: WantedEndpoint): EndpointCriteria {
  requireFunction(wanted.now, 'now')
  requireBoolean(wanted.test, 'test')
  const { fhirVersion = '4.0', purposeOfUse = [], test = false, now = Date.now, parents } = wanted
  const version = majorMinor(requireText(fhirVersion, 'fhirVersion'))
  if (version === undefined) throw new TypeError('"fhirVersion" must be a version such as 4.0')
  if (parents !== undefined) {
    requireReader(parents, 'parents')
  }
  return {
    policy: new UrlPolicy(wanted),
    fhirVersion: version,
    purposes: purposesOf(purposeOfUse),
    test,
    now: now(),
  }
}
