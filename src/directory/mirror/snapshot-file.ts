import { DirectoryError } from '../../errors.ts'
import { isRecord } from '../../lib/arguments.ts'
import type { ListingReport } from '../pages/report.ts'
import { isEntry } from '../model/check-entry.ts'
import type { DirectoryEntry } from '../model/model.ts'

/** The header of a local copy. */
export interface SnapshotHeader {
  readonly network: string
  readonly environment: string
  readonly release: string
  /** When the latest pass began, by the directory's clock; milliseconds since the epoch. */
  readonly asOf: number
  /** Of the latest pass that read the whole directory. */
  readonly lastFullPass: ListingReport
}

/** A saved copy: text or bytes in chunks of any size, such as a file's read stream. */
export type SnapshotSource =
  string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

const FORMAT = 'carequality-fhir directory'
const VERSION = 1
const CHUNK = 64_000
const LONGEST_LINE = 16_000_000

/** The copy as NDJSON in chunks of some 64 kB: a header, then one line an entry. */
export function* writeSnapshot(
  header: SnapshotHeader,
  entries: ReadonlyMap<string, DirectoryEntry>,
): Generator<string, void, void> {
  let chunk = `${JSON.stringify({ format: FORMAT, version: VERSION, entries: entries.size, ...header })}\n`
  for (const entry of entries.values()) {
    chunk += `${JSON.stringify(entry)}\n`
    if (chunk.length > CHUNK) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}

/** Reads what {@link writeSnapshot} wrote; throws `ERR_CQ_SNAPSHOT_INVALID` for anything else. */
export async function readSnapshot(
  source: SnapshotSource,
): Promise<{ header: SnapshotHeader; entries: Map<string, DirectoryEntry> }> {
  let header: (SnapshotHeader & { readonly entries: number }) | undefined
  const entries = new Map<string, DirectoryEntry>()
  let number = 0
  for await (const line of linesOf(source)) {
    number += 1
    const value = parse(line, number)
    if (header === undefined) header = readHeader(value)
    else if (isEntry(value)) entries.set(value.id, value)
    else throw invalid(`line ${number} is not a directory entry`)
  }
  if (header === undefined) throw invalid('it is empty')
  if (entries.size !== header.entries)
    throw invalid(`it holds ${entries.size} of ${header.entries} entries`)
  const { network, environment, release, asOf, lastFullPass } = header
  return { header: { network, environment, release, asOf, lastFullPass }, entries }
}

/** Why a copy cannot be used. */
export function invalid(why: string): DirectoryError {
  return new DirectoryError(
    'ERR_CQ_SNAPSHOT_INVALID',
    `the local copy of the directory cannot be used: ${why}`,
    { operation: 'snapshot.load' },
  )
}

async function* linesOf(source: SnapshotSource): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  // The beginning of a line, in chunks: joining and searching them for each one would be quadratic.
  let begun: string[] = []
  let length = 0
  for await (const piece of typeof source === 'string' ? [source] : source) {
    const text = typeof piece === 'string' ? piece : decoded(decoder, piece)
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = begun.join('') + text.slice(from, end)
      if (line !== '') yield line
      begun = []
      length = 0
      from = end + 1
    }
    begun.push(text.slice(from))
    length += text.length - from
    if (length > LONGEST_LINE) throw invalid('a line is longer than any entry')
  }
  if (begun.join('').trim() !== '') throw invalid('it is broken off within a line')
}

function decoded(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true })
  } catch {
    throw invalid('it is not a string')
  }
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw invalid(`line ${number} is not JSON`)
  }
}

function readHeader(value: unknown): SnapshotHeader & { readonly entries: number } {
  if (!isRecord(value) || value.format !== FORMAT) throw invalid('it is not a copy of a directory')
  if (value.version !== VERSION) throw invalid('it is of a version that this library does not know')
  const { network, environment, release, asOf, entries, lastFullPass } = value
  const good =
    typeof network === 'string' &&
    typeof environment === 'string' &&
    typeof release === 'string' &&
    isWhole(asOf) &&
    isWhole(entries) &&
    isAccount(lastFullPass)
  if (!good) throw invalid('its header is not whole')
  return { network, environment, release, asOf, entries, lastFullPass }
}

function isAccount(value: unknown): value is ListingReport {
  return (
    isRecord(value) &&
    typeof value.complete === 'boolean' &&
    isWhole(value.seen) &&
    Array.isArray(value.why)
  )
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
