import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import {
  isRecord,
  requireBoolean,
  requireObject,
  requireOneOf,
  requireText,
} from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { hasResourceType, isResource } from '../bundle.ts'
import type { AccessFacts } from '../auditor.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { isFailedOutcome, outcomeOf, resourceOf, says } from '../outcome.ts'
import { refuseInvalid, requireReading, textFor, type ReadingOptions } from '../reading.ts'
import { resourceText } from '../resource-text.ts'
import { searchPairs, type SearchParameters } from '../search/search-parameters.ts'
import { queryText } from '../search/search-values.ts'
import { fhirErrorOf, operationNotSupported } from '../status-errors.ts'
import { requireId, requireType } from '../values.ts'
import type { AnyResource, FhirVersion, ResourceOf, ResourceType } from '../types.ts'

/** Options of an operation ([FHIR R4, operations](https://hl7.org/fhir/R4/operations.html)). */
export interface OperationOptions<
  T extends ResourceType<V>,
  V extends FhirVersion = 'R4',
> extends ReadingOptions {
  /** Invoked on this resource type; without it, on the whole server. */
  type?: ResourceType<V> | undefined
  /** Invoked on this resource. */
  id?: string | undefined
  /** Body of a POST: a Parameters resource, or the resource that is the operation's only parameter. */
  body?: AnyResource<V> | undefined
  /** Parameters in the URL; they must not contain patient data. */
  query?: SearchParameters | undefined
  /** Default `POST` where there is a body, else `GET`. */
  method?: 'GET' | 'POST' | undefined
  /**
   * The operation changes nothing, so it may be retried. Default: true for GET, false for POST.
   */
  safe?: boolean | undefined
  /**
   * The resource type that it returns; another one is `ERR_CQ_UNEXPECTED_RESOURCE`. Default: any.
   */
  returns?: T | undefined
}

/** Runs an operation; undefined where the server answers 204. */
export async function runOperation<T extends ResourceType<V>, V extends FhirVersion>(
  parts: FhirParts,
  name: string,
  given: OperationOptions<T, V>,
): Promise<ResourceOf<T, V> | undefined> {
  requirePurpose(parts)
  const options = ownOptions(given)
  const { operation, at, query, method, safe } = checked(name, options)
  const { session } = parts
  const path = [...at, operation].join('/')
  const json = method === 'GET' ? undefined : resourceText('body', options.body ?? EMPTY)
  const facts = (): AccessFacts => ({
    interaction: 'operation',
    patientId: options.type === 'Patient' ? options.id : undefined,
    request: { method, url: session.urlOf(path, query), body: json },
  })
  const run = async (call: Call): Promise<ResourceOf<T, V> | undefined> => {
    const answer = await session.send(
      {
        ...{ path, query },
        ...(json === undefined ? {} : { json }),
        pathTemplate: templateOf(at, operation),
        safe,
      },
      call,
    )
    if (answer.status === 204) return undefined
    if (answer.status < 200 || answer.status > 299) {
      throw await operationErrorOf(parts, answer, at, call)
    }
    const reading = { options }
    const { returns } = options
    const isWanted = (value: unknown): value is ResourceOf<T, V> =>
      isResource<V>(value) &&
      (returns === undefined ? !isFailedOutcome(value) : value.resourceType === returns)
    const text = await textFor(reading, answer)
    const resource = await resourceOf(answer, isWanted, returns ?? 'resource', text)
    await refuseInvalid(reading, resource, answer)
    return resource
  }
  return session.access('fhir.operation', options, facts, run, resourcesIn)
}

/** The result of an operation: one resource, or those of a Bundle. */
function* resourcesIn(result: unknown): Iterable<unknown> {
  yield result
  const { entry } = isRecord(result) ? result : {}
  for (const one of Array.isArray(entry) ? (entry as unknown[]) : []) {
    if (isRecord(one)) yield one.resource
  }
}

const EMPTY = { resourceType: 'Parameters' }

/**
 * The error for a failed operation. 404 has two meanings where the operation was invoked on one
 * resource: the resource is then read, because the error must not say "no such patient" of a server
 * that lacks the operation.
 */
export async function operationErrorOf(
  { session }: FhirParts,
  answer: HttpResponse,
  at: readonly string[],
  call: Call,
): Promise<Error> {
  if (answer.status === 404 && at.length === 2 && !says(outcomeOf(answer), 'not-supported')) {
    const [type = ''] = at
    const read = await session.send(
      { path: at.join('/'), pathTemplate: `/${type}/:id`, needs: { type, interaction: 'r' } },
      call,
    )
    if (read.status === 404 || read.status === 410) return fhirErrorOf(read, session.accept)
  }
  return operationNotSupported(answer) ?? fhirErrorOf(answer, session.accept)
}

/** `/Patient/:id/$everything` */
function templateOf(at: readonly string[], operation: string): string {
  const [type, id] = at
  return `/${[type, id && ':id', operation].filter((part) => part !== undefined).join('/')}`
}

function checked<T extends ResourceType<V>, V extends FhirVersion>(
  name: string,
  options: OperationOptions<T, V>,
): {
  operation: string
  at: readonly string[]
  query: string
  method: 'GET' | 'POST'
  safe: boolean
} {
  requireReading(options)
  const { type, id, body } = options
  if (!/^\$?[a-z][\w-]{0,63}$/i.test(requireText(name, 'name'))) {
    throw new TypeError('"name" must be the name of an operation such as $lastn')
  }
  if (id !== undefined && type === undefined) throw new TypeError('"id" needs a "type"')
  if (body !== undefined) {
    requireObject(body, 'body')
    if (!hasResourceType(body)) throw new TypeError('"body" must be a resource')
  }
  const method =
    requireOneOf(options.method, ['GET', 'POST'], 'method') ?? (body === undefined ? 'GET' : 'POST')
  if (method === 'GET' && body !== undefined) throw new TypeError('"body" needs the method POST')
  requireBoolean(options.safe, 'safe')
  if (options.returns !== undefined) requireType(options.returns, 'returns')
  // The operation defines its parameters, even on Patient.
  const pairs = searchPairs('', options.query ?? {})
  return {
    operation: name.startsWith('$') ? name : `$${name}`,
    at: [
      ...(type === undefined ? [] : [requireType(type)]),
      ...(id === undefined ? [] : [requireId(id)]),
    ],
    query: queryText(pairs),
    method,
    safe: options.safe ?? method === 'GET',
  }
}
