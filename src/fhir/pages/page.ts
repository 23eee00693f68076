import { ResponseError, type CarequalityError, type ServerOutcome } from '../../errors.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import type { AccessFacts } from '../auditor.ts'
import { readBundle, type BundleEntry, type ReadBundle, type UntypedResource } from '../bundle.ts'
import type { Permission } from '../session.ts'
import type { AnyResource, BundleOf, FhirVersion } from '../types.ts'
import type { WalkSettings } from './walk-settings.ts'

/**
 * A response that should be a page, parsed once: whether criteria were applied is checked before
 * its entries are returned.
 */
export class PageResponse<V extends FhirVersion> {
  readonly answer: HttpResponse
  /** What was requested. */
  readonly url: string
  #bundle: Promise<ReadBundle<V>> | undefined

  constructor(answer: HttpResponse, url: string) {
    this.answer = answer
    this.url = url
  }

  /** Rejects where the response is not a Bundle. `text`: the response's, where it is decoded already. */
  bundle(text?: string): Promise<ReadBundle<V>> {
    return (this.#bundle ??= readBundle<V>(this.answer, text))
  }
}

/** The content of a page. */
export interface PageContent<T, V extends FhirVersion> {
  /**
   * What was searched for. The key shows whether it was returned before; without one it always
   * counts as new.
   */
  readonly items: readonly { readonly key: string | undefined; readonly item: T }[]
  /** Keys of the included entries. */
  readonly includedKeys: readonly string[]
  /** Keys of the included entries. */
  readonly included: readonly AnyResource<V>[]
  /** OperationOutcomes: the server's remarks about the request. */
  readonly outcomes: readonly UntypedResource[]
  /** How many entries are none of these. */
  readonly malformed: number
}

/** What a walk through pages needs. */
export interface Walk<T, V extends FhirVersion> extends WalkSettings {
  readonly nextTemplate: string
  readonly needs: Permission | undefined
  /** What the audit records of the first page. */
  facts(): AccessFacts
  first(call: Call): Promise<PageResponse<V>>
  contentOf(entries: readonly BundleEntry[], answer: HttpResponse): PageContent<T, V>
  /** The resource that the caller's own schema validates. */
  resourceOf(item: T): unknown
  /** Whether a Bundle's `total` counts the items. */
  readonly hasTotal: boolean
  /** The error that a status other than 200 means. Default: a search's. */
  errorOf?(answer: HttpResponse, call: Call): Promise<Error>
  /** Why the pages cannot be complete, though the server has no more. */
  missing?(answer: HttpResponse): CarequalityError | undefined
}

/** One page, read. */
export interface Page<T, V extends FhirVersion> {
  readonly items: readonly T[]
  readonly included: readonly AnyResource<V>[]
  readonly outcomes: readonly ServerOutcome[]
  readonly bundle: BundleOf<V>
  readonly total: number | undefined
  /** From the first page: on later ones it may be anything, usually a cursor. */
  readonly firstSelfLink: string | undefined
}

/** Identifies a resource of a page; undefined for one without an id. */
export function keyOf(role: string, { resourceType, id }: UntypedResource): string | undefined {
  return typeof id === 'string' ? `${role} ${resourceType}/${id}` : undefined
}

/** The error for a hit without an id. */
export function withoutId(type: string, { context }: HttpResponse): ResponseError {
  const what = `a ${type} in the search results has no id`
  return new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context, ['entry.resource.id'])
}
