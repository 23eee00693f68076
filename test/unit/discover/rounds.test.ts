import { beforeAll, expect, test } from 'vitest'
import {
  allOf,
  discoverWorld,
  expectedKinds,
  kindOf,
  peters,
  warmUp,
  type DiscoverWorld,
} from '../../support/discover-world.ts'
import { virtualTime } from '../../support/virtual-time.ts'
import type { DiscoverSummary } from '../../../src/discover/index.ts'
import type { DiscoverOutcome } from '../../../src/index.ts'

const ROUNDS = Number(process.env.CQ_DISCOVER_ROUNDS ?? 3)
const TARGETS = 1000
const FEWER = 300
const DEADLINE_MS = 30_000
const latency = { p50Ms: 80, p99Ms: 2_000 }
const network = { responders: TARGETS, responderOrigins: 300, latency }

type During = ReturnType<typeof virtualTime>

interface Round {
  readonly world: DiscoverWorld
  readonly outcomes: readonly DiscoverOutcome[]
  readonly summary: DiscoverSummary
  readonly tookMs: number
}

async function round(
  during: During,
  seed: number,
  faults: number,
  responders = TARGETS,
): Promise<Round> {
  const world = await discoverWorld({ ...network, responders, faults, seed })
  const began = performance.now()
  const run = world.client.discover({
    patient: peters,
    targets: world.sandbox.responders,
    deadlineMs: DEADLINE_MS,
  })
  const outcomes = await during(allOf(run))
  const tookMs = performance.now() - began
  return { world, outcomes, summary: await run.summary, tookMs }
}

beforeAll(warmUp)

const seeds = Array.from({ length: ROUNDS }, (_, index) => index + 1)

test.each(seeds)(
  'L5: round %i of 1,000 responders, 30 of 100 faulty: one outcome each, of the right kind, in time',
  { timeout: 300_000 },
  async (seed) => {
    const { world, outcomes, summary, tookMs } = await round(virtualTime(), seed, 0.3)
    const { responders } = world.sandbox
    expect(outcomes).toHaveLength(TARGETS)
    expect(new Set(outcomes.map(({ target }) => target.position)).size).toBe(TARGETS)
    const wrong = outcomes.flatMap((outcome) => {
      const responder = responders[outcome.target.position]
      if (responder === undefined) return ['nobody']
      const expected = expectedKinds(responder)
      return expected.includes(kindOf(outcome))
        ? []
        : [`${responder.kind}/${responder.holds}: ${kindOf(outcome)}`]
    })
    expect(wrong).toEqual([])
    expect(tookMs).toBeLessThanOrEqual(DEADLINE_MS + 250)
    expect(Math.max(...world.mostAtOnce.values())).toBeLessThanOrEqual(4)
    // Two documents, a token and a question each: what faults may add to it.
    expect(summary.requests).toBe(world.sandbox.requests.length)
    expect(summary.requests).toBeLessThanOrEqual(1.3 * 4 * TARGETS)
  },
)

test(
  'L4, L5: faulty responders do not slow the healthy ones down, and nobody is counted twice',
  { timeout: 300_000 },
  async () => {
    const during = virtualTime()
    const faulty = await round(during, 1, 0.3, FEWER)
    const healthy = await round(during, 1, 0, FEWER)
    const { responders } = faulty.world.sandbox
    const isHealthy = ({ target }: DiscoverOutcome): boolean =>
      ['match', 'search-only'].includes(responders[target.position]?.kind ?? '')
    const p99 = (outcomes: readonly DiscoverOutcome[]): number => {
      const times = outcomes.filter(isHealthy).map(({ tokenMs, requestMs }) => tokenMs + requestMs)
      return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] ?? 0
    }
    expect(p99(faulty.outcomes)).toBeLessThanOrEqual(1.2 * p99(healthy.outcomes))
    expect(healthy.summary.complete).toBe(true)
    expect(faulty.summary.complete).toBe(false)
    const { counts, unanswered } = faulty.summary
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(FEWER)
    const answered = counts.matched + counts.candidates + counts['no-match'] + counts.refused
    expect(unanswered).toHaveLength(FEWER - answered)
  },
)
