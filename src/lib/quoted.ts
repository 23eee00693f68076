import { cutText } from './cut-text.ts'

const LONGEST = 2048

/**
 * A server's text, without control characters and at most a reasonable length; undefined for
 * anything else.
 */
export function quoted(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? cutText(value, LONGEST).replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    : undefined
}
