import { PolicyError } from '../../errors.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { LONGEST_URL } from '../../http/policies/parse-url.ts'
import { Yielder, turn } from '../../lib/turn.ts'
import type { SearchMethod } from '../../types.ts'
import type { AccessFacts } from '../auditor.ts'
import type { BundleEntry, UntypedResource } from '../bundle.ts'
import { criteriaOf, looksUnfiltered } from './filter-check.ts'
import { outcomeOf, says } from '../outcome.ts'
import { PageResponse } from '../pages/page.ts'
import { LARGE_PAGE } from '../pages/page-walk.ts'
import type { SearchMemory } from './search-memory.ts'
import { queryText, type Pair } from './search-values.ts'
import type { FhirSession } from '../session.ts'
import { rejectsRequest } from '../status-errors.ts'
import type { FhirVersion } from '../types.ts'

/** Patients that are compared before the clock is checked. */
const AT_ONCE = 50

/** What the audit records of a search: the first request, a POST unless the method is `get`. */
export function searchFacts(session: FhirSession, search: SearchRequest): AccessFacts {
  const { type, method, pairs } = search
  const text = queryText(pairs)
  const byGet = method === 'get'
  return {
    interaction: 'search-type',
    patientId: type === 'Patient' ? undefined : patientOf(pairs),
    request: byGet
      ? { method: 'GET', url: session.urlOf(type, text) }
      : { method: 'POST', url: session.urlOf(`${type}/_search`), body: text },
  }
}

/** The Patient's id that `patient=1` or `subject=Patient/1` names. */
function patientOf(pairs: readonly Pair[]): string | undefined {
  for (const [name, value] of pairs) {
    const [, id] = /^(?:Patient\/)?([\w.-]{1,64})$/.exec(value) ?? []
    const isPatient = name === 'patient' || (name === 'subject' && value.startsWith('Patient/'))
    if (isPatient && id !== undefined) return id
  }
  return undefined
}

/** One search to be sent. */
export interface SearchRequest {
  readonly type: string
  readonly method: SearchMethod
  readonly pairs: readonly Pair[]
  /** Modes that the CapabilityStatement announces; empty where it does not say. */
  readonly announced: readonly string[]
}

/**
 * Sends a search so that patient data stays out of URLs if the server permits: by POST, and once by
 * GET if POST is rejected, or does not apply the criteria, and the method allows it.
 *
 * @see [FHIR R4, search by POST](https://hl7.org/fhir/R4/http.html#search)
 */
export async function sendSearch<V extends FhirVersion>(
  session: FhirSession,
  memory: SearchMemory,
  search: SearchRequest,
  call: Call,
): Promise<PageResponse<V>> {
  const { type, method, announced } = search
  const baseUrl = session.urlOf('') // With or without its last slash, it is one base.
  const now = session.http.now()
  const noPost = announced.length > 0 && !announced.includes('post')
  if (method === 'get' || noPost || memory.refuses(baseUrl, type, now)) {
    return byGet<V>(session, search, call)
  }
  const posted = await byPost<V>(session, search, call)
  const accepted = memory.accepts(baseUrl, type)
  if (refusesPost(posted.answer, accepted)) {
    const got = await byGet<V>(session, search, call, posted.answer)
    // If GET fails too, the rejection was about this search: the next one stays out of URLs.
    if ((await entriesOf(got)) !== undefined) memory.refused(baseUrl, type, now)
    return got
  }
  if (posted.answer.status === 200) memory.accepted(baseUrl, type)
  const unfiltered = memory.isProven(baseUrl, type)
    ? undefined
    : await checkFilterApplied(search, posted)
  if (unfiltered === false) memory.proven(baseUrl, type)
  if (unfiltered !== true) return posted
  // A stranger's record is never returned: the same search by GET decides.
  if (method === 'post-only') throw filterIgnored(type, posted.answer)
  const got = await byGet<V>(session, search, call)
  const same = await sameHits(posted, got)
  if (same === true) {
    memory.proven(baseUrl, type)
    return posted
  }
  if (same === undefined && !rejectsRequest(got.answer)) return got
  session.http.emit({
    type: 'search.filter-ignored',
    baseUrl: session.shownBase,
    resourceType: type,
  })
  if (same === undefined) throw filterIgnored(type, posted.answer)
  memory.refused(baseUrl, type, now)
  return got
}

