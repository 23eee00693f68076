// carequality-fhir/queue: its public declarations. Written by `npm run api`.

export { RedisClientLike, RedisKey, RedisOptions } from 'carequality-fhir/redis'

export interface DiscoverOnOptions extends DiscoverOptions {
    client: CarequalityClient;
    redis: RedisOptions;
    targetsPerJob?: number | undefined;
}

export interface DiscoverWorker {
    close(): Promise<void>;
}

export interface DiscoverWorkerOptions<Connection> {
    Worker: WorkerClass<Connection>;
    connection: Connection;
    queueName: string;
    client: CarequalityClient;
    redis: RedisOptions;
    concurrency?: number | undefined;
    onError?: ((error: Error) => void) | undefined;
}

export interface JobLike {
    readonly id?: string | undefined;
    readonly data: unknown;
}

export interface QueueJobOptions {
    readonly jobId: string;
    readonly attempts: number;
    readonly backoff: {
        readonly type: 'fixed';
        readonly delay: number;
    };
    readonly removeOnComplete: true;
    readonly removeOnFail: {
        readonly age: number;
    };
}

export interface QueueLike {
    readonly name: string;
    addBulk(jobs: {
        name: string;
        data: unknown;
        opts: QueueJobOptions;
    }[]): Promise<unknown>;
}

export type WorkerClass<Connection> = new (name: string, processor: (job: JobLike) => Promise<void>, options: {
    connection: Connection;
    concurrency: number;
    lockDuration: number;
    stalledInterval: number;
    maxStalledCount: number;
}) => WorkerLike;

export interface WorkerLike {
    close(force?: boolean): Promise<void>;
    on(event: 'error', listener: (error: Error) => void): unknown;
}

export declare function discoverOn(queue: QueueLike, options: DiscoverOnOptions): DiscoverRun<OutcomeData>;

export declare function startDiscoverWorker<Connection>(options: DiscoverWorkerOptions<Connection>): DiscoverWorker;
