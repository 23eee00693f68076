/** Help in the shape of a manual page. */
import type { CommandSpec } from './command.ts'
import type { OptionSpec } from './command-facts.ts'
import { groups } from './commands.ts'
import { exitCodes } from './exit-codes.ts'
import { commonOptions } from './parse.ts'
import { optionOf, settingsTable, type Setting } from './settings-table.ts'
import { wrap, type Paint } from './style.ts'

const INDENT = '    '
const NAME = 'carequality-fhir'

/** The page of the program. */
export function mainPage(width: number, paint: Paint): string {
  const page = new Page(width, paint)
  page.section('NAME')
  page.text(`${NAME} - query patient records across the Carequality network`)
  page.section('SYNOPSIS')
  page.text(`${NAME} COMMAND [OPERANDS] [OPTIONS]`)
  page.section('COMMANDS')
  for (const [title, list] of groups) {
    page.text(title)
    page.pairs(list.map(({ name, summary }) => [name, summary] as const))
    page.gap()
  }
  page.section('OPTIONS')
  page.options(commonOptions)
  page.section('SETTINGS')
  page.text(
    'Each setting is an option (except secrets), an environment variable, or a member of carequality.config.json, in this order. carequality.config.ts is read where Node strips types (22.18 and newer). Keys and secrets are never taken from the command line.',
  )
  page.gap()
  page.settings(settingsTable)
  page.section('EXIT STATUS')
  page.pairs(Object.entries(exitCodes))
  page.section('EXAMPLES')
  page.text(`${NAME} doctor --sandbox`)
  page.text(`${NAME} patient read 1316024 --sandbox --curl`)
  page.section('SEE ALSO')
  page.text(`${NAME} COMMAND --help; docs/cli.md and docs/diagnose.md of the package`)
  return page.read()
}

/** The page of one command. */
export function commandPage(spec: CommandSpec, width: number, paint: Paint): string {
  const page = new Page(width, paint)
  page.section('NAME')
  page.text(`${NAME} ${spec.name} - ${spec.summary}`)
  page.section('SYNOPSIS')
  page.text([NAME, spec.name, spec.operands, '[OPTIONS]'].filter((part) => part !== '').join(' '))
  page.section('DESCRIPTION')
  for (const [index, text] of spec.description.entries()) {
    if (index > 0) page.gap()
    page.text(text)
  }
  if (spec.options.length > 0) {
    page.section('OPTIONS')
    page.options(spec.options)
  }
  page.section('COMMON OPTIONS')
  page.options(commonOptions)
  const settings = settingsTable.filter(({ name }) => spec.settings.includes(name))
  if (settings.length > 0) {
    page.section('SETTINGS')
    page.settings(settings)
  }
  page.section('EXAMPLES')
  for (const [what, command] of spec.examples) {
    if (what !== '') page.text(`${what}:`)
    page.text(`${what === '' ? '' : '  '}${NAME} ${command}`)
  }
  if (spec.seeAlso.length > 0) {
    page.section('SEE ALSO')
    page.text(spec.seeAlso.map((name) => `${NAME} ${name}`).join(', '))
  }
  return page.read()
}

/** A page while it is written. */
class Page {
  readonly #lines: string[] = []
  readonly #width: number
  readonly #paint: Paint

  constructor(width: number, paint: Paint) {
    this.#width = Math.min(100, Math.max(40, width))
    this.#paint = paint
  }

  section(title: string): void {
    if (this.#lines.length > 0) this.gap()
    this.#lines.push(this.#paint('title', title))
  }

  gap(): void {
    if (this.#lines.at(-1) !== '') this.#lines.push('')
  }

  text(text: string): void {
    const [, lead = ''] = /^( *)/.exec(text) ?? []
    const width = this.#width - INDENT.length - lead.length
    for (const line of wrap(text.trim(), width)) this.#lines.push(`${INDENT}${lead}${line}`)
  }

  /** Names beside what they mean. */
  pairs(pairs: readonly (readonly [name: string, meaning: string])[]): void {
    const size = Math.max(...pairs.map(([name]) => name.length)) + 2
    for (const [name, meaning] of pairs) {
      const room = Math.max(16, this.#width - 2 * INDENT.length - size)
      wrap(meaning, room).forEach((line, index) => {
        const head = index === 0 ? this.#paint('name', name.padEnd(size)) : ' '.repeat(size)
        this.#lines.push(`${INDENT}${INDENT}${head}${line}`)
      })
    }
  }

  options(options: readonly OptionSpec[]): void {
    for (const { name, value, help } of options) {
      this.#entry(`--${name}${value === undefined ? '' : ` ${value}`}`, help)
    }
  }

  settings(settings: readonly Setting[]): void {
    for (const setting of settings) {
      const { env, kind, value, help, choices = [] } = setting
      const option = `--${optionOf(setting)}${value === '' ? '' : ` ${value}`}`
      const title = kind === 'secret' ? env : `${option}, ${env}`
      const list = choices.length === 0 ? '' : ` One of ${choices.join(', ')}.`
      this.#entry(title, help + list)
    }
  }

  read(): string {
    return `${this.#lines.map((line) => line.trimEnd()).join('\n')}\n`
  }

  #entry(title: string, help: string): void {
    for (const line of wrap(title, this.#width - INDENT.length)) {
      this.#lines.push(`${INDENT}${this.#paint('name', line)}`)
    }
    const room = this.#width - 2 * INDENT.length
    for (const line of wrap(help, room)) this.#lines.push(`${INDENT}${INDENT}${line}`)
  }
}
