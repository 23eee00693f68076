/**
 * A token's sessions: opened when needed, one operation in each at a time, reopened once when they
 * are lost.
 */
import { SignerError } from '../errors.ts'
import { reasonOf, untilAborted } from '../lib/abort.ts'
import { ck, refusalOf, type Pkcs11Attribute, type Pkcs11Module } from './pkcs11-module.ts'

/** Which token, and how to log in. */
export interface TokenAccess {
  readonly module: Pkcs11Module
  /** Its label, without the padding. */
  readonly token: string
  readonly pin: () => Promise<string>
  readonly sessions: number
}

/** An open session and the key as this session knows it. */
export interface OpenSession {
  readonly session: unknown
  readonly key: unknown
}

/** A token's errors when its sessions are gone: another login may restore them. */
const LOST: ReadonlySet<string> = new Set([
  ...['CKR_SESSION_HANDLE_INVALID', 'CKR_SESSION_CLOSED', 'CKR_USER_NOT_LOGGED_IN'],
  ...['CKR_OBJECT_HANDLE_INVALID', 'CKR_KEY_HANDLE_INVALID', 'CKR_DEVICE_REMOVED'],
  ...['CKR_TOKEN_NOT_PRESENT', 'CKR_DEVICE_ERROR', 'CKR_GENERAL_ERROR'],
])

/** The sessions with one token that sign with one key. */
export class Pkcs11Token {
  readonly #access: TokenAccess
  readonly #findKey: (session: unknown) => unknown
  readonly #free: OpenSession[] = []
  readonly #waiting: (() => void)[] = []
  #busy = 0
  #closed = false

  constructor(access: TokenAccess, findKey: (session: unknown) => unknown) {
    this.#access = access
    this.#findKey = findKey
  }

  /** Runs one operation in a session of its own; a lost session is replaced once. */
  async use<T>(signal: AbortSignal, work: (open: OpenSession) => Promise<T>): Promise<T> {
    await this.#turn(signal)
    // The caller may leave earlier; the session is free again when the token has responded.
    return untilAborted(
      this.#run(work).finally(() => {
        this.#busy -= 1
        this.#waiting.shift()?.()
        if (this.#closed) this.#closeFree()
      }),
      signal,
    )
  }

  /** Closes free sessions now, and busy ones when they have finished. */
  close(): void {
    this.#closed = true
    this.#closeFree()
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw reasonOf(signal)
    if (this.#closed) throw failure('the PKCS#11 signer was closed')
    if (this.#busy >= this.#access.sessions) {
      let called = (): void => undefined
      const turn = new Promise<void>((resolve) => {
        called = resolve
      })
      this.#waiting.push(called)
      try {
        await untilAborted(turn, signal)
      } catch (error) {
        const place = this.#waiting.indexOf(called)
        if (place === -1)
          this.#waiting.shift()?.() // called and gone at once: the next one's turn
        else this.#waiting.splice(place, 1)
        throw error
      }
      return this.#turn(signal)
    }
    this.#busy += 1
  }

  async #run<T>(work: (open: OpenSession) => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(work)
    } catch (error) {
      if (!LOST.has(refusalOf(error) ?? '')) throw shown(error)
      this.#closeFree() // they are lost as well
    }
    try {
      return await this.#attempt(work)
    } catch (error) {
      throw shown(error)
    }
  }

  async #attempt<T>(work: (open: OpenSession) => Promise<T>): Promise<T> {
    const open = this.#free.pop() ?? (await this.#open())
    try {
      const result = await work(open)
      this.#free.push(open)
      return result
    } catch (error) {
      this.#closeSession(open.session) // an operation may still be active in it
      throw error
    }
  }

  async #open(): Promise<OpenSession> {
    const { module, token } = this.#access
    const slot = module
      .C_GetSlotList(true)
      .find((one) => module.C_GetTokenInfo(one).label.replaceAll('\0', ' ').trimEnd() === token)
    if (slot === undefined) throw failure('there is no PKCS#11 token with that label')
    const pin = await this.#pin()
    const session = module.C_OpenSession(slot, ck.CKF_SERIAL_SESSION)
    try {
      login(module, session, pin)
      return { session, key: this.#findKey(session) }
    } catch (error) {
      this.#closeSession(session)
      throw error
    }
  }

  /** An exception of the user's function may contain the PIN. */
  async #pin(): Promise<string> {
    try {
      return await this.#access.pin()
    } catch {
      throw failure('the function given as "pin" returned none')
    }
  }

  #closeFree(): void {
    for (const { session } of this.#free.splice(0)) this.#closeSession(session)
  }

  #closeSession(session: unknown): void {
    try {
      this.#access.module.C_CloseSession(session)
    } catch {
      // it is gone already
    }
  }
}

/** A login is per token: another session of this process may have made it. */
function login(module: Pkcs11Module, session: unknown, pin: string): void {
  try {
    module.C_Login(session, ck.CKU_USER, pin)
  } catch (error) {
    if (refusalOf(error) !== 'CKR_USER_ALREADY_LOGGED_IN') throw error
  }
}

/** Objects that fit a template, at most `limit`. */
export function findObjects(
  module: Pkcs11Module,
  session: unknown,
  template: Pkcs11Attribute[],
  limit = 2,
): readonly unknown[] {
  module.C_FindObjectsInit(session, template)
  try {
    return module.C_FindObjects(session, limit)
  } finally {
    module.C_FindObjectsFinal(session)
  }
}

/** Only the name of the error is kept: a module's message may contain anything. */
export function shown(error: unknown): SignerError {
  if (error instanceof SignerError) return error
  const refusal = refusalOf(error)
  return failure(`the PKCS#11 token refused${refusal === undefined ? '' : `: ${refusal}`}`)
}

/** An error of the signer's. */
export function failure(what: string): SignerError {
  return new SignerError('ERR_CQ_SIGNER_FAILED', what, { operation: 'assertion.sign' })
}
