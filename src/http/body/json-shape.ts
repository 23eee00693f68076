/**
 * Limits on JSON before it is parsed: parsing cannot be interrupted, and some texts take seconds.
 */

import { BACKSLASH, COLON, COMMA, QUOTE } from './bytes.ts'

/** Real resources are some 25 deep; recursive code can take far more than this. */
const DEEPEST = 200
/**
 * Distinct member names, once there are as many members; FHIR has some thousands, and each new one
 * is expensive for the parser.
 */
const NAMES = 20_000
/** Real documents have some 30 bytes to each object, list and comma. Small ones are never rejected. */
export const LIMITS: Readonly<Record<'containers' | 'commas', Limit>> = {
  containers: { always: 100_000, bytesEach: 20 },
  commas: { always: 250_000, bytesEach: 16 },
}

/** A limit on how many of something JSON may have. */
export interface Limit {
  /** Never rejected. */
  readonly always: number
  /** Beyond that, the size that each must have on average. */
  readonly bytesEach: number
}

/** Whether there are more than are always permitted, and more than fit the size. */
export function exceeds(count: number, bytes: number, { always, bytesEach }: Limit): boolean {
  return count > always && count > bytes / bytesEach
}

/** The depth of what stands in a list of the outermost object. */
const ITEM = 3

/** Examines JSON as it arrives, chunk by chunk, so that no turn of the event loop grows by it. */
export class JsonShape {
  #kind: 'unknown' | 'JSON' | 'other' = 'unknown'
  #bytes = 0
  #depth = 0
  #containers = 0
  #commas = 0
  #members = 0
  /** Inside a string; its next byte is escaped. */
  #inString = false
  #escaped = false
  /** Hash of the last string, as far as it has come. */
  #hash = 0
  readonly #names = new Names()
  readonly #items: number[] | undefined

  /**
   * `items` is called with where each object in a list of the outermost object begins and ends.
   */
  constructor(items?: number[]) {
    this.#items = items
  }

  /** Why the text will not be parsed, as soon as that is known. */
  add(piece: Uint8Array): string | undefined {
    if (this.#kind === 'unknown') this.#kind = kindOf(piece)
    if (this.#kind === 'JSON') this.#look(piece)
    this.#bytes += piece.length
    if (this.#depth > DEEPEST) return `it is nested deeper than ${DEEPEST}`
    return this.#names.count > NAMES ? 'its members have too many names' : undefined
  }

  /**
   * Why the whole text will not be parsed. Whether it is JSON at all is for the parser to decide.
   */
  get reasonToReject(): string | undefined {
    const many =
      exceeds(this.#containers, this.#bytes, LIMITS.containers) ||
      exceeds(this.#commas, this.#bytes, LIMITS.commas)
    return many ? 'it is made of too many small values' : undefined
  }

  /** Every byte of every response passes here, so the loop uses local variables. */
  #look(piece: Uint8Array): void {
    let depth = this.#depth
    let containers = 0
    let commas = 0
    let members = this.#members
    let at = this.#inString ? this.#endOfString(piece, 0) : 0
    while (at < piece.length && depth <= DEEPEST) {
      const byte = piece[at] ?? 0
      at += 1
      if (byte === QUOTE) at = this.#endOfString(piece, at)
      else if (byte === COMMA) commas += 1
      else if (byte === COLON) {
        members += 1
        if (members > NAMES) this.#names.add(this.#hash)
      } else if ((byte & ~0x20) === 0x5b) {
        // An opening bracket or brace: they differ in one bit.
        containers += 1
        depth += 1
        if (depth === ITEM) this.#items?.push(this.#bytes + at - 1)
      } else if ((byte & ~0x20) === 0x5d) {
        if (depth === ITEM) this.#items?.push(this.#bytes + at)
        depth -= 1
      }
    }
    this.#depth = depth
    this.#containers += containers
    this.#commas += commas
    this.#members = members
  }

  /**
   * Where it continues after the string that is open at `from`; the string may continue in the next
   * chunk.
   */
  #endOfString(piece: Uint8Array, from: number): number {
    let hash = this.#inString ? this.#hash : 0
    let at = this.#escaped ? from + 1 : from
    let byte = 0
    while (at < piece.length && (byte = piece[at] ?? 0) !== QUOTE) {
      if (byte === BACKSLASH) at += 1
      hash = (Math.imul(hash, 31) + byte) | 0
      at += 1
    }
    this.#hash = hash
    this.#inString = at >= piece.length
    this.#escaped = at > piece.length
    return at + 1
  }
}

/** Counts distinct names by their hashes, one bit for each. */
class Names {
  #met: Uint8Array | undefined
  count = 0

  add(nameHash: number): void {
    const met = (this.#met ??= new Uint8Array(8_192))
    const hash = (nameHash ^ (nameHash >>> 16)) & 0xffff
    const [at, bit] = [hash >> 3, 1 << (hash & 7)]
    const known = met[at] ?? 0
    if ((known & bit) !== 0) return
    met[at] = known | bit
    this.count += 1
  }
}

/** By its first byte other than white space and byte order mark. */
function kindOf(piece: Uint8Array): 'unknown' | 'JSON' | 'other' {
  const first = piece.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf].includes(byte))
  if (first === undefined) return 'unknown'
  return (first & ~0x20) === 0x5b ? 'JSON' : 'other'
}
