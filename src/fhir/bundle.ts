import * as z from 'zod/mini'
import { ResponseError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { isRecord } from '../lib/arguments.ts'
import { resourceOf } from './outcome.ts'
import type { AnyResource, BundleOf, FhirVersion } from './types.ts'

/**
 * How much of an answer is checked. `shell`: that a Bundle has its shape and each resource a type
 * and an id of the right kind. `off`: only what the library itself cannot do without.
 */
export type Validation = 'off' | 'shell'

const shell = z.object({
  link: z.optional(z.array(z.unknown())),
  entry: z.optional(z.array(z.unknown())),
})
const linkShell = z.object({ relation: z.string(), url: z.optional(z.unknown()) })
const entryShell = z.object({
  resource: z.optional(z.looseObject({ resourceType: z.string() })),
  search: z.optional(z.unknown()),
})

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

/** Reads the shell of an answer that is to be a Bundle; the resources in it stay as they came. `text`: the answer's, where it is decoded already. */
export function readBundle<V extends FhirVersion>(
  answer: Answer,
  validation: Validation,
  text?: string,
): ReadBundle<V> {
  const bundle = resourceOf(answer, isBundle<V>, 'Bundle', text)
  const read = shell.safeParse(bundle)
  if (!read.success) {
    const paths = read.error.issues.map(({ path }) => path.map(String).join('.'))
    throw new ResponseError(
      'ERR_CQ_INVALID_RESPONSE',
      'the answer is no well-formed Bundle',
      answer.context,
      paths,
    )
  }
  const { link = [], entry = [] } = read.data
  const total: unknown = bundle.total
  // Guards, not parsed copies: what the caller gets is what the server sent.
  const entries = entry.filter(validation === 'off' ? isHeldEntry : isShellEntry)
  const self = linksOf(link, 'self')[0]
  return {
    bundle,
    total: typeof total === 'number' ? total : undefined,
    entries,
    oddEntries: entry.length - entries.length,
    nextLinks: linksOf(link, 'next'),
    selfLink: typeof self === 'string' ? self : undefined,
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

function linksOf(links: readonly unknown[], relation: string): readonly unknown[] {
  return [
    ...new Set(
      links
        .filter(isLink)
        .filter((link) => link.relation === relation)
        .map(({ url }) => url),
    ),
  ]
}

function isLink(value: unknown): value is z.output<typeof linkShell> {
  return linkShell.safeParse(value).success
}

function isShellEntry(value: unknown): value is BundleEntry {
  return entryShell.safeParse(value).success
}

function isHeldEntry(value: unknown): value is BundleEntry {
  return isRecord(value) && (value.resource === undefined || isHeld(value.resource))
}