function filterIgnored(type: string, { context }: HttpResponse): PolicyError {
  return new PolicyError(
    'ERR_CQ_FILTER_IGNORED',
    `the FHIR server did not apply the criteria of a POST search of ${type}`,
    context,
  )
}

async function byPost<V extends FhirVersion>(
  session: FhirSession,
  search: SearchRequest,
  call: Call,
): Promise<PageResponse<V>> {
  const { type } = search
  const path = `${type}/_search`
  const answer = await session.send(
    {
      path,
      form: queryText(search.pairs),
      pathTemplate: `/${path}`,
      needs: { type, interaction: 's' },
    },
    call,
  )
  return new PageResponse<V>(answer, session.urlOf(path))
}

async function byGet<V extends FhirVersion>(
  session: FhirSession,
  search: SearchRequest,
  call: Call,
  refusal?: HttpResponse,
): Promise<PageResponse<V>> {
  const { type, method, pairs } = search
  if (method === 'post-only') {
    throw new PolicyError(
      'ERR_CQ_SEARCH_METHOD_REFUSED',
      `the FHIR server rejects POST searches of ${type}${refusal === undefined ? '' : ` (${refusal.status})`}`,
      refusal?.context ?? session.where(call.operation),
    )
  }
  const query = queryText(pairs)
  const url = session.urlOf(type, query)
  if (url.length > LONGEST_URL) {
    throw new PolicyError(
      'ERR_CQ_SEARCH_METHOD_REFUSED',
      `the search of ${type} goes by GET, and its URL of ${url.length} characters is longer than ${LONGEST_URL}`,
      refusal?.context ?? session.where(call.operation),
    )
  }
  if (pairs.some(([name]) => !name.startsWith('_') || name.startsWith('_has:'))) {
    session.http.emit({
      type: 'search.demographics-in-url',
      baseUrl: session.shownBase,
      resourceType: type,
    })
  }
  const answer = await session.send(
    { path: type, query, pathTemplate: `/${type}`, needs: { type, interaction: 's' } },
    call,
  )
  return new PageResponse<V>(answer, url)
}

/**
 * 404 and `not-supported` may also be about the search, where nothing is found or one parameter is
 * unknown. They are, once POST was accepted.
 */
function refusesPost(answer: HttpResponse, accepted: boolean): boolean {
  const { status } = answer
  if ([405, 415, 501].includes(status)) return true
  if (accepted) return false
  if (status === 404) return true
  return (status === 400 || status === 403) && says(outcomeOf(answer), 'not-supported')
}

/** Whether the page looks unfiltered; undefined where that cannot be decided. */
async function checkFilterApplied<V extends FhirVersion>(
  { type, pairs }: SearchRequest,
  page: PageResponse<V>,
): Promise<boolean | undefined> {
  const criteria = type === 'Patient' ? criteriaOf(pairs) : []
  if (criteria.length === 0) return undefined
  const patients = (await patientsOf(page)) ?? []
  if (page.answer.bytes.length > LARGE_PAGE) await turn()
  const work = new Yielder()
  let found: boolean | undefined
  for (let from = 0; from < patients.length && found !== false; from += AT_ONCE) {
    if (work.shouldYield) await work.turn()
    found = looksUnfiltered(criteria, patients.slice(from, from + AT_ONCE)) ?? found
  }
  return found
}

/** Undefined where GET returned no page to compare with. */
async function sameHits<V extends FhirVersion>(
  posted: PageResponse<V>,
  got: PageResponse<V>,
): Promise<boolean | undefined> {
  const found = await idsOf(got)
  if (found === undefined) return undefined
  const others = await idsOf(posted)
  return others?.size === found.size && [...found].every((id) => others.has(id))
}

async function idsOf<V extends FhirVersion>(
  page: PageResponse<V>,
): Promise<ReadonlySet<unknown> | undefined> {
  const patients = await patientsOf(page)
  return patients && new Set(patients.map(({ id }) => id))
}

async function patientsOf<V extends FhirVersion>(
  page: PageResponse<V>,
): Promise<readonly UntypedResource[] | undefined> {
  const entries = await entriesOf(page)
  return entries?.flatMap(({ resource }) =>
    resource?.resourceType === 'Patient' ? [resource] : [],
  )
}

/** Undefined for what is not a Bundle: reading the page throws the error. */
async function entriesOf<V extends FhirVersion>(
  page: PageResponse<V>,
): Promise<readonly BundleEntry[] | undefined> {
  if (page.answer.status !== 200) return undefined
  try {
    return (await page.bundle()).entries
  } catch {
    return undefined
  }
}
