/** Types that every part shares. No code. */
import type { ClientEvent } from './events.ts'
import type { Instrumentation } from './instrumentation.ts'

export type { ClientEvent, ClientEvents, EventName } from './events.ts'

/** Bytes as `crypto.subtle` takes them, under every TypeScript from 5.4 on. */
export type Bytes = ReturnType<InstanceType<typeof TextEncoder>['encode']>

/** The platform's `CryptoKey`, named so that it stays typed without lib DOM. */
export type CryptoKeyLike = Extract<
  Awaited<ReturnType<typeof crypto.subtle.generateKey>>,
  { type: string }
>

/** A `fetch`: always called with exactly one `Request`. The global `fetch` fits. */
export type FetchLike = (request: Request) => Promise<Response>

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** Anything that JSON can carry. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** One HTTP exchange as the policy layer passes it to a {@link Transport}. */
export interface TransportRequest {
  url: string
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  /**
   * Sent once: a transport must not retry by itself (a client assertion is valid for one attempt).
   */
  body?: string | undefined
  /** Aborts when the deadline passes or the caller aborts. */
  signal: AbortSignal
  /**
   * The same for transports that need no signal, which costs more: `listener` is called once, with
   * the reason. Returns a function that stops listening.
   */
  onAbort?: ((listener: (reason: unknown) => void) => () => void) | undefined
  /** To be called when the request is sent, by transports with `reportsSent`. */
  onSent?: (() => void) | undefined
  /**
   * Which addresses the host's name may resolve to: public ones, loopback too
   * (`allowInsecureLoopback`), or any (`allowedPrivateHosts` names it). For transports that resolve
   * names themselves.
   */
  addresses?: 'public' | 'loopback' | 'any' | undefined
}

/** What a {@link Transport} returns. */
export interface TransportResponse {
  /** 0 for an opaque redirect (browsers). */
  status: number
  headers: Headers
  /**
   * Decoded bytes: a transport removes one layer of gzip or br where its HTTP library does not.
   */
  body: AsyncIterable<Uint8Array> | null
}

/**
 * Moves bytes. It follows no redirects, retries nothing, and needs no deadline of its own: the
 * policy layer above it does all three.
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>
  /**
   * It calls `onSent` when a request is sent, and limits the time until then (connecting) itself.
   * `attemptTimeoutMs` then counts from there: a request that waits for a socket is not late.
   */
  readonly reportsSent?: boolean | undefined
  /**
   * Names the TLS client certificate that is offered to the URL's origin (SHA-256). Tokens may be
   * bound to it, so it is part of the token cache key.
   */
  clientCertificate?(url: string): string | undefined
  close?(): Promise<void>
}

/** Accepted by every call that may use the network. */
export interface CallOptions {
  /** The caller's own abort; the call rejects with its `reason`. */
  signal?: AbortSignal | undefined
  /**
   * Milliseconds for the whole call: discovery, token, signer, retries and the last byte. In a
   * search each page has this time from its request on; the consumer's own time does not count.
   * Default: the client's.
   */
  timeoutMs?: number | undefined
  /**
   * Names what the call is part of, for example a discovery over many responders: in spans and audit
   * events. 1 to 128 visible ASCII characters, and no patient value. Default: none.
   */
  runId?: string | undefined
}

/** Network, time and policy options, accepted by every part. */
export interface HttpOptions {
  /**
   * Default: on Node undici 7, which also checks the addresses that names resolve to; elsewhere the
   * platform's `fetch`, looked up at each call.
   */
  fetch?: FetchLike | undefined
  /** Instead of `fetch`: your own transport. */
  transport?: Transport | undefined
  /** Milliseconds for a whole call. Default 60,000; directory calls 120,000. */
  timeoutMs?: number | undefined
  /**
   * Milliseconds for one exchange, from sending to the last byte.
   * Default: discovery 10,000, token 15,000, FHIR 30,000, directory 60,000.
   */
  attemptTimeoutMs?: number | undefined
  /** Bytes after decoding. Default: token 64 kB, metadata 8 MB, page 16 MB, binary 256 MB, certificate 10 MB (CRL; an OCSP response or an issuer has 64 kB at most). */
  bodyLimits?:
    | {
        token?: number | undefined
        metadata?: number | undefined
        page?: number | undefined
        binary?: number | undefined
        certificate?: number | undefined
      }
    | undefined
  /** Value of the `User-Agent` header. Default `carequality-fhir/<version>`. */
  userAgent?: string | undefined
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?: (() => number) | undefined
  /** Source of `jti` values and of retry jitter. Default `crypto.randomUUID`. */
  randomUUID?: (() => string) | undefined
  /** Called with every event. Its result and its exceptions are ignored. */
  onEvent?: ((event: ClientEvent) => void) | undefined
  /** Traces and measures calls and requests: `openTelemetry()` of `carequality-fhir/otel`, or your own. Default: none. */
  instrumentation?: Instrumentation | undefined
  /**
   * Pairs of FHIR and token origins that belong together though their names do not show it, or a
   * function that judges a pair. `'any-https'` switches the rule off.
   */
  trustedOrigins?:
    | 'any-https'
    | readonly { fhir: string; token: string }[]
    | ((pair: { fhir: string; token: string }) => boolean)
    | undefined
  /** If given, no request of any kind is sent to another origin: the egress list of a hospital. */
  allowedOrigins?: readonly string[] | ((origin: string) => boolean) | undefined
  /** Host names or addresses in private networks that may be used nevertheless. */
  allowedPrivateHosts?: readonly string[] | undefined
  /** Permits `http:` and loopback addresses. For tests and the sandbox only. */
  allowInsecureLoopback?: boolean | undefined
}

/** How a client authenticates. `udap` needs a `UdapClient` of `carequality-fhir/udap`. */
export type Mode = 'carequality-legacy' | 'smart-backend' | 'udap'

/**
 * How patients are searched for: by POST, so that patient data stays out of URLs, with or without
 * GET where the server rejects POST; or by GET alone.
 */
export type SearchMethod = 'post-then-get' | 'post-only' | 'get'

/** The assertion's `aud`; `{ text }` is sent verbatim. */
export type Audience = 'token-endpoint' | 'issuer' | { readonly text: string }
