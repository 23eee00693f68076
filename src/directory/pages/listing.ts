import { isCarequalityError, type PolicyError } from '../../errors.ts'
import { BodyBuffer } from '../../http/body/buffer.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { dateOf } from '../../http/freshness.ts'
import { copyWith } from '../../lib/error-copy.ts'
import { Yielder } from '../../lib/turn.ts'
import { expiredPage, nextLinkRefused } from '../../paging/errors.ts'
import { Fingerprints, seedFrom } from '../../paging/fingerprints.ts'
import type { CallOptions } from '../../types.ts'
import { directoryErrorOf } from '../api/errors.ts'
import type { DirectoryEntry } from '../model/model.ts'
import { isShortened } from '../model/limits.ts'
import { ListWalk, type PageCounts } from './list-walk.ts'
import { openPage, REPORTS_ERROR, type OpenPage } from './page.ts'
import { RunningReport, type ListingReport } from './report.ts'
import { searchQuery, type DirectorySearchParameters } from '../api/search-parameters.ts'
import type { DirectoryRequest, DirectorySession } from '../api/session.ts'

/**
 * The entries of a directory, page by page as they are consumed. Each iteration starts anew. A loop
 * that ends without throwing has read the directory to its end; `account` says whether an entry may
 * still be missing.
 */
export interface DirectoryListing extends AsyncIterable<DirectoryEntry> {
  /** How the latest iteration went so far. */
  readonly account: ListingReport
}

const PAGE_SIZE = 1000

/** One iteration while it runs. */
interface Pass {
  readonly report: RunningReport
  /** Ids of the entries so far, and OIDs of those that have another id. */
  readonly known: Fingerprints
  readonly claims: Fingerprints
  readonly began: number
  /** Reused: a page is read to its end before the next is requested. */
  readonly buffer: BodyBuffer
}

/** A page, and what was requested for it. */
interface Opened {
  readonly request: DirectoryRequest
  readonly page: OpenPage
  readonly answer: HttpResponse
  /** The API key that was sent. */
  readonly key: string
}

/** The counts of a page while its entries are read. */
type RunningCounts = { -readonly [Member in keyof PageCounts]: PageCounts[Member] }

/** A listing over one session; made by `DirectoryClient.entries`. */
export class EntryListing implements DirectoryListing {
  readonly #session: DirectorySession
  readonly #parameters: DirectorySearchParameters
  readonly #options: CallOptions
  #latest = new RunningReport()

  constructor(
    session: DirectorySession,
    parameters: DirectorySearchParameters,
    options: CallOptions,
  ) {
    this.#session = session
    this.#parameters = parameters
    this.#options = options
  }

  get account(): ListingReport {
    return this.#latest.read()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DirectoryEntry, void, void> {
    const { http, release } = this.#session
    const report = new RunningReport()
    this.#latest = report
    const seed = seedFrom(http.randomUUID())
    const pass = {
      report,
      known: new Fingerprints(seed),
      claims: new Fingerprints(seed),
      began: http.now(),
      buffer: new BodyBuffer(),
    }
    const { active } = this.#parameters
    // A directory that lists only active entries by default has two lists to read.
    const lists = release.listsInactive === false && active === undefined ? [true, false] : [active]
    try {
      let before: ListWalk | undefined
      for (const one of lists) {
        const walk: ListWalk = this.#walk(one, before)
        report.lists.push(walk)
        let next: DirectoryRequest | undefined = walk.first()
        while (next !== undefined) {
          const opened: Opened = await this.#open(next, walk, pass)
          const counts = { next: opened.page.next, fresh: 0, known: 0, unreadable: 0 }
          // Not `yield*` of an async generator: that costs three more promises for each entry.
          const others = new Yielder()
          for (const entry of this.#entriesOf(opened.page, counts, pass)) {
            if (entry !== undefined) yield entry
            if (others.shouldYield) await others.turn()
          }
          next = this.#next(opened, counts, walk, pass)
        }
        before = walk
      }
      report.end()
    } catch (error) {
      report.addReason(
        isCarequalityError(error) ? `it ended with ${error.code}` : 'it was broken off',
      )
      const { seen: received, pages } = report.read()
      throw copyWith(error, { received, pages })
    }
  }

