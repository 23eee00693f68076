import { DirectoryError } from '../../errors.ts'
import { requireObject, requirePositive, requireText } from '../../lib/arguments.ts'
import { ownOptions } from '../../lib/own.ts'
import { clockOf } from '../../lib/sources.ts'
import type { ListingReport } from '../pages/report.ts'
import { ambiguous, notFound } from '../api/errors.ts'
import type { DirectoryEntry, DirectoryPosition, SnapshotAge } from '../model/model.ts'
import { requireEntryId } from '../model/oid.ts'
import type { EntryReader } from '../select/entry-reader.ts'
import { diffEntries, type DirectoryDiff } from './snapshot-diff.ts'
import {
  invalid,
  readSnapshot,
  writeSnapshot,
  type SnapshotHeader,
  type SnapshotSource,
} from './snapshot-file.ts'
import { addressKey, indexByAddress, withAge } from './snapshot-entry.ts'
import { requirePosition, SnapshotIndex } from './snapshot-index.ts'
import { checkOptions, type SnapshotOptions } from './snapshot-options.ts'
import {
  readChanges,
  readWhole,
  requireSame,
  type DirectorySource,
  type RefreshOptions,
} from './snapshot-refresh.ts'

const DAY_MS = 24 * 3_600_000

/**
 * A local copy of a directory: immutable, in memory, and as good for `new CarequalityClient` as the
 * directory itself. It keeps the model of each entry, not the resource. Every entry says how old the
 * copy is (`entry.snapshot`); one older than `maxAgeMs` is not used.
 *
 * @example
 * ```ts
 * const copy = await DirectorySnapshot.build(directory)
 * await pipeline(copy.save(), createWriteStream('directory.ndjson'))
 * ```
 */
export class DirectorySnapshot implements EntryReader {
  readonly #header: SnapshotHeader
  readonly #entries: ReadonlyMap<string, DirectoryEntry>
  /** Entries whose id is not an OID; undefined where several have the same one. */
  readonly #byOid = new Map<string, DirectoryEntry | undefined>()
  readonly #maxAgeMs: number
  readonly #now: () => number
  #byAddress: ReadonlyMap<string, readonly DirectoryEntry[]> | undefined
  #index: SnapshotIndex | undefined

  private constructor(
    header: SnapshotHeader,
    entries: ReadonlyMap<string, DirectoryEntry>,
    options: SnapshotOptions,
  ) {
    this.#header = header
    this.#entries = entries
    this.#maxAgeMs = options.maxAgeMs ?? 7 * DAY_MS
    this.#now = clockOf(options.now)
    // An entry whose id is not an OID is found by both.
    for (const entry of entries.values()) {
      const { id, oid } = entry
      if (oid === undefined || oid === id) continue
      const isShared = this.#byOid.has(oid) || entries.get(oid)?.oid === oid
      this.#byOid.set(oid, isShared ? undefined : entry)
    }
  }

  /** Reads the whole directory. Whether an entry may be missing is in `lastFullPass`; a pass that fails throws. */
  static async build(
    directory: DirectorySource,
    given: SnapshotOptions & Pick<RefreshOptions, 'signal' | 'timeoutMs' | 'count'> = {},
  ): Promise<DirectorySnapshot> {
    const options = checkOptions(given)
    const { header, entries } = await readWhole(directory, clockOf(options.now), options)
    return new DirectorySnapshot(header, entries, options)
  }

  /**
   * Loads a saved copy of the given network and environment; one of another is rejected, and so is
   * a broken one (`ERR_CQ_SNAPSHOT_INVALID`).
   */
  static async load(
    source: SnapshotSource,
    given: SnapshotOptions & { network: string; environment: string },
  ): Promise<DirectorySnapshot> {
    const options = checkOptions(given)
    requireText(options.network, 'network')
    requireText(options.environment, 'environment')
    const { header, entries } = await readSnapshot(source)
    if (header.network !== options.network) throw invalid('it is of another network')
    if (header.environment !== options.environment) throw invalid('it is of another environment')
    return new DirectorySnapshot(header, entries, options)
  }

