import { LONGEST_URL } from '../../http/policies/parse-url.ts'
import { isCarequalityError } from '../../errors.ts'
import { urlBelow } from '../../http/policies/base-url.ts'
import type { Call } from '../../http/call.ts'
import { parseUrl } from '../../http/policies/egress.ts'
import { readEndpoint } from '../model/endpoint.ts'
import { endpointReferences, withReferenced } from '../model/entry.ts'
import type { DirectoryEndpoint, DirectoryEntry, DirectoryProblem } from '../model/model.ts'
import type { DirectorySession } from './session.ts'
import { member, text } from '../../hl7/tree.ts'

/** More than any real entry refers to; each one is a request. */
const MOST = 20
const AT_ONCE = 5

/**
 * Fetches the Endpoints that an entry refers to, on the directory's own origin and at most 20. One
 * that cannot be fetched leaves a problem with the entry, and the others remain. `whole` is false
 * if a retry may help.
 */
export async function withReferencedEndpoints(
  session: DirectorySession,
  entry: DirectoryEntry,
  call: Call,
): Promise<{ entry: DirectoryEntry; whole: boolean }> {
  const references = endpointReferences(entry.resource)
  if (references.length === 0) return { entry, whole: true }
  const read = new Map<string, DirectoryEndpoint>()
  // The entry's own list of problems names what exceeds the limits.
  const problems: DirectoryProblem[] = references
    .slice(MOST)
    .map(({ path }) => ({ path, reason: `an Endpoint past the first ${MOST}, not fetched` }))
  let whole = true
  for (let from = 0; from < Math.min(MOST, references.length); from += AT_ONCE) {
    const batch = references.slice(from, Math.min(MOST, from + AT_ONCE))
    await Promise.all(
      batch.map(async ({ path, to }) => {
        const found = await fetchEndpoint(session, to, call)
        if ('endpoint' in found) read.set(path, found.endpoint)
        else {
          problems.push({ path, reason: found.reason })
          if (found.passing) whole = false
        }
      }),
    )
  }
  // In document order, not by arrival.
  const ordered = new Map([...read].sort(([a], [b]) => placeOf(a) - placeOf(b)))
  return { entry: withReferenced(entry, ordered, problems), whole }
}

type Fetched =
  { readonly endpoint: DirectoryEndpoint } | { readonly reason: string; readonly passing: boolean }

async function fetchEndpoint(session: DirectorySession, to: string, call: Call): Promise<Fetched> {
  const url = addressOf(to, session.place.baseUrl)
  if (url === undefined) return failed('an Endpoint that is not in this directory, not fetched')
  try {
    const { answer } = await session.get({ at: { url }, pathTemplate: '/Endpoint/:id' }, call)
    if (answer.status !== 200)
      return failed(
        `an Endpoint for which the directory returned ${answer.status}`,
        answer.status >= 429,
      )
    const resource = await session.resource(answer, 'Endpoint')
    const id = text(member(resource, 'id'))
    if (id !== undefined && !url.split('/').includes(id))
      return failed('another Endpoint than requested')
    const endpoint = readEndpoint(resource, 'referenced')
    return endpoint === undefined ? failed('an Endpoint without an address') : { endpoint }
  } catch (error) {
    // What ends the call also ends this.
    call.deadline.throwIfOver()
    if (!isCarequalityError(error)) throw error
    return failed(`an Endpoint that could not be fetched (${error.code})`, error.retryable)
  }
}

/** Only on the directory's own origin: the key is sent along. */
function addressOf(reference: string, baseUrl: string): string | undefined {
  if (reference.length > LONGEST_URL) return undefined
  if (!/(^|\/)Endpoint\/[A-Za-z0-9\-.]{1,64}(\/_history\/[A-Za-z0-9\-.]{1,64})?$/.test(reference))
    return undefined
  // A step up, or what a server may take for one; a query would go along as it stands.
  if (/(^|\/)\.{1,2}(\/|$)|[?#%\\]/.test(reference)) return undefined
  if (reference.startsWith('Endpoint/')) return urlBelow(baseUrl, reference)
  const url = parseUrl(reference)
  return url !== undefined && url.origin === parseUrl(baseUrl)?.origin ? url.href : undefined
}

function failed(reason: string, passing = false): Fetched {
  return { reason, passing }
}

function placeOf(path: string): number {
  return Number(path.slice(path.indexOf('.') + 1))
}
