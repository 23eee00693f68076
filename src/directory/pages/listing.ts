import { FhirError, isCarequalityError, PolicyError } from '../../errors.ts'
import { BodyBuffer } from '../../http/body/buffer.ts'
import type { HttpResponse } from '../../http/messages.ts'
import { dateOf } from '../../http/freshness.ts'
import { copyWith } from '../../lib/error-copy.ts'
import { Fingerprints } from '../../lib/fingerprints.ts'
import { Yielder } from '../../lib/turn.ts'
import type { CallOptions, JsonValue } from '../../types.ts'
import { RunningAccount, type DirectoryAccount } from './account.ts'
import { errorFor } from '../api/responses.ts'
import type { DirectoryEntry } from '../model/model.ts'
import { isShortened } from '../model/limits.ts'
import { openPage, SAYS_INCOMPLETE, type OpenPage } from './page.ts'
import { PageWalk, type TakenPage } from './paging.ts'
import { searchQuery, type DirectorySearchParameters } from '../api/search-parameters.ts'
import type { DirectoryRequest, DirectorySession } from '../api/session.ts'

/**
 * The entries of a directory, page by page as they are consumed. Each iteration is a new pass. A
 * loop that ends without a throw has read the directory to its end; `account` says whether an entry
 * may be missing all the same.
 */
export interface DirectoryListing extends AsyncIterable<DirectoryEntry> {
  /** How the latest iteration went so far. */
  readonly account: DirectoryAccount
}

const PAGE_SIZE = 1000

/** One pass while it runs. */
interface Pass {
  readonly account: RunningAccount
  /** Ids of the entries so far, and OIDs of those that have another id. */
  readonly known: Fingerprints
  readonly claims: Fingerprints
  readonly began: number
  /** A page is done with before the next is asked for. */
  readonly buffer: BodyBuffer
}

/** A page that was asked for. */
interface Opened {
  readonly asked: DirectoryRequest
  readonly page: OpenPage
  readonly answer: HttpResponse
  /** The API key that was sent. */
  readonly key: string
}

/** What became of a page's entries so far. */
type Taken = { -readonly [Member in keyof TakenPage]: TakenPage[Member] }

/** A listing over one session; made by `DirectoryClient.entries`. */
export class EntryListing implements DirectoryListing {
  readonly #session: DirectorySession
  readonly #parameters: DirectorySearchParameters
  readonly #options: CallOptions
  #latest = new RunningAccount()

  constructor(
    session: DirectorySession,
    parameters: DirectorySearchParameters,
    options: CallOptions,
  ) {
    this.#session = session
    this.#parameters = parameters
    this.#options = options
  }

  get account(): DirectoryAccount {
    return this.#latest.read()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<DirectoryEntry, void, void> {
    const { http, release } = this.#session
    const account = new RunningAccount()
    this.#latest = account
    const seed = Number.parseInt(http.randomUUID().slice(0, 8), 16)
    const pass = {
      account,
      known: new Fingerprints(seed),
      claims: new Fingerprints(seed),
      began: http.now(),
      buffer: new BodyBuffer(),
    }
    const { active } = this.#parameters
    // A directory that lists the active ones unless told otherwise has two lists to read.
    const lists = release.listsInactive === false && active === undefined ? [true, false] : [active]
    try {
      let before: PageWalk | undefined
      for (const one of lists) {
        const walk: PageWalk = this.#walk(one, before, seed)
        account.walks.push(walk)
        let request: DirectoryRequest | undefined = walk.first()
        while (request !== undefined) {
          const opened: Opened = await this.#ask(request, walk, pass)
          const taken = { next: opened.page.next, fresh: 0, known: 0, unreadable: 0 }
          // Not `yield*` of an async generator: that costs three promises more for each entry.
          const others = new Yielder()
          for (const entry of this.#take(opened.page, taken, pass)) {
            if (entry !== undefined) yield entry
            if (others.shouldYield) await others.turn()
          }
          request = this.#next(opened, taken, walk, pass)
        }
        before = walk
      }
      account.end()
    } catch (error) {
      account.doubt(isCarequalityError(error) ? `it ended with ${error.code}` : 'it was broken off')
      const { seen: received, pages } = account.read()
      throw copyWith(error, { received, pages })
    }
  }

