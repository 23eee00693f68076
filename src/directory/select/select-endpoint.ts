import { isCarequalityError } from '../../errors.ts'
import { shownUrl } from '../../http/policies/base-url.ts'
import { UrlPolicy } from '../../http/policies/egress.ts'
import {
  isRecord,
  requireBoolean,
  requireFunction,
  requireList,
  requireObject,
  requireText,
} from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { purposesOf } from '../../lib/purposes.ts'
import type { CallOptions, HttpOptions } from '../../types.ts'
import { isEndpoint } from '../model/check-entry.ts'
import { guess, judge, whyTaken, type Measure } from './evaluate-endpoint.ts'
import type { DirectoryEndpoint, DirectoryEntry } from '../model/model.ts'
import { entryIdOf } from '../model/oid.ts'
import { shownId } from '../model/shown.ts'
import { majorMinor } from '../model/versions.ts'

/** Anything that finds a directory entry: a `DirectoryClient`, a `DirectorySnapshot`, a fake. */
export interface EntryReader {
  read(id: string, options?: CallOptions): Promise<DirectoryEntry>
}

/** Throws unless `value` has a `read`. */
export function requireReader(value: unknown, option: string): void {
  requireObject(value, option)
  if (!isRecord(value) || typeof value.read !== 'function')
    throw new TypeError(`"${option}" must have a function "read"`)
}

/** What {@link selectEndpoint} looks for, and where it may look. */
export interface WantedEndpoint extends Pick<
  HttpOptions,
  'allowedOrigins' | 'allowedPrivateHosts' | 'allowInsecureLoopback' | 'now'
> {
  /** Major and minor count. Default `4.0`. */
  fhirVersion?: string | undefined
  /** One of these; an endpoint that names no purposes answers to all. Default: any. */
  purposeOfUse?: string | readonly string[] | undefined
  /** Take endpoints of status `test` as well. Default false. */
  test?: boolean | undefined
  /** Where parents are read; without it only the entry itself is looked at. */
  parents?: EntryReader | undefined
}

/** One endpoint that was looked at, or a remark on the entry where there is none. */
export interface EndpointCandidate {
  /** Id of the entry that lists it. */
  readonly entry: string
  readonly endpoint?: DirectoryEndpoint | undefined
  readonly taken: boolean
  /** In words; holds nothing but what the directory publishes. */
  readonly why: string
}

/** Which endpoint serves an organization, and why not another. */
export interface EndpointSelection {
  /** Undefined where none can be used. */
  readonly endpoint: DirectoryEndpoint | undefined
  /** The entry that lists it: the one asked for, or its nearest ancestor that serves. */
  readonly servedBy: DirectoryEntry | undefined
  /** True for a single endpoint of unknown kind. */
  readonly guessed: boolean
  /** What would have been good as well, best first. */
  readonly alternatives: readonly DirectoryEndpoint[]
  /** Everything that was looked at, in that order. */
  readonly candidates: readonly EndpointCandidate[]
}

/** Deeper than any real organization lies. */
const DEEPEST = 10

/**
 * Chooses the FHIR endpoint of an organization: active, FHIR REST, an address that may be asked, the
 * wanted FHIR version (those that name none last), the wanted purpose, not down now. Several left:
 * the highest version, then document order. None left: a single https endpoint of unknown kind as a
 * guess, else the nearest ancestor by `partOf`. Asks nothing but `parents`; its errors come through,
 * except that a parent is not there.
 */
export async function selectEndpoint(
  entry: DirectoryEntry,
  given: WantedEndpoint = {},
  options?: CallOptions,
): Promise<EndpointSelection> {
  requireObject(entry, 'entry')
  requireList(entry.endpoints, 'entry.endpoints')
  const wanted = ownOptions(given, 'wanted')
  const measure = measureOf(wanted)
  return climb(entry, measure, wanted.parents, options)
}

/** As {@link selectEndpoint}, over a measure that is settled. */
export async function climb(
  entry: DirectoryEntry,
  measure: Measure,
  parents: EntryReader | undefined,
  options?: CallOptions,
): Promise<EndpointSelection> {
  const candidates: EndpointCandidate[] = []
  const met = new Set<string>()
  const remark = (why: string): void => {
    candidates.push({ entry: entry.id, taken: false, why })
  }
  let current: DirectoryEntry | undefined = entry
  for (let depth = 0; current !== undefined; depth += 1) {
    met.add(current.id)
    if (current.oid !== undefined) met.add(current.oid)
    const found =
      current !== entry && current.active === false
        ? { candidates: [inactive(current)] }
        : lookAt(current, measure, current === entry)
    // Not `push(...list)`: a long list is more arguments than a call can have.
    for (const candidate of found.candidates) candidates.push(candidate)
    if ('endpoint' in found) return { ...found, servedBy: current, candidates }
    current = await parentOf(current, { parents, met, depth, remark }, options)
  }
  return { endpoint: undefined, servedBy: undefined, guessed: false, alternatives: [], candidates }
}

