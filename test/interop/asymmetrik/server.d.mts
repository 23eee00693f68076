/** Types of the server, for the tests. */
import type { AuthorizationServer, Closing, Seen } from '../fhir-network/harness.mjs'

export interface Asymmetrik extends Closing {
  readonly baseUrls: { readonly R4: string; readonly STU3: string }
  readonly requests: Seen[]
}
export function startAsymmetrik(options: {
  authorization: AuthorizationServer
  /** One that comes twice has two versions. */
  resources: readonly object[]
  /** Deleted once they were written, for example `Patient/1`. */
  deleted?: readonly string[]
  /** What the CapabilityStatement says under oauth-uris. */
  security: readonly { readonly url: string; readonly valueUri: string }[]
}): Promise<Asymmetrik>
