import { FhirError } from '../../errors.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { requireList, requireWhole } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { isResource, type BundleEntry, type UntypedResource } from '../bundle.ts'
import { requirePurpose, type FhirParts } from '../fhir-parts.ts'
import { operationErrorOf } from './operation.ts'
import { PageWalk } from '../pages/page-walk.ts'
import { keyOf, PageResponse, type PageContent } from '../pages/page.ts'
import { RecordOwner } from './record-owner.ts'
import { walkSettings, type PagingOptions } from '../pages/walk-settings.ts'
import { pagedResults, searchPage, type SearchResults } from '../pages/results.ts'
import { queryText, requirePlainDate } from '../search/search-values.ts'
import { requireId, requireType } from '../values.ts'
import type { AnyResource, FhirVersion, ResourceType } from '../types.ts'

/** Options of `$everything` ([FHIR R4](https://hl7.org/fhir/R4/patient-operation-everything.html)). */
export interface EverythingOptions<V extends FhirVersion = 'R4'> extends PagingOptions {
  /** Only care from this date on, for example `2020-01`. */
  start?: string | undefined
  /** Only care up to this date. */
  end?: string | undefined
  /** Only what was changed since then. */
  _since?: string | undefined
  /** Only resources of these types. */
  _type?: readonly ResourceType<V>[] | undefined
  /** Resources per page. The server may return fewer. */
  _count?: number | undefined
}

/** All that a server has about a patient, the Patient included. Throws `TypeError` for what cannot be sent. */
export function everythingAbout<V extends FhirVersion>(
  parts: FhirParts,
  id: string,
  given: EverythingOptions<V> = {},
): SearchResults<AnyResource<V>, V> {
  requirePurpose(parts)
  requireId(id)
  const options = ownOptions(given)
  const { session } = parts
  const settings = walkSettings(parts, 'patients.everything', options)
  const query = queryOf(options)
  const path = `Patient/${id}/$everything`
  const pathTemplate = '/Patient/:id/$everything'
  const hasAll = mustHoldPatient(options)
  return pagedResults(
    () => {
      const owner = new RecordOwner(id)
      return new PageWalk<AnyResource<V>, V>({
        ...settings,
        facts: () => ({
          interaction: 'operation',
          patientId: id,
          request: { method: 'GET', url: session.urlOf(path, query) },
        }),
        // Which scopes it requires is up to the server.
        needs: undefined,
        nextTemplate: `${pathTemplate} (next page)`,
        first: async (call) => {
          const answer = await session.send({ path, query, pathTemplate }, call)
          return new PageResponse<V>(answer, session.urlOf(path, query))
        },
        hasTotal: true,
        contentOf: (entries, answer) => {
          owner.refuseStranger(entries, answer)
          return resourcesIn<V>(entries)
        },
        resourceOf: (resource) => resource,
        errorOf: (answer, call) => operationErrorOf(parts, answer, ['Patient', id], call),
        missing: (answer) => (hasAll && !owner.found ? ofNobody(answer) : undefined),
      })
    },
    (page) => searchPage(page, []),
  )
}

/** Whether the Patient must be among the results: with these parameters a server may leave it out. */
function mustHoldPatient<V extends FhirVersion>({ _type, _since }: EverythingOptions<V>): boolean {
  return _since === undefined && (_type === undefined || _type.includes('Patient'))
}

function ofNobody({ context }: HttpResponse): FhirError {
  const what = 'the FHIR server returned nothing that belongs to the requested patient'
  return new FhirError('ERR_CQ_INCOMPLETE_RESULT', what, context)
}

function queryOf<V extends FhirVersion>(options: EverythingOptions<V>): string {
  const count = requireWhole(options._count, '_count')
  const dates = (['start', 'end', '_since'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [[name, requirePlainDate(options[name], name)] as const],
  )
  const types = typesOf(options._type)
  const pairs = [
    ...dates,
    ...(types === undefined ? [] : [['_type', types.join(',')] as const]),
    ...(count === undefined ? [] : [['_count', String(count)] as const]),
  ]
  return queryText(pairs)
}

function typesOf(types: readonly string[] | undefined): readonly string[] | undefined {
  if (types === undefined) return undefined
  requireList(types, '_type')
  if (types.length === 0) throw new TypeError('"_type" must name a resource type')
  return types.map((type) => requireType(type, '_type'))
}

function resourcesIn<V extends FhirVersion>(
  entries: readonly BundleEntry[],
): PageContent<AnyResource<V>, V> {
  const items: { key: string | undefined; item: AnyResource<V> }[] = []
  const outcomes: UntypedResource[] = []
  let malformed = 0
  for (const { resource } of entries) {
    if (resource?.resourceType === 'OperationOutcome') outcomes.push(resource)
    else if (isResource<V>(resource)) items.push({ key: keyOf('', resource), item: resource })
    else malformed += 1
  }
  return { items, includedKeys: [], included: [], outcomes, malformed }
}
