/** A run that is watched as a whole: what it starts is seen as part of it, wherever the loop is. */
import { expect, test } from 'vitest'
import type { OutcomeData } from '../../../src/discover/outcome.ts'
import {
  Run,
  type Job,
  type Prepared,
  type RunSettings,
  type RunWatch,
} from '../../../src/discover/run.ts'
import type { DiscoverSummary } from '../../../src/discover/summary.ts'
import { until } from '../../support/time.ts'

function outcomeOf(position: number): OutcomeData {
  const target = { id: String(position), position }
  return {
    ...{ target, aliases: [], kind: 'no-match', queuedMs: 0, tokenMs: 0, requestMs: 0 },
    ...{ attempts: 1, hedged: false, disclosures: [] },
  }
}

/** A watch that knows whether it is within, as a context manager does. */
function watched(): { watch: RunWatch; isWithin: () => boolean; ends: DiscoverSummary[] } {
  let depth = 0
  const ends: DiscoverSummary[] = []
  const within = (work: () => void): void => {
    depth += 1
    work()
    depth -= 1
  }
  return {
    isWithin: () => depth > 0,
    ends,
    watch: { within, end: (summary) => void ends.push(summary) },
  }
}

function runOf(count: number, isWithin: () => boolean, more: Partial<RunSettings<OutcomeData>>) {
  const startedBy: boolean[] = []
  const jobs = Array.from({ length: count }, (_, position): Job<OutcomeData> => ({
    origin: `https://h${position}.example`,
    ask: () => {
      startedBy.push(isWithin())
      return Promise.resolve(outcomeOf(position))
    },
    cancelled: () => outcomeOf(position),
  }))
  async function* prepare(): AsyncGenerator<Prepared<OutcomeData>> {
    yield await Promise.resolve({ jobs, settled: [] })
  }
  const run = new Run<OutcomeData>({
    ...{
      prepare,
      now: Date.now,
      targets: count,
      deadlineMs: 60_000,
      concurrency: 1,
      perOrigin: 1,
      signal: undefined,
    },
    ...more,
  })
  return { run, startedBy }
}

test('a target that the loop starts, because too many outcomes were waiting, is started within the run', async () => {
  const { watch, isWithin, ends } = watched()
  const { run, startedBy } = runOf(300, isWithin, { watch: () => watch })
  const loop = run[Symbol.asyncIterator]()
  await loop.next()
  // One is taken and 256 wait.
  await until(() => startedBy.length === 257)
  void loop.next()
  expect(startedBy.slice(257)).toEqual([true])
  while ((await loop.next()).done !== true);
  expect(startedBy).toHaveLength(300)
  expect(ends).toEqual([await run.summary])
})

test('a loop that is left ends the watch once, with the summary', async () => {
  const { watch, isWithin, ends } = watched()
  let asked = 0
  const { run } = runOf(10, isWithin, {
    watch: () => {
      asked += 1
      return watch
    },
  })
  expect(asked).toBe(0)
  for await (const { kind } of run) {
    expect(kind).toBe('no-match')
    break
  }
  expect(ends).toEqual([await run.summary])
  expect([asked, ends[0]?.targets]).toEqual([1, 10])
})
