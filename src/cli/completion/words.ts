/** What the completion scripts of all shells are written from: the table of commands, by words. */
import type { CommandFacts, OptionSpec } from '../command-facts.ts'
import { commonOptions } from '../parse.ts'
import { optionOf, settingsTable } from '../settings-table.ts'

/** The word that is completed. */
export const NAME = 'carequality-fhir'

/** An option as a shell offers it. */
export interface Completed {
  readonly option: string
  readonly help: string
  /** Undefined for a switch. */
  readonly value: string | undefined
  readonly choices: readonly string[]
}

/** Every option of a command, its settings included. */
export function completedOptions({ options, settings }: CommandFacts): readonly Completed[] {
  const own = [...options, ...commonOptions].map(
    ({ name, help, value, choices = [] }: OptionSpec) => ({ option: name, help, value, choices }),
  )
  const fromSettings = settingsTable
    .filter(({ name, kind }) => kind !== 'secret' && settings.includes(name))
    .map((setting) => ({
      option: optionOf(setting),
      help: setting.help,
      value: setting.kind === 'flag' ? undefined : setting.value,
      choices: setting.choices ?? [],
    }))
  return [...own, ...fromSettings]
}

/** A first word, and the second ones that it takes; none for a command of one word. */
export interface FirstWord {
  readonly word: string
  readonly help: string
  readonly seconds: readonly CommandFacts[]
}

/** The words that may come first, each once. */
export function firstWords(commands: readonly CommandFacts[]): readonly FirstWord[] {
  const words = [...new Set(commands.map(({ name }) => name.split(' ', 1)[0] ?? ''))]
  return words.map((word) => {
    const seconds = commands.filter(({ name }) => name.startsWith(`${word} `))
    const summary = commands.find(({ name }) => name === word)?.summary
    return { word, seconds, help: summary ?? seconds.map(secondWord).join(', ') }
  })
}

/** `read` of `patient read`. */
export function secondWord({ name }: CommandFacts): string {
  return name.split(' ')[1] ?? ''
}

/** The words that the operand may be, or whether it is a file. */
export function operandOf({ operands }: CommandFacts): {
  readonly choices: readonly string[]
  readonly isFile: boolean
} {
  return { choices: operands.includes('|') ? operands.split('|') : [], isFile: isFile(operands) }
}

/** Whether a value of this name is a file or folder. */
export function isFile(value: string | undefined): boolean {
  return /FILE|FOLDER/.test(value ?? '')
}
