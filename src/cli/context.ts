/** What a command is given when it runs. */
import type { CommandFacts, Values } from './command-facts.ts'
import type { Io } from './io.ts'
import type { Output } from './output.ts'
import type { Progress } from './progress.ts'
import type { Settings } from './settings.ts'

/** One run of a command. */
export interface Context {
  /** All commands, for completion. */
  readonly commands: readonly CommandFacts[]
  readonly io: Io
  readonly out: Output
  readonly progress: Progress
  readonly operands: readonly string[]
  readonly values: Values
  readonly settings: Settings
}

/** The text of an option; undefined where it was not given. */
export function textOf({ values }: Pick<Context, 'values'>, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** Whether a switch was given. */
export function isGiven({ values }: Pick<Context, 'values'>, name: string): boolean {
  return values[name] === true
}

/** A whole number above zero; throws a `TypeError` that names the option. */
export function countOf(context: Pick<Context, 'values'>, name: string, usual: number): number {
  const text = textOf(context, name)
  if (text === undefined) return usual
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new TypeError(`--${name} must be a whole number above 0`)
  }
  return count
}
