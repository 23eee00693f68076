import type { Transport } from '../../types.ts'
import { kyTransport } from './ky-transport.ts'

/** What `#default-transport` of package.json is on every runtime but Node. */
export function defaultTransport(): Transport {
  return kyTransport()
}
