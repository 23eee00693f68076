/** Completion for zsh, for a file of `fpath` as well as for `source`. */
import type { CommandFacts } from '../command-facts.ts'
import { completedOptions, firstWords, isFile, NAME, operandOf, secondWord } from './words.ts'
import type { Completed } from './words.ts'

/** One function over zsh's own `_describe` and `_arguments`. */
export function zshScript(commands: readonly CommandFacts[]): string {
  const firsts = firstWords(commands)
  const pairs = firsts.filter(({ seconds }) => seconds.length > 0)
  return `${[
    `#compdef ${NAME}`,
    '_carequality_fhir() {',
    '  local -a names options',
    '  if (( CURRENT == 2 )); then',
    ...described(firsts.map(({ word, help }) => [word, help])),
    '    return',
    '  fi',
    '  case "$words[2]" in',
    ...pairs.flatMap(({ word, seconds }) => [
      `    ${word})`,
      '      if (( CURRENT == 3 )); then',
      ...described(seconds.map((spec) => [secondWord(spec), spec.summary])),
      '        return',
      '      fi ;;',
    ]),
    '  esac',
    '  case "$words[2] $words[3]" in',
    ...commands.filter(({ name }) => name.includes(' ')).flatMap(argumentsOf),
    '    *) case "$words[2]" in',
    ...commands.filter(({ name }) => !name.includes(' ')).flatMap(argumentsOf),
    '    esac ;;',
    '  esac',
    '  _arguments $options',
    '}',
    // A file of fpath is the function's body; a sourced one is not.
    'if [[ "$funcstack[1]" = "_carequality-fhir" ]]; then _carequality_fhir "$@"',
    `else compdef _carequality_fhir ${NAME}; fi`,
  ].join('\n')}\n`
}

function described(words: readonly (readonly [word: string, help: string])[]): readonly string[] {
  const list = words.map(([word, help]) => quoted(`${word}:${help.replaceAll(':', '\\:')}`))
  return [`    names=(${list.join(' ')})`, `    _describe command names`]
}

function argumentsOf(spec: CommandFacts): readonly string[] {
  const { choices, isFile: takesFile } = operandOf(spec)
  const action = takesFile ? '_files' : choices.length > 0 ? `(${choices.join(' ')})` : ' '
  const list = completedOptions(spec).map(optionSpec)
  return [
    `    ${quoted(spec.name)}) options=(${[...list, quoted(`*:operand:${action}`)].join(' ')}) ;;`,
  ]
}

function optionSpec({ option, help, value, choices }: Completed): string {
  const text = help.replace(/[[\]\\:]/g, '\\$&')
  const action = choices.length > 0 ? `(${choices.join(' ')})` : isFile(value) ? '_files' : ' '
  return quoted(`--${option}[${text}]${value === undefined ? '' : `:${value}:${action}`}`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
