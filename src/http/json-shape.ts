/** What JSON may be before it is parsed: parsing cannot be interrupted, and some texts take seconds. */

/** Real resources are some 25 deep; code that recurses bears far more than this. */
const DEEPEST = 200
/** Different names of members; FHIR has some thousands, and each new one costs the parser dearly. */
const NAMES = 20_000
/** Real documents have some 30 bytes to each object, list and comma. Small ones are never refused. */
const CONTAINERS = { always: 100_000, bytesEach: 20 }
const COMMAS = { always: 250_000, bytesEach: 16 }

/** The depth of what stands in a list of the outermost object. */
const ITEM = 3

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a

/** Looks at JSON as it arrives, piece by piece, so that no turn of the event loop grows by it. */
export class JsonShape {
  #kind: 'unknown' | 'JSON' | 'other' = 'unknown'
  #bytes = 0
  #depth = 0
  #containers = 0
  #commas = 0
  /** A string is under way; its next byte is escaped. */
  #inString = false
  #escaped = false
  /** One bit for each name that was met, by its hash. */
  readonly #met = new Uint8Array(8_192)
  #names = 0
  readonly #items: number[] | undefined

  /** `items` is told where each object begins and ends that stands in a list of the outermost object. */
  constructor(items?: number[]) {
    this.#items = items
  }

  /** Why the text will not be parsed, as soon as that is plain. */
  add(piece: Uint8Array): string | undefined {
    if (this.#kind === 'unknown') this.#kind = kindOf(piece)
    const objection = this.#kind === 'JSON' ? this.#look(piece) : undefined
    this.#bytes += piece.length
    return objection
  }

  /** Why the whole text will not be parsed. Whether it is JSON at all is the parser's question. */
  get objection(): string | undefined {
    const many = this.#isMore(this.#containers, CONTAINERS) || this.#isMore(this.#commas, COMMAS)
    return many ? 'it is made of too many small values' : undefined
  }

  /** Every byte that ever arrives comes by here: what can wait until the end of the piece does. */
  #look(piece: Uint8Array): string | undefined {
    const end = piece.length
    let [depth, containers, commas] = [this.#depth, this.#containers, this.#commas]
    let [lastString, name] = [0, 0]
    for (let at = this.#inString ? this.#endOfString(piece, 0) + 1 : 0; at < end; at += 1) {
      const byte = piece[at] ?? 0
      if (byte === QUOTE) {
        // Any string may be a name: its hash on the way is cheaper than a second walk for names.
        lastString = at + 1
        for (name = 0, at += 1; at < end; at += 1) {
          const inner = piece[at] ?? 0
          if (inner === QUOTE) break
          if (inner === BACKSLASH) at += 1
          name = (Math.imul(name, 31) + inner) | 0
        }
      } else if (byte === COMMA) commas += 1
      else if (byte === COLON) {
        this.#meet(name)
        if (this.#names > NAMES) return 'its members have too many names'
      } else if ((byte & ~0x20) === 0x5b) {
        // An opening bracket or brace: they differ in one bit.
        containers += 1
        depth += 1
        if (depth === ITEM) this.#items?.push(this.#bytes + at)
        else if (depth > DEEPEST) return `it is nested deeper than ${DEEPEST}`
      } else if ((byte & ~0x20) === 0x5d) {
        if (depth === ITEM) this.#items?.push(this.#bytes + at + 1)
        depth -= 1
      }
    }
    this.#depth = depth
    this.#containers = containers
    this.#commas = commas
    if (lastString > 0) this.#endOfString(piece, lastString)
    return undefined
  }

  /** Where the string ends that is under way at `from`; it may go on in the next piece. */
  #endOfString(piece: Uint8Array, from: number): number {
    let at = this.#escaped ? from + 1 : from
    for (; at < piece.length && piece[at] !== QUOTE; at += 1) if (piece[at] === BACKSLASH) at += 1
    this.#inString = at >= piece.length
    this.#escaped = at > piece.length
    return at
  }

  /** A name that two pieces share counts for half of it, or not at all. */
  #meet(name: number): void {
    const hash = (name ^ (name >>> 16)) & 0xffff
    const [at, bit] = [hash >> 3, 1 << (hash & 7)]
    const met = this.#met[at] ?? 0
    if ((met & bit) !== 0) return
    this.#met[at] = met | bit
    this.#names += 1
  }

  #isMore(count: number, { always, bytesEach }: typeof COMMAS): boolean {
    return count > always && count > this.#bytes / bytesEach
  }
}

/** By its first byte that is no white space and no byte order mark. */
function kindOf(piece: Uint8Array): 'unknown' | 'JSON' | 'other' {
  const first = piece.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf].includes(byte))
  if (first === undefined) return 'unknown'
  return (first & ~0x20) === 0x5b ? 'JSON' : 'other'
}
