import { reasonOf, type AbortSignalLike } from '../lib/abort.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { breakerRules as rules } from './breaker-rules.ts'
import type { Breaker, Server, Verdict } from './limits.ts'

/** Servers that are remembered; a forgotten one starts afresh. */
const SERVERS = 10_000
const MAX_BYTES = 8e6

interface Slice {
  readonly number: number
  requests: number
  failures: number
}

/** What is known of one base, or of one origin. */
interface Circuit {
  failuresInARow: number
  underway: number
  openUntil: number
  /** For how long it was opened last; 0 while closed. */
  openForMs: number
  isProbing: boolean
  slices: Slice[]
  readonly waiting: Set<() => void>
}

/**
 * Opens after five failures in a row, or where half of at least twenty requests in a minute failed;
 * for 30 s, doubled by each probe that fails, to 10 min. By FHIR base, because neighbours at one
 * origin are other servers; what cannot be connected to is closed as a whole.
 */
export class MemoryBreaker implements Breaker {
  readonly #now: () => number
  readonly #bases = new BoundedMap<Circuit>(SERVERS, { maxBytes: MAX_BYTES, weigh: () => 500 })
  readonly #origins = new BoundedMap<Circuit>(SERVERS, { maxBytes: MAX_BYTES, weigh: () => 500 })

  constructor(now: () => number) {
    this.#now = now
  }

  mayTry(server: Server, signal: AbortSignalLike): Verdict | Promise<Verdict> {
    const ofBase = circuitIn(this.#bases, server.base)
    const ofOrigin = circuitIn(this.#origins, server.origin)
    const circuits = [ofBase, ofOrigin]
    const now = this.#now()
    for (const circuit of circuits) {
      if (circuit.openForMs === 0) continue
      const retryAt = circuit.isProbing ? now + rules.probeMs : circuit.openUntil
      if (now < retryAt) return { open: true, retryAt }
    }
    const crowded = circuits.find(
      ({ failuresInARow, underway, openForMs }) =>
        openForMs === 0 && underway > 0 && failuresInARow + underway >= rules.failuresInARow,
    )
    if (crowded !== undefined) return this.#wait(crowded, server, signal)
    const [probesBase, probesOrigin] = [enter(ofBase), enter(ofOrigin)]
    return {
      open: false,
      report: (result) => {
        const failed = result === 'failing' || result === 'unreachable'
        this.#settle(ofBase, failed ? 'failed' : result, probesBase)
        // What fails at one base says nothing of the others, unless nothing there can be reached.
        const atOrigin = result === 'unreachable' ? 'failed' : failed ? 'dropped' : result
        this.#settle(ofOrigin, atOrigin, probesOrigin)
      },
    }
  }

  /** Until one of those under way has shown something. */
  async #wait(circuit: Circuit, server: Server, signal: AbortSignalLike): Promise<Verdict> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        circuit.waiting.delete(again)
        reject(reasonOf(signal))
      }
      const again = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      circuit.waiting.add(again)
      signal.addEventListener('abort', leave, { once: true })
      if (signal.aborted) leave()
    })
    return this.mayTry(server, signal)
  }

  #settle(circuit: Circuit, result: 'answered' | 'failed' | 'dropped', probed: boolean): void {
    circuit.underway -= 1
    if (probed) circuit.isProbing = false
    if (result !== 'dropped') this.#count(circuit, result === 'failed', probed)
    const { waiting } = circuit
    if (waiting.size === 0) return
    const all = [...waiting]
    waiting.clear()
    for (const again of all) again()
  }

  #count(circuit: Circuit, failed: boolean, probed: boolean): void {
    // Those that were under way when it opened say nothing new: only a probe closes or prolongs.
    if (circuit.openForMs > 0 && !probed) return
    const now = this.#now()
    if (!failed) {
      circuit.failuresInARow = 0
      if (probed) {
        circuit.openForMs = 0
        circuit.slices = []
      }
      slice(circuit, now).requests += 1
      return
    }
    circuit.failuresInARow += 1
    const current = slice(circuit, now)
    current.requests += 1
    current.failures += 1
    if (!probed && circuit.failuresInARow < rules.failuresInARow && !failsOften(circuit)) return
    circuit.openForMs = probed ? Math.min(rules.longestMs, circuit.openForMs * 2) : rules.shortestMs
    circuit.openUntil = now + circuit.openForMs
  }
}

/** Whether the request that enters is a probe. */
function enter(circuit: Circuit): boolean {
  circuit.underway += 1
  if (circuit.openForMs === 0) return false
  circuit.isProbing = true
  return true
}

/** What is known under a key, from now on. */
function circuitIn(circuits: BoundedMap<Circuit>, key: string): Circuit {
  const known = circuits.get(key)
  if (known !== undefined) return known
  const fresh: Circuit = {
    failuresInARow: 0,
    underway: 0,
    openUntil: 0,
    openForMs: 0,
    isProbing: false,
    slices: [],
    waiting: new Set(),
  }
  circuits.set(key, fresh)
  return fresh
}

/** The current part of the window; those that are past are dropped. */
function slice(circuit: Circuit, now: number): Slice {
  const number = Math.floor(now / rules.sliceMs)
  const last = circuit.slices.at(-1)
  if (last?.number === number) return last
  const oldest = number - rules.windowMs / rules.sliceMs
  circuit.slices = circuit.slices.filter((one) => one.number > oldest && one.number < number)
  const current = { number, requests: 0, failures: 0 }
  circuit.slices.push(current)
  return current
}

function failsOften({ slices }: Circuit): boolean {
  const requests = slices.reduce((sum, one) => sum + one.requests, 0)
  const failures = slices.reduce((sum, one) => sum + one.failures, 0)
  return requests >= rules.fewest && failures * 2 >= requests
}
