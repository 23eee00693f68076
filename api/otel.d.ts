// carequality-fhir/otel: its public declarations. Written by `npm run api`.

export interface OpenTelemetryOptions {
    tracerProvider?: TracerProvider | undefined;
    meterProvider?: MeterProvider | undefined;
    propagateTo?: readonly string[] | undefined;
    maxServers?: number | undefined;
}

export declare const metricNames: Readonly<Record<string, readonly string[]>>;

export declare function openTelemetry(given?: OpenTelemetryOptions): Instrumentation;
