/** L7: a look-up of names that throws, hangs or gives nonsense, in nodeTransport. */
import { expect, test } from 'vitest'
import { CapabilityResolver } from '../../src/index.ts'
import { nodeTransport, type NodeTransportOptions } from '../../src/node/index.ts'
import { failureOf } from '../support/answering-fetch.ts'
import { ownClock, turns } from '../support/time.ts'

type Lookup = NonNullable<NodeTransportOptions['lookup']>

/** Users of JavaScript call back with anything. */
const calling =
  (...answer: readonly unknown[]): Lookup =>
  (_name, _options, callback) => {
    setImmediate(() => callback(...(answer as unknown as Parameters<typeof callback>)))
  }

const stray: unknown[] = []
for (const name of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(name, (error) => void stray.push(error))
}

test.each<readonly [string, string, Lookup]>([
  [
    'throws',
    'ERR_CQ_NETWORK',
    () => {
      throw new Error('S3CRET')
    },
  ],
  ['never calls back', 'ERR_CQ_TIMEOUT', () => undefined],
  ['calls back with an error', 'ERR_CQ_NETWORK', calling(new Error('S3CRET'))],
  ['calls back with nothing', 'ERR_CQ_ORIGIN_REFUSED', calling(null)],
  ['calls back with a text', 'ERR_CQ_ORIGIN_REFUSED', calling(null, '8.8.8.8')],
  ['calls back with nothing in a list', 'ERR_CQ_ORIGIN_REFUSED', calling(null, [null])],
  ['calls back with numbers', 'ERR_CQ_ORIGIN_REFUSED', calling(null, [{ address: 7, family: 4 }])],
  [
    'calls back with no address',
    'ERR_CQ_ORIGIN_REFUSED',
    calling(null, [{ address: 'x y', family: 4 }]),
  ],
  [
    'calls back with a name',
    'ERR_CQ_ORIGIN_REFUSED',
    calling(null, [{ address: 'localhost.', family: 4 }]),
  ],
  [
    'calls back with another name',
    'ERR_CQ_ORIGIN_REFUSED',
    calling(null, [{ address: 'a.example', family: 4 }]),
  ],
  [
    'calls back twice',
    'ERR_CQ_ORIGIN_REFUSED',
    (_name, _options, callback) => {
      callback(null, [])
      callback(new Error('S3CRET'), [])
    },
  ],
])('L7: lookup %s: %s', async (_what, code, lookup) => {
  const transport = nodeTransport({ lookup })
  const resolver = new CapabilityResolver({ transport, timeoutMs: 2_000, attemptTimeoutMs: 300 })
  const took = ownClock()
  const error = await failureOf(resolver.resolve('https://fhir.example.org/r4'))
  expect(error).toMatchObject({ code })
  expect(took()).toBeLessThan(4_000)
  expect(JSON.stringify(error) + String(error)).not.toContain('S3CRET')
  await transport.close?.()
  await turns()
  expect(stray).toEqual([])
})