  /** What changed from `earlier` to `later`; both of one network and environment. */
  static diff(earlier: DirectorySnapshot, later: DirectorySnapshot): DirectoryDiff {
    requireSame(earlier, later, 'later')
    return diffEntries(earlier.#entries, later.#entries)
  }

  /** For example `carequality` or `tefca`. */
  get network(): string {
    return this.#header.network
  }

  /** `production`, `stage`, `dev`, `public`, or a base URL. */
  get environment(): string {
    return this.#header.environment
  }

  /** Id of the release that it was read from. */
  get release(): string {
    return this.#header.release
  }

  /** When the latest pass began, by the directory's clock; milliseconds since the epoch. */
  get asOf(): number {
    return this.#header.asOf
  }

  /** Milliseconds since {@link asOf}. */
  get ageMs(): number {
    return Math.max(0, this.#now() - this.#header.asOf)
  }

  /** How the latest pass over the whole directory went. */
  get lastFullPass(): ListingReport {
    return this.#header.lastFullPass
  }

  /** How many entries it contains. */
  get size(): number {
    return this.#entries.size
  }

  /** As `DirectoryClient.read`, from memory. Throws `ERR_CQ_ENTRY_NOT_FOUND`, `ERR_CQ_ENTRY_AMBIGUOUS` where several entries have the OID, and `ERR_CQ_SNAPSHOT_TOO_OLD`. */
  read(id: string): Promise<DirectoryEntry> {
    return new Promise((resolve) => {
      const entry = this.#find(id)
      if (entry === undefined)
        throw notFound({ operation: 'snapshot.read', organization: requireEntryId(id).oid })
      resolve(entry)
    })
  }

  /** As {@link read}, but returns undefined where the organization does not exist. */
  find(id: string): Promise<DirectoryEntry | undefined> {
    return new Promise((resolve) => {
      resolve(this.#find(id))
    })
  }

  /** The entries that list an endpoint at this URL; case of the host, a default port and a slash at the end do not matter. Throws `ERR_CQ_SNAPSHOT_TOO_OLD`. */
  at(url: string): readonly DirectoryEntry[] {
    const key = addressKey(requireText(url, 'url'))
    const snapshot = this.#age()
    this.#byAddress ??= indexByAddress(this.#entries)
    return (this.#byAddress.get(key) ?? []).map((entry) => withAge(entry, snapshot))
  }

  /**
   * The entries within so many miles of a point, the nearest first; those without a position are
   * omitted. Throws `ERR_CQ_SNAPSHOT_TOO_OLD`.
   */
  near(point: DirectoryPosition, within: { miles: number }): readonly DirectoryEntry[] {
    const { latitude, longitude } = requirePosition(point)
    const miles = requirePositive(ownOptions(within, 'within').miles, 'miles')
    if (miles === undefined) throw new TypeError('"miles" is needed')
    return this.#found((index) => index.near({ latitude, longitude }, miles))
  }

  /** The entries with an address in a state, `MO` for example, as the directory writes it. Throws `ERR_CQ_SNAPSHOT_TOO_OLD`. */
  inState(state: string): readonly DirectoryEntry[] {
    requireText(state, 'state')
    return this.#found((index) => index.inState(state))
  }

  /** The entries whose name, or another of their names, has words that begin with all of these; without case and accents. Throws `ERR_CQ_SNAPSHOT_TOO_OLD`. */
  search(name: string): readonly DirectoryEntry[] {
    requireText(name, 'name')
    return this.#found((index) => index.search(name))
  }

  /** All entries, whatever the copy's age. */
  *[Symbol.iterator](): Generator<DirectoryEntry, void, void> {
    const snapshot = { asOf: this.asOf, ageMs: this.ageMs }
    for (const entry of this.#entries.values()) yield withAge(entry, snapshot)
  }

  /** The copy as NDJSON, in pieces; docs/directory.md has the format. */
  save(): Iterable<string> {
    return writeSnapshot(this.#header, this.#entries)
  }

  /**
   * A newer copy; this one stays as it is. Requests what changed since ten minutes before the latest
   * pass, or everything where the release does not support that, or where the last full pass is a
   * day old or incomplete. Entries vanish only after a complete full pass.
   */
  async refresh(
    directory: DirectorySource,
    given: RefreshOptions = {},
  ): Promise<DirectorySnapshot> {
    requireObject(directory, 'directory')
    requireSame(this, directory, 'directory')
    const pass = await readChanges(directory, this.#header, this.#now, ownOptions(given))
    const entries = pass.isWhole ? pass.entries : new Map([...this.#entries, ...pass.entries])
    return new DirectorySnapshot(pass.header, entries, { maxAgeMs: this.#maxAgeMs, now: this.#now })
  }

  #find(id: string): DirectoryEntry | undefined {
    // Most callers pass the id itself: other spellings are only parsed if that finds nothing.
    const isKnown = typeof id === 'string' && this.#entries.has(id)
    const wanted = isKnown ? id : requireEntryId(id).id
    const snapshot = this.#age()
    // It is ambiguous, and the wrong entry would receive another's requests.
    if (this.#byOid.has(wanted) && this.#byOid.get(wanted) === undefined)
      throw ambiguous({ operation: 'snapshot.read', organization: wanted })
    const entry = this.#entries.get(wanted) ?? this.#byOid.get(wanted)
    return entry === undefined ? undefined : withAge(entry, snapshot)
  }

  #found(find: (index: SnapshotIndex) => readonly DirectoryEntry[]): readonly DirectoryEntry[] {
    const snapshot = this.#age()
    this.#index ??= new SnapshotIndex(this.#entries.values())
    return find(this.#index).map((entry) => withAge(entry, snapshot))
  }

  /** How old the copy is; throws when it is too old. */
  #age(): SnapshotAge {
    const { asOf } = this.#header
    const ageMs = this.ageMs
    if (ageMs <= this.#maxAgeMs) return { asOf, ageMs }
    throw new DirectoryError(
      'ERR_CQ_SNAPSHOT_TOO_OLD',
      `the local copy of the directory is of ${new Date(asOf).toISOString()}`,
      { operation: 'snapshot.read' },
    )
  }
}
