import type { Transport } from '../types.ts'
import { nodeTransport } from './node-transport.ts'

/** What `#default-transport` of package.json is on Node. */
export function defaultTransport(): Transport {
  return nodeTransport()
}
