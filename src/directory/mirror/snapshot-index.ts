import { isRecord, requireObject } from '../../lib/arguments.ts'
import { ownProperties } from '../../lib/own.ts'
import type { DirectoryEntry, DirectoryPosition } from '../model/model.ts'

const MILES_PER_DEGREE = 69.0933
const EARTH_MILES = 3958.7613
const RADIANS = Math.PI / 180
/** What else separates the words of a name. */
const SEPARATORS = /[^\p{L}\p{N}]+/gu

/**
 * Finds the entries of a copy by place and by name. Each query examines all entries: 50,000 take a
 * few milliseconds, and a cleverer index would have to be built first
 * (docs/decisions/0022-discover.md).
 */
export class SnapshotIndex {
  readonly #entries: readonly DirectoryEntry[]
  #places: Places | undefined
  #names: readonly string[] | undefined

  constructor(entries: Iterable<DirectoryEntry>) {
    this.#entries = [...entries]
  }

  /** Those within so many miles, the nearest first. */
  near({ latitude, longitude }: DirectoryPosition, miles: number): readonly DirectoryEntry[] {
    const { latitudes, longitudes, owners } = (this.#places ??= placesOf(this.#entries))
    const band = miles / MILES_PER_DEGREE
    const from = latitude * RADIANS
    const cosFrom = Math.cos(from)
    /** Entries may have several places; the nearest counts. */
    const nearest = new Map<number, number>()
    for (let at = 0; at < owners.length; at += 1) {
      const other = latitudes[at] ?? 0
      if (Math.abs(other - latitude) > band) continue
      const apart = milesBetween(from, cosFrom, longitude, other, longitudes[at] ?? 0)
      if (apart > miles) continue
      const owner = owners[at] ?? 0
      if (apart < (nearest.get(owner) ?? Infinity)) nearest.set(owner, apart)
    }
    return [...nearest]
      .sort(([, a], [, b]) => a - b)
      .flatMap(([owner]) => this.#entries[owner] ?? [])
  }

  /** Those with an address in a state, as the directory spells it; case does not matter. */
  inState(state: string): readonly DirectoryEntry[] {
    const wanted = state.trim().toUpperCase()
    return this.#entries.filter(({ addresses = [] }) =>
      addresses.some((address) => address.state?.trim().toUpperCase() === wanted),
    )
  }

  /** Those whose name, or one of whose other names, has a word that begins with each word; case and accents do not matter. */
  search(name: string): readonly DirectoryEntry[] {
    const words = foldedWords(name)
      .split(' ')
      .filter((word) => word !== '')
    if (words.length === 0) return []
    const names = (this.#names ??= this.#entries.map(namesOf))
    return this.#entries.filter((_, at) => {
      const known = names[at] ?? ''
      return words.every((word) => known.includes(` ${word}`))
    })
  }
}

/** Throws `TypeError` for what is not a position. */
export function requirePosition(point: unknown): DirectoryPosition {
  requireObject(point, 'point')
  const { latitude, longitude } = isRecord(point) ? ownProperties(point) : {}
  const isWithin = (value: unknown, most: number): value is number =>
    typeof value === 'number' && Math.abs(value) <= most
  if (isWithin(latitude, 90) && isWithin(longitude, 180)) return { latitude, longitude }
  throw new TypeError('"point" must have a "latitude" and a "longitude" in degrees')
}

interface Places {
  readonly latitudes: Float64Array
  readonly longitudes: Float64Array
  /** The index of the entry of each place. */
  readonly owners: Uint32Array
}

function placesOf(entries: readonly DirectoryEntry[]): Places {
  const latitudes: number[] = []
  const longitudes: number[] = []
  const owners: number[] = []
  for (const [owner, entry] of entries.entries()) {
    const ofAddresses = (entry.addresses ?? []).flatMap(({ position }) => position ?? [])
    const positions = ofAddresses.length > 0 ? ofAddresses : [entry.position]
    for (const position of positions) {
      if (position === undefined) continue
      latitudes.push(position.latitude)
      longitudes.push(position.longitude)
      owners.push(owner)
    }
  }
  return {
    latitudes: Float64Array.from(latitudes),
    longitudes: Float64Array.from(longitudes),
    owners: Uint32Array.from(owners),
  }
}

/** Along the surface of a sphere (haversine). */
function milesBetween(
  from: number,
  cosFrom: number,
  longitude: number,
  latitude: number,
  otherLongitude: number,
): number {
  const to = latitude * RADIANS
  const north = Math.sin((to - from) / 2)
  const east = Math.sin(((otherLongitude - longitude) * RADIANS) / 2)
  const share = north * north + cosFrom * Math.cos(to) * east * east
  return 2 * EARTH_MILES * Math.asin(Math.min(1, Math.sqrt(share)))
}

function namesOf({ name, aliases = [] }: DirectoryEntry): string {
  return [name, ...aliases].map(foldedWords).join(' |')
}

/** Each word with a space before it. */
function foldedWords(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
  return ` ${folded.replace(SEPARATORS, ' ').trim()}`
}
