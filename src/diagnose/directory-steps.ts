/** From an OID to the address of a FHIR server. */
import { DirectoryClient } from '../directory/directory-client.ts'
import type { DirectoryOptions } from '../directory/api/options.ts'
import { directoryReleases } from '../directory/api/releases.ts'
import type { DirectoryEntry } from '../directory/model/model.ts'
import { describeCandidate } from '../directory/select/candidates.ts'
import type { EntryReader } from '../directory/select/entry-reader.ts'
import { selectEndpoint } from '../directory/select/select-endpoint.ts'
import { isCarequalityError } from '../errors.ts'
import { parseUrl } from '../http/policies/egress.ts'
import { hasMember } from '../lib/own.ts'
import type { CallOptions, HttpOptions } from '../types.ts'
import { evidenceOf, serverFault } from './classify.ts'
import { failed, passed, type Outcome } from './diagnosis.ts'
import type { FindingId } from './findings.ts'
import { pageKind } from './html.ts'
import type { Observer } from './observer.ts'

const FINDINGS: Readonly<Record<string, FindingId>> = {
  ERR_CQ_ENTRY_NOT_FOUND: 'entry-not-found',
  ERR_CQ_ENTRY_INACTIVE: 'entry-inactive',
  ERR_CQ_ENTRY_AMBIGUOUS: 'entry-ambiguous',
  ERR_CQ_DIRECTORY_KEY_REFUSED: 'directory-key-refused',
}

/** Where the entry is read, and with what. */
export interface DirectoryAccess {
  readonly reader: EntryReader
  /** Undefined for a reader of the caller's own. */
  readonly settings: DirectoryOptions | undefined
  readonly observer: Observer
  readonly tryOthers: boolean
  readonly options: CallOptions
}

/** Reads the entry: the directory responds, accepts the key, and knows the organization. */
export async function directoryStep(
  id: string,
  access: DirectoryAccess,
): Promise<Outcome<DirectoryEntry>> {
  const { reader, observer, options } = access
  const mark = observer.seen.length
  try {
    const entry = await reader.read(id, options)
    if (entry.active === false) return failed('entry-inactive', `entry ${entry.oid ?? entry.id}`)
    return passed(entry, `entry ${entry.oid ?? entry.id} read, ${entry.endpoints.length} endpoints`)
  } catch (error) {
    options.signal?.throwIfAborted()
    const observed = observer.lastFrom(mark)
    const code = isCarequalityError(error) ? error.code : ''
    const finding = FINDINGS[code]
    const isKey = finding === 'directory-key-refused'
    const fault = serverFault(observed, error)
    // A page is not the directory's word on the key.
    if (isKey && observed !== undefined && pageKind(observed) !== undefined) {
      return fault ?? failed('html-page', ...evidenceOf(observed, error))
    }
    if (fault !== undefined && !isKey) return fault
    if (finding === undefined) return failed('malformed-response', ...evidenceOf(observed, error))
    const elsewhere = isKey ? await otherEnvironment(id, access) : undefined
    const evidence = evidenceOf(observed, error)
    return elsewhere === undefined
      ? failed(finding, ...evidence)
      : failed('directory-key-of-other-environment', ...evidence, `${elsewhere} accepts the key`)
  }
}

/** The key is only sent to the same directory's other environments, and to no other host. */
async function otherEnvironment(
  id: string,
  { settings, tryOthers, options, observer }: DirectoryAccess,
): Promise<string | undefined> {
  if (!tryOthers || settings === undefined || typeof settings.release !== 'string') return undefined
  const { baseUrls } = directoryReleases[settings.release]
  const { environment: own, baseUrl, ...rest } = settings
  if (baseUrl !== undefined) return undefined
  for (const environment of ['production', 'stage', 'dev'] as const) {
    if (environment === own || baseUrls[environment] === undefined) continue
    const client = new DirectoryClient({ ...rest, environment, transport: observer.transport })
    try {
      await client.read(id, options)
      return environment
    } catch (error) {
      options.signal?.throwIfAborted()
      if (isCarequalityError(error) && error.code === 'ERR_CQ_ENTRY_NOT_FOUND') return environment
    }
  }
  return undefined
}

/** Selects the FHIR endpoint, as the client does. */
export async function endpointStep(
  entry: DirectoryEntry,
  parents: EntryReader,
  policy: HttpOptions,
  options: CallOptions,
): Promise<Outcome<string>> {
  const { allowedOrigins, allowedPrivateHosts, allowInsecureLoopback, now } = policy
  const wanted = { allowedOrigins, allowedPrivateHosts, allowInsecureLoopback, now, parents }
  const { endpoint, candidates } = await selectEndpoint(entry, wanted, options)
  const lines = candidates
    .slice(0, 10)
    .map((one) => describeCandidate(one, (address) => parseUrl(address.trim())?.origin ?? ''))
  return endpoint === undefined
    ? failed('no-fhir-endpoint', ...(lines.length === 0 ? ['it lists no endpoint'] : lines))
    : passed(endpoint.address, ...lines)
}

/** Whether what was given reads entries itself. */
export function isReader(directory: object): directory is EntryReader {
  return hasMember(directory, 'read')
}
