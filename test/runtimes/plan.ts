/** What the runner and a runtime tell each other. Types only, and JSON on the wire. */
import type { StageId } from '../adversarial/world.ts'

/** Whose network default, and whether `fetch` is given in place of the default transport. */
export type Variant = 'default' | 'fetch'

/** What a runtime is told before it begins. */
export interface Plan {
  /** Origin of the runner. */
  readonly control: string
  /** The sandbox on loopback ports. */
  readonly sandbox: {
    readonly directoryBaseUrl: string
    readonly apiKey: string
    readonly clientId: string
    readonly key: string
    readonly certificates: string
  }
  /** A FHIR base that hangs, drips and never ends. */
  readonly slowBase: string
  /** Identity at the servers of the fault matrix. */
  readonly faults: {
    readonly titles: readonly string[]
    readonly key: string
    readonly certificate: string
  }
  /** For runtimes with TLS options and proxies of their own. */
  readonly probes: {
    readonly tlsBase: string
    readonly plainBase: string
    readonly proxy: string
    readonly ca: string
    readonly cert: string
    readonly key: string
  }
}

/** One case of the matrix, as a client needs it. */
export interface RemoteCase {
  readonly id: string
  readonly origin: string
  readonly evilOrigin: string
  readonly stage: StageId
  readonly apiKey: string
  readonly wanted: string
  readonly options: Readonly<Record<string, unknown>>
}

/** How a case ended in the runtime. */
export interface RemoteEnd {
  readonly title: string
  readonly id: string
  readonly value?: string | undefined
  readonly error?: RemoteError | undefined
  readonly events: string
  readonly elapsedMs: number
  readonly timeoutMs: number
}

/** An error as the runtime saw it; `shown` is all that its own printing made of it. */
export interface RemoteError {
  readonly isOurs: boolean
  readonly code?: string | undefined
  readonly message: string
  readonly received?: number | undefined
  readonly pages?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly shown: string
}

/** A check of the suite, and what was wrong; none means it holds. */
export interface CheckResult {
  readonly name: string
  readonly problem?: string | undefined
}

/** What only some runtimes have: true, the reason why not, or undefined where it does not apply. */
export interface ProbeResult {
  readonly name: ProbeName
  readonly result: true | string
}
export type ProbeName =
  'clientCertificate' | 'fetchClientCertificate' | 'lookupGuard' | 'proxy' | 'fetchProxy' | 'cors'

/** All of it, for one runtime and variant. */
export interface RunReport {
  readonly checks: readonly CheckResult[]
  readonly faults: { readonly cases: number; readonly findings: readonly string[] }
  readonly probes: readonly ProbeResult[]
}
