import * as z from 'zod/mini'
import { ResponseError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { isRecord } from '../lib/arguments.ts'
import { resourceOf } from './outcome.ts'
import type { Bundle, FhirResource } from './types.ts'

const shell = z.object({
  link: z.optional(z.array(z.unknown())),
  entry: z.optional(z.array(z.unknown())),
})
const linkShell = z.object({ relation: z.string(), url: z.optional(z.unknown()) })
const entryShell = z.object({
  resource: z.looseObject({ resourceType: z.string() }),
  search: z.optional(z.unknown()),
})

/** One entry of a searchset, with the resource as it came. */
export interface SearchEntry {
  readonly resource: { readonly resourceType: string; readonly [member: string]: unknown }
  readonly search?: unknown
}

/** A searchset whose shell was checked. */
export interface SearchBundle {
  /** As it came. */
  readonly bundle: Bundle<FhirResource>
  readonly total: number | undefined
  readonly entries: readonly SearchEntry[]
  /** How many entries hold no resource that can be read. */
  readonly oddEntries: number
  /** All different next links; more than one is suspicious. */
  readonly nextLinks: readonly unknown[]
  readonly selfLink: string | undefined
}

/** Reads the shell of a search answer; the resources in it stay as they came. */
export function readSearchBundle(answer: Answer): SearchBundle {
  const bundle: unknown = resourceOf(answer, 'Bundle')
  const read = shell.safeParse(bundle)
  if (!read.success || !isBundle(bundle)) {
    const paths = read.error?.issues.map(({ path }) => path.map(String).join('.'))
    throw new ResponseError(
      'ERR_CQ_INVALID_RESPONSE',
      'the search answer is no well-formed Bundle',
      answer.context,
      paths,
    )
  }
  const { link = [], entry = [] } = read.data
  const total: unknown = bundle.total
  // Guards, not parsed copies: what the caller gets is what the server sent.
  const entries = entry.filter(isEntry)
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

/** The shell was checked; the rest is what the server says. */
function isBundle(value: unknown): value is Bundle<FhirResource> {
  return isRecord(value) && value.resourceType === 'Bundle'
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

function isEntry(value: unknown): value is SearchEntry {
  return entryShell.safeParse(value).success
}
