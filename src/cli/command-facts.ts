/** What the help, the parser and the shells' completion know of a command. No code. */

/** An option of a command, besides the settings. */
export interface OptionSpec {
  readonly name: string
  /** Shown for the value in the help; undefined for a switch. */
  readonly value?: string | undefined
  readonly help: string
  readonly choices?: readonly string[] | undefined
}

/** A command, without what runs it. */
export interface CommandFacts {
  /** For example `directory get`. */
  readonly name: string
  readonly summary: string
  /** What stands after the name, for example `OID`, `[FILE]` or `bash|zsh|fish`. */
  readonly operands: string
  readonly options: readonly OptionSpec[]
  /** Names of the settings that matter; the help lists them. */
  readonly settings: readonly string[]
}

/** Option values as they were parsed. */
export type Values = Readonly<Record<string, string | boolean | undefined>>
