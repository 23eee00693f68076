/** Arguments of a command. Anything that looks like a secret is refused, unseen: arguments are visible to every process of the machine, and shells keep them. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import type { CommandSpec } from './command.ts'
import type { OptionSpec, Values } from './command-facts.ts'
import { optionOf, settingsTable } from './settings-table.ts'

/** Options that every command takes. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'json', help: 'Print JSON, for programs.' },
  { name: 'curl', help: 'Print each request as a curl command in place of the result.' },
  {
    name: 'http',
    value: 'FILE',
    help: 'Write the requests as FILE.http and as a Postman collection.',
  },
  { name: 'sandbox', help: 'Use the built-in sandbox as the network: no settings, no requests.' },
  {
    name: 'config',
    value: 'FILE',
    help: 'The settings file. Default carequality.config.json or .ts here.',
  },
  { name: 'verbose', help: 'Tell on stderr what happens.' },
  { name: 'help', help: 'Show this page.' },
]

/** What was on the command line. */
export interface Parsed {
  readonly operands: readonly string[]
  readonly values: Values
}

const SECRET_OPTIONS =
  /^--(api-?key|key|private-?key|passphrase|key-passphrase|password|secret|client-secret|token|access-token|assertion|proxy)(=|$)/
const SECRET_VALUES = /-----BEGIN |^eyJ[\w-]{10,}\.|^[a-z]+:\/\/[^/?#\s]*@|[?&]_?api-?key=/i

/** Throws a `TypeError` that says what is wrong, without repeating a value. */
export function parseCommand(spec: CommandSpec, args: readonly string[]): Parsed {
  refuseSecrets(args)
  const { values, positionals } = parsed(spec, args)
  const { minOperands, maxOperands, operands, name } = spec
  const isHelp = values.help === true
  if (!isHelp && (positionals.length < minOperands || positionals.length > maxOperands)) {
    const wanted = operands === '' ? 'takes no operands' : `takes ${operands}`
    throw new TypeError(`"${name}" ${wanted}`)
  }
  return { values, operands: positionals }
}

/** Throws where an argument is, or holds, what must not be visible to others. */
export function refuseSecrets(args: readonly string[]): void {
  const option = args.find((arg) => SECRET_OPTIONS.test(arg))
  if (option !== undefined) {
    const [name = ''] = option.split('=', 1)
    throw new TypeError(
      `${name} is refused: every process can see arguments. Use the environment or a file (CAREQUALITY_API_KEY, CAREQUALITY_API_KEY_FILE, CAREQUALITY_KEY_FILE, CAREQUALITY_KEY_PASSPHRASE, CAREQUALITY_PROXY)`,
    )
  }
  if (args.some((arg) => SECRET_VALUES.test(arg))) {
    throw new TypeError(
      'an argument holds a key, a token, a login or an API key, and is refused: every process can see arguments',
    )
  }
}

function parsed(
  spec: CommandSpec,
  args: readonly string[],
): { readonly values: Values; readonly positionals: readonly string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = {}
  for (const { name, value } of [...spec.options, ...commonOptions]) {
    options[name] = { type: value === undefined ? 'boolean' : 'string' }
  }
  for (const setting of settingsTable) {
    if (setting.kind === 'secret') continue
    options[optionOf(setting)] ??= { type: setting.kind === 'flag' ? 'boolean' : 'string' }
  }
  options.help = { type: 'boolean', short: 'h' }
  options.verbose = { type: 'boolean', short: 'v' }
  try {
    return valuesOf(parseArgs({ args: [...args], options, allowPositionals: true, strict: true }))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Node's message repeats the argument up to its value.
    const named = /'(-{1,2}[a-z][a-z-]*)/.exec(error.message)?.[1]
    const isUnknown = 'code' in error && error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
    throw new TypeError(
      isUnknown
        ? `${named ?? 'an option'} is not an option of "${spec.name}"`
        : `${named ?? 'an option'} needs a value, or takes none`,
    )
  }
}

function valuesOf({ values, positionals }: ReturnType<typeof parseArgs>): {
  readonly values: Values
  readonly positionals: readonly string[]
} {
  const own: Record<string, string | boolean | undefined> = {}
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' || typeof value === 'boolean') own[name] = value
  }
  return { values: own, positionals }
}
