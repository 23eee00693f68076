/**
 * Remembers which texts were seen, in 8 bytes a text whatever its length: a large directory must
 * not fill the memory. With 64 bits the chance that any two of a million texts are mistaken for one
 * is about 1 in 30 million.
 */
export class Fingerprints {
  #slots = new Uint32Array(2 * 1024)
  #size = 0
  readonly #seed: number

  /** `seed`: any 32 bits; other ones each time, so that no two texts collide for ever. */
  constructor(seed: number) {
    this.#seed = seed >>> 0
  }

  get size(): number {
    return this.#size
  }

  /**
   * Makes room for so many texts at once: growing step by step needs old and new room together.
   */
  reserve(count: number): void {
    const places = Math.ceil(Math.min(count, MOST_RESERVED) * ROOM)
    if (2 * places > this.#slots.length) this.#resize(places)
  }

  /** True where the text is new. */
  add(text: string): boolean {
    const [high, low] = hash(text, this.#seed)
    if (!insert(this.#slots, high, low)) return false
    this.#size += 1
    if (this.#size * ROOM * 2 > this.#slots.length) this.#resize(this.#slots.length)
    return true
  }

  has(text: string): boolean {
    const [high, low] = hash(text, this.#seed)
    return find(this.#slots, high, low).known
  }

  #resize(places: number): void {
    const old = this.#slots
    this.#slots = new Uint32Array(2 * places)
    for (let at = 0; at < old.length; at += 2) {
      const [high = 0, low = 0] = [old[at], old[at + 1]]
      if (high !== 0 || low !== 0) insert(this.#slots, high, low)
    }
  }
}

/** A seed for {@link Fingerprints} from a random UUID. */
export function seedFrom(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8), 16)
}

/** Places for each text: chains of occupied places grow long where it is less. */
const ROOM = 1.4
/** More than any directory has; a server's own count must not decide how much memory is used. */
const MOST_RESERVED = 2_000_000

/** False where the pair is there already. */
function insert(slots: Uint32Array, high: number, low: number): boolean {
  const { at, known } = find(slots, high, low)
  if (known) return false
  slots[2 * at] = high
  slots[2 * at + 1] = low
  return true
}

/** The slot of a pair, or the free one where it belongs. */
function find(slots: Uint32Array, high: number, low: number): { at: number; known: boolean } {
  const places = slots.length / 2
  for (let at = low % places; ; at = (at + 1) % places) {
    const [takenHigh, takenLow] = [slots[2 * at], slots[2 * at + 1]]
    if (takenHigh === 0 && takenLow === 0) return { at, known: false }
    if (takenHigh === high && takenLow === low) return { at, known: true }
  }
}

/** Two lanes of multiply and xor-shift, mixed at the end as MurmurHash3 does; never both 0. */
function hash(text: string, seed: number): [number, number] {
  let high = 0xdeadbeef ^ seed
  let low = 0x41c6ce57 ^ Math.imul(seed, 0x9e3779b1)
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return [high >>> 0, low >>> 0 || 1]
}