  #walk(active: boolean | undefined, before: PageWalk | undefined, seed: number): PageWalk {
    const { http, place } = this.#session
    const { paging } = place.release
    const count = Math.ceil(this.#parameters.count ?? paging?.size ?? PAGE_SIZE)
    const query = [
      ...searchQuery({ ...this.#parameters, active, count }, place.release),
      ['_sort', paging?.sort ?? '_id'] as const,
    ]
    return new PageWalk({ place, policy: http.policy, query, count, before, seed })
  }

  /** The new entries of a page, undefined in place of the others, and an account of all. */
  *#take(
    page: OpenPage,
    taken: Taken,
    pass: Pass,
  ): Generator<DirectoryEntry | undefined, void, void> {
    for (const item of page.items()) {
      if (item !== undefined && 'entry' in item) {
        if (pass.known.add(item.entry.id)) {
          taken.fresh += 1
          pass.account.give()
          if (isShortened(item.entry)) pass.account.shorten()
          if (isClaimed(item.entry, pass)) pass.account.clash()
          yield item.entry
        } else {
          taken.known += 1
          pass.account.drop()
          yield undefined
        }
        continue
      }
      yield undefined
      if (item === undefined) continue
      if ('unreadable' in item) {
        taken.unreadable += 1
        pass.account.miss(item.unreadable)
        this.#tell('directory.entry-unreadable', pass, { ...item.unreadable })
      } else {
        if (item.outcome.incomplete) pass.account.doubt(SAYS_INCOMPLETE)
        this.#tell('directory.outcome', pass, { issueCodes: item.outcome.codes })
      }
    }
  }

  #next(
    { asked, answer, key }: Opened,
    taken: Taken,
    walk: PageWalk,
    pass: Pass,
  ): DirectoryRequest | undefined {
    const next = walk.next(asked, taken)
    this.#tellProgress(pass)
    if (next !== undefined && 'refused' in next) throw refusal(next.refused, answer, key)
    return next
  }

  /** One page, under a deadline of its own; from the offset where its link has expired. */
  async #ask(
    request: DirectoryRequest,
    walk: PageWalk,
    { account, known, buffer }: Pass,
  ): Promise<Opened> {
    const session = this.#session
    return session.http.call('directory.entries', this.#options, async (call) => {
      let asked = request
      let { answer, key } = await session.get({ ...asked, buffer }, call)
      if ('url' in asked.at && isGone(answer)) {
        const again = walk.resume()
        if (again === undefined) throw expired(answer)
        session.http.emit('directory.page-expired', { status: answer.status })
        asked = again
        ;({ answer, key } = await session.get({ ...asked, buffer }, call))
      }
      if (answer.status !== 200) throw errorFor(answer, session.accept)
      account.start(dateOf(answer.headers) ?? answer.sentAt)
      const page = await openPage(session, answer, buffer, key)
      account.open()
      walk.open(page.total)
      known.reserve(page.total ?? 0)
      return { asked, page, answer, key }
    })
  }

  #tell(
    type: string,
    { account }: Pass,
    details: Readonly<Record<string, JsonValue | undefined>>,
  ): void {
    this.#session.http.emit(type, { page: account.pages, ...details })
  }

  #tellProgress({ account, began }: Pass): void {
    const { emit, now } = this.#session.http
    const { pages, seen, duplicates, unreadable, total } = account.read()
    const perSecond = Math.round(seen / (Math.max(1, now() - began) / 1000))
    emit('directory.progress', { pages, seen, duplicates, unreadable, total, perSecond })
  }
}

function isGone({ status }: HttpResponse): boolean {
  return status === 404 || status === 410
}

function expired({ status, context }: HttpResponse): FhirError {
  return new FhirError(
    'ERR_CQ_PAGE_EXPIRED',
    `the next page is no longer there (${status})`,
    context,
  )
}

/** A shorter key is part of many a message by chance. */
const TELLING = 6

/** A host is shown in lower case, and may hold what was sent. */
function refusal(why: string, { context }: HttpResponse, key: string): PolicyError {
  const tells = key.length >= TELLING && why.toLowerCase().includes(key.toLowerCase())
  const shown = tells ? 'it may not be asked' : why
  return new PolicyError('ERR_CQ_NEXT_LINK_REFUSED', `a next link was refused: ${shown}`, context)
}

/** Whether another entry has the OID as well: as its id, or beside another id. */
function isClaimed({ id, oid }: DirectoryEntry, { known, claims }: Pass): boolean {
  if (oid === undefined) return false
  if (oid === id) return claims.size > 0 && claims.has(oid)
  return !claims.add(oid) || known.has(oid)
}
