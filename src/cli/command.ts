/** What a command is, as data for the parser, the help and the shells' completion. */
import type { Context } from './context.ts'

/** An option of a command, besides the settings. */
export interface OptionSpec {
  readonly name: string
  /** Shown for the value in the help; undefined for a switch. */
  readonly value?: string | undefined
  readonly help: string
  readonly choices?: readonly string[] | undefined
}

/** One command. */
export interface CommandSpec {
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
  /** Loaded when the command runs. */
  readonly load: () => Promise<{ readonly run: Run }>
}

/** Does it; the number is the exit code, 0 where there is none. */
export type Run = (context: Context) => Promise<number | undefined>

/** Option values as they were parsed. */
export type Values = Readonly<Record<string, string | boolean | undefined>>
