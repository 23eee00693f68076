/** An error as a person reads it: what, where, who can fix it, what to do next. */
import { errorCatalogue } from '../error-catalogue.ts'
import { isCarequalityError, type AnyCarequalityError } from '../errors.ts'
import type { CommandSpec } from './command.ts'
import type { Io } from './io.ts'
import { painter, plain, wrap } from './style.ts'

const WIDEST = 100

/** Text for stderr. Of an error that is not the library's nothing is repeated, since it may hold anything. */
export function describeError(error: unknown, spec: CommandSpec, io: Io): string {
  const paint = painter(io.env, io.stderrColumns !== undefined)
  const width = Math.min(WIDEST, Math.max(40, io.stderrColumns ?? 80))
  const lines = linesOf(error, spec)
  const [head = '', ...rest] = lines
  const text = [
    ...wrap(plain(head), width).map((line) => paint('bad', line)),
    ...rest.flatMap((line) => wrap(plain(line), width - 2).map((one) => `  ${one}`)),
  ]
  return `${text.join('\n')}\n`
}

function linesOf(error: unknown, spec: CommandSpec): readonly string[] {
  if (isCarequalityError(error)) return ours(error, spec)
  if (error instanceof TypeError) return [error.message, `carequality-fhir ${spec.name} --help`]
  const code = codeOf(error)
  return [`an unexpected error${code === undefined ? '' : ` (${code})`}`]
}

function ours(error: AnyCarequalityError, { name }: CommandSpec): readonly string[] {
  const [, , , , who] = errorCatalogue[error.code]
  const where = [error.origin, error.pathTemplate].filter((part) => part !== undefined).join(' ')
  const facts = [
    where === '' ? undefined : `where: ${where}`,
    error.status === undefined ? undefined : `status: ${error.status}`,
    error.requestId === undefined ? undefined : `request id: ${error.requestId}`,
    error.retryAfterMs === undefined
      ? undefined
      : `the server asks to wait: ${Math.ceil(error.retryAfterMs / 1000)} s`,
    `who can fix it: ${who}`,
    error.retryable ? 'the same command may succeed later' : undefined,
    name === 'doctor' ? undefined : 'more: carequality-fhir doctor',
  ]
  return [`${error.code}: ${error.message}`, ...facts.filter((fact) => fact !== undefined)]
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^[A-Z_]{3,40}$/.test(error.code)
    ? error.code
    : undefined
}
