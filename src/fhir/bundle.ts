import type { HttpResponse } from '../http/messages.ts'
import { isRecord } from '../lib/arguments.ts'
import type { BundleLink } from './bundle-shell.ts'
import { resourceOf } from './outcome.ts'
import type { AnyResource, BundleOf, FhirVersion, ResourceOf, ResourceType } from './types.ts'

/**
 * How much of a response is validated. `shell`: a Bundle's structure, and each resource's type and
 * id. `off`: only what the library itself relies on.
 */
export type Validation = 'off' | 'shell'

/** A resource as received: only its type is known. */
export interface UntypedResource {
  readonly resourceType: string
  readonly [member: string]: unknown
}

/** One entry of a Bundle, as received. */
export interface BundleEntry {
  readonly resource?: UntypedResource | undefined
  readonly search?: unknown
  readonly request?: unknown
  readonly response?: unknown
}

/** A Bundle whose shell was checked. */
export interface ReadBundle<V extends FhirVersion> {
  /** As received. */
  readonly bundle: BundleOf<V>
  readonly total: number | undefined
  readonly entries: readonly BundleEntry[]
  /** How many entries cannot be read. */
  readonly malformedEntries: number
  /** All distinct next links; more than one is suspicious. */
  readonly nextLinks: readonly unknown[]
  readonly selfLink: string | undefined
}

/**
 * It repeats what was sent, perhaps a list of many ids, and stays in memory as long as its search.
 */
const LONGEST_SELF_LINK = 64e3

/**
 * Reads the shell of a response that should be a Bundle; its resources stay as received. `text`:
 * the response's, if already decoded.
 */
export async function readBundle<V extends FhirVersion>(
  answer: HttpResponse,
  text?: string,
): Promise<ReadBundle<V>> {
  const bundle = await resourceOf(answer, isBundle<V>, 'Bundle', text)
  // Loaded with the first Bundle: the schemas are half of what the library costs to import.
  const { linkOf, shellOf } = await import('./bundle-shell.ts')
  const { link, entry } = shellOf(bundle, answer)
  const total: unknown = bundle.total
  // Guards, not parsed copies: callers get what the server sent.
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

/** All distinct ones. */
function urlsOf(links: readonly (BundleLink | undefined)[], wanted: string): readonly unknown[] {
  const urls = new Set<unknown>()
  for (const link of links) if (link?.relation === wanted) urls.add(link.url)
  return [...urls]
}

function isBundleEntry(value: unknown): value is BundleEntry {
  return isRecord(value) && (value.resource === undefined || hasResourceType(value.resource))
}
