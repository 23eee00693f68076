/** How far a listing is: a bar that is drawn over itself, or nothing where nobody would see it. */
import type { ClientEvent } from '../types.ts'
import type { Io } from './io.ts'

const BAR = 24

/** A listener for the library's events; `end` clears the bar. */
export function progressBar(io: Io): {
  readonly onEvent: (event: ClientEvent) => void
  readonly end: () => void
} {
  const { stderr, stderrIsTerminal } = io
  let drawn = 0
  return {
    onEvent: (event) => {
      if (!stderrIsTerminal || event.type !== 'directory.progress') return
      const { seen, total, perSecond } = event
      const share = typeof total === 'number' && total > 0 ? Math.min(1, seen / total) : 0
      const bar = '#'.repeat(Math.round(BAR * share)).padEnd(BAR, '.')
      const speed = `, ${perSecond} a second`
      const of = typeof total === 'number' ? ` of ${total}` : ''
      const text = `[${bar}] ${seen}${of}${speed}`
      stderr(`\r${text.padEnd(drawn)}`)
      drawn = text.length
    },
    end: () => {
      if (drawn > 0) stderr(`\r${' '.repeat(drawn)}\r`)
      drawn = 0
    },
  }
}
