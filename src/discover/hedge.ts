import type { HttpClient } from '../http/client.ts'
import { ATTACHED, type Call } from '../http/call.ts'
import { LazyAbortController, delay } from '../lib/abort.ts'
import type { CallOptions } from '../types.ts'

const EARLIEST_MS = 1_000
const SHARE = 0.05

/** How many second requests a run may send: one for every twenty questions. */
export class HedgeBudget {
  #questions = 0
  #hedges = 0

  asked(): void {
    this.#questions += 1
  }

  take(): boolean {
    if (this.#hedges + 1 > this.#questions * SHARE) return false
    this.#hedges += 1
    return true
  }
}

/** One request that may be sent a second time. */
export interface Hedged<T> {
  readonly http: HttpClient
  readonly budget: HedgeBudget
  readonly limits: CallOptions
  /** Milliseconds in which 95 of 100 of its questions were answered; undefined where none was. */
  readonly p95: number | undefined
  readonly send: (call: Call) => Promise<T>
  /** Resolves when the first request goes out: before that a token or a place may be waited for. */
  readonly sent: Promise<void>
  readonly onHedge: () => void
}

/**
 * Sends the request, and once more where it is slower than nearly all before it; the first answer
 * counts, and the other request is ended. Both go out: a second request is a second disclosure.
 */
export async function hedged<T>(request: Hedged<T>): Promise<T> {
  const { http, budget, limits, p95 = 0, send, sent, onHedge } = request
  budget.asked()
  const calls: Call[] = []
  // Whoever reads the responder's log, or ours, sees that the two are one question.
  const family = http.randomUUID()
  const sendOnce = (requestId: string): Promise<T> =>
    http.call('client.discover', { ...limits, [ATTACHED]: { requestId } }, (call) => {
      calls.push(call)
      return send(call)
    })
  const patience = new LazyAbortController()
  try {
    const first = sendOnce(family)
    const slow = sent.then(() => delay(Math.max(EARLIEST_MS, p95), patience))
    const isSlow = await Promise.race([
      first.then(settled, settled),
      slow.then(() => true, settled),
    ])
    if (!isSlow || !budget.take()) return await first
    onHedge()
    const second = sendOnce(`${family}.2`)
    // Where one fails the other may still answer; where both do, the first says why.
    return await Promise.any([first, second]).catch(() => first)
  } finally {
    patience.abort(undefined)
    for (const { deadline } of calls)
      deadline.abort(new DOMException('the other was faster', 'AbortError'))
  }
}

function settled(): boolean {
  return false
}
