/** A bounded DER reader and the writers that wrap a private key ([X.690](https://www.itu.int/rec/T-REC-X.690)). */
import type { Bytes } from '../types.ts'

/** The tags that keys, signatures and certificates need. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context3: 0xa3,
} as const

/** One element: its tag, what is in it, and all its bytes. A view of bytes is made when it is asked for: a certificate has a hundred elements, and few are looked at as bytes. */
export class DerElement {
  readonly tag: number
  /** Octets of the whole element. */
  readonly length: number
  readonly #bytes: Bytes
  readonly #start: number
  readonly #contentStart: number

  constructor(bytes: Bytes, tag: number, start: number, contentStart: number, end: number) {
    this.tag = tag
    this.length = end - start
    this.#bytes = bytes
    this.#start = start
    this.#contentStart = contentStart
  }

  get content(): Bytes {
    return this.#bytes.subarray(this.#contentStart, this.#start + this.length)
  }

  get raw(): Bytes {
    return this.#bytes.subarray(this.#start, this.#start + this.length)
  }
}

/**
 * Bytes that are not DER, or another structure than expected. Caught where certificates and keys
 * are read; never quotes its input.
 */
export class DerError extends Error {
  override readonly name: string = 'DerError'
}

/** Reads the one element that fills `bytes`. */
export function readDer(bytes: Bytes): DerElement {
  const element = elementAt(bytes, 0)
  if (element.length !== bytes.length) throw new DerError('bytes after the end')
  return element
}

/** The elements directly inside another one; deeper ones are not read. */
export function childrenOf(parent: DerElement): DerElement[] {
  const children: DerElement[] = []
  const { content } = parent
  for (let offset = 0; offset < content.length;) {
    const child = elementAt(content, offset)
    children.push(child)
    offset += child.length
  }
  return children
}

/** The element, when it is there and has this tag. */
export function expectTag(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw new DerError('unexpected structure')
  return element
}

/** One element made of parts. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const header = [tag, ...lengthBytes(length)]
  const whole = new Uint8Array(header.length + length)
  whole.set(header)
  let offset = header.length
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** The element that begins at `start`, whatever follows it. */
export function elementAt(bytes: Bytes, start: number): DerElement {
  const tag = byteAt(bytes, start)
  if ((tag & 0x1f) === 0x1f) throw new DerError('tag of several bytes')
  const first = byteAt(bytes, start + 1)
  let contentStart = start + 2
  let length = first
  if (first >= 0x80) {
    const count = first & 0x7f
    // 0 is the indefinite length of BER; four bytes already reach beyond any certificate.
    if (count === 0 || count > 4) throw new DerError('length form')
    length = 0
    for (let index = 0; index < count; index++) {
      length = length * 256 + byteAt(bytes, contentStart + index)
    }
    const shortest = length < 0x80 ? 0 : Math.ceil((32 - Math.clz32(length)) / 8)
    if (count !== shortest) throw new DerError('length not in its short form')
    contentStart += count
  }
  const end = contentStart + length
  if (end > bytes.length) throw new DerError('truncated')
  return new DerElement(bytes, tag, start, contentStart, end)
}

function byteAt(bytes: Bytes, offset: number): number {
  const byte = bytes[offset]
  if (byte === undefined) throw new DerError('truncated')
  return byte
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return [0x80 + digits.length, ...digits]
}
