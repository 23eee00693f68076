import type { HttpResponse } from '../http/messages.ts'
import { isRecord } from '../lib/arguments.ts'
import type { BundleLink } from './bundle-shell.ts'
import { resourceOf } from './outcome.ts'
import type { AnyResource, BundleOf, FhirVersion } from './types.ts'

/**
 * How much of an answer is checked. `shell`: that a Bundle has its shape and each resource a type
 * and an id of the right kind. `off`: only what the library itself cannot do without.
 */
export type Validation = 'off' | 'shell'

/** A resource as it came: it says of which type it is. */
export interface HeldResource {
  readonly resourceType: string
  readonly [member: string]: unknown
}

/** One entry of a Bundle, as it came. */
export interface BundleEntry {
  readonly resource?: HeldResource | undefined
  readonly search?: unknown
  readonly request?: unknown
  readonly response?: unknown
}

/** A Bundle whose shell was checked. */
export interface ReadBundle<V extends FhirVersion> {
  /** As it came. */
  readonly bundle: BundleOf<V>
  readonly total: number | undefined
  readonly entries: readonly BundleEntry[]
  /** How many entries cannot be read. */
  readonly oddEntries: number
  /** All different next links; more than one is suspicious. */
  readonly nextLinks: readonly unknown[]
  readonly selfLink: string | undefined
}

/** It repeats what was sent, a list of many ids perhaps; it is held as long as its search. */
const LONGEST_SELF_LINK = 64e3

/** Reads the shell of an answer that is to be a Bundle; the resources in it stay as they came. `text`: the answer's, where it is decoded already. */
export async function readBundle<V extends FhirVersion>(
  answer: HttpResponse,
  text?: string,
): Promise<ReadBundle<V>> {
  const bundle = await resourceOf(answer, isBundle<V>, 'Bundle', text)
  // Loaded with the first Bundle: the schemas are half of what the library costs to import.
  const { linkOf, shellOf } = await import('./bundle-shell.ts')
  const { link, entry } = shellOf(bundle, answer)
  const total: unknown = bundle.total
  // Guards, not parsed copies: what the caller gets is what the server sent.
  const entries = entry.filter(isHeldEntry)
  const links = link.map(linkOf)
  const [self] = urlsOf(links, 'self')
  return {
    bundle,
    total: typeof total === 'number' ? total : undefined,
    entries,
    oddEntries: entry.length - entries.length,
    nextLinks: urlsOf(links, 'next'),
    selfLink: typeof self === 'string' && self.length <= LONGEST_SELF_LINK ? self : undefined,
  }
}

/** Whether anything says of which resource type it is. */
export function isHeld(value: unknown): value is HeldResource {
  return isRecord(value) && typeof value.resourceType === 'string'
}

/** It says of which type it is; the rest is what the server says. */
export function isResource<V extends FhirVersion>(value: unknown): value is AnyResource<V> {
  return isHeld(value)
}

/** The shell was checked; the rest is what the server says. */
function isBundle<V extends FhirVersion>(value: unknown): value is BundleOf<V> {
  return isHeld(value) && value.resourceType === 'Bundle'
}

/** All different ones. */
function urlsOf(links: readonly (BundleLink | undefined)[], wanted: string): readonly unknown[] {
  const urls = new Set<unknown>()
  for (const link of links) if (link?.relation === wanted) urls.add(link.url)
  return [...urls]
}

function isHeldEntry(value: unknown): value is BundleEntry {
  return isRecord(value) && (value.resource === undefined || isHeld(value.resource))
}
