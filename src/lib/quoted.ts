import { cutText } from './cut-text.ts'

const LONGEST = 2048

/** What a server wrote, without control characters and not longer than anyone would read; undefined where it is no text. */
export function quoted(value: unknown): string | undefined {
  return typeof value === 'string' && value !== ''
    ? cutText(value, LONGEST).replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    : undefined
}
