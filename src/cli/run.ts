/** One run of the command line, from arguments to an exit code. */
import { VERSION } from '../version.ts'
import { commandOf, commands, similar } from './commands.ts'
import { commandPage, mainPage } from './help.ts'
import type { Io } from './io.ts'
import { errorLine, parseCommand, refuseSecrets, wantsJson, type Parsed } from './parse.ts'
import { painter } from './style.ts'

const WIDTH_WITHOUT_TERMINAL = 80

/** Runs a command. Never rejects: what goes wrong is on stderr, and in the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const [first, ...others] = args
  const paint = painter(io.env, io.columns !== undefined)
  const width = io.columns ?? WIDTH_WITHOUT_TERMINAL
  if (first === undefined || first === '--help' || first === '-h') {
    io.stdout(mainPage(width, paint))
    return first === undefined ? 2 : 0
  }
  if (first === '--version' || first === '-V') {
    io.stdout(`${VERSION}\n`)
    return 0
  }
  const wanted = first === 'help' ? others : args
  if (wanted.length === 0) {
    io.stdout(mainPage(width, paint))
    return 0
  }
  const found = commandOf(wanted)
  if (found === undefined) return unknown(wanted, io)
  if (first === 'help' || found.rest.some((arg) => arg === '--help' || arg === '-h')) {
    io.stdout(commandPage(found.spec, width, paint))
    return 0
  }
  const { runCommand } = await import('./run-command.ts')
  const isJson = wantsJson(found.rest)
  const parse = (): Parsed => parseCommand(found.spec, found.rest)
  return runCommand(parse, found.spec, { io, commands, isJson })
}

function unknown(args: readonly string[], io: Io): number {
  const message = whyUnknown(args)
  io.stderr(wantsJson(args) ? errorLine({ name: 'TypeError', message }, 2) : `${message}\n`)
  return 2
}

function whyUnknown(args: readonly string[]): string {
  try {
    refuseSecrets(args)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  const names = similar(args)
  const hint =
    names.length === 0 ? 'see carequality-fhir --help' : `did you mean: ${names.join(', ')}?`
  return `carequality-fhir has no such command; ${hint}`
}
