/** Registering a client: once for each endpoint, whoever and however many ask. */
import { RegistrationError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import type { Deadline } from '../lib/deadline.ts'
import { SharedWork } from '../lib/shared-work.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import type { UdapSettings } from './options.ts'
import {
  GRANT,
  isSame,
  mayRenew,
  placeOf,
  registrationKey,
  reportRegistration,
  requireRegistrable,
  thumbprintOfLeaf,
} from './registration-place.ts'
import { RegistrationRecords, type RegistrationMemory } from './registration-records.ts'
import { StatementSender } from './registration-request.ts'
import { readCancellation, readRegistration } from './registration-response.ts'
import type { Registration } from './registration-store.ts'
import { requireListedWildcards } from './scope-rules.ts'
import type { Statement, StatementSigner } from './software-statement.ts'

/** What a change may set; the rest stays as the client's options have it. */
export type RegistrationChanges = Partial<Pick<Statement, 'clientName' | 'contacts' | 'scope'>>

/** A statement that may be sent: whatever the signer needs time for is done. */
interface Prepared {
  readonly key: string
  readonly statement: Statement
  readonly facts: SignerFacts
  readonly leafThumbprint: string
}

/** Registrations of one client in one community. */
export class Registrar {
  readonly #settings: UdapSettings
  readonly #http: HttpClient
  readonly #sender: StatementSender
  readonly #records: RegistrationRecords
  readonly #work = new SharedWork<Registration>()

  constructor(
    settings: UdapSettings,
    http: HttpClient,
    signer: StatementSigner,
    memory: RegistrationMemory,
  ) {
    this.#settings = settings
    this.#http = http
    this.#sender = new StatementSender(settings, http, signer)
    this.#records = new RegistrationRecords(http, settings.registrations, memory)
  }

  /** The registration as this process knows it. */
  known(metadata: VerifiedMetadata): Registration | undefined {
    return this.#records.known(registrationKey(metadata, this.#settings))
  }

  /** The registration at a server; registers if there is none yet. */
  async registration(metadata: VerifiedMetadata, call: Call): Promise<Registration> {
    return (
      this.known(metadata) ??
      this.#alone('ensure', metadata, call, { usable: (found) => found, about: {} })
    )
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
    const key = registrationKey(metadata, this.#settings)
    const current = (await this.#records.stored(key, call)) ?? lost
    if (!isSame(current, lost)) return this.#records.use(key, current)
    if (!mayRenew(current, this.#http.now())) return undefined
    this.#http.emit({ type: 'udap.registration-lost', ...placeOf(metadata, this.#settings) })
    const renewal = {
      // One that another process has just failed to renew ends the matter.
      usable: (found: Registration) =>
        isSame(found, lost) && mayRenew(found, this.#http.now()) ? undefined : found,
      about: { renewedAt: this.#http.now() },
    }
    try {
      const found = await this.#alone('renew', metadata, call, renewal)
      return isSame(found, lost) ? undefined : found
    } catch (error) {
      // The server has answered: it is not asked again within the hour.
      if (error instanceof RegistrationError && error.code !== 'ERR_CQ_REGISTRATION_STORE_FAILED') {
        await this.#records.save(key, { ...current, ...renewal.about }, call).catch(() => undefined)
      }
      throw error
    }
  }

  /** Registers anew with other values; they replace the whole registration. */
  async update(
    metadata: VerifiedMetadata,
    changes: RegistrationChanges,
    call: Call,
  ): Promise<Registration> {
    const prepared = await this.#prepare(metadata, changes, call)
    return this.#records.exclusively(prepared.key, call, async (leased) => {
      const before = await this.#records.stored(prepared.key, leased)
      return this.#register(metadata, prepared, { renewedAt: before?.renewedAt }, leased)
    })
  }

  /** Ends a registration. */
  async cancel(metadata: VerifiedMetadata, call: Call): Promise<void> {
    const key = registrationKey(metadata, this.#settings)
    const facts = await this.#sender.facts(call)
    await this.#records.exclusively(key, call, async (leased) => {
      const statement = { ...this.#statement({}), grantTypes: [] }
      readCancellation(await this.#sender.post(metadata, statement, facts, leased))
      await this.#records.delete(key, leased)
    })
    this.#http.emit({ type: 'udap.registration-cancelled', ...placeOf(metadata, this.#settings) })
  }

  /** One at a time in this process and, by the lease, in all; `usable` checks what others stored. */
  #alone(
    purpose: string,
    metadata: VerifiedMetadata,
    call: Call,
    {
      usable,
      about,
    }: {
      readonly usable: (found: Registration) => Registration | undefined
      readonly about: Pick<Registration, 'renewedAt'>
    },
  ): Promise<Registration> {
    const key = registrationKey(metadata, this.#settings)
    const usableNow = async (asking: Call): Promise<Registration | undefined> => {
      const stored = await this.#records.stored(key, asking)
      const found = stored && usable(stored)
      return found && this.#records.use(key, found)
    }
    const work = (deadline: Deadline): Promise<Registration> =>
      this.#http.shared('udap.register', { deadline, gate: call.gate }, async (shared) => {
        const found = await usableNow(shared)
        if (found !== undefined) return found
        const prepared = await this.#prepare(metadata, {}, shared)
        return this.#records.exclusively(
          key,
          shared,
          async (leased) =>
            (await usableNow(leased)) ?? this.#register(metadata, prepared, about, leased),
        )
      })
    return this.#work.run(`${purpose} ${key}`, work, call.deadline)
  }

  /** Before the lease: a signer may be far away, and nobody else waits for it. */
  async #prepare(
    metadata: VerifiedMetadata,
    changes: RegistrationChanges,
    call: Call,
  ): Promise<Prepared> {
    const key = registrationKey(metadata, this.#settings)
    const statement = this.#statement(changes)
    requireRegistrable(metadata, call)
    requireListedWildcards(statement.scope, metadata)
    const facts = await this.#sender.facts(call)
    const leafThumbprint = await thumbprintOfLeaf(facts)
    await this.#records.throwIfRefused(key, leafThumbprint, call)
    return { key, statement, facts, leafThumbprint }
  }

  async #register(
    metadata: VerifiedMetadata,
    { key, statement, facts, leafThumbprint }: Prepared,
    about: Pick<Registration, 'renewedAt'>,
    call: Call,
  ): Promise<Registration> {
    try {
      const answer = await this.#sender.post(metadata, statement, facts, call)
      const granted = readRegistration(answer, statement)
      const { renewedAt } = about
      const registration = {
        ...{ ...granted, leafThumbprint, at: this.#http.now() },
        ...(renewedAt === undefined ? {} : { renewedAt }),
      }
      await this.#records.save(key, registration, call)
      reportRegistration(this.#http, placeOf(metadata, this.#settings), statement, registration)
      return registration
    } catch (error) {
      await this.#records.refused(key, leafThumbprint, error, call)
      throw error
    }
  }

  #statement(changes: RegistrationChanges): Statement {
    const { clientName, contacts, scope } = this.#settings
    return { clientName, contacts, scope, ...changes, grantTypes: [GRANT] }
  }
}
