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
  /** The only mode in which it has a meaning; it is in effect whatever the settings say. */
  readonly mode?: 'udap' | undefined
  /** Runs until Ctrl-C, which is its proper end. */
  readonly runsUntilStopped?: boolean | undefined
  /** Ends by itself soon after Ctrl-C, and then shows what it has. */
  readonly showsWhenStopped?: boolean | undefined
  /** Loaded when the command runs. */
  readonly load: () => Promise<{ readonly run: Run }>
}

/** Does it; the number is the exit code, 0 where there is none. */
export type Run = (context: Context) => Promise<number | undefined>
