import { requireFunction, requirePositive } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'

/** How a copy is used. */
export interface SnapshotOptions {
  /** Milliseconds after which the copy is too old to be used. Default 7 days. */
  maxAgeMs?: number | undefined
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
}

/** Own members alone. Throws `TypeError` for a wrong option. */
export function checkOptions<T extends SnapshotOptions>(given: T): T {
  const options = ownOptions(given)
  requirePositive(options.maxAgeMs, 'maxAgeMs')
  requireFunction(options.now, 'now')
  return options
}
