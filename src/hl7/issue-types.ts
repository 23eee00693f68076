/** Severities of an OperationOutcome ([FHIR](https://hl7.org/fhir/valueset-issue-severity.html), R5's included). */
export const SEVERITIES: ReadonlySet<string> = new Set([
  'fatal',
  'error',
  'warning',
  'information',
  'success',
])

/** The codes that an issue may have ([FHIR](https://hl7.org/fhir/valueset-issue-type.html), STU3 to R5). */
// prettier-ignore
export const ISSUE_TYPES: ReadonlySet<string> = new Set([
  'invalid', 'structure', 'required', 'value', 'invariant',
  'security', 'login', 'unknown', 'expired', 'forbidden', 'suppressed',
  'processing', 'not-supported', 'duplicate', 'multiple-matches', 'not-found', 'deleted', 'too-long',
  'code-invalid', 'extension', 'too-costly', 'business-rule', 'conflict', 'limited-filter',
  'transient', 'lock-error', 'no-store', 'exception', 'timeout', 'incomplete', 'throttled',
  'informational', 'success',
])
