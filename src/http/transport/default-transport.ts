import type { Transport } from '../../types.ts'
import { kyTransport } from './ky-transport.ts'

/** `#default-transport` of package.json on every runtime but Node. */
export function defaultTransport(): Transport {
  return kyTransport()
}
