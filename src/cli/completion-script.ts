/** Completion scripts, written from the table of commands. */
import type { CommandFacts, OptionSpec } from './command-facts.ts'
import { commonOptions } from './parse.ts'
import { optionOf, settingsTable } from './settings-table.ts'

/** Shells that are known. */
export type Shell = 'bash' | 'zsh' | 'fish'

const NAME = 'carequality-fhir'

/** Whether there is a script for it. */
export function isShell(text: string): text is Shell {
  return text === 'bash' || text === 'zsh' || text === 'fish'
}

/** The script of a shell. */
export function completionScript(shell: Shell, commands: readonly CommandFacts[]): string {
  if (shell === 'fish') return fish(commands)
  const bash = bashFunction(commands)
  return shell === 'bash'
    ? `${bash}\ncomplete -o default -F _carequality_fhir ${NAME}\n`
    : `#compdef ${NAME}\nautoload -U +X bashcompinit && bashcompinit\n${bash}\ncomplete -o default -F _carequality_fhir ${NAME}\n`
}

interface Completed {
  readonly option: string
  readonly help: string
  readonly choices: readonly string[]
}

function optionsOf({ options, settings }: CommandFacts): readonly Completed[] {
  const own = [...options, ...commonOptions].map(({ name, help, choices = [] }: OptionSpec) => ({
    ...{ option: name, help, choices },
  }))
  const fromSettings = settingsTable
    .filter(({ name, kind }) => kind !== 'secret' && settings.includes(name))
    .map((setting) => ({
      option: optionOf(setting),
      help: setting.help,
      choices: setting.choices ?? [],
    }))
  return [...own, ...fromSettings]
}

function bashFunction(commands: readonly CommandFacts[]): string {
  const firsts = [...new Set(commands.map(({ name }) => name.split(' ', 1)[0] ?? ''))]
  const pairs = new Map<string, string[]>()
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ')
    if (second !== undefined) pairs.set(first, [...(pairs.get(first) ?? []), second])
  }
  const cases = commands.map((spec) => {
    const words = optionsOf(spec).map(({ option }) => `--${option}`)
    const line = `    "${spec.name}") words="${words.join(' ')}" ;;`
    return { line, isPair: spec.name.includes(' ') }
  })
  const values = new Map<string, readonly string[]>()
  for (const { option, choices } of commands.flatMap(optionsOf)) {
    if (choices.length > 0) values.set(option, choices)
  }
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
    `    COMPREPLY=($(compgen -W "${[...firsts, 'help', '--help', '--version'].join(' ')}" -- "$current")); return`,
    '  fi',
    '  if [ "$COMP_CWORD" -eq 2 ]; then',
    '    case "$first" in',
    ...[...pairs].map(
      ([first, seconds]) =>
        `      ${first}) COMPREPLY=($(compgen -W "${seconds.join(' ')}" -- "$current")); return ;;`,
    ),
    '      completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;',
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
  ].join('\n')
}

function fish(commands: readonly CommandFacts[]): string {
  const lines = [`complete -c ${NAME} -f`]
  const firsts = new Map<string, string>()
  for (const { name, summary } of commands) {
    const [first = '', second] = name.split(' ')
    firsts.set(first, second === undefined ? summary : `${first} commands`)
  }
  for (const [first, summary] of firsts) {
    lines.push(`complete -c ${NAME} -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`)
  }
  for (const spec of commands) {
    const [first = '', second] = spec.name.split(' ')
    const seen = [first, second].filter((word) => word !== undefined)
    const condition = seen.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    if (second !== undefined) {
      const only = `__fish_seen_subcommand_from ${first}`
      lines.push(`complete -c ${NAME} -n ${quoted(only)} -a ${second} -d ${quoted(spec.summary)}`)
    }
    for (const { option, help, choices } of optionsOf(spec)) {
      const values = choices.length === 0 ? '' : ` -x -a ${quoted(choices.join(' '))}`
      lines.push(
        `complete -c ${NAME} -n ${quoted(condition)} -l ${option} -d ${quoted(help)}${values}`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
