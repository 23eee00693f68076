/** What a command may touch of the process around it: given, so that tests can give their own. */
import type { FetchLike } from '../types.ts'

/** The process as a command sees it. */
export interface Io {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Characters in a line of the terminal; undefined where the output goes to a file or a pipe. */
  readonly columns: number | undefined
  /** The same for stderr: progress is drawn there, and errors are printed. */
  readonly stderrColumns: number | undefined
  readonly cwd: string
  /** In place of the platform's network; tests give one. */
  readonly fetch?: FetchLike | undefined
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Calls it about once a second, until the function that it gives is called. */
  readonly everySecond: (tick: () => void) => () => void
  readonly randomUUID: () => string
  /** Aborts when the user presses Ctrl-C. */
  readonly signal: AbortSignal
}
