/** Sending software statements. */
import { TransportError } from '../errors.ts'
import type { Call } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import type { HttpResponse } from '../http/messages.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { VerifiedMetadata } from '../udap-facts.ts'
import { LEASE_MS } from './guarded-store.ts'
import type { UdapSettings } from './options.ts'
import { placeOf } from './registration-place.ts'
import type { Statement, StatementSigner } from './software-statement.ts'

const ATTEMPT_MS = 15_000

/** Signs and posts statements of one client. */
export class StatementSender {
  readonly #settings: UdapSettings
  readonly #http: HttpClient
  readonly #signer: StatementSigner

  constructor(settings: UdapSettings, http: HttpClient, signer: StatementSigner) {
    this.#settings = settings
    this.#http = http
    this.#signer = signer
  }

  /** The signer as it is now: asked before anyone is kept waiting for the registration. */
  facts(call: Call): Promise<SignerFacts> {
    return this.#signer.current(call.deadline.aborter)
  }

  /** Once more after a network failure: the same values make the same registration. */
  async post(
    metadata: VerifiedMetadata,
    statement: Statement,
    facts: SignerFacts,
    call: Call,
  ): Promise<HttpResponse> {
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

  /** In a third of the lease, so that there is time for a second one. */
  async #postOnce(
    metadata: VerifiedMetadata,
    statement: Statement,
    facts: SignerFacts,
    call: Call,
  ): Promise<HttpResponse> {
    const deadline = call.deadline.child(LEASE_MS / 3, () => tooSlow(call))
    try {
      return await this.#http.shared('udap.register', { deadline, gate: call.gate }, async (own) =>
        this.#http.exchange(
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
        ),
      )
    } finally {
      deadline.end()
    }
  }
}

/** What took so long that another process may have the lease by now. */
export function tooSlow({ operation }: Call): TransportError {
  const what = 'the registration took longer than its lease allows'
  return new TransportError('ERR_CQ_TIMEOUT', what, { operation })
}
