/** A user's registration store, with its failures as our errors. */
import { RegistrationError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import { isRecord } from '../lib/arguments.ts'
import { Deadline } from '../lib/deadline.ts'
import type { Registration, RegistrationStore } from './registration-store.ts'

const CALL_MS = 5_000
const POLL_MS = 100
/** Longer than registering may take, so that no other process begins meanwhile. */
export const LEASE_MS = 60_000

/** Reads and writes registrations; nothing continues if the store fails. */
export class GuardedStore {
  readonly #store: RegistrationStore

  constructor(store: RegistrationStore) {
    this.#store = store
  }

  async get(key: string, call: Call): Promise<Registration | undefined> {
    const found: unknown = await this.#guarded('get', call, (signal) =>
      this.#store.get(key, { signal }),
    )
    if (found === undefined || found === null) return undefined
    if (isRegistration(found)) return found
    throw failed('the registration store holds something that is not a registration', call)
  }

  async set(key: string, registration: Registration, call: Call): Promise<void> {
    await this.#guarded('set', call, (signal) => this.#store.set(key, registration, { signal }))
  }

  async delete(key: string, call: Call): Promise<void> {
    await this.#guarded('delete', call, (signal) => this.#store.delete(key, { signal }))
  }

  /**
   * Does the work while no other process does it for the same key; waits for its turn as long as
   * the call may.
   */
  async exclusively<T>(key: string, call: Call, work: () => Promise<T>): Promise<T> {
    let release: unknown
    for (;;) {
      release = await this.#guarded('lease', call, (signal) =>
        this.#store.lease(key, { ms: LEASE_MS, signal }),
      )
      if (typeof release === 'function') break
      await call.deadline.pause(POLL_MS)
    }
    try {
      return await work()
    } finally {
      await this.#release(release)
    }
  }

  /** A lease that cannot be released expires. */
  async #release(release: unknown): Promise<void> {
    const deadline = new Deadline(CALL_MS, tooLate)
    const giveBack = async (): Promise<void> => {
      if (typeof release === 'function') await Reflect.apply(release, undefined, [])
    }
    await deadline.race(giveBack()).catch(() => undefined)
    deadline.end()
  }

  async #guarded(
    operation: string,
    call: Call,
    work: (signal: AbortSignal) => unknown,
  ): Promise<unknown> {
    const deadline = call.deadline.child(CALL_MS, tooLate)
    try {
      const asked = async (): Promise<unknown> => {
        const given: unknown = await work(deadline.signal)
        return given
      }
      return await deadline.race(asked())
    } catch {
      call.deadline.throwIfOver()
      throw failed(`the registration store failed at "${operation}"`, call)
    } finally {
      deadline.end()
    }
  }
}

function tooLate(): Error {
  return new Error('too late')
}

function failed(what: string, { operation }: Call): RegistrationError {
  return new RegistrationError('ERR_CQ_REGISTRATION_STORE_FAILED', what, { operation })
}

/** A store may contain what an older version, or another program, wrote. */
function isRegistration(value: unknown): value is Registration {
  if (!isRecord(value)) return false
  const { clientId, scope, grantTypes, leafThumbprint, at, renewedAt } = value
  return (
    isClientId(clientId) &&
    typeof scope === 'string' &&
    Array.isArray(grantTypes) &&
    grantTypes.every((grant) => typeof grant === 'string') &&
    typeof leafThumbprint === 'string' &&
    typeof at === 'number' &&
    // Records of older versions have none.
    (renewedAt === undefined || typeof renewedAt === 'number')
  )
}

/** Visible characters and spaces ([RFC 6749, appendix A.1](https://www.rfc-editor.org/rfc/rfc6749#appendix-A.1)). */
export function isClientId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]{1,1000}$/.test(value)
}
