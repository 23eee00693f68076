/** What a command is, as data for the parser, the help and the shells' completion. No code. */

/** An option of a command, besides the settings. */
export interface OptionSpec {
  readonly name: string
  /** Shown for the value in the help; undefined for a switch. */
  readonly value?: string | undefined
  readonly help: string
  readonly choices?: readonly string[] | undefined
}

/** One command, as far as it is known before it is loaded. */
export interface CommandFacts {
  /** For example `directory get`. */
  readonly name: string
  readonly summary: string
  /** What stands after the name, for example `OID`. */
  readonly operands: string
  readonly minOperands: number
  readonly maxOperands: number
  readonly description: readonly string[]
  readonly options: readonly OptionSpec[]
  /** Names of the settings that matter; the help lists them. */
  readonly settings: readonly string[]
  readonly examples: readonly (readonly [what: string, command: string])[]
  readonly seeAlso: readonly string[]
  /** Runs until Ctrl-C, which is its proper end. */
  readonly runsUntilStopped?: boolean | undefined
}

/** Option values as they were parsed. */
export type Values = Readonly<Record<string, string | boolean | undefined>>
