// carequality-fhir/errors: its public declarations. Written by `npm run api`.

export { AnyCarequalityError, CarequalityError, ConfigurationError, ConsentDemand, DirectoryError, DiscoveryError, ErrorCode, ErrorContext, FhirError, OAuthErrorDetails, PolicyError, RegistrationError, ResponseError, ServerOutcome, SignerError, TokenError, TransportError, TrustError, isCarequalityError } from 'carequality-fhir'

export interface TrustErrorDetails {
    readonly step: string;
    readonly reason: string;
    readonly position?: number | undefined;
}
