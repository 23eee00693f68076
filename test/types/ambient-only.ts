/** Compiled without lib DOM and without node types: the declarations may name nothing else from around them. */
declare global {
  class AbortSignal {
    readonly aborted: boolean
  }
  class Headers {
    get(name: string): string | null
  }
  class Request {
    readonly url: string
  }
  class Response {
    readonly status: number
  }
  class URL {
    readonly href: string
  }
  class TextEncoder {
    encode(text: string): Uint8Array
  }
  const crypto: { subtle: { generateKey(): Promise<{ type: string }> } }
}

export * from 'carequality-fhir'
export * as auth from 'carequality-fhir/auth'
export * as directory from 'carequality-fhir/directory'
export * as discover from 'carequality-fhir/discover'
export * as errors from 'carequality-fhir/errors'
export * as fhir from 'carequality-fhir/fhir'
export * as instrumentation from 'carequality-fhir/instrumentation'
export * as signers from 'carequality-fhir/signers'
export * as audit from 'carequality-fhir/audit'
export * as testing from 'carequality-fhir/testing'
