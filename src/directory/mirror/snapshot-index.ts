import { isRecord, requireObject } from '../../lib/arguments.ts'
import { withoutAccents } from '../../lib/normalize.ts'
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
    return this.#entries.filter((entry) => {
      const texts = [entry.name, ...(entry.aliases ?? [])].map(searchable)
      return words.every((word) => texts.some((text) => hasWordFrom(text, word)))
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
  const add = (owner: number, position: DirectoryPosition | undefined): void => {
    if (position === undefined) return
    latitudes.push(position.latitude)
    longitudes.push(position.longitude)
    owners.push(owner)
  }
  for (let owner = 0; owner < entries.length; owner += 1) {
    const { addresses = [], position } = entries[owner] ?? {}
    const before = owners.length
    for (const address of addresses) add(owner, address.position)
    if (owners.length === before) add(owner, position)
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

/**
 * A name in which words can be looked for. Nearly all are plain ASCII, which needs no folding: that
 * would take a quarter of a second for 50,000 of them.
 */
function searchable(name: string): string {
  const lower = name.toLowerCase()
  return /^[\x00-\x7f]*$/.test(lower) ? lower : foldedWords(lower)
}

/** Whether a word of the text begins so. */
function hasWordFrom(text: string, begin: string): boolean {
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + 1)) {
    if (at === 0 || !isInWord(text.charCodeAt(at - 1))) return true
  }
  return false
}

/** Letters and digits of ASCII, and whatever else folding has left. */
function isInWord(code: number): boolean {
  return code > 0x7f || (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

/** Words without case and accents, with one space between. */
function foldedWords(text: string): string {
  return withoutAccents(text, 'NFKD').replace(SEPARATORS, ' ').trim()
}
