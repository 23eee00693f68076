/** What a command is doing, in one line on stderr that is drawn over itself, or nothing where nobody would see it. */
import type { ClientEvent } from '../types.ts'
import type { Io } from './io.ts'
import { plain } from './style.ts'

const BAR = 24
/** A request that has its response by then is not shown. */
const PATIENCE_MS = 1000

interface Waiting {
  readonly host: string
  readonly since: number
}

/** The line of one command; whatever the command prints takes its place. */
export class Progress {
  readonly #io: Io
  readonly #columns: number | undefined
  readonly #waiting = new Set<Waiting>()
  #drawn = 0
  #counted = ''
  #stopTicking: (() => void) | undefined
  #isOver = false

  constructor(io: Io) {
    this.#io = io
    this.#columns = io.env.TERM === 'dumb' ? undefined : io.stderrColumns
  }

  /** So many are done; `total` is undefined where it is not known. */
  count(done: number, total: number | undefined, what: string): void {
    const isKnown = total !== undefined && total > 0
    const filled = isKnown ? Math.round(BAR * Math.min(1, done / total)) : 0
    const bar = isKnown ? `[${'#'.repeat(filled).padEnd(BAR, '.')}] ` : ''
    this.#counted = `${bar}${done}${isKnown ? ` of ${total}` : ''} ${what}`
    this.#draw()
  }

  /** Counts what the library reports of a listing. */
  follow(event: ClientEvent): void {
    if (event.type !== 'directory.progress') return
    const { seen, total, perSecond } = event
    this.count(seen, total, `entries, ${perSecond} a second`)
  }

  /** A request leaves for this host; the function that it gives is called when the response is there. */
  waitFor(host: string): () => void {
    if (this.#columns === undefined || this.#isOver) return () => undefined
    const one = { host, since: this.#io.now() }
    this.#waiting.add(one)
    this.#stopTicking ??= this.#io.everySecond(() => {
      this.#draw()
    })
    return () => {
      this.#waiting.delete(one)
    }
  }

  /** Takes the line away until there is something new. */
  clear(): void {
    if (this.#drawn > 0) this.#io.stderr(`\r${' '.repeat(this.#drawn)}\r`)
    this.#drawn = 0
  }

  /** Nothing is drawn afterwards. */
  end(): void {
    this.clear()
    this.#isOver = true
    this.#stopTicking?.()
  }

  #draw(): void {
    if (this.#columns === undefined || this.#isOver) return
    const text = [this.#counted, this.#waitingText()].filter((part) => part !== '').join('; ')
    // A line as wide as the terminal would begin a second one, which cannot be drawn over.
    const line = plain(text).slice(0, this.#columns - 1)
    if (line === '') {
      this.clear()
      return
    }
    this.#io.stderr(`\r${line.padEnd(this.#drawn)}`)
    this.#drawn = line.length
  }

  #waitingText(): string {
    const [first] = this.#waiting
    const ms = first === undefined ? 0 : this.#io.now() - first.since
    if (first === undefined || ms < PATIENCE_MS) return ''
    const others = this.#waiting.size - 1
    const more = others === 0 ? '' : ` and ${others} other${others === 1 ? '' : 's'}`
    return `${Math.floor(ms / 1000)} s: waiting for ${first.host}${more}`
  }
}
