// carequality-fhir/redis: its public declarations. Written by `npm run api`.

export { Registration, RegistrationStore } from 'carequality-fhir/udap'

export { StoredToken, TokenCache } from 'carequality-fhir/auth'

export interface AbortSignalLike {
    readonly aborted: boolean;
    readonly reason: unknown;
    addEventListener(type: 'abort', listener: () => void, options?: {
        once: boolean;
    }): void;
    removeEventListener(type: 'abort', listener: () => void): void;
}

export interface Breaker {
    mayTry(server: Server, signal: AbortSignalLike): Awaitable<Verdict>;
}

export interface Change<R> {
    readonly state: GuardState;
    readonly result: R;
}

export interface GuardBoard {
    update<R>(key: string, change: (state: GuardState, now: number) => Change<R>): Awaitable<R>;
}

export interface GuardState {
    readonly places: number;
    readonly filledAt: number;
    readonly starts: readonly number[];
    readonly pausedUntil: number;
    readonly refusals: number;
    readonly stoppedUntil: number;
    readonly probe?: {
        readonly id: string;
        readonly at: number;
    } | undefined;
    readonly last: LastResponse;
}

export interface IoredisLike {
    call(command: string, args: string[]): Promise<unknown>;
}

export interface LastResponse {
    readonly status?: number | undefined;
    readonly error?: string | undefined;
}

export interface Limits {
    readonly origins: PlaceLimiter;
    readonly tokenEndpoints: PlaceLimiter;
    readonly breaker: Breaker;
    readonly tokenGuard?: GuardBoard | undefined;
    readonly pauses?: PauseBoard | undefined;
}

export interface NodeRedisLike {
    sendCommand(args: string[]): Promise<unknown>;
}

export interface PauseBoard {
    set(base: string, pause: SharedPause): Awaitable<void>;
    get(base: string): Awaitable<SharedPause | undefined>;
}

export interface Place {
    release(): Awaitable<void>;
}

export interface PlaceLimiter {
    acquire(key: string, signal: AbortSignalLike): Awaitable<Place>;
}

export type RedisClientLike = IoredisLike | NodeRedisLike;

export interface RedisKey {
    readonly id: string;
    readonly secret: Uint8Array;
}

export interface RedisLeases {
    lease(name: string, options: {
        ms: number;
    }): Promise<(() => Promise<void>) | undefined>;
}

export interface RedisOptions {
    readonly client: RedisClientLike;
    readonly keys: readonly RedisKey[];
    readonly prefix?: string | undefined;
    readonly timeoutMs?: number | undefined;
    readonly now?: (() => number) | undefined;
}

export type RequestResult = 'answered' | 'unreachable' | 'failing' | 'dropped';

export interface Server {
    readonly origin: string;
    readonly base: string;
}

export interface SharedPause {
    readonly status: number;
    readonly leftMs: number;
}

export type Verdict = {
    readonly open: false;
    report(result: RequestResult): Awaitable<void>;
} | {
    readonly open: true;
    readonly retryAt: number;
};

export declare function redisLeases(options: RedisOptions): RedisLeases;

export declare function redisLimits(options: RedisOptions): Limits;

export declare function redisRegistrations(options: RedisOptions): RegistrationStore;

export declare function redisTokenCache(options: RedisOptions): TokenCache;
