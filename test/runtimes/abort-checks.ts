/** Callers who leave, and time that runs out. */
import { equal, rejection, truthy } from './checks.ts'
import { sandboxClient } from './path-checks.ts'
import { closedBy, slowServer } from './stream-checks.ts'
import type { Check } from './suite.ts'

const reason = { left: 'the caller' }

export const abortChecks: readonly Check[] = [
  {
    name: 'an abort before the request sends nothing, and its reason comes back untouched',
    run: async (suite) => {
      const signal = AbortSignal.abort(reason)
      truthy(
        (await rejection(slowServer(suite).read('Patient', 'hang', { signal }))) === reason,
        'another reason',
      )
    },
  },
  {
    name: 'an abort while the server thinks closes the connection, and its reason comes back untouched',
    run: (suite) =>
      closedBy(suite, async () => {
        const controller = new AbortController()
        const call = slowServer(suite).read('Patient', 'hang', { signal: controller.signal })
        setTimeout(() => {
          controller.abort(reason)
        }, 300)
        truthy((await rejection(call)) === reason, 'another reason')
      }),
  },
  {
    name: 'an abort in the middle of an attachment closes the connection',
    run: (suite) =>
      closedBy(suite, async () => {
        const controller = new AbortController()
        const { body } = await slowServer(suite).binary('Binary/endless', {
          signal: controller.signal,
        })
        const reading = (async () => {
          for await (const piece of body) if (piece.length > 0) controller.abort(reason)
        })()
        truthy((await rejection(reading)) === reason, 'another reason')
      }),
  },
  {
    name: 'a deadline ends a call that hangs, as a timeout, and closes the connection',
    run: (suite) =>
      closedBy(suite, async () => {
        const error = await rejection(slowServer(suite).read('Patient', 'hang', { timeoutMs: 400 }))
        if (!suite.library.isCarequalityError(error)) throw error
        equal(error.code, 'ERR_CQ_TIMEOUT')
      }),
  },
  {
    name: 'one of two callers of a token leaves, and the other gets it',
    run: async (suite) => {
      const client = await sandboxClient(suite)
      const { patients } = await client.organization('2.16.840.1.113883.3.13.1')
      const controller = new AbortController()
      const first = rejection(patients.read('1316024', { signal: controller.signal }))
      const second = patients.read('1316024')
      controller.abort(reason)
      truthy((await first) === reason, 'another reason')
      equal((await second).id, '1316024')
      await client.close()
    },
  },
]
