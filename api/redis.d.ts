// carequality-fhir/redis: its public declarations. Written by `npm run api`.

export { Registration, RegistrationStore } from 'carequality-fhir/udap'

export { StoredToken, TokenCache } from 'carequality-fhir'

export interface IoredisLike {
    call(command: string, args: string[]): Promise<unknown>;
}

export interface NodeRedisLike {
    sendCommand(args: string[]): Promise<unknown>;
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

export declare function redisLeases(options: RedisOptions): RedisLeases;

export declare function redisLimits(options: RedisOptions): Limits;

export declare function redisRegistrations(options: RedisOptions): RegistrationStore;

export declare function redisTokenCache(options: RedisOptions): TokenCache;
