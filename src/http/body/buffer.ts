/**
 * Where the pieces of a body come together. One that is used for many bodies keeps its memory:
 * what the platform sees of freed buffers it frees late.
 */
export class BodyBuffer {
  #bytes: Uint8Array = new Uint8Array()
  #size = 0

  /** What was read so far; good until the next {@link begin}. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  begin(): void {
    this.#size = 0
  }

  /** Copied at once, so that the piece can go. */
  add(piece: Uint8Array): void {
    const size = this.#size + piece.byteLength
    if (size > this.#bytes.byteLength) {
      // By a quarter: doubling would hold twice the largest page for as long as the buffer lives.
      const larger = new Uint8Array(Math.max(size, Math.ceil(1.25 * this.#bytes.byteLength)))
      larger.set(this.bytes)
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#size)
    this.#size = size
  }
}
