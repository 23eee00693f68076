// carequality-fhir/auth: its public declarations. Written by `npm run api`.

export { AccessToken, AssertionSigner, AuthorizationContext, Authorize, TokenProvider, TokenRequest } from 'carequality-fhir'

export interface AssertionRequest {
    audience: string;
    clientId?: string | undefined;
    iss?: string | undefined;
    mode?: Mode | undefined;
    algorithms?: readonly string[] | undefined;
    claims?: Readonly<Record<string, JsonValue>> | undefined;
    signal?: AbortSignal | undefined;
}

export interface AssertionSignerOptions {
    clientId: string;
    signer: SignerSource;
    mode?: Mode | undefined;
    iss?: string | undefined;
    lifetimeMs?: number | undefined;
    x5c?: boolean | undefined;
    headers?: Readonly<Record<string, JsonValue>> | undefined;
    claims?: Readonly<Record<string, JsonValue>> | undefined;
    signerTimeoutMs?: number | undefined;
    now?: (() => number) | undefined;
    randomUUID?: (() => string) | undefined;
    onEvent?: ((event: ClientEvent) => void) | undefined;
}

export type Audience = 'token-endpoint' | 'issuer' | {
    readonly text: string;
};

export declare class MemoryTokenCache implements TokenCache {
    #private;
    constructor(given?: {
        maxEntries?: number | undefined;
        now?: (() => number) | undefined;
    });
    get size(): number;
    get(key: string): StoredToken | undefined;
    set(key: string, token: StoredToken): void;
    delete(key: string, token: StoredToken): void;
    lease(key: string, { ms }: {
        ms: number;
    }): (() => void) | undefined;
}

export interface StoredToken {
    readonly accessToken: string;
    readonly scope: string;
    readonly sentAt: number;
    readonly expiresAt: number;
}

export interface TokenCache {
    get(key: string, options: {
        signal: AbortSignal;
    }): Awaitable<StoredToken | undefined>;
    set(key: string, token: StoredToken, options: {
        signal: AbortSignal;
    }): Awaitable<void>;
    delete(key: string, token: StoredToken, options: {
        signal: AbortSignal;
    }): Awaitable<void>;
    lease?(key: string, options: {
        ms: number;
        signal: AbortSignal;
    }): Awaitable<(() => Awaitable<void>) | undefined>;
}

export interface TokenProviderOptions extends HttpOptions {
    assertions: AssertionSigner;
    cache?: TokenCache | undefined;
    tokenRequestsPerMinute?: number | undefined;
    scopeFallback?: boolean | undefined;
}
