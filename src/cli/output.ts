/** What commands print: facts, tables, steps, and what to do next. Text for people, or one JSON value. */
import type { Io } from './io.ts'
import { painter, plain, wrap, type Paint, type Tone } from './style.ts'
import { tableLines, type Column } from './table.ts'

/** Where text is wrapped when it goes to a file or a pipe. */
const WITHOUT_TERMINAL = 80
const NARROWEST = 40
const WIDEST_TEXT = 100

/** The output of one command. */
export class Output {
  readonly isJson: boolean
  readonly #io: Io
  readonly #paint: Paint
  readonly #again: string

  /** `again`: options that a next command needs as well, such as --sandbox. */
  constructor(io: Io, isJson: boolean, again = '') {
    this.#io = io
    this.#again = again
    this.isJson = isJson
    this.#paint = painter(io.env, io.columns !== undefined)
  }

  /** The one value of a command for machines. */
  json(value: unknown): void {
    this.#io.stdout(`${JSON.stringify(value, null, 2)}\n`)
  }

  /** One value of a stream for machines, on a line of its own. */
  jsonLine(value: unknown): void {
    this.#io.stdout(`${JSON.stringify(value)}\n`)
  }

  /** A text as it is, for programs to read: a token, a key set, a script. */
  raw(text: string): void {
    this.#io.stdout(text.endsWith('\n') ? text : `${text}\n`)
  }

  title(text: string): void {
    this.line(this.#paint('title', plain(text)))
  }

  /** A sentence or two. */
  text(text: string, tone?: Tone): void {
    for (const one of wrap(plain(text), this.#textWidth)) this.line(this.#toned(tone, one))
  }

  /** Names and values, one a line; those that are undefined are left out. */
  facts(facts: readonly (readonly [name: string, value: string | number | undefined])[]): void {
    const shown = facts.filter(([, value]) => value !== undefined && value !== '')
    const width = Math.max(0, ...shown.map(([name]) => name.length))
    for (const [name, value] of shown) {
      const lines = wrap(plain(String(value)), Math.max(20, this.#textWidth - width - 4))
      lines.forEach((one, index) => {
        const head = index === 0 ? this.#paint('faint', name.padEnd(width)) : ' '.repeat(width)
        this.line(`  ${head}  ${one}`)
      })
    }
  }

  /** Aligned columns where they fit, else one block for each row. */
  table(columns: readonly Column[], rows: readonly (readonly (string | undefined)[])[]): void {
    const cells = rows.map((row) => row.map((cell) => plain(cell ?? '')))
    for (const line of tableLines(columns, cells, this.#columns, this.#paint)) this.line(line)
  }

  /** A list of sentences, each with its continuation indented. */
  list(items: readonly string[], tone?: Tone): void {
    for (const item of items) {
      wrap(plain(item), this.#textWidth - 4).forEach((one, index) => {
        this.line(this.#toned(tone, `${index === 0 ? '  - ' : '    '}${one}`))
      })
    }
  }

  /** What to do next: commands, each with what it is for. */
  next(commands: readonly (readonly [command: string, why: string])[]): void {
    if (commands.length === 0) return
    this.gap()
    this.title('Next')
    for (const [command, why] of commands) {
      const isOwn = command.startsWith('carequality-fhir ')
      this.line(`  ${this.#paint('name', plain(isOwn ? command + this.#again : command))}`)
      for (const one of wrap(plain(why), this.#textWidth - 6)) {
        this.line(this.#paint('faint', `      ${one}`))
      }
    }
  }

  /** A remark beside the result. */
  note(text: string): void {
    this.#io.stderr(`${plain(text)}\n`)
  }

  gap(): void {
    this.line('')
  }

  /** A line that is painted already. */
  line(text: string): void {
    this.#io.stdout(`${text.trimEnd()}\n`)
  }

  paint(tone: Tone, text: string): string {
    return this.#paint(tone, plain(text))
  }

  /** Characters for running text. */
  get width(): number {
    return this.#textWidth
  }

  #toned(tone: Tone | undefined, text: string): string {
    return tone === undefined ? text : this.#paint(tone, text)
  }

  get #columns(): number {
    return this.#io.columns === undefined ? Infinity : Math.max(NARROWEST, this.#io.columns)
  }

  get #textWidth(): number {
    const { columns = WITHOUT_TERMINAL } = this.#io
    return Math.min(WIDEST_TEXT, Math.max(NARROWEST, columns))
  }
}
