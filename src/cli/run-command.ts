/** Settings, output and errors around a command. */
import { isCarequalityError } from '../errors.ts'
import type { CommandSpec } from './command.ts'
import type { Values } from './command-facts.ts'
import type { Context } from './context.ts'
import { describeError } from './error-text.ts'
import { exitCodeOf } from './exit-code-of.ts'
import type { Io } from './io.ts'
import { Output } from './output.ts'
import type { Parsed } from './parse.ts'
import { Progress } from './progress.ts'
import { readSettings } from './settings.ts'

/** Runs it and gives the exit code; what it throws becomes text on stderr. */
export async function runCommand(
  parse: () => Parsed,
  spec: CommandSpec,
  { io: terminal, commands }: Pick<Context, 'io' | 'commands'>,
): Promise<number> {
  const progress = new Progress(terminal)
  const io = { ...terminal, ...printedOver(progress, terminal) }
  let isJson = false
  try {
    const { operands, values } = parse()
    isJson = values.json === true
    const settings = await readSettings(values, io)
    const context: Context = {
      commands,
      io,
      progress,
      operands,
      values,
      settings,
      out: new Output(io, isJson, againOf(values)),
    }
    const { run } = await spec.load()
    if (spec.runsUntilStopped === true) return (await run(context)) ?? 0
    return (await Promise.race([run(context), stopped(io.signal)])) ?? 0
  } catch (error) {
    progress.end()
    const code = exitCodeOf(error, io.signal)
    if (code === 130) io.stderr('stopped\n')
    else if (isJson) io.stderr(`${JSON.stringify({ error: jsonOf(error), exitCode: code })}\n`)
    else io.stderr(describeError(error, spec, io))
    return code
  }
}

/** What is printed takes the place of the progress line. */
function printedOver(progress: Progress, { stdout, stderr }: Io): Pick<Io, 'stdout' | 'stderr'> {
  return {
    stdout: (text) => {
      progress.clear()
      stdout(text)
    },
    stderr: (text) => {
      progress.clear()
      stderr(text)
    },
  }
}

function jsonOf(error: unknown): unknown {
  if (isCarequalityError(error)) return error.toJSON()
  const isOurs = error instanceof TypeError
  return { name: isOurs ? 'TypeError' : 'Error', message: isOurs ? error.message : 'unexpected' }
}

/** Rejects when the user stops the command; what it was doing ends with the process. */
function stopped(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const leave = (): void => {
      reject(new DOMException('stopped', 'AbortError'))
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}

/** The network of the next command is that of this one. */
function againOf(values: Values): string {
  const { config, mode } = values
  const named = [
    ...(values.sandbox === true ? ['--sandbox'] : []),
    ...(typeof config === 'string' ? [`--config ${config}`] : []),
    ...(typeof mode === 'string' ? [`--mode ${mode}`] : []),
  ]
  return named.map((one) => ` ${one}`).join('')
}
