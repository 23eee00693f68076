import type { CarequalityError, ServerOutcome } from '../../errors.ts'
import type { Call } from '../../http/call.ts'
import type { HttpResponse } from '../../http/messages.ts'
import type { BundleEntry, HeldResource } from '../bundle.ts'
import type { LinkScope } from './next-link.ts'
import type { Reading } from '../reading.ts'
import type { FhirSession, Permission } from '../session.ts'
import type { AnyResource, BundleOf, FhirVersion } from '../types.ts'

/** The answer to the first request, and the URL that relative links of it start from. */
export interface FirstPage {
  readonly answer: HttpResponse
  readonly url: string
}

/** What the entries of a page hold. */
export interface Picked<T, V extends FhirVersion> {
  /** What was asked for. The key tells whether it was given before; without one it is always new. */
  readonly items: readonly { readonly key: string | undefined; readonly item: T }[]
  /** Keys of the entries that came along. */
  readonly others: readonly string[]
  /** What came along. */
  readonly included: readonly AnyResource<V>[]
  /** What the server has to say about the request. */
  readonly outcomes: readonly HeldResource[]
  /** How many entries are none of these. */
  readonly odd: number
}

/** What all walks of one call have in common. */
export interface WalkSettings {
  readonly session: FhirSession
  readonly operation: string
  readonly links: Omit<LinkScope, 'policy' | 'baseUrl'>
  readonly maxPages: number
  readonly reading: Reading
  /** What all pages are part of. Without it each is a call of its own, under its own deadline. */
  readonly whole?: Call | undefined
}

/** What a walk through pages needs. */
export interface Walk<T, V extends FhirVersion> extends WalkSettings {
  readonly nextTemplate: string
  readonly needs: Permission | undefined
  first(call: Call): Promise<FirstPage>
  pick(entries: readonly BundleEntry[], answer: HttpResponse): Picked<T, V>
  /** The resource that the caller's own schema judges. */
  resourceOf(item: T): unknown
  /** Whether a Bundle's `total` counts the items. */
  readonly hasTotal: boolean
  /** What an answer other than 200 means. */
  failure?(answer: HttpResponse, call: Call): Promise<Error>
  /** Why the pages cannot be all, though the server has no more. */
  gaps?(answer: HttpResponse): CarequalityError | undefined
}

/** One page, read. */
export interface Page<T, V extends FhirVersion> {
  readonly items: readonly T[]
  readonly included: readonly AnyResource<V>[]
  readonly outcomes: readonly ServerOutcome[]
  readonly bundle: BundleOf<V>
  readonly total: number | undefined
  /** Of the first page: those of later ones may say anything, a cursor as a rule. */
  readonly firstSelfLink: string | undefined
}
