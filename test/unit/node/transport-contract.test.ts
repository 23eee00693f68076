/** The suites that hold for the default transport, over nodeTransport: one contract for both. */
import { describe } from 'vitest'
import { nodeTransport } from '../../../src/node/index.ts'
import { useTransport } from '../http/loopback.ts'

useTransport(() => nodeTransport())

describe('over nodeTransport', async () => {
  await import('../http/wire.test.ts')
  await import('../http/body.test.ts')
  await import('../http/retry.test.ts')
  await import('../http/redirect.test.ts')
  await import('../http/deadline.test.ts')
})
