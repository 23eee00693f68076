/** SHA-256 without waiting ([FIPS 180-4](https://csrc.nist.gov/pubs/fips/180-4/upd1/final)): the platform's is a promise, and the keys of caches are made in one turn. */

const WORDS = 64

/** The first 32 bits of what is behind the point of the roots of the first primes. */
function fractions(root: (prime: number) => number, count: number): Int32Array {
  const found = new Int32Array(count)
  for (let number = 2, at = 0; at < count; number += 1) {
    let isPrime = true
    for (let factor = 2; factor * factor <= number; factor += 1)
      if (number % factor === 0) isPrime = false
    if (isPrime) found[at++] = ((root(number) % 1) * 2 ** 32) | 0
  }
  return found
}

/** Lower-case hexadecimal digits of the digest over the UTF-8 of a text. */
export function sha256(text: string): string {
  const state = fractions(Math.sqrt, 8)
  const constants = fractions(Math.cbrt, WORDS)
  const padded = paddedBytes(new TextEncoder().encode(text))
  for (let offset = 0; offset < padded.byteLength; offset += 64) {
    addBlock(state, constants, padded, offset)
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

/** A one, zeros, and the length in bits at the end of the last block. */
function paddedBytes(bytes: Uint8Array): DataView {
  const whole = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  whole.set(bytes)
  whole[bytes.length] = 0x80
  const view = new DataView(whole.buffer)
  view.setUint32(whole.length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(whole.length - 4, (bytes.length * 8) >>> 0)
  return view
}

function addBlock(state: Int32Array, constants: Int32Array, bytes: DataView, offset: number): void {
  const words = new Int32Array(WORDS)
  const word = (at: number): number => words[at] ?? 0
  for (let at = 0; at < WORDS; at += 1) {
    words[at] =
      at < 16
        ? bytes.getInt32(offset + 4 * at)
        : word(at - 16) +
          small(word(at - 15), 7, 18, 3) +
          word(at - 7) +
          small(word(at - 2), 17, 19, 10)
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let at = 0; at < WORDS; at += 1) {
    const choice = (e & f) ^ (~e & g)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const first = (h + large(e, 6, 11, 25) + choice + (constants[at] ?? 0) + word(at)) | 0
    const second = (large(a, 2, 13, 22) + majority) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) state[at] = (state[at] ?? 0) + value
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function large(word: number, one: number, two: number, three: number): number {
  return rotated(word, one) ^ rotated(word, two) ^ rotated(word, three)
}

function small(word: number, one: number, two: number, shift: number): number {
  return rotated(word, one) ^ rotated(word, two) ^ (word >>> shift)
}
