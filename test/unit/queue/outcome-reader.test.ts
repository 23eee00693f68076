/** The producer's side of a run while Redis is away: what was written meanwhile is read when it is back. */
import { describe, expect, test } from 'vitest'
import { OutcomeReader } from '../../../src/queue/outcome-reader.ts'
import { RunStore } from '../../../src/queue/run-store.ts'
import { keyring } from '../../../src/redis/keyring.ts'
import { patientStore } from '../../../src/redis/store.ts'
import { holdTime } from '../../support/time.ts'

const keys = [{ id: 'a', secret: new Uint8Array(32).fill(3) }] as const
const outcome = { kind: 'matched', target: { id: '2.999.1' } }

/** A Redis that knows the two scripts by how many arguments they have. */
function redis() {
  const log: [position: string, value: string][] = []
  const state = { isAway: false, commands: 0 }
  const call = (_command: string, args: string[]): Promise<unknown> => {
    state.commands += 1
    if (state.isAway) return Promise.reject(new Error('Connection is closed.'))
    const [, , , , first = '', second = ''] = args
    if (args.length === 6) return Promise.resolve(log.slice(Number(first)).flat())
    log.push([first, second])
    return Promise.resolve(1)
  }
  return { state, client: { call } }
}

async function reading() {
  const time = holdTime('Date')
  /** Step by step, because names and values are encrypted on other threads. */
  const pass = (ms: number): Promise<void> => {
    const end = Date.now() + ms
    return time.passUntil(() => Date.now() >= end, 50)
  }
  const { state, client } = redis()
  const store = patientStore({ client, keys: [...keys] })
  const [key] = keyring(keys)
  const run = await RunStore.open(store, key, 'run', 60_000)
  const reader = new OutcomeReader(run)
  let found: unknown
  void reader.outcomeOf(0).then((one) => (found = one))
  reader.start()
  await pass(1_000)
  return { pass, passUntil: time.passUntil, state, run, reader, found: () => found }
}

describe('a run whose Redis is away', () => {
  test.each([500, 1_000, 3_000, 7_000, 10_000, 14_000])(
    'for %i ms reads the outcomes within a second and a half of its return',
    async (awayMs) => {
      const { pass, passUntil, state, run, reader, found } = await reading()
      state.isAway = true
      await pass(awayMs)
      expect(found()).toBeUndefined()
      state.isAway = false
      await pass(1_250)
      await run.write(0, outcome)
      const writtenAt = Date.now()
      await passUntil(() => found() !== undefined)
      expect(found()).toEqual(outcome)
      expect(Date.now() - writtenAt).toBeLessThanOrEqual(300)
      reader.end()
    },
  )

  test('for good is told so after 15 s, and a dead Redis is asked once a second at most', async () => {
    const { pass, state, found } = await reading()
    state.isAway = true
    state.commands = 0
    await pass(14_500)
    expect(found()).toBeUndefined()
    expect(state.commands).toBeLessThanOrEqual(15)
    await pass(1_000)
    expect(found()).toBe('lost')
  })
})
