/** What became of each target. Plain data: it survives JSON. No code. */
import type { ConsentDemand } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { MatchGrade } from '../fhir/interactions/match.ts'
import type { Patient } from '../fhir/types.ts'

/** Whom a run asks, as far as it is known: what an outcome and a plan call it by. */
export interface DiscoverTarget {
  /** As it was given: the OID, or the base URL where no OID is known. */
  readonly id: string
  /** Its place among the targets, from 0. */
  readonly position: number
  readonly oid?: string | undefined
  /** The directory's name for it. */
  readonly name?: string | undefined
  /** The FHIR base in canonical form; undefined where none was found. */
  readonly baseUrl?: string | undefined
}

/** How a Patient compares with the one that was asked for, element by element; by this library, from what both have. */
export type Agreement = Readonly<Partial<Record<ComparedElement, 'same' | 'similar' | 'different'>>>

/** What is compared. */
export type ComparedElement =
  'family' | 'given' | 'birthDate' | 'gender' | 'identifier' | 'telecom' | 'postalCode'

/** A Patient of one responder. Ids mean nothing elsewhere, so it is named by its base, too. */
export interface FoundPatient {
  /** `https://fhir.example.org/r4/Patient/1`. */
  readonly reference: string
  readonly resource: Patient
  /** `server`: `score` and `grade` are the server's. `unknown`: a hit of a search, which is no match. */
  readonly confidence: 'server' | 'unknown'
  readonly score?: number | undefined
  readonly grade?: MatchGrade | undefined
  readonly agreement: Agreement
}

/** Why there was no answer: an error of this library as plain data, without secrets and patient values. */
export interface OutcomeError {
  /** Undefined for what your own code threw, a `context` function for example. */
  readonly code?: ErrorCode | undefined
  readonly message: string
  readonly operation?: string | undefined
  readonly origin?: string | undefined
  readonly pathTemplate?: string | undefined
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** Which elements of the patient a responder was sent, and when; for the accounting of disclosures. */
export interface Disclosure {
  /** Milliseconds since the epoch, by the client's clock: when the first request with them went out. */
  readonly at: number
  readonly interaction: 'match' | 'search'
  /** For example `name.family`, `birthDate`. */
  readonly elements: readonly string[]
}

/** Why a target was not asked; docs/discover.md says what each means. */
export type SkipReason =
  | 'duplicate'
  | 'inactive'
  | 'no-endpoint'
  | 'directory'
  | 'blocked'
  | 'breaker-open'
  | 'budget'
  | 'policy'

/** Why a target was not asked to its end. */
export type CancelReason = 'signal' | 'deadline' | 'loop-left' | 'closed' | 'store-lost'

/** What every outcome has. */
export interface OutcomeFacts {
  readonly target: DiscoverTarget
  /** Ids of further targets that this answer is good for: the same base, identity and context. One that was located later has `duplicateOf` alone. */
  readonly aliases: readonly string[]
  /** When its first request was about to go out, in milliseconds since the epoch. */
  readonly startedAt?: number | undefined
  /** Milliseconds in which it waited for its turn: for a place, or for a breaker. */
  readonly queuedMs: number
  /** Milliseconds for its token, if one had to be asked for. */
  readonly tokenMs: number
  /** Milliseconds from its start to its end, waiting and token left out. */
  readonly requestMs: number
  /** HTTP requests that were made for it; those for tokens and metadata, and retries, included. */
  readonly attempts: number
  /** A second request was sent because the first one was slow. */
  readonly hedged: boolean
  /** What it was sent of the patient, at each step; empty where nothing was sent. */
  readonly disclosures: readonly Disclosure[]
}

/** Exactly one certain match. */
export interface Matched extends OutcomeFacts {
  readonly kind: 'matched'
  readonly matches: readonly [FoundPatient]
}

/** One Patient or more, none of them certain: a person has to look. */
export interface Candidates extends OutcomeFacts {
  readonly kind: 'candidates'
  /** Best first. Empty where the server knows some and names none. */
  readonly matches: readonly FoundPatient[]
  /** There are more than these. */
  readonly truncated: boolean
  /** How many more it gave who agree in neither a name nor the birth date: its criteria are not applied to all. */
  readonly dropped: number
}

/** The responder knows nobody like that. */
export interface NoMatch extends OutcomeFacts {
  readonly kind: 'no-match'
}

/** The responder understood, and says no. */
export interface Refused extends OutcomeFacts {
  readonly kind: 'refused'
  readonly error: OutcomeError
  /** What consent it wants first, where it says so. */
  readonly consent?: ConsentDemand | undefined
}

/** No answer, for the reason that `error` gives; `kind` says what to do about it. `withheld`: it was asked, and something of yours kept what it said. */
export interface Failed extends OutcomeFacts {
  readonly kind:
    | 'unauthorized'
    | 'unsupported'
    | 'invalid'
    | 'untrusted'
    | 'unreachable'
    | 'timeout'
    | 'overloaded'
    | 'withheld'
  readonly error: OutcomeError
}

/** Not asked: it was sent nothing of the patient. */
export interface Skipped extends OutcomeFacts {
  readonly kind: 'skipped'
  readonly reason: SkipReason
  /** With `duplicate`: id of the target whose outcome is good for this one. */
  readonly duplicateOf?: string | undefined
  readonly error?: OutcomeError | undefined
}

/** Not asked, or not to its end, because the run ended first. */
export interface Cancelled extends OutcomeFacts {
  readonly kind: 'cancelled'
  readonly reason: CancelReason
}

/** What became of one target, as plain data. */
export type OutcomeData = Matched | Candidates | NoMatch | Refused | Failed | Skipped | Cancelled

/** The name of each kind of outcome; docs/discover.md says what each obliges an application to do. */
export type OutcomeKind = OutcomeData['kind']
