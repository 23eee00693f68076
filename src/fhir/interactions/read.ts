import { FhirError, ResponseError } from '../../errors.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { isRecord, requireBoolean, requireOneOf } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { hasResourceType, isOfType, type UntypedResource } from '../bundle.ts'
import type { AccessFacts } from '../auditor.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { resourceOf } from '../outcome.ts'
import { fhirErrorOf, versionsErrorOf } from '../status-errors.ts'
import { refuseInvalid, requireReading, textFor, type ReadingOptions } from '../reading.ts'
import { requireId, requireType } from '../values.ts'
import type { FhirVersion, ResourceOf, ResourceType } from '../types.ts'

/** Options of a read. */
export interface ReadOptions extends ReadingOptions {
  /** Names of elements: others may be missing from the resource. */
  _elements?: readonly string[] | undefined
  /** The server's own short form of the resource ([FHIR R4, summary](https://hl7.org/fhir/R4/search.html#summary)). */
  _summary?: 'true' | 'text' | 'data' | 'false' | undefined
}

/** Options of a read of a Patient. */
export interface PatientReadOptions extends ReadOptions {
  /**
   * Accepts another patient than the requested one, as servers return after a merge. Default false.
   */
  followReplacement?: boolean | undefined
}

/** What is read: a resource, or one version of it. */
interface Wanted {
  readonly type: string
  readonly id: string
  readonly versionId?: string | undefined
}

/** Reads a resource by type and id ([FHIR R4, read](https://hl7.org/fhir/R4/http.html#read)). */
export async function readResource<T extends ResourceType<V>, V extends FhirVersion>(
  parts: FhirParts,
  operation: string,
  wanted: { readonly type: T; readonly id: string; readonly versionId?: string },
  given: PatientReadOptions = {},
): Promise<ResourceOf<T, V>> {
  requirePurpose(parts)
  const options = ownOptions(given)
  const query = checked(wanted, options)
  const { session, validators } = parts
  const path = pathOf(wanted)
  const facts = (): AccessFacts => factsOf(wanted, session.urlOf(path, query))
  const send = async (call: Call): Promise<ResourceOf<T, V>> => {
    const key = validators === undefined ? '' : keyOf(parts, path, query)
    const known = validators?.find(key)
    const sent = await session.send(
      {
        ...{ path, query, pathTemplate: templateOf(wanted) },
        needs: { type: wanted.type, interaction: 'r' },
        headers: known && { 'if-none-match': known.etag },
      },
      call,
    )
    validators?.invalidateFrom(key, sent)
    const unchanged = sent.status === 304 ? known : undefined
    const answer = unchanged === undefined ? sent : { ...unchanged.answer, screen: sent.screen }
    if (answer.status !== 200) {
      const errorOf = wanted.versionId === undefined ? fhirErrorOf : versionsErrorOf
      throw errorOf(answer, session.accept)
    }
    const reading = { options }
    const isWantedType = (value: unknown): value is UntypedResource =>
      hasResourceType(value) && value.resourceType === wanted.type
    // Each await costs a turn, and mostly there is nothing to await.
    const text = options.onResponse && (await textFor(reading, answer))
    const resource = await resourceOf(answer, isWantedType, wanted.type, text)
    refuseOther(resource, wanted, answer, options.followReplacement === true)
    if (!isOfType<T, V>(resource, wanted.type)) throw withoutId(wanted, answer)
    if (options.validate !== undefined) await refuseInvalid(reading, resource, answer)
    validators?.keep(key, sent)
    if (isReplaced(resource)) {
      session.http.emit({ type: 'patient.replaced', baseUrl: session.shownBase })
    }
    return resource
  }
  return session.access(operation, options, facts, send, (resource) => [resource])
}

function factsOf({ type, id, versionId }: Wanted, url: string): AccessFacts {
  return {
    interaction: versionId === undefined ? 'read' : 'vread',
    resource: pathOf({ type, id, versionId }),
    patientId: type === 'Patient' ? id : undefined,
    request: { method: 'GET', url },
  }
}

/** As a read, but returns undefined where the resource does not exist, or no longer. */
export async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    const nothing =
      error instanceof FhirError && ['ERR_CQ_NOT_FOUND', 'ERR_CQ_GONE'].includes(error.code)
    if (nothing) return undefined
    throw error
  }
}

function checked({ type, id, versionId }: Wanted, options: PatientReadOptions): string {
  requireType(type)
  requireId(id)
  if (versionId !== undefined) requireId(versionId, 'versionId')
  requireReading(options)
  requireBoolean(options.followReplacement, 'followReplacement')
  const { _elements: elements } = options
  const summary = requireOneOf(options._summary, ['true', 'text', 'data', 'false'], '_summary')
  const isName = (name: unknown): boolean => typeof name === 'string' && /^[\w.]+$/.test(name)
  if (
    elements !== undefined &&
    !(Array.isArray(elements) && elements.length > 0 && elements.every(isName))
  ) {
    throw new TypeError('"_elements" must be a list of names of elements')
  }
  if (elements === undefined && summary === undefined) return ''
  return new URLSearchParams({
    ...(elements === undefined ? {} : { _elements: elements.join(',') }),
    ...(summary === undefined ? {} : { _summary: summary }),
  }).toString()
}

/** Names what is read, for the cache. */
function keyOf({ session, details }: FhirParts, path: string, query: string): string {
  return JSON.stringify([details.contextKey, session.urlOf(path, query), session.accept])
}

function pathOf({ type, id, versionId }: Wanted): string {
  return versionId === undefined ? `${type}/${id}` : `${type}/${id}/_history/${versionId}`
}

function templateOf({ type, versionId }: Wanted): string {
  return versionId === undefined ? `/${type}/:id` : `/${type}/:id/_history/:vid`
}

/** Returning another patient's record under the requested id is the worst that a read can do. */
function refuseOther(
  { id }: UntypedResource,
  wanted: Wanted,
  { context }: HttpResponse,
  follow: boolean,
): void {
  if (typeof id !== 'string' || id === wanted.id) return
  if (wanted.type !== 'Patient') {
    const what = `the FHIR server returned another ${wanted.type} than requested`
    throw new ResponseError('ERR_CQ_UNEXPECTED_RESOURCE', what, context)
  }
  if (follow) return
  const what = 'the FHIR server returned another patient than requested'
  throw new FhirError('ERR_CQ_OTHER_PATIENT', what, context)
}

function withoutId({ type }: Wanted, { context }: HttpResponse): ResponseError {
  return new ResponseError('ERR_CQ_INVALID_RESPONSE', `the ${type} has no id`, context, ['id'])
}

function isReplaced({ resourceType, link }: UntypedResource): boolean {
  const links: readonly unknown[] = resourceType === 'Patient' && Array.isArray(link) ? link : []
  return links.some((one) => isRecord(one) && one.type === 'replaced-by')
}
