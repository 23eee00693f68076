/** A command as data, with what runs it. */
import type { CommandFacts } from './command-facts.ts'
import type { Context } from './context.ts'

/** One command. */
export interface CommandSpec extends CommandFacts {
  readonly minOperands: number
  readonly maxOperands: number
  readonly description: readonly string[]
  readonly examples: readonly (readonly [what: string, command: string])[]
  readonly seeAlso: readonly string[]
  /** Runs until Ctrl-C, which is its proper end. */
  readonly runsUntilStopped?: boolean | undefined
  /** Loaded when the command runs. */
  readonly load: () => Promise<{ readonly run: Run }>
}

/** Does it; the number is the exit code, 0 where there is none. */
export type Run = (context: Context) => Promise<number | undefined>
