/**
 * Whether text of a server may be shown. A server may send back a token, a key or a patient's name
 * in any header, code, media type or link; messages and events must not pass it on.
 */

/** Returns a server's text if it may be shown, undefined if it repeats what was sent. */
export type Screen = (word: string) => string | undefined

/** Longer texts are never shown, and take time to compare. */
const LONGEST_WORD = 300
/** A shorter part occurs in many texts by chance, so it must be a whole part. */
const TELLING = 4

/**
 * A {@link Screen} for what was sent: texts that contain a secret or a patient's value, and no
 * others.
 */
export function screenFor(sent: () => readonly string[]): Screen {
  let held: Sent | undefined
  return (word) => {
    if (word.length > LONGEST_WORD) return undefined
    held ??= takenApart(sent().flatMap(spellings))
    return repeats(word.toLowerCase(), held) ? undefined : word
  }
}

/** A screen for responses that belong to no request. */
export const screenNothing: Screen = (word) => (word.length > LONGEST_WORD ? undefined : word)

/** The origin of a server's link for a message: ", https://x.example", or nothing where it repeats what was sent. */
export function shownOrigin(url: URL, screen: Screen): string {
  return url.origin === 'null' || screen(url.host) === undefined ? '' : `, ${url.origin}`
}

interface Sent {
  readonly texts: readonly string[]
  /** Parts that may be contained in a longer text. */
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

/** As sent, and without the encodings of URLs and forms. */
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
