/** From what a signer returned to the signature value of a JWS ([RFC 7518, section 3.4](https://www.rfc-editor.org/rfc/rfc7518#section-3.4)). */
import type { Bytes } from '../types.ts'
import { algorithmFacts } from './algorithms.ts'
import { isBytes } from '../lib/arguments.ts'
import { DerError, childrenOf, expectTag, readDer, tags, type DerElement } from './der.ts'
import type { SigningAlgorithm } from './signer.ts'

/**
 * The raw signature; undefined where the value is not one. HSMs and key services often return ECDSA
 * signatures as DER; length decides first, because a raw value may begin with DER's first byte.
 */
export function jwsSignature(alg: SigningAlgorithm, value: unknown): Uint8Array | undefined {
  if (!isBytes(value) || value.length === 0) return undefined
  const { half } = algorithmFacts[alg]
  if (half === undefined || value.length === 2 * half) return new Uint8Array(value)
  return rawSignature(value, half)
}

/** An ECDSA signature in DER as two numbers of fixed width; undefined where it is none. */
export function rawSignature(value: unknown, half: number): Bytes | undefined {
  if (!isBytes(value)) return undefined
  try {
    const numbers = childrenOf(expectTag(readDer(new Uint8Array(value)), tags.sequence))
    if (numbers.length !== 2) return undefined
    const raw = new Uint8Array(2 * half)
    numbers.forEach((number, index) => {
      const digits = digitsOf(number)
      if (digits.length > half) throw new DerError('number too long')
      raw.set(digits, (index + 1) * half - digits.length)
    })
    return raw
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

/** Digits of a non-negative number, without the zero that DER puts before a high first bit. */
function digitsOf(element: DerElement): Bytes {
  const { content } = expectTag(element, tags.integer)
  const [first, second = 0] = content
  if (first === undefined || first >= 0x80) throw new DerError('no unsigned number')
  if (first !== 0) return content
  if (content.length > 1 && second < 0x80) throw new DerError('number not in its short form')
  return content.subarray(1)
}
