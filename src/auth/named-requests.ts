import type { HttpClient } from '../http/client.ts'
import { requireObject } from '../lib/arguments.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { AssertionSigner } from './assertion-signer.ts'
import { requestKey } from './keyed-claims.ts'
import { tokenName, validateAndCopy, type TokenRequest } from './requested-token.ts'

/** A copy of a request that was checked, and what names its token. */
export interface NamedRequest {
  readonly fixed: TokenRequest
  readonly name: string
  /** The request as JSON; undefined where JSON cannot carry it. */
  readonly text: string | undefined
  cached: boolean
}

const CACHE_SIZE = 1_000
/** Servers decide about the URLs and algorithms of a request. */
const MAX_BYTES = 4e6

/** Requests are cached by their text: checking, copying and naming one costs ten look-ups. */
export class NamedRequests {
  readonly #assertions: AssertionSigner
  readonly #http: HttpClient
  readonly #known = new BoundedMap<NamedRequest>(CACHE_SIZE, { maxBytes: MAX_BYTES })

  constructor(assertions: AssertionSigner, http: HttpClient) {
    this.#assertions = assertions
    this.#http = http
  }

  /** Throws `TypeError` for a request that is not well-formed. */
  named(request: TokenRequest): NamedRequest {
    requireObject(request, 'request')
    const certificates = [request.tokenEndpoint, request.fhirBaseUrl].map((url) =>
      this.#http.clientCertificate(url),
    )
    const text = requestKey(request, certificates)
    const known = text === undefined ? undefined : this.#known.get(text)
    if (known !== undefined) return known
    const fixed = validateAndCopy(request)
    const { clientId = this.#assertions.clientId, mode = this.#assertions.mode } = fixed
    return { fixed, name: tokenName(fixed, { clientId, mode, certificates }), text, cached: false }
  }

  /** Only requests that led to a token are kept: a server that renames its token endpoint each time leaves nothing behind. */
  keep(named: NamedRequest): void {
    if (named.cached) return
    named.cached = true
    if (named.text !== undefined) this.#known.set(named.text, named)
  }
}
