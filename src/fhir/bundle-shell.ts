import * as z from 'zod/mini'
import { ResponseError } from '../errors.ts'
import type { HttpResponse } from '../http/messages.ts'
import { isRecord } from '../lib/arguments.ts'

// Go and .NET write `null` for a list that is empty.
const shell = z.object({
  link: z.nullish(z.array(z.unknown())),
  entry: z.nullish(z.array(z.unknown())),
})

/** Those that matter are short: `next`, `self`. */
const LONGEST_RELATION = 64

/** A link of a Bundle. */
export interface BundleLink {
  readonly relation: string
  readonly url?: unknown
}

/** The lists of a Bundle; throws where they are none. */
export function shellOf(
  bundle: unknown,
  { context }: HttpResponse,
): { readonly link: readonly unknown[]; readonly entry: readonly unknown[] } {
  const read = shell.safeParse(bundle)
  if (read.success) return { link: read.data.link ?? [], entry: read.data.entry ?? [] }
  const paths = read.error.issues.map(({ path }) => path.map(String).join('.'))
  const what = 'the response is not a well-formed Bundle'
  throw new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context, paths)
}

/**
 * A link by its relation; undefined for what has none. Early servers write `rel` and `href`, as Atom
 * does, and some write `Next`. By hand, because a page may have hundreds of thousands.
 */
export function linkOf(value: unknown): BundleLink | undefined {
  if (!isRecord(value)) return undefined
  const { relation = value.rel, url = value.href } = value
  if (typeof relation !== 'string' || relation.length > LONGEST_RELATION) return undefined
  return { relation: relation.trim().toLowerCase(), url }
}
