import { isRecord } from '../../lib/arguments.ts'
import { withoutAccents } from '../../lib/normalize.ts'
import type { UntypedResource } from '../bundle.ts'

/** Characters of a name that are compared; the longest known ones have some 200. */
const LONGEST_NAME = 256
/** Names, and parts of them, that are compared of one patient. */
const MOST_PARTS = 100

/** The names of a patient, by part and by word, as they are compared. */
export function namesIn({ name }: UntypedResource): readonly string[] {
  const found: string[] = []
  for (const part of partsOf(name)) {
    const whole = foldedName(part)
    if (whole !== '') found.push(whole)
    for (const word of wordsOf(part)) if (word !== whole) found.push(word)
  }
  return found
}

/** `Smith-Jones, Amy` is three words to one server and one text to the next. */
export function wordsOf(name: string): readonly string[] {
  return name
    .slice(0, LONGEST_NAME)
    .split(/[\s,-]+/)
    .map(foldedName)
    .filter((word) => word !== '')
}

/** Without case, accents, punctuation and spaces. */
export function foldedName(name: string): string {
  return withoutAccents(name.slice(0, LONGEST_NAME), 'NFKD').replace(/[^\p{L}\p{N}]/gu, '')
}

/** The texts of all names, up to a limit: a server may send any number. */
function partsOf(name: unknown): readonly string[] {
  const parts: string[] = []
  const names: readonly unknown[] = Array.isArray(name) ? name.slice(0, MOST_PARTS) : []
  for (const one of names) {
    if (!isRecord(one)) continue
    const { text, family, given, prefix, suffix } = one
    for (const member of [text, family, given, prefix, suffix]) {
      const values: readonly unknown[] = Array.isArray(member)
        ? member.slice(0, MOST_PARTS)
        : [member]
      for (const value of values) {
        if (parts.length === MOST_PARTS) return parts
        if (typeof value === 'string') parts.push(value)
      }
    }
  }
  return parts
}
