/** The client's half of the fault matrix: the runner owns the servers and judges how each case ended. */
import type { CarequalityClientOptions, ClientEvent } from '../../src/index.ts'
import { CALLS, directoryOf } from '../adversarial/calls.ts'
import type { RemoteCase, RemoteEnd, RemoteError, RunReport } from './plan.ts'
import { ask, type Suite } from './suite.ts'

const TIMEOUT_MS = 60_000

export async function playFaults(suite: Suite): Promise<RunReport['faults']> {
  const { titles } = suite.plan.faults
  const waiting = [...titles]
  const findings: string[] = []
  const work = async (): Promise<void> => {
    for (let title = waiting.shift(); title !== undefined; title = waiting.shift()) {
      const one = await ask<RemoteCase>(suite.plan, '/begin', { title })
      const end = await play(suite, title, one)
      const wrong = await ask<readonly string[]>(suite.plan, '/judge', end)
      findings.push(...wrong.map((finding) => `${title}: ${finding}`))
    }
  }
  await Promise.all(Array.from({ length: suite.atATime }, work))
  return { cases: titles.length, findings }
}

async function play(suite: Suite, title: string, one: RemoteCase): Promise<RemoteEnd> {
  const { library, plan, network } = suite
  const events: ClientEvent[] = []
  const { key, certificate } = plan.faults
  const path = `/c/${one.id}`
  const world = { ...one, path, base: `${one.origin}${path}/fhir` }
  const options: CarequalityClientOptions = {
    clientId: 'client.example.org',
    signer: await library.pemSigner({ key, certificates: certificate }),
    directory: directoryOf(world),
    allowInsecureLoopback: true,
    timeoutMs: TIMEOUT_MS,
    attemptTimeoutMs: TIMEOUT_MS,
    // The same as in test/adversarial/run.ts.
    bodyLimits: { token: 64_000, metadata: 1_000_000, page: 1_000_000, binary: 1_000_000 },
    randomUUID: () => `00000000${crypto.randomUUID().slice(8)}`,
    onEvent: (event) => events.push(event),
    ...network,
    ...one.options,
  }
  const client = new library.CarequalityClient(options)
  const began = Date.now()
  const end = await settled(suite, CALLS[one.stage](client, world))
  const elapsedMs = Date.now() - began
  await client.close()
  return {
    ...{ title, id: one.id, ...end, elapsedMs, timeoutMs: options.timeoutMs ?? TIMEOUT_MS },
    events: [JSON.stringify(events), suite.inspect?.(events) ?? ''].join('\n'),
  }
}

async function settled(
  suite: Suite,
  call: Promise<string>,
): Promise<{ value?: string; error?: RemoteError }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('it did not settle'))
    }, TIMEOUT_MS + 25_000)
  })
  try {
    return { value: await Promise.race([call, patience]) }
  } catch (error) {
    return { error: describeError(suite, error) }
  } finally {
    clearTimeout(timer)
  }
}

function describeError({ library, inspect }: Suite, error: unknown): RemoteError {
  const shown = shownOf(error, inspect).join('\n')
  if (!library.isCarequalityError(error)) {
    return {
      isOurs: false,
      message: error instanceof Error ? error.message : 'it threw no Error',
      shown,
    }
  }
  const { code, message, received, pages, retryAfterMs } = error
  return { isOurs: true, code, message, received, pages, retryAfterMs, shown }
}

/** Everything that a log of this runtime could make of an error. */
function shownOf(error: unknown, inspect: Suite['inspect'], depth = 0): readonly string[] {
  if (error === undefined || depth > 5) return []
  const own = [JSON.stringify(error), inspect?.(error) ?? '']
  if (!(error instanceof Error)) return own
  return [
    ...own,
    String(error),
    error.message,
    error.stack ?? '',
    ...shownOf(error.cause, inspect, depth + 1),
  ]
}