  #walk(active: boolean | undefined, before: ListWalk | undefined): ListWalk {
    const { http, place } = this.#session
    const { paging } = place.release
    const count = Math.ceil(this.#parameters.count ?? paging?.size ?? PAGE_SIZE)
    const query = [
      ...searchQuery({ ...this.#parameters, active, count }, place.release),
      ['_sort', paging?.sort ?? '_id'] as const,
    ]
    return new ListWalk({ place, policy: http.policy, query, count, before })
  }

  /** The new entries of a page, undefined for the others; all are counted. */
  *#entriesOf(
    page: OpenPage,
    counts: RunningCounts,
    pass: Pass,
  ): Generator<DirectoryEntry | undefined, void, void> {
    const { emit } = this.#session.http
    for (const item of page.items()) {
      if (item !== undefined && 'entry' in item) {
        if (pass.known.add(item.entry.id)) {
          counts.fresh += 1
          pass.report.addEntry()
          if (isShortened(item.entry)) pass.report.addShortened()
          if (isClaimed(item.entry, pass)) pass.report.addAmbiguous()
          yield item.entry
        } else {
          counts.known += 1
          pass.report.addDuplicate()
          yield undefined
        }
        continue
      }
      yield undefined
      if (item === undefined) continue
      if ('unreadable' in item) {
        counts.unreadable += 1
        pass.report.addUnreadable(item.unreadable)
        emit({ type: 'directory.entry-unreadable', page: pass.report.pages, ...item.unreadable })
      } else {
        if (item.outcome.incomplete) pass.report.addReason(REPORTS_ERROR)
        emit({
          type: 'directory.outcome',
          page: pass.report.pages,
          issueCodes: item.outcome.codes,
        })
      }
    }
  }

  #next(
    { request, answer, key }: Opened,
    counts: RunningCounts,
    walk: ListWalk,
    pass: Pass,
  ): DirectoryRequest | undefined {
    const next = walk.next(request, counts)
    this.#reportProgress(pass)
    if (next !== undefined && 'refused' in next) throw refusal(next.refused, answer, key)
    return next
  }

  /** One page, under its own deadline; from the offset where its link has expired. */
  async #open(
    next: DirectoryRequest,
    walk: ListWalk,
    { report, known, buffer }: Pass,
  ): Promise<Opened> {
    const session = this.#session
    return session.http.call('directory.entries', this.#options, async (call) => {
      let request = next
      let { answer, key } = await session.get({ ...request, buffer }, call)
      const expired = 'url' in request.at ? expiredPage(answer) : undefined
      if (expired !== undefined) {
        const resumed = walk.resume()
        if (resumed === undefined) throw expired
        session.http.emit({ type: 'directory.page-expired', status: answer.status })
        request = resumed
        ;({ answer, key } = await session.get({ ...request, buffer }, call))
      }
      if (answer.status !== 200) throw directoryErrorOf(answer, session.accept)
      report.start(dateOf(answer.headers) ?? answer.sentAt)
      const page = await openPage(session, answer, buffer, key)
      report.addPage()
      walk.open(page.total)
      known.reserve(page.total ?? 0)
      return { request, page, answer, key }
    })
  }

  #reportProgress({ report, began }: Pass): void {
    const { emit, now } = this.#session.http
    const { pages, seen, duplicates, unreadable, total } = report.read()
    const perSecond = Math.round(seen / (Math.max(1, now() - began) / 1000))
    emit({ type: 'directory.progress', pages, seen, duplicates, unreadable, total, perSecond })
  }
}

/** A shorter key occurs in many messages by chance. */
const TELLING = 6

/** A host is shown in lower case, and may contain the key that was sent. */
function refusal(reason: string, { context }: HttpResponse, key: string): PolicyError {
  const tells = key.length >= TELLING && reason.toLowerCase().includes(key.toLowerCase())
  return nextLinkRefused(tells ? 'it may not be requested' : reason, context)
}

/** Whether another entry has the OID as well: as its id, or beside another id. */
function isClaimed({ id, oid }: DirectoryEntry, { known, claims }: Pass): boolean {
  if (oid === undefined) return false
  if (oid === id) return claims.size > 0 && claims.has(oid)
  return !claims.add(oid) || known.has(oid)
}
