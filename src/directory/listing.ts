import { FhirError, isCarequalityError, PolicyError } from '../errors.ts'
import type { Answer } from '../http/exchange.ts'
import { dateOf } from '../http/freshness.ts'
import { copyWith } from '../lib/error-copy.ts'
import { Fingerprints } from '../lib/fingerprints.ts'
import type { CallOptions } from '../types.ts'
import { RunningAccount, type DirectoryAccount } from './account.ts'
import { errorFor } from './answers.ts'
import type { DirectoryEntry } from './model.ts'
import { readPage, type DirectoryPage } from './page.ts'
import { PageWalk } from './paging.ts'
import { searchQuery, type DirectorySearchParameters } from './search-parameters.ts'
import type { DirectoryRequest, DirectorySession } from './session.ts'

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
  readonly known: Fingerprints
  readonly began: number
}

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
    const known = new Fingerprints(Number.parseInt(http.randomUUID().slice(0, 8), 16))
    const pass = { account, known, began: http.now() }
    const { active } = this.#parameters
    // A directory that lists the active ones unless told otherwise has two lists to read.
    const lists = release.listsInactive === false && active === undefined ? [true, false] : [active]
    try {
      for (const [number, one] of lists.entries()) yield* this.#list(number, one, pass)
      account.end()
    } catch (error) {
      account.doubt(isCarequalityError(error) ? `it ended with ${error.code}` : 'it was broken off')
      const { seen: received, pages } = account.read()
      throw copyWith(error, { received, pages })
    }
  }

  async *#list(
    number: number,
    active: boolean | undefined,
    pass: Pass,
  ): AsyncGenerator<DirectoryEntry, void, void> {
    const { http, place } = this.#session
    const { paging } = place.release
    const count = Math.ceil(this.#parameters.count ?? paging?.size ?? PAGE_SIZE)
    const query = [
      ...searchQuery({ ...this.#parameters, active, count }, place.release),
      ['_sort', paging?.sort ?? '_id'] as const,
    ]
    const walk = new PageWalk({ place, policy: http.policy, query, count, further: number > 0 })
    let request: DirectoryRequest | undefined = walk.first()
    while (request !== undefined) {
      const { asked, page, answer } = await this.#ask(request, walk, pass)
      const fresh = page.entries.filter(({ id }) => pass.known.add(id))
      const next = walk.next(asked, page, fresh.length)
      pass.account.addPage(number, page, fresh.length, walk.total)
      this.#tell(page, pass)
      yield* fresh
      if (next !== undefined && 'refused' in next) throw refusal(next.refused, answer)
      request = next
    }
    pass.account.doubt(...walk.doubts)
  }

  /** One page, under a deadline of its own; from the offset where its link has expired. */
  async #ask(
    request: DirectoryRequest,
    walk: PageWalk,
    { account }: Pass,
  ): Promise<{ asked: DirectoryRequest; page: DirectoryPage; answer: Answer }> {
    const session = this.#session
    return session.http.call('directory.entries', this.#options, async (call) => {
      let asked = request
      let { answer, key } = await session.get(asked, call)
      if ('url' in asked.at && isGone(answer)) {
        const again = walk.resume()
        if (again === undefined) throw expired(answer)
        session.http.emit('directory.page-expired', { status: answer.status })
        asked = again
        ;({ answer, key } = await session.get(asked, call))
      }
      if (answer.status !== 200) throw errorFor(answer, session.accept)
      account.start(dateOf(answer.headers) ?? answer.sentAt)
      return { asked, page: await readPage(session, answer, key), answer }
    })
  }

  #tell(page: DirectoryPage, { account, began }: Pass): void {
    const { emit, now } = this.#session.http
    const { seen, duplicates, unreadable, pages, total } = account.read()
    for (const { index, reason } of page.unreadable)
      emit('directory.entry-unreadable', { page: pages, index, reason })
    if (page.outcomes.length > 0)
      emit('directory.outcome', { page: pages, issueCodes: page.outcomes })
    const seconds = Math.max(1, now() - began) / 1000
    const perSecond = Math.round(seen / seconds)
    emit('directory.progress', { pages, seen, duplicates, unreadable, total, perSecond })
  }
}

function isGone({ status }: Answer): boolean {
  return status === 404 || status === 410
}

function expired({ status, context }: Answer): FhirError {
  return new FhirError(
    'ERR_CQ_PAGE_EXPIRED',
    `the next page is no longer there (${status})`,
    context,
  )
}

function refusal(why: string, { context }: Answer): PolicyError {
  return new PolicyError('ERR_CQ_NEXT_LINK_REFUSED', `a next link was refused: ${why}`, context)
}
