/** What is known of a client's registrations: in this process, and in the store that all share. */
import { RegistrationError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { GuardedStore, LEASE_MS } from './guarded-store.ts'
import { refusalKey } from './registration-place.ts'
import { tooSlow } from './registration-request.ts'
import type { Registration, RegistrationStore } from './registration-store.ts'

const REMEMBERED = 1_000
const MAX_BYTES = 4e6
const UNAPPROVED = 'unapproved_software_statement'
/** All that is done under a lease, and giving it back, ends before the lease does. */
const UNDER_LEASE_MS = (LEASE_MS * 5) / 6

/** What one client knows of its registrations, whichever HTTP client it is used over. */
export class RegistrationMemory {
  readonly known: BoundedMap<Registration> = new BoundedMap<Registration>(REMEMBERED, {
    maxBytes: MAX_BYTES,
  })
}

/** Reads and writes what is known. */
export class RegistrationRecords {
  readonly #http: HttpClient
  readonly #store: GuardedStore
  readonly #known: RegistrationMemory['known']

  constructor(http: HttpClient, store: RegistrationStore, { known }: RegistrationMemory) {
    this.#http = http
    this.#store = new GuardedStore(store)
    this.#known = known
  }

  /** As this process knows it. */
  known(key: string): Registration | undefined {
    return this.#known.get(key)
  }

  stored(key: string, call: Call): Promise<Registration | undefined> {
    return this.#store.get(key, call)
  }

  /** What the store holds is what this process uses from now on. */
  use(key: string, registration: Registration): Registration {
    this.#known.set(key, registration)
    return registration
  }

  async save(key: string, registration: Registration, call: Call): Promise<Registration> {
    await this.#store.set(key, registration, call)
    return this.use(key, registration)
  }

  async delete(key: string, call: Call): Promise<void> {
    this.#known.delete(key)
    await this.#store.delete(key, call)
  }

  /** Throws where the server did not approve the statement of this certificate, whichever process sent it. */
  async throwIfRefused(key: string, leafThumbprint: string, call: Call): Promise<void> {
    const name = refusalKey(key, leafThumbprint)
    const found = this.#known.get(name) ?? (await this.#store.get(name, call))
    if (found === undefined) return
    this.use(name, found)
    throw new RegistrationError(
      'ERR_CQ_REGISTRATION_REJECTED',
      `the registration endpoint answered "${UNAPPROVED}" before, and the certificate is still the same`,
      { operation: call.operation },
      { error: UNAPPROVED },
    )
  }

  /** Remembers a refusal that no repetition changes. */
  async refused(key: string, leafThumbprint: string, error: unknown, call: Call): Promise<void> {
    if (!(error instanceof RegistrationError && error.error === UNAPPROVED)) return
    const record = { clientId: UNAPPROVED, scope: '', grantTypes: [], leafThumbprint }
    const name = refusalKey(key, leafThumbprint)
    const refusal = this.use(name, { ...record, at: this.#http.now() })
    // Where it cannot be stored, the other processes find it out by themselves.
    await this.#store.set(name, refusal, call).catch(() => undefined)
  }

  /** Does the work while no other process does it for the same key, and breaks it off before the lease ends. */
  exclusively<T>(key: string, call: Call, work: (leased: Call) => Promise<T>): Promise<T> {
    return this.#store.exclusively(key, call, async () => {
      const deadline = call.deadline.child(UNDER_LEASE_MS, () => tooSlow(call))
      try {
        return await this.#http.shared(call.operation, { deadline, gate: call.gate }, work)
      } finally {
        deadline.end()
      }
    })
  }
}
