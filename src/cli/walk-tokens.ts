/** Names for the tokens of a walk: what one responder issued is never sent to another. */
import { isTokenRequest, type Recorded } from './recorder.ts'

/** The variables of one token request. */
export interface TokenVariables {
  readonly assertion: string
  readonly token: string
}

/** A pair of variables for each token request, found again by the token that it returned. */
export class TokenNames {
  readonly #byRequest = new Map<string, TokenVariables>()
  readonly #byToken = new Map<string, TokenVariables>()
  #count = 0

  constructor(requests: readonly Recorded[]) {
    for (const request of requests.filter(isTokenRequest)) {
      const names = this.ofRequest(request)
      const [, token] = /"access_token"\s*:\s*"([^"]+)"/.exec(request.tokenResponse ?? '') ?? []
      if (token !== undefined) this.#byToken.set(token, names)
    }
  }

  /** Those of a token request; the same request with a new assertion has the same. */
  ofRequest({ url, body }: Recorded): TokenVariables {
    const form = new URLSearchParams(body)
    form.delete('client_assertion')
    return this.#named(this.#byRequest, `${url} ${form.toString()}`)
  }

  /** The variable of a token that a request carried; one from elsewhere is still to be set. */
  ofToken(token: string): string {
    return this.#named(this.#byToken, token).token
  }

  #named(names: Map<string, TokenVariables>, key: string): TokenVariables {
    const known = names.get(key)
    if (known !== undefined) return known
    this.#count += 1
    const suffix = this.#count === 1 ? '' : `_${this.#count}`
    const made = { assertion: `CLIENT_ASSERTION${suffix}`, token: `ACCESS_TOKEN${suffix}` }
    names.set(key, made)
    return made
  }
}
