import type { Call } from '../../http/call.ts'
import { requireWhole } from '../../lib/arguments.ts'
import type { LinkScope } from '../../paging/judge-link.ts'
import type { FhirParts } from '../fhir-parts.ts'
import { requireReading, type Reading, type ReadingOptions } from '../reading.ts'
import type { FhirSession } from '../session.ts'
import { linkScopeOf } from './next-link.ts'

/** Options of paged results. */
export interface PagingOptions extends ReadingOptions {
  /** Default 1,000; more pages end it with `ERR_CQ_PAGE_LIMIT`. */
  maxPages?: number | undefined
}

/** What all walks of one call have in common. */
export interface WalkSettings {
  readonly session: FhirSession
  readonly operation: string
  readonly scope: LinkScope
  readonly maxPages: number
  readonly reading: Reading
  /**
   * The call that all pages belong to. Without it each page is a call of its own, with its own
   * deadline.
   */
  readonly call?: Call | undefined
}

/** Throws `TypeError` for a wrong option. */
export function walkSettings(
  parts: FhirParts,
  operation: string,
  options: PagingOptions,
): WalkSettings {
  requireReading(options)
  return {
    session: parts.session,
    operation,
    reading: { options },
    scope: linkScopeOf(parts, parts.nextLinks),
    maxPages: requireWhole(options.maxPages, 'maxPages') ?? 1_000,
  }
}
