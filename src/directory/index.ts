/**
 * The directory: entries, endpoint selection, local copies.
 *
 * @module carequality-fhir/directory
 */
export { DirectoryClient } from './directory-client.ts'
export type { DirectoryOptions } from './api/options.ts'
export { directoryReleases } from './api/releases.ts'
export type { DirectoryRelease, DirectoryReleaseId } from './api/releases.ts'
export type { DirectorySearchParameters } from './api/search-parameters.ts'
export { DirectorySnapshot } from './mirror/snapshot.ts'
export type { SnapshotOptions } from './mirror/snapshot-options.ts'
export type { DirectorySource, RefreshOptions } from './mirror/snapshot-refresh.ts'
export type { DirectoryDiff, ListedEndpoint } from './mirror/snapshot-diff.ts'
export type { SnapshotSource } from './mirror/snapshot-file.ts'
export { readEntry as readDirectoryEntry } from './model/entry.ts'
export type {
  DirectoryAddress,
  DirectoryContact,
  DirectoryDowntime,
  DirectoryEndpoint,
  DirectoryEntry,
  DirectoryPeriod,
  DirectoryPosition,
  DirectoryProblem,
  SnapshotAge,
} from './model/model.ts'
export type { ListingReport } from './pages/report.ts'
export type { DirectoryListing } from './pages/listing.ts'
export type { DirectoryPage, UnreadableEntry } from './pages/page.ts'
export { selectEndpoint } from './select/select-endpoint.ts'
export type { EndpointSelection, WantedEndpoint } from './select/select-endpoint.ts'
export type { EndpointCandidate } from './select/candidates.ts'
export type { EntryReader } from './select/entry-reader.ts'
