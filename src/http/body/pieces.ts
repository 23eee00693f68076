import { joinBytes } from './bytes.ts'

/** A smaller chunk is copied: the object around it would cost more than its bytes. */
const SMALL = 4_096
/** Room for small chunks: as much as is queued already, within these limits. */
const BLOCK = { least: 256, most: 16_384 }

/**
 * A queue of bytes whose memory stays near their number. Servers decide how large the chunks of a
 * body are, and a single byte costs a hundred.
 */
export class Pieces {
  readonly #blocks: Uint8Array[] = []
  /** Where small chunks are collected, and how much of it is used. */
  #open = new Uint8Array()
  #used = 0
  #first = 0
  #size = 0

  /** Bytes in the queue. */
  get size(): number {
    return this.#size
  }

  add(piece: Uint8Array): void {
    const before = this.#size
    this.#size += piece.byteLength
    // Most small bodies are one chunk.
    if (piece.byteLength >= SMALL || before === 0) {
      this.#close()
      this.#blocks.push(piece)
      return
    }
    if (this.#used + piece.byteLength > this.#open.byteLength) {
      this.#close()
      const room = Math.min(BLOCK.most, Math.max(BLOCK.least, before))
      this.#open = new Uint8Array(Math.max(room, piece.byteLength))
    }
    this.#open.set(piece, this.#used)
    this.#used += piece.byteLength
  }

  /** Removes the next bytes; undefined where the queue is empty. */
  take(): Uint8Array | undefined {
    if (this.#first === this.#blocks.length) this.#close()
    const block = this.#blocks[this.#first]
    if (block === undefined) return undefined
    this.#first += 1
    this.#size -= block.byteLength
    // Only now and then: moving all of them each time is quadratic.
    if (this.#first >= 64) {
      this.#blocks.splice(0, this.#first)
      this.#first = 0
    }
    return block
  }

  /** The whole queue, in one. */
  joined(): Uint8Array {
    this.#close()
    const waiting = this.#blocks.slice(this.#first)
    const [only] = waiting
    if (only !== undefined && waiting.length === 1) return only
    return joinBytes(waiting)
  }

  #close(): void {
    if (this.#used === 0) return
    // The rest of the block is used for the next ones.
    this.#blocks.push(this.#open.subarray(0, this.#used))
    this.#open = this.#open.subarray(this.#used)
    this.#used = 0
  }
}
