/** Completion for bash. */
import type { CommandFacts } from '../command-facts.ts'
import { completedOptions, firstWords, NAME, operandOf, secondWord } from './words.ts'

/** One function; words that it does not know are files. */
export function bashScript(commands: readonly CommandFacts[]): string {
  const firsts = firstWords(commands)
  const cases = commands.map((spec) => {
    const words = completedOptions(spec).map(({ option }) => `--${option}`)
    const line = `    "${spec.name}") words="${words.join(' ')}" ;;`
    return { line, isPair: spec.name.includes(' ') }
  })
  const values = new Map<string, readonly string[]>()
  for (const { option, choices } of commands.flatMap(completedOptions)) {
    if (choices.length > 0) values.set(option, choices)
  }
  const seconds = [
    ...firsts.map(({ word, seconds: specs }) => [word, specs.map(secondWord)] as const),
    ...commands.map((spec) => [spec.name, operandOf(spec).choices] as const),
  ].filter(([, words]) => words.length > 0)
  return [
    '_carequality_fhir() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" words=""',
    '  local first="${COMP_WORDS[1]}" second="${COMP_WORDS[2]}"',
    '  case "$previous" in',
    ...[...values].map(
      ([option, choices]) =>
        `    --${option}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`,
    ),
    '  esac',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${[...firsts.map(({ word }) => word), 'help', '--help', '--version'].join(' ')}" -- "$current")); return`,
    '  fi',
    '  if [ "$COMP_CWORD" -eq 2 ]; then',
    '    case "$first" in',
    ...seconds.map(
      ([first, words]) =>
        `      ${first}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")); return ;;`,
    ),
    '    esac',
    '  fi',
    '  case "$first $second" in',
    ...cases.filter(({ isPair }) => isPair).map(({ line }) => line),
    '    *) case "$first" in',
    ...cases.filter(({ isPair }) => !isPair).map(({ line }) => `  ${line}`),
    '    esac ;;',
    '  esac',
    '  case "$current" in -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;; esac',
    '}',
    `complete -o default -F _carequality_fhir ${NAME}`,
    '',
  ].join('\n')
}
