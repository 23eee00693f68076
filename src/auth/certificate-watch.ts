import { ConfigurationError } from '../errors.ts'
import type { Emit } from '../lib/emitter.ts'
import type { SignerFacts } from '../signers/signer-facts.ts'
import type { Mode } from '../types.ts'

const DAY_MS = 86_400_000
const WARN_DAYS = 30

/**
 * Reports what is about to go wrong with a signer's certificates, once a day. Judges certificates
 * by the uncorrected clock.
 */
export class CertificateWatch {
  readonly #emit: Emit
  readonly #now: () => number
  readonly #told = new WeakMap<SignerFacts, Map<string, number>>()

  constructor(emit: Emit, now: () => number) {
    this.#emit = emit
    this.#now = now
  }

  /** Throws unless the leaf is valid now. */
  refuseExpired({ validity }: SignerFacts): void {
    const now = this.#now()
    if (validity === undefined || (validity.notBefore <= now && now <= validity.notAfter)) return
    const when =
      now > validity.notAfter
        ? `expired on ${dayOf(validity.notAfter)}`
        : `is not valid before ${dayOf(validity.notBefore)}`
    throw new ConfigurationError('ERR_CQ_CERTIFICATE_EXPIRED', `the signer's certificate ${when}`, {
      operation: 'assertion.sign',
    })
  }

  /** Reports certificates that expire soon, and a client id that they do not contain. */
  warn(facts: SignerFacts, clientId: string, mode: Mode): void {
    const leftMs = facts.endsAt - this.#now()
    if (leftMs < WARN_DAYS * DAY_MS && this.#isNews(facts, 'certificate.expires-soon')) {
      this.#emit({
        type: 'certificate.expires-soon',
        notAfter: facts.endsAt,
        days: Math.floor(leftMs / DAY_MS),
      })
    }
    const differs = mode === 'carequality-legacy' && !facts.names(clientId)
    if (differs && this.#isNews(facts, `client-id ${clientId}`)) {
      this.#emit({ type: 'assertion.client-id-not-in-certificate', clientId })
    }
  }

  #isNews(facts: SignerFacts, what: string): boolean {
    const told = this.#told.get(facts) ?? new Map<string, number>()
    this.#told.set(facts, told)
    const now = this.#now()
    if (now - (told.get(what) ?? -Infinity) < DAY_MS) return false
    told.set(what, now)
    return true
  }
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
