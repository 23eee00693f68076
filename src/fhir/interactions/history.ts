import { ResponseError, type ServerOutcome } from '../../errors.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { isRecord, requireWhole } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { isOfType, type BundleEntry, type UntypedResource } from '../bundle.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { versionsErrorOf } from '../status-errors.ts'
import { PageWalk } from '../pages/page-walk.ts'
import { PageResponse, type PageContent } from '../pages/page.ts'
import { walkSettings, type PagingOptions } from '../pages/walk-settings.ts'
import { pagedResults, type PagedResults } from '../pages/results.ts'
import { queryText, requirePlainDate } from '../search/search-values.ts'
import { requireId, requireType } from '../values.ts'
import type { BundleOf, FhirVersion, ResourceOf, ResourceType } from '../types.ts'

/** One version of a resource. */
export interface HistoryVersion<T> {
  /** For `vread`. */
  readonly versionId?: string | undefined
  /** As the server states; not every server does for deletions. */
  readonly lastUpdated?: string | undefined
  readonly deleted: boolean
  /** Undefined for a deletion. */
  readonly resource?: T | undefined
}

/** One page of a history. */
export interface HistoryPage<T, V extends FhirVersion = 'R4'> {
  readonly versions: readonly HistoryVersion<T>[]
  /** As the server sent it. */
  readonly bundle: BundleOf<V>
  readonly total?: number | undefined
  /** The server's remarks; they may contain patient data. */
  readonly outcomes: readonly ServerOutcome[]
}

/** The versions of a resource, newest first at most servers. */
export type HistoryResults<T, V extends FhirVersion = 'R4'> = PagedResults<
  HistoryVersion<T>,
  HistoryPage<T, V>
>

/** Options of a history. */
export interface HistoryOptions extends PagingOptions {
  /** Only versions made since then, for example `2024-05-01T00:00:00Z`. */
  _since?: string | undefined
  /** Versions per page. The server may return fewer. */
  _count?: number | undefined
}

/** All versions of a resource ([FHIR R4, history](https://hl7.org/fhir/R4/http.html#history)). Throws `TypeError` for what cannot be sent. */
export function historyOf<T extends ResourceType<V>, V extends FhirVersion>(
  parts: FhirParts,
  operation: string,
  type: T,
  id: string,
  given: HistoryOptions = {},
): HistoryResults<ResourceOf<T, V>, V> {
  requirePurpose(parts)
  requireType(type)
  requireId(id)
  const options = ownOptions(given)
  const { session } = parts
  const settings = walkSettings(parts, operation, options)
  const path = `${type}/${id}/_history`
  const pathTemplate = `/${type}/:id/_history`
  const query = queryOf(options)
  const needs = { type, interaction: 'r' } as const
  return pagedResults(
    () =>
      new PageWalk<HistoryVersion<ResourceOf<T, V>>, V>({
        ...settings,
        needs,
        facts: () => ({
          interaction: 'history-instance',
          resource: path,
          patientId: type === 'Patient' ? id : undefined,
          request: { method: 'GET', url: session.urlOf(path, query) },
        }),
        nextTemplate: `${pathTemplate} (next page)`,
        first: async (call) => {
          const answer = await session.send({ path, query, pathTemplate, needs }, call)
          return new PageResponse<V>(answer, session.urlOf(path, query))
        },
        hasTotal: true,
        contentOf: (entries, answer) => versionsIn<T, V>(type, id, entries, answer),
        resourceOf: ({ resource }) => resource,
        errorOf: (answer) => Promise.resolve(versionsErrorOf(answer, session.accept)),
      }),
    ({ items, bundle, total, outcomes }) => ({
      ...{ versions: items, bundle, outcomes },
      ...(total === undefined ? {} : { total }),
    }),
  )
}

function queryOf({ _since, _count }: HistoryOptions): string {
  const count = requireWhole(_count, '_count')
  const pairs = [
    ...(_since === undefined ? [] : [['_since', requirePlainDate(_since, '_since')] as const]),
    ...(count === undefined ? [] : [['_count', String(count)] as const]),
  ]
  return queryText(pairs)
}

function versionsIn<T extends ResourceType<V>, V extends FhirVersion>(
  type: T,
  id: string,
  entries: readonly BundleEntry[],
  answer: HttpResponse,
): PageContent<HistoryVersion<ResourceOf<T, V>>, V> {
  const items: { key: string | undefined; item: HistoryVersion<ResourceOf<T, V>> }[] = []
  const outcomes: UntypedResource[] = []
  let malformed = 0
  for (const { resource, request, response } of entries) {
    const deleted = isRecord(request) && request.method === 'DELETE'
    const facts = { ...versionOf(resource, response), deleted }
    // Not by time: two versions may have the same one.
    const key = facts.versionId
    if (resource?.resourceType === 'OperationOutcome') outcomes.push(resource)
    else if (deleted) {
      if (isOfAnother(type, id, request.url)) throw foreign(type, answer)
      items.push({ key: key && `deleted ${key}`, item: facts })
    } else if (resource === undefined) malformed += 1
    else if (!isOfType<T, V>(resource, type) || resource.id !== id) throw foreign(type, answer)
    else items.push({ key, item: { ...facts, resource } })
  }
  return { items, includedKeys: [], included: [], outcomes, malformed }
}

function foreign(type: string, { context }: HttpResponse): ResponseError {
  const what = `the history of a ${type} holds something else`
  return new ResponseError('ERR_CQ_UNEXPECTED_RESOURCE', what, context)
}

/** A longer id names nothing that can be read. */
const LONGEST_URL = 8_192
/** An `ETag` that contains more is not a version. */
const LONGEST_ETAG = 256

/** Whether a deletion says that it is another resource's; not every server names the resource. */
function isOfAnother(type: string, id: string, url: unknown): boolean {
  if (typeof url !== 'string') return false
  if (url.length > LONGEST_URL) return true
  const named = /(?:^|\/)([A-Z][A-Za-z]+)\/([^/?#]+)(?:\/_history\/[^/?#]+)?$/.exec(url)
  return named !== null && (named[1] !== type || named[2] !== id)
}

function versionOf(
  resource: UntypedResource | undefined,
  response: unknown,
): { versionId?: string | undefined; lastUpdated?: string | undefined } {
  const meta = isRecord(resource?.meta) ? resource.meta : {}
  const { etag, lastModified } = isRecord(response) ? response : {}
  const isShort = typeof etag === 'string' && etag.length <= LONGEST_ETAG
  const tag = isShort ? /^(?:W\/)?"([^"]+)"$/.exec(etag)?.[1] : undefined
  return {
    versionId: typeof meta.versionId === 'string' ? meta.versionId : tag,
    lastUpdated: [meta.lastUpdated, lastModified].find((one) => typeof one === 'string'),
  }
}
