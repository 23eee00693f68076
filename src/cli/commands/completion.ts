/** `completion`. */
import { completionScript, isShell } from '../completion-script.ts'
import type { Context } from '../context.ts'

/** Prints the script. */
export function run({ out, operands, commands }: Context): Promise<undefined> {
  const [shell = ''] = operands
  if (!isShell(shell)) throw new TypeError('the shell must be bash, zsh or fish')
  out.raw(completionScript(shell, commands))
  return Promise.resolve(undefined)
}
