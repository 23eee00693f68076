import type { HttpResponse } from '../http/messages.ts'
import { isRecord } from '../lib/arguments.ts'
import type { BundleLink } from './bundle-shell.ts'
import { resourceOf } from './outcome.ts'
import type { AnyResource, BundleOf, FhirVersion, ResourceOf, ResourceType } from './types.ts'

/**
 * How much of a response is checked. `shell`: that a Bundle has its shape and each resource a type
 * and an id of the right kind. `off`: only what the library itself cannot do without.
 */
export type Validation = 'off' | 'shell'

/** A resource as it came: nothing but its type is known. */
export interface UntypedResource {
  readonly resourceType: string
  readonly [member: string]: unknown
}

/** One entry of a Bundle, as it came. */
export interface BundleEntry {
  readonly resource?: UntypedResource | undefined
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
  readonly malformedEntries: number
  /** All different next links; more than one is suspicious. */
  readonly nextLinks: readonly unknown[]
  readonly selfLink: string | undefined
}

/** It repeats what was sent, a list of many ids perhaps; it stays in memory as long as its search. */
const LONGEST_SELF_LINK = 64e3

/** Reads the shell of a response that should be a Bundle; the resources in it stay as they came. `text`: the response's, where it is decoded already. */
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
  const entries = entry.filter(isBundleEntry)
  const links = link.map(linkOf)
  const [self] = urlsOf(links, 'self')
  return {
    bundle,
    total: typeof total === 'number' ? total : undefined,
    entries,
    malformedEntries: entry.length - entries.length,
    nextLinks: urlsOf(links, 'next'),
    selfLink: typeof self === 'string' && self.length <= LONGEST_SELF_LINK ? self : undefined,
  }
}

/** Whether a value has a resource type. */
export function hasResourceType(value: unknown): value is UntypedResource {
  return isRecord(value) && typeof value.resourceType === 'string'
}

/** The type is checked; the rest is what the server sent. */
export function isResource<V extends FhirVersion>(value: unknown): value is AnyResource<V> {
  return hasResourceType(value)
}

/** Type and id are checked; the rest is what the server sent. */
export function isOfType<T extends ResourceType<V>, V extends FhirVersion>(
  value: unknown,
  type: string,
): value is ResourceOf<T, V> & UntypedResource {
  return hasResourceType(value) && value.resourceType === type && typeof value.id === 'string'
}

/** The shell was checked; the rest is what the server sent. */
function isBundle<V extends FhirVersion>(value: unknown): value is BundleOf<V> {
  return hasResourceType(value) && value.resourceType === 'Bundle'
}

/** All different ones. */
function urlsOf(links: readonly (BundleLink | undefined)[], wanted: string): readonly unknown[] {
  const urls = new Set<unknown>()
  for (const link of links) if (link?.relation === wanted) urls.add(link.url)
  return [...urls]
}

function isBundleEntry(value: unknown): value is BundleEntry {
  return isRecord(value) && (value.resource === undefined || hasResourceType(value.resource))
}
