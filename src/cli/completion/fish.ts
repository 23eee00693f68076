/** Completion for fish. */
import type { CommandFacts } from '../command-facts.ts'
import { completedOptions, firstWords, isFile, NAME, operandOf, secondWord } from './words.ts'

/** A line of `complete` for each word and option. */
export function fishScript(commands: readonly CommandFacts[]): string {
  const lines = [`complete -c ${NAME} -f`]
  for (const { word, help, seconds } of firstWords(commands)) {
    lines.push(`complete -c ${NAME} -n __fish_use_subcommand -a ${word} -d ${quoted(help)}`)
    const taken = seconds.map(secondWord).join(' ')
    const isOpen = `__fish_seen_subcommand_from ${word}; and not __fish_seen_subcommand_from ${taken}`
    for (const spec of seconds) {
      const text = quoted(spec.summary)
      lines.push(`complete -c ${NAME} -n ${quoted(isOpen)} -a ${secondWord(spec)} -d ${text}`)
    }
  }
  for (const spec of commands) {
    const words = spec.name.split(' ')
    const condition = quoted(
      words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and '),
    )
    const { choices, isFile: takesFile } = operandOf(spec)
    if (takesFile) lines.push(`complete -c ${NAME} -n ${condition} -F`)
    if (choices.length > 0)
      lines.push(`complete -c ${NAME} -n ${condition} -a ${quoted(choices.join(' '))}`)
    for (const { option, help, value, choices: some } of completedOptions(spec)) {
      const values =
        some.length > 0
          ? ` -x -a ${quoted(some.join(' '))}`
          : value === undefined
            ? ''
            : isFile(value)
              ? ' -r -F'
              : ' -x'
      lines.push(`complete -c ${NAME} -n ${condition} -l ${option} -d ${quoted(help)}${values}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
