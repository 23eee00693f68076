// carequality-fhir/errors: its public declarations. Written by `npm run api`.

export { AnyCarequalityError, CarequalityError, isCarequalityError } from 'carequality-fhir'

export declare class ConfigurationError extends CarequalityError<Codes<'ConfigurationError'>> {
    readonly name: string;
}

export interface ConsentDemand {
    readonly required: readonly string[];
    readonly form?: string | undefined;
}

export declare class DirectoryError extends CarequalityError<Codes<'DirectoryError'>> {
    readonly name: string;
    readonly candidates?: readonly SkippedEndpoint[];
}

export declare class DiscoveryError extends CarequalityError<Codes<'DiscoveryError'>> {
    readonly name: string;
}

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorContext {
    readonly operation?: string | undefined;
    readonly organization?: string | undefined;
    readonly origin?: string | undefined;
    readonly pathTemplate?: string | undefined;
    readonly status?: number | undefined;
    readonly requestId?: string | undefined;
    readonly retryable?: boolean | undefined;
    readonly retryAfterMs?: number | undefined;
}

export declare class FhirError extends CarequalityError<Codes<'FhirError'>> {
    readonly name: string;
    readonly issueCodes?: readonly string[];
    readonly outcome?: ServerOutcome;
}

export interface OAuthErrorDetails {
    readonly error?: string | undefined;
    readonly errorDescription?: string | undefined;
    readonly errorUri?: string | undefined;
}

export declare class PolicyError extends CarequalityError<Codes<'PolicyError'>> {
    readonly name: string;
}

export declare class RegistrationError extends CarequalityError<Codes<'RegistrationError'>> {
    readonly name: string;
    readonly error?: string;
    readonly errorDescription?: string;
}

export declare class ResponseError extends CarequalityError<Codes<'ResponseError'>> {
    readonly name: string;
    readonly issues?: readonly string[];
}

export interface ServerOutcome {
    readonly issue: readonly {
        readonly severity?: string | undefined;
        readonly code?: string | undefined;
        readonly text?: string | undefined;
    }[];
}

export declare class SignerError extends CarequalityError<Codes<'SignerError'>> {
    readonly name: string;
}

export interface SkippedEndpoint {
    readonly entry: string;
    readonly address: string | undefined;
    readonly why: string;
}

export declare class TokenError extends CarequalityError<Codes<'TokenError'>> {
    readonly name: string;
    readonly error?: string;
    readonly errorDescription?: string;
    readonly errorUri?: string;
    readonly consent?: ConsentDemand;
    readonly retryAt?: number;
}

export declare class TransportError extends CarequalityError<Codes<'TransportError'>> {
    readonly name: string;
}

export declare class TrustError extends CarequalityError<Codes<'TrustError'>> {
    readonly name: string;
    readonly step: string;
    readonly reason: string;
    readonly position?: number;
}

export interface TrustErrorDetails {
    readonly step: string;
    readonly reason: string;
    readonly position?: number | undefined;
}
