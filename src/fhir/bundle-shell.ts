import * as z from 'zod/mini'
import { ResponseError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { isRecord } from '../lib/arguments.ts'

const shell = z.object({
  link: z.optional(z.array(z.unknown())),
  entry: z.optional(z.array(z.unknown())),
})

/** A link of a Bundle. */
export interface BundleLink {
  readonly relation: string
  readonly url?: unknown
}

/** The lists of a Bundle; throws where they are none. */
export function shellOf(
  bundle: unknown,
  { context }: Answer,
): { readonly link: readonly unknown[]; readonly entry: readonly unknown[] } {
  const read = shell.safeParse(bundle)
  if (read.success) return { link: read.data.link ?? [], entry: read.data.entry ?? [] }
  const paths = read.error.issues.map(({ path }) => path.map(String).join('.'))
  const what = 'the answer is no well-formed Bundle'
  throw new ResponseError('ERR_CQ_INVALID_RESPONSE', what, context, paths)
}

/** By hand, because a page may have hundreds of thousands. */
export function isLink(value: unknown): value is BundleLink {
  return isRecord(value) && typeof value.relation === 'string'
}
