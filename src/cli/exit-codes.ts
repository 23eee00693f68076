/** Exit codes by class of error, so that scripts can tell what to do. */
import { isCarequalityError } from '../errors.ts'

/** Each with what it means; docs/cli.md and the help list them. */
export const exitCodes = {
  0: 'done',
  1: 'an error that is none of these',
  2: 'wrong arguments or settings; no request was made',
  3: 'the key, its certificate or its signer',
  4: 'refused by the library as unsafe, or not trusted',
  5: 'no usable HTTP response: name, connection, TLS, time',
  6: 'the server answers something else than the specification says',
  7: 'the directory: key, entry or endpoint',
  8: 'no token, or no registration',
  9: 'the FHIR server says no',
  10: 'doctor: a step failed',
  130: 'stopped by Ctrl-C',
} as const

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