/** One line a candidate, for messages and for `explain`. */
export function describeCandidate(
  { entry, endpoint, taken, why }: EndpointCandidate,
  show: (address: string) => string = shownUrl,
): string {
  return endpoint === undefined
    ? `entry ${shownId(entry)}: ${why}`
    : `${show(endpoint.address)} ${taken ? 'selected' : 'skipped'}: ${why}`
}

type Found =
  | { readonly candidates: readonly EndpointCandidate[] }
  | (Pick<EndpointSelection, 'guessed' | 'alternatives' | 'candidates'> & {
      readonly endpoint: DirectoryEndpoint
    })

function lookAt(entry: DirectoryEntry, measure: Measure, mayGuess: boolean): Found {
  const listed = listIn(entry.endpoints)
  const endpoints = listed.filter(isEndpoint)
  const { judged, fit } = judge(endpoints, measure)
  // What cannot be read may be what would have been chosen.
  const mayBeOnly = mayGuess && endpoints.length === listed.length
  const guessed = fit.length === 0 && mayBeOnly ? guess(endpoints, measure) : undefined
  const endpoint = fit[0] ?? guessed
  const unread = remarksOn(entry, listed).map((why) => ({ entry: entry.id, taken: false, why }))
  const candidates = judged.map((one): EndpointCandidate => {
    if (one.endpoint === endpoint) {
      const why = whyTaken(endpoint, endpoint === guessed, measure)
      return { entry: entry.id, endpoint, taken: true, why }
    }
    const why = one.objection ?? 'another one comes first'
    return { entry: entry.id, endpoint: one.endpoint, taken: false, why }
  })
  const all = [...candidates, ...unread]
  return endpoint === undefined
    ? { candidates: all }
    : { endpoint, guessed: endpoint === guessed, alternatives: fit.slice(1), candidates: all }
}

/** What of an entry could not be read: by the directory's reader, or here. A user's own reader may give anything. */
function remarksOn(entry: DirectoryEntry, listed: readonly unknown[]): readonly string[] {
  const known = listIn(entry.unreadable).flatMap((problem) => {
    if (!isRecord(problem)) return []
    const { path, reason } = problem
    return typeof path === 'string' && typeof reason === 'string' ? [`${path}: ${reason}`] : []
  })
  const here = listed.flatMap((one, index) =>
    isEndpoint(one) ? [] : [`endpoints.${index}: an Endpoint that cannot be read`],
  )
  return [...known, ...here]
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function inactive({ id }: DirectoryEntry): EndpointCandidate {
  return { entry: id, taken: false, why: 'it is inactive and serves nobody' }
}

interface Climb {
  readonly parents: EntryReader | undefined
  /** Ids and OIDs of the entries on the way. */
  readonly met: ReadonlySet<string>
  /** Steps from the entry that was asked for. */
  readonly depth: number
  readonly remark: (why: string) => void
}

async function parentOf(
  { id, partOf }: DirectoryEntry,
  { parents, met, depth, remark }: Climb,
  options: CallOptions | undefined,
): Promise<DirectoryEntry | undefined> {
  // The root of the directory may be part of itself.
  if (typeof partOf !== 'string' || partOf === id) return undefined
  // Directories write names in here, too, and whatever else.
  const parent = entryIdOf(partOf)?.id
  const objection = objectionTo(parent, { met, depth })
  if (parent === undefined || parents === undefined || objection !== undefined) {
    remark(`its ancestor ${parent ?? 'without a readable id'} ${objection ?? 'was not read'}`)
    return undefined
  }
  try {
    const read = await parents.read(parent, options)
    if (isRecord(read)) return read
    remark(`its ancestor ${parent} could not be read`)
    return undefined
  } catch (error) {
    if (!isCarequalityError(error) || error.code !== 'ERR_CQ_ENTRY_NOT_FOUND') throw error
    remark(`its ancestor ${parent} is not in the directory`)
    return undefined
  }
}

function objectionTo(
  parent: string | undefined,
  { met, depth }: Pick<Climb, 'met' | 'depth'>,
): string | undefined {
  if (parent === undefined) return 'cannot be looked up'
  if (met.has(parent)) return 'was met before: "partOf" leads in a circle'
  return depth >= DEEPEST ? `is more than ${DEEPEST} steps away` : undefined
}

function measureOf(wanted: WantedEndpoint): Measure {
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
