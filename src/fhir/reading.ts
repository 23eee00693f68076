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

/**
 * A response of a FHIR server, before it was parsed: `JSON.parse` loses digits of decimals (`1.00`,
 * or 19 of them), the text has them.
 */
export interface ResponseText {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * Your own schema, by the Standard Schema interface of zod, valibot, arktype and others. It only
 * accepts or rejects; the call returns what the server sent.
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

/** A {@link ResourceSchema}'s verdict. */
export interface SchemaResult {
  readonly issues?:
    | readonly {
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    | undefined
}

/** Accepted by every call that returns resources. */
export interface ReadingOptions extends CallOptions {
  /**
   * Validates each resource; one that it rejects is `ERR_CQ_INVALID_RESPONSE`, with the paths and
   * no values. What it throws is passed on unchanged.
   */
  validate?: ResourceSchema | undefined
  /**
   * Called with the text of each response whose resources are returned; the text may contain
   * patient data. A promise is awaited, and what it throws ends the call.
   */
  onResponse?: ((answer: ResponseText) => unknown) | undefined
}

/** How many paths an error lists. */
const PATHS = 20

/** How the responses of one call are read. */
export interface Reading {
  readonly options: ReadingOptions
}

/** Throws `TypeError` for a wrong option. */
export function requireReading(options: ReadingOptions): void {
  requireObject(options, 'options')
  requireSignal(options.signal, 'signal')
  requirePositive(options.timeoutMs, 'timeoutMs')
  requireFunction(options.onResponse, 'onResponse')
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

/** The response's text, if the caller wants to see it; decoded once, for the parser too. */
export async function textFor(
  { options }: Reading,
  answer: HttpResponse,
): Promise<string | undefined> {
  if (options.onResponse === undefined) return undefined
  const text = textOf(answer)
  await options.onResponse({ status: answer.status, headers: answer.headers, text })
  return text
}

/** Throws if the caller's own schema rejects the resource; `at` is its place in the response. */
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
    'the schema given as "validate" rejects a resource',
    answer.context,
    paths,
  )
}

function pathOf(issue: unknown): readonly string[] {
  const path: unknown = isRecord(issue) ? issue.path : undefined
  const steps: readonly unknown[] = Array.isArray(path) ? path : []
  return steps.map((step) => stepOf(isRecord(step) ? step.key : step))
}

/**
 * FHIR's element names look like this; any other name may be a value that a server turned into one.
 */
function stepOf(key: unknown): string {
  if (typeof key === 'number') return String(key)
  return typeof key === 'string' && /^_?[a-z][A-Za-z0-9]{0,63}$/.test(key) ? key : '?'
}
