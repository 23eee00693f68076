/** Registers a client: once for each endpoint, however many callers and processes there are. */
import { RegistrationError, TransportError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import type { Deadline } from '../lib/deadline.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { SharedWork } from '../lib/shared-work.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import { GuardedStore, LEASE_MS } from './guarded-store.ts'
import type { UdapSettings } from './options.ts'
import {
  GRANT,
  isSame,
  placeOf,
  registrationKey,
  reportRegistration,
  requireRegistrable,
  thumbprintOfLeaf,
} from './registration-place.ts'
import { readCancellation, readRegistration } from './registration-response.ts'
import type { Registration } from './registration-store.ts'
import { requireListedWildcards } from './scope-rules.ts'
import type { Statement, StatementSigner } from './software-statement.ts'

const ATTEMPT_MS = 15_000
/** A lost registration is renewed at most once in this time. */
const RENEWAL_MS = 3_600_000
const REMEMBERED = 1_000
const MAX_BYTES = 4e6

/** What a change may set; the rest stays as the client's options have it. */
export type RegistrationChanges = Partial<Pick<Statement, 'clientName' | 'contacts' | 'scope'>>

/** What one client knows of its registrations, over whichever HTTP client. */
export class RegistrationMemory {
  readonly known: BoundedMap<Registration> = new BoundedMap<Registration>(REMEMBERED, {
    maxBytes: MAX_BYTES,
  })
  /** Statements that a server does not approve, by key and certificate. */
  readonly unapproved: BoundedMap<RegistrationError> = new BoundedMap<RegistrationError>(REMEMBERED)
}

/** Registrations of one client in one community. */
export class Registrar {
  readonly #settings: UdapSettings
  readonly #http: HttpClient
  readonly #signer: StatementSigner
  readonly #store: GuardedStore
  readonly #known: RegistrationMemory['known']
  readonly #unapproved: RegistrationMemory['unapproved']
  readonly #work = new SharedWork<Registration>()

  constructor(
    settings: UdapSettings,
    http: HttpClient,
    signer: StatementSigner,
    { known, unapproved }: RegistrationMemory,
  ) {
    this.#settings = settings
    this.#known = known
    this.#unapproved = unapproved
    this.#http = http
    this.#signer = signer
    this.#store = new GuardedStore(settings.registrations)
  }

  /** The registration as this process knows it. */
  known(metadata: VerifiedMetadata): Registration | undefined {
    return this.#known.get(registrationKey(metadata, this.#settings))
  }

  /** The registration at a server; registers if there is none yet. */
  async registration(metadata: VerifiedMetadata, call: Call): Promise<Registration> {
    const key = registrationKey(metadata, this.#settings)
    return this.#known.get(key) ?? this.#alone('ensure', metadata, call, (found) => found)
  }

  /**
   * In place of a registration that the server no longer knows: another process's newer one, or a
   * new one, at most once an hour. Undefined where neither may be had.
   */
  async replacement(
    metadata: VerifiedMetadata,
    lost: Registration,
    call: Call,
  ): Promise<Registration | undefined> {
    const isOld = (one: Registration): boolean => this.#http.now() - one.at >= RENEWAL_MS
    const key = registrationKey(metadata, this.#settings)
    const current = await this.#store.get(key, call)
    if (current !== undefined && !isSame(current, lost)) {
      this.#known.set(key, current)
      return current
    }
    if (!isOld(lost)) return undefined
    this.#http.emit({ type: 'udap.registration-lost', ...placeOf(metadata, this.#settings) })
    return this.#alone('renew', metadata, call, (found) =>
      isSame(found, lost) ? undefined : found,
    )
  }

  /** Registers anew with other values; they replace the whole registration. */
  async update(
    metadata: VerifiedMetadata,
    changes: RegistrationChanges,
    call: Call,
  ): Promise<Registration> {
    const key = registrationKey(metadata, this.#settings)
    return this.#store.exclusively(key, call, () => this.#register(metadata, changes, call))
  }

  /** Ends a registration. */
  async cancel(metadata: VerifiedMetadata, call: Call): Promise<void> {
    const key = registrationKey(metadata, this.#settings)
    await this.#store.exclusively(key, call, async () => {
      const statement = { ...this.#statement({}), grantTypes: [] }
      readCancellation(await this.#post(metadata, statement, await this.#facts(call), call))
      this.#known.delete(key)
      await this.#store.delete(key, call)
    })
    this.#http.emit({ type: 'udap.registration-cancelled', ...placeOf(metadata, this.#settings) })
  }

  /** One at a time in this process and, by the lease, in all; `usable` checks what others stored. */
  #alone(
    purpose: string,
    metadata: VerifiedMetadata,
    call: Call,
    usable: (found: Registration) => Registration | undefined,
  ): Promise<Registration> {
    const key = registrationKey(metadata, this.#settings)
    const work = (deadline: Deadline): Promise<Registration> =>
      this.#http.shared('udap.register', deadline, async (shared) => {
        shared.gate = call.gate
        const found = await this.#usableFrom(key, usable, shared)
        if (found !== undefined) return found
        return this.#store.exclusively(key, shared, async () => {
          const theirs = await this.#usableFrom(key, usable, shared)
          return theirs ?? this.#register(metadata, {}, shared)
        })
      })
    return this.#work.run(`${purpose} ${key}`, work, call.deadline)
  }

  async #usableFrom(
    key: string,
    usable: (found: Registration) => Registration | undefined,
    call: Call,
  ): Promise<Registration | undefined> {
    const stored = await this.#store.get(key, call)
    const found = stored && usable(stored)
    if (found !== undefined) this.#known.set(key, found)
    return found
  }

  async #register(
    metadata: VerifiedMetadata,
    changes: RegistrationChanges,
    call: Call,
  ): Promise<Registration> {
    const key = registrationKey(metadata, this.#settings)
    const statement = this.#statement(changes)
    requireRegistrable(metadata, call)
    requireListedWildcards(statement.scope, metadata)
    const facts = await this.#facts(call)
    const leafThumbprint = await thumbprintOfLeaf(facts)
    const refused = this.#unapproved.get(`${key} ${leafThumbprint}`)
    if (refused !== undefined) throw refused
    try {
      const answer = await this.#post(metadata, statement, facts, call)
      const granted = readRegistration(answer, statement)
      const registration = { ...granted, leafThumbprint, at: this.#http.now() }
      await this.#store.set(key, registration, call)
      this.#known.set(key, registration)
      reportRegistration(this.#http, placeOf(metadata, this.#settings), statement, registration)
      return registration
    } catch (error) {
      const isFinal =
        error instanceof RegistrationError && error.error === 'unapproved_software_statement'
      if (isFinal) this.#unapproved.set(`${key} ${leafThumbprint}`, error)
      throw error
    }
  }

  #facts(call: Call): Promise<SignerFacts> {
    return this.#signer.current(call.deadline.aborter)
  }

  #statement(changes: RegistrationChanges): Statement {
    const { clientName, contacts, scope } = this.#settings
    return { clientName, contacts, scope, ...changes, grantTypes: [GRANT] }
  }

  /** Retried once after a network failure: the same values make the same registration. */
  async #post(
    metadata: VerifiedMetadata,
    statement: Statement,
    facts: SignerFacts,
    call: Call,
  ): Promise<Awaited<ReturnType<HttpClient['exchange']>>> {
    try {
      return await this.#postOnce(metadata, statement, facts, call)
    } catch (error) {
      call.deadline.throwIfOver()
      if (!(error instanceof TransportError && error.retryable)) throw error
      this.#http.emit({
        type: 'udap.registration-retry',
        ...placeOf(metadata, this.#settings),
        why: error.code,
      })
      return this.#postOnce(metadata, statement, facts, call)
    }
  }

  /** Within the time of the lease, so that no other process begins meanwhile. */
  async #postOnce(
    metadata: VerifiedMetadata,
    statement: Statement,
    facts: SignerFacts,
    call: Call,
  ): Promise<Awaited<ReturnType<HttpClient['exchange']>>> {
    const deadline = call.deadline.child(LEASE_MS / 3, () => tooSlow(call))
    try {
      return await this.#http.shared('udap.register', deadline, async (own) => {
        own.gate = call.gate
        return this.#http.exchange(
          {
            url: metadata.registrationEndpoint,
            pathTemplate: 'registration endpoint',
            accept: 'application/json',
            headers: { 'content-type': 'application/json' },
            kind: 'metadata',
            retry: 'never',
            attemptTimeoutMs: ATTEMPT_MS,
            json: await this.#signer.body(metadata, statement, facts, own.deadline.aborter),
          },
          own,
        )
      })
    } finally {
      deadline.end()
    }
  }
}

function tooSlow({ operation }: Call): TransportError {
  const what = 'the registration took longer than its lease allows'
  return new TransportError('ERR_CQ_TIMEOUT', what, { operation })
}
