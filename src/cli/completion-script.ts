/** Completion scripts, written from the table of commands. */
import type { CommandFacts } from './command-facts.ts'
import { bashScript } from './completion/bash.ts'
import { fishScript } from './completion/fish.ts'
import { zshScript } from './completion/zsh.ts'

/** Shells that are known. */
export type Shell = 'bash' | 'zsh' | 'fish'

const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandFacts[]) => string>> = {
  ...{ bash: bashScript, zsh: zshScript, fish: fishScript },
}

/** Whether there is a script for it. */
export function isShell(text: string): text is Shell {
  return Object.hasOwn(SCRIPTS, text)
}

/** The script of a shell. */
export function completionScript(shell: Shell, commands: readonly CommandFacts[]): string {
  return SCRIPTS[shell](commands)
}
