import type { DirectoryEntry } from '../directory/model/model.ts'
import type { FhirPatientClient } from '../fhir/patient-client.ts'
import type { HedgeBudget } from './hedge.ts'
import type { CancelReason, DiscoverTarget } from './outcome.ts'

/** A target that is known well enough to be asked. Plain data. */
export interface AskedTarget extends DiscoverTarget {
  /** In one spelling; what memories and limits know it by. */
  readonly baseUrl: string
  /** As it was published: where requests go. */
  readonly address: string
  /** The caller's own. */
  readonly tokenEndpoint?: string | undefined
  readonly entry?: DirectoryEntry | undefined
  readonly servedBy?: DirectoryEntry | undefined
  /** Ids of the targets that its outcome is good for as well. */
  readonly aliases: readonly string[]
}

/** A responder as a run uses it. */
export interface ConnectedTarget {
  readonly patients: FhirPatientClient
  /** Its CapabilityStatement lists `$match`. */
  readonly listsMatch: boolean
}

/** How one target is asked. */
export interface AskControl {
  /** Milliseconds for all of it: discovery, token, waiting for places, retries, bodies. */
  readonly timeoutMs: number
  /** Ends it early; then `cancelReason` says why. */
  readonly signal: AbortSignal
  readonly cancelReason: () => CancelReason
  /** Milliseconds that it waited before. */
  readonly queuedMs: number
  readonly hedge?: HedgeBudget | undefined
  /** Names the run, in spans and audit events. */
  readonly runId?: string | undefined
}
