/**
 * Whether servers' words may be shown. A server may send back what it was sent, a token, a key or a
 * patient's name, in any header, code, media type or link; messages and events must not pass it on.
 */

/** Gives a server's word back where it may be shown, undefined where it repeats what was sent. */
export type Screen = (word: string) => string | undefined

/** Longer words are shown nowhere, and cost time to compare. */
const LONGEST_WORD = 300
/** A part that is shorter is found in many a word by chance, so it must be a whole part of it. */
const TELLING = 4

/** A {@link Screen} for what was sent: texts that hold a secret or a patient's value, and no others. */
export function screenFor(sent: () => readonly string[]): Screen {
  let held: Sent | undefined
  return (word) => {
    if (word.length > LONGEST_WORD) return undefined
    held ??= takenApart(sent().flatMap(spellings))
    return repeats(word.toLowerCase(), held) ? undefined : word
  }
}

/** A screen of answers that belong to no request. */
export const screenNothing: Screen = (word) => (word.length > LONGEST_WORD ? undefined : word)

/** The origin of a server's link for a message: ", https://x.example", or nothing where it repeats what was sent. */
export function shownOrigin(url: URL, screen: Screen): string {
  return url.origin === 'null' || screen(url.host) === undefined ? '' : `, ${url.origin}`
}

interface Sent {
  readonly texts: readonly string[]
  /** Words that may hide inside a longer one. */
  readonly telling: readonly string[]
  readonly parts: ReadonlySet<string>
}

function takenApart(texts: readonly string[]): Sent {
  const words = [...new Set(texts.flatMap(wordsOf))]
  const telling = words.filter((word) => word.length >= TELLING)
  return { texts, telling, parts: new Set(words.flatMap(partsOf)) }
}

function repeats(word: string, { texts, telling, parts }: Sent): boolean {
  return (
    texts.some((text) => text.includes(word)) ||
    telling.some((one) => word.includes(one)) ||
    partsOf(word).some((part) => parts.has(part))
  )
}

/** As it was sent, and without the encodings of URLs and forms. */
function spellings(text: string): string[] {
  const raw = text.toLowerCase()
  const plain = decoded(text).toLowerCase()
  return raw === plain ? [raw] : [raw, plain]
}

function wordsOf(plain: string): string[] {
  return plain.split(/[^\p{L}\p{N}_.~-]+/u).filter((word) => word !== '')
}

function partsOf(word: string): string[] {
  return word.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
