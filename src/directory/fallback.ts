import {
  isCarequalityError,
  ResponseError,
  TransportError,
  type CarequalityError,
} from '../errors.ts'
import type { HttpClient } from '../http/client.ts'
import { isTransientStatus } from '../http/policies/retry.ts'
import type { CallOptions } from '../types.ts'
import type { DirectoryOptions, DirectoryPlace } from './api/options.ts'
import type { DirectoryEntry } from './model/model.ts'
import { requireReader, type EntryReader } from './select/entry-reader.ts'

/** Throws where the option is not a reader, or a copy of another directory. */
export function requireFallback(
  fallback: DirectoryOptions['fallback'],
  { network, environment }: DirectoryPlace,
): EntryReader | undefined {
  if (fallback === undefined) return undefined
  requireReader(fallback, 'fallback')
  if ('network' in fallback && 'environment' in fallback) {
    if (fallback.network !== network || fallback.environment !== environment)
      throw new TypeError('"fallback" is a copy of another directory or environment')
  }
  return fallback
}

/** Whether the directory did not respond, or asks to retry later. */
export function isDown(error: unknown): error is CarequalityError {
  if (error instanceof TransportError) return error.retryable
  if (!(error instanceof ResponseError) || error.code !== 'ERR_CQ_UNEXPECTED_STATUS') return false
  const { status = 0 } = error
  return status >= 500 || isTransientStatus(status)
}

/**
 * Reads from the fallback after the directory failed with `error`. An entry that the copy lacks may
 * still exist in the directory, so the directory's own error is thrown then.
 */
export async function readFallback(
  fallback: EntryReader,
  id: string,
  error: CarequalityError,
  http: HttpClient,
  options: CallOptions & { timeoutMs: number },
): Promise<DirectoryEntry> {
  const { timeoutMs } = options
  try {
    const entry = await http.call('directory.fallback', options, ({ deadline }) =>
      fallback.read(id, { signal: deadline.signal, timeoutMs }),
    )
    http.emit({ type: 'directory.fallback', code: error.code, ageMs: entry.snapshot?.ageMs })
    return entry
  } catch (failure) {
    if (!isCarequalityError(failure)) throw failure
    http.emit({ type: 'directory.fallback-failed', code: error.code, why: failure.code })
    throw error
  }
}
