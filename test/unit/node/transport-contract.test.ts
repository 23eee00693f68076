/** The suites that hold over `fetch`, over Node's default transport: one contract for both. */
import { describe } from 'vitest'
import { useTransport } from '../http/loopback.ts'

useTransport(() => undefined)

describe('over the default transport of Node', async () => {
  await import('../http/wire.test.ts')
  await import('../http/body.test.ts')
  await import('../http/retry.test.ts')
  await import('../http/redirect.test.ts')
  await import('../http/deadline.test.ts')
})
