/**
 * An access token, opaque to us. Printing or serialising it shows no secret: the value itself is
 * behind a getter of the prototype.
 */
export class AccessToken {
  readonly #value: string

  static {
    // With its option `getters` Node's `inspect` would call the getter.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: AccessToken): object {
        const { tokenType, scope, requestedScope, expiresAt } = this
        return { tokenType, scope, requestedScope, expiresAt }
      },
    })
  }

  readonly tokenType = 'Bearer' as const
  /** As granted; as requested where the server does not say. */
  readonly scope: string
  /**
   * As requested; where it differs from `scope` the server granted more, less or another syntax.
   */
  readonly requestedScope: string
  /** Milliseconds since the epoch, by the client's clock. */
  readonly expiresAt: number

  /** @internal */
  constructor(value: string, scope: string, expiresAt: number, requestedScope: string = scope) {
    this.#value = value
    this.scope = scope
    this.requestedScope = requestedScope
    this.expiresAt = expiresAt
    Object.freeze(this)
  }

  /** The secret itself. */
  get accessToken(): string {
    return this.#value
  }
}

/**
 * Gives the token for a request to `url`. `rejected` is the token that the server has just
 * rejected; `challenged` says that it rejected the call, with a token or without; `timeoutMs` is
 * what is left of the call's time. Undefined sends none.
 */
export type Authorize = (context: {
  url: string
  rejected?: AccessToken | undefined
  challenged?: boolean | undefined
  signal: AbortSignal
  timeoutMs?: number | undefined
}) => Promise<AccessToken | string | undefined>
