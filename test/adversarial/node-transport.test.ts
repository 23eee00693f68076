/** A fair part of the matrix over nodeTransport. */
import { afterAll } from 'vitest'
import { nodeTransport } from '../../src/node/index.ts'
import { LIGHT_CASES } from './rows.ts'
import { matrix } from './suite.ts'

const transport = nodeTransport()
afterAll(() => transport.close?.())

/** Each client closes its transport; the connections of this one are shared by all cases. */
matrix(
  'the matrix over nodeTransport',
  LIGHT_CASES,
  60,
  () => ({ send: (request) => transport.send(request) }),
  'held',
)
