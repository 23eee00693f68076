/** The exit code of what a command threw; apart from the list, which the help shows without the library. */
import { isCarequalityError } from '../errors.ts'

const BY_CLASS: Readonly<Record<string, number>> = {
  ConfigurationError: 3,
  SignerError: 3,
  PolicyError: 4,
  TrustError: 4,
  TransportError: 5,
  ResponseError: 6,
  DiscoveryError: 6,
  DirectoryError: 7,
  TokenError: 8,
  RegistrationError: 8,
  FhirError: 9,
}

/** The code for what a command threw. */
export function exitCodeOf(error: unknown, signal: AbortSignal): number {
  if (signal.aborted) return 130
  if (isCarequalityError(error)) return BY_CLASS[error.name] ?? 1
  return error instanceof TypeError ? 2 : 1
}
