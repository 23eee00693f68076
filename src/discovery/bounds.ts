/**
 * How much of a server's document is read: real ones stay far below, and what exceeds a bound
 * counts as absent.
 */

const MAX_TEXT_LENGTH = 200

/** At most `max` items of a list; none where the value is not a list. */
export function itemsOf(value: unknown, max: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : []
}

/** A text of at most `maxLength` characters, without white space at the ends; undefined for anything else. */
export function textOf(value: unknown, maxLength: number = MAX_TEXT_LENGTH): string | undefined {
  if (typeof value !== 'string' || value.length > maxLength) return undefined
  const text = value.trim()
  return text === '' ? undefined : text
}

/** The texts of a list that contains nothing else; undefined for anything else. */
export function textsOf(value: unknown, max: number): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const texts: string[] = []
  for (const item of value.slice(0, max)) {
    if (typeof item !== 'string') return undefined
    if (item.length <= MAX_TEXT_LENGTH) texts.push(item)
  }
  return texts
}
