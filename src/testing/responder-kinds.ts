/** The servers of a large sandbox as data: which kinds there are, and which responder is of which. */
import { isRecord, requireObject, requirePositive } from '../lib/arguments.ts'
import { ownProperties } from '../lib/own.ts'

/** What can be wrong with a responder. */
export const faultKinds = [
  'filter-ignored',
  'slow',
  'dead',
  'rate-limited',
  'failing',
  'login-page',
  'consent-required',
  'forbidden',
  'unregistered',
  'foreign-token',
] as const

/**
 * How a responder fails. `filter-ignored`: returns every patient for every search, and has no
 * `$match`; `slow`: its responses take a minute; `dead`: no connection, to none at its host;
 * `rate-limited`: 429 for two minutes; `failing`: 503; `login-page`: HTML instead of FHIR;
 * `consent-required`, `unregistered`: the token endpoint rejects the patient, or the client;
 * `forbidden`: 403; `foreign-token`: publishes the token endpoint of another host.
 */
export type SandboxFault = (typeof faultKinds)[number]

/** `match`: lists `$match`; `search-only`: has none. */
export type SandboxResponderKind = 'match' | 'search-only' | SandboxFault

/** What a responder knows of Timothy Peters: him, two similar people, or no one like him. */
export type SandboxHolding = 'patient' | 'similar' | 'nobody'

/** One of the responders that `createSandbox({ responders })` makes. */
export interface SandboxResponder {
  readonly oid: string
  readonly name: string
  readonly baseUrl: string
  readonly kind: SandboxResponderKind
  readonly holds: SandboxHolding
  readonly city: string
  readonly state: string
  readonly position: { readonly latitude: number; readonly longitude: number }
}

/** How long answers take: log-normal, in milliseconds, and never longer than one and a half times `p99Ms`. */
export interface SandboxLatency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What a responder's number and the seed decide. */
export interface ResponderPlan {
  readonly count: number
  readonly origins: number
  /** Share of all, for each kind of fault. */
  readonly faults: ReadonlyMap<SandboxFault, number>
  readonly seed: number
}

const CITIES = [
  ['Kansas City', 'MO', 39.0997, -94.5786],
  ['Duluth', 'MN', 46.7867, -92.1005],
  ['Boise', 'ID', 43.615, -116.2023],
  ['Salem', 'OR', 44.9429, -123.0351],
  ['Ely', 'NV', 39.2474, -114.8886],
  ['Austin', 'TX', 30.2672, -97.7431],
  ['Omaha', 'NE', 41.2565, -95.9345],
  ['Topeka', 'KS', 39.0473, -95.6752],
] as const
const FAULT_SHARE = 'from 0 to 1'

/** Faults as they are given: a share of all responders for all kinds together, or for each kind. */
export function faultsOf(given: unknown): ReadonlyMap<SandboxFault, number> {
  if (given === undefined) return new Map()
  if (typeof given === 'number') {
    const share = shareOf(given, 'faults') / faultKinds.length
    return new Map(faultKinds.map((kind) => [kind, share]))
  }
  requireObject(given, 'faults')
  const shares = isRecord(given) ? ownProperties(given) : {}
  const unknown = Object.keys(shares).find((name) => !faultKinds.some((kind) => kind === name))
  if (unknown !== undefined)
    throw new TypeError(`"faults" must not name other kinds than ${faultKinds.join(', ')}`)
  const faults = new Map<SandboxFault, number>()
  for (const kind of faultKinds) {
    if (shares[kind] !== undefined) faults.set(kind, shareOf(shares[kind], `faults.${kind}`))
  }
  if ([...faults.values()].reduce((sum, share) => sum + share, 0) > 1) {
    throw new TypeError('"faults" must be 1 together at most')
  }
  return faults
}

function shareOf(value: unknown, option: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value
  throw new TypeError(`"${option}" must be ${FAULT_SHARE}`)
}

/** Throws `TypeError` for what is no latency. */
export function latencyOf(given: unknown): SandboxLatency | undefined {
  if (given === undefined) return undefined
  requireObject(given, 'latency')
  const { p50Ms, p99Ms } = isRecord(given) ? ownProperties(given) : {}
  const half = requirePositive(p50Ms, 'latency.p50Ms')
  const most = requirePositive(p99Ms, 'latency.p99Ms')
  if (half === undefined || most === undefined || most < half) {
    throw new TypeError('"latency" must have "p50Ms", and a "p99Ms" that is not below it')
  }
  return { p50Ms: half, p99Ms: most }
}

/** The responder with a number from 0; the same for the same plan. */
export function responderAt(
  number: number,
  { origins, faults, seed }: ResponderPlan,
): SandboxResponder {
  const random = randomOf(seed, number)
  const origin = number % origins
  // Where nobody listens nothing of the origin is to be had.
  const isDead = randomOf(seed, origin, 2)() < (faults.get('dead') ?? 0)
  const fault = isDead ? 'dead' : kindFor(random(), faults)
  const kind = fault ?? (random() < 0.7 ? 'match' : 'search-only')
  const chance = random()
  const holds = chance < 0.25 ? 'patient' : chance < 0.4 ? 'similar' : 'nobody'
  const [city, state, latitude, longitude] = CITIES[number % CITIES.length] ?? CITIES[0]
  const label = String(number + 1).padStart(4, '0')
  return {
    oid: `2.999.200.${number + 1}`,
    name: `Hospital ${label} (sandbox)`,
    baseUrl: `https://${hostOf(origin)}${pathOf(number)}`,
    ...{ kind, holds, city, state },
    position: {
      latitude: latitude + (random() - 0.5) / 2,
      longitude: longitude + (random() - 0.5) / 2,
    },
  }
}

/** The host of an origin; none is below the domain of another. */
export function hostOf(origin: number): string {
  return `fhir.h${String(origin + 1).padStart(4, '0')}.example`
}

/** The path below which a responder's FHIR base is. */
export function pathOf(number: number): string {
  return `/r${number + 1}/fhir`
}

/** Numbers from 0 to 1 that are the same for the same seeds (mulberry32). */
export function randomOf(...seeds: readonly number[]): () => number {
  let state = seeds.reduce((hash, seed) => Math.imul(hash ^ seed, 0x9e3779b1) + 0x85ebca6b, 0x12345)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function kindFor(
  chance: number,
  faults: ReadonlyMap<SandboxFault, number>,
): SandboxFault | undefined {
  let below = 0
  for (const [kind, share] of faults) {
    if (kind === 'dead') continue
    below += share
    if (chance < below) return kind
  }
  return undefined
}
