import { ResponseError } from '../errors.ts'
import { textOf } from '../http/body/text.ts'
import type { HttpResponse } from '../http/messages.ts'
import {
  isRecord,
  requireFunction,
  requireObject,
  requirePositive,
  requireSignal,
} from '../lib/arguments.ts'
import type { CallOptions } from '../types.ts'

/** One answer of a FHIR server, before it was parsed: `JSON.parse` loses the digits of a decimal (`1.00`, 19 of them), the text has them. */
export interface AnswerText {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * A schema of your own, by the Standard Schema interface that zod, valibot, arktype and others
 * offer. It says yes or no; what the call gives is what the server sent.
 *
 * @see [Standard Schema](https://standardschema.dev)
 */
export interface ResourceSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
  }
}

/** What a {@link ResourceSchema} says of a value. */
export interface SchemaResult {
  readonly issues?:
    | readonly {
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    | undefined
}

/** Taken by every call that gives resources. */
export interface ReadingOptions extends CallOptions {
  /**
   * Checks each resource that is given; one that it refuses is `ERR_CQ_INVALID_RESPONSE`, with the
   * paths and no values. What it throws comes back untouched.
   */
  validate?: ResourceSchema | undefined
  /** Told of each answer whose resources are given, as text; the text may hold patient data. A promise is awaited, and what it throws ends the call. */
  onAnswer?: ((answer: AnswerText) => unknown) | undefined
}

/** Paths that an error lists. */
const PATHS = 20

/** How the answers of one call are read. */
export interface Reading {
  readonly options: ReadingOptions
}

/** Throws `TypeError` for a wrong option. */
export function requireReading(options: ReadingOptions): void {
  requireObject(options, 'options')
  requireSignal(options.signal, 'signal')
  requirePositive(options.timeoutMs, 'timeoutMs')
  requireFunction(options.onAnswer, 'onAnswer')
  if (options.validate === undefined) return
  if (!isStandardSchema(options.validate)) {
    throw new TypeError('"validate" must be a Standard Schema')
  }
}

/** Some are functions (arktype's), the others objects. */
function isStandardSchema(schema: unknown): boolean {
  if (typeof schema !== 'function' && !isRecord(schema)) return false
  const standard: unknown = Reflect.get(schema, '~standard')
  return isRecord(standard) && typeof standard.validate === 'function'
}

/** The answer's text, where the caller wants to see it; decoded once, for the parser too. */
export async function textFor(
  { options }: Reading,
  answer: HttpResponse,
): Promise<string | undefined> {
  if (options.onAnswer === undefined) return undefined
  const text = textOf(answer)
  await options.onAnswer({ status: answer.status, headers: answer.headers, text })
  return text
}

/** Throws where the caller's own schema refuses the resource; `at` is where it stood in the answer. */
export async function refuseInvalid(
  { options }: Reading,
  resource: unknown,
  answer: HttpResponse,
  at: readonly string[] = [],
): Promise<void> {
  if (options.validate === undefined) return
  const result: unknown = await options.validate['~standard'].validate(resource)
  const issues = isRecord(result) ? result.issues : 'no result'
  if (issues === undefined) return
  const paths = (Array.isArray(issues) ? issues : [])
    .slice(0, PATHS)
    .map((issue: unknown) => [...at, ...pathOf(issue)].join('.'))
  throw new ResponseError(
    'ERR_CQ_INVALID_RESPONSE',
    'the schema given as "validate" refuses a resource',
    answer.context,
    paths,
  )
}

function pathOf(issue: unknown): readonly string[] {
  const path: unknown = isRecord(issue) ? issue.path : undefined
  const steps: readonly unknown[] = Array.isArray(path) ? path : []
  return steps.map((step) => stepOf(isRecord(step) ? step.key : step))
}

/** Names as FHIR's elements have them; any other may be a value that a server made a name of. */
function stepOf(key: unknown): string {
  if (typeof key === 'number') return String(key)
  return typeof key === 'string' && /^_?[a-z][A-Za-z0-9]{0,63}$/.test(key) ? key : '?'
}
