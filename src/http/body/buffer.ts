/**
 * Collects the chunks of a body. One that is reused for many bodies keeps its memory: the platform
 * frees buffers late.
 */
export class BodyBuffer {
  #bytes: Uint8Array = new Uint8Array()
  #size = 0

  /** The bytes so far; valid until the next {@link begin}. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  begin(): void {
    this.#size = 0
  }

  /** Copied at once, so that the chunk can be freed. */
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
