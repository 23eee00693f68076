/** Colours, and text that is safe to show in a terminal. */
import { styleText } from 'node:util'

/** What a text is; without colour it is just the text. */
export type Tone = 'title' | 'good' | 'bad' | 'faint' | 'name' | 'plain'

const FORMATS = { title: 'bold', good: 'green', bad: 'red', faint: 'dim', name: 'cyan' } as const

/** Paints, or does not. */
export type Paint = (tone: Tone, text: string) => string

/** `NO_COLOR` and `FORCE_COLOR` come before what the terminal is ([no-color.org](https://no-color.org)). */
export function painter(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Paint {
  const forced = env.FORCE_COLOR
  const isOff = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb' || forced === '0'
  const isOn = !isOff && (isTerminal || (forced ?? '') !== '')
  if (!isOn) return (_tone, text) => text
  return (tone, text) =>
    tone === 'plain' ? text : styleText(FORMATS[tone], text, { validateStream: false })
}

/**
 * Directories and servers write names of their own: what would move the cursor, change colours or
 * reverse the direction of text becomes a space.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** Words in lines of at most so many characters; a longer word has a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
