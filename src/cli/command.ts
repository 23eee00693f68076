/** A command and how it is run. */
import type { CommandFacts } from './command-facts.ts'
import type { Context } from './context.ts'

/** One command. */
export interface CommandSpec extends CommandFacts {
  /** Loaded when the command runs. */
  readonly load: () => Promise<{ readonly run: Run }>
}

/** Does it; the number is the exit code, 0 where there is none. */
export type Run = (context: Context) => Promise<number | undefined>
