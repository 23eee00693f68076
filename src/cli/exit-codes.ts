/** Exit codes by class of error, so that scripts can tell what to do. */

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
  10: 'doctor: a step failed, or no token was requested',
  11: 'discover: not every target has answered',
  130: 'stopped by Ctrl-C',
} as const
