/** The runner's half of the fault matrix: it owns the servers, and judges by the oracles of test/adversarial. */
import type { CarequalityClientOptions } from '../../src/index.ts'
import type { Adversary } from '../adversarial/adversary.ts'
import { wantedOf } from '../adversarial/calls.ts'
import type { Case } from '../adversarial/cases.ts'
import { judge } from '../adversarial/oracles.ts'
import { LIGHT_CASES } from '../adversarial/rows.ts'
import type { Library } from '../adversarial/run.ts'
import type { World } from '../adversarial/world.ts'
import type { RemoteCase, RemoteEnd, RemoteError } from './plan.ts'

/** Cases whose call is a function of their own stay with Node: they test rules for URLs, not a network. */
const CASES = new Map(
  LIGHT_CASES.filter(({ row }) => row.call === undefined).map((one) => [one.title, one]),
)
const EVERY = 12

/** Cases that always end by time end sooner here, because some runtimes play few at a time. */
const SOONER: Partial<CarequalityClientOptions> = { timeoutMs: 6_000, attemptTimeoutMs: 2_000 }

/** The runtime reports time on the wall, in which a busy machine may have done other things. */
const BUSY_MS = 40_000

export class FaultReferee {
  readonly #adversary: Adversary
  readonly #worlds = new Map<string, World>()

  constructor(adversary: Adversary) {
    this.#adversary = adversary
  }

  /** All titles, or a sample of them. */
  titles(isLight: boolean): readonly string[] {
    const titles = [...CASES.keys()]
    return isLight ? titles.filter((_, index) => index % EVERY === 0) : titles
  }

  begin(title: string): RemoteCase {
    const { row, stage } = caseOf(title)
    const world = this.#adversary.world({ stage, fault: row.play, times: row.times })
    this.#worlds.set(world.id, world)
    const { id, origin, evilOrigin, apiKey } = world
    const options = { ...row.options?.(world), ...(row.group === 'slow' ? SOONER : {}) }
    return {
      id,
      origin,
      evilOrigin,
      stage,
      apiKey,
      wanted: wantedOf(world),
      options: { ...options },
    }
  }

  async judge({
    title,
    id,
    value,
    error,
    elapsedMs,
    timeoutMs,
    events,
  }: RemoteEnd): Promise<readonly string[]> {
    const world = this.#worlds.get(id)
    if (world === undefined) throw new Error(`no case ${id}`)
    this.#worlds.delete(id)
    const reached = this.#adversary.evil.length
    const trace = {
      ...{ world, value, elapsedMs, timeoutMs: timeoutMs + BUSY_MS },
      error: error === undefined ? undefined : new PlayedError(error),
      events: [{ type: 'as printed', at: 0, events }],
    }
    const findings = await judge(LIBRARY, trace, caseOf(title).expect, wantedOf(world))
    return reached === 0 ? findings : [...findings, 'the evil origin was contacted']
  }
}

/** An error of another process: its members, and all that its runtime printed of it. */
class PlayedError extends Error {
  readonly isOurs: boolean
  readonly shown: string

  constructor(error: RemoteError) {
    super(error.message)
    this.isOurs = error.isOurs
    this.shown = error.shown
    Object.assign(this, error)
  }
}

const LIBRARY: Pick<Library, 'isCarequalityError'> = {
  isCarequalityError: (error): error is never => error instanceof PlayedError && error.isOurs,
}

function caseOf(title: string): Case {
  const one = CASES.get(title)
  if (one === undefined) throw new Error(`no case "${title}"`)
  return one
}
