/** The one reader of OperationOutcomes, from FHIR JSON and from the legacy directory's XML alike. */
import type { ServerOutcome } from '../errors.ts'
import { isRecord } from '../lib/arguments.ts'
import { quoted } from '../lib/quoted.ts'
import { ISSUE_TYPES, SEVERITIES } from './issue-types.ts'
import { list, member, text } from './tree.ts'

/** Issues that an error shows. */
const MAX_ISSUES = 20
const MAX_CODES = 20
/** Longer than every severity and issue type. */
const MAX_WORD = 20

/** The content of an issue, as far as FHIR defines it. */
interface IssueKind {
  readonly severity: string | undefined
  readonly code: string | undefined
}

/**
 * The content of an OperationOutcome, limited to what is safe to keep. Servers put the text into
 * `details.text` or `diagnostics`. A code or severity that FHIR does not define may be anything,
 * including what was sent, so it is left out.
 *
 * @see [FHIR R4, OperationOutcome](https://hl7.org/fhir/R4/operationoutcome.html)
 */
export function readOutcome(outcome: unknown): ServerOutcome {
  return {
    issue: list(member(outcome, 'issue'))
      .slice(0, MAX_ISSUES)
      .filter(isRecord)
      .map((issue) => ({
        ...kindOf(issue),
        text:
          quoted(member(member(issue, 'details'), 'text')) ?? quoted(member(issue, 'diagnostics')),
      })),
  }
}

/** Distinct issue codes of all issues, at most 20. */
export function issueCodesOf(outcome: unknown): readonly string[] {
  const codes = new Set<string>()
  for (const issue of list(member(outcome, 'issue'))) {
    const { code } = kindOf(issue)
    if (code !== undefined && codes.size < MAX_CODES) codes.add(code)
  }
  return [...codes]
}

/** Whether one of the issues is an error. */
export function isFailure(outcome: unknown): boolean {
  return list(member(outcome, 'issue')).some((issue) => isError(kindOf(issue)))
}

/**
 * Whether the results beside the OperationOutcome are incomplete: something failed, or a source could
 * not be reached ([FHIR R4, issue types](https://hl7.org/fhir/R4/valueset-issue-type.html)).
 */
export function reportsIncompleteResults(outcome: unknown): boolean {
  return list(member(outcome, 'issue')).some((issue) => {
    const kind = kindOf(issue)
    return isError(kind) || kind.code === 'incomplete'
  })
}

function isError({ severity }: IssueKind): boolean {
  return severity === 'error' || severity === 'fatal'
}

function kindOf(issue: unknown): IssueKind {
  return {
    severity: wordOf(member(issue, 'severity'), SEVERITIES),
    code: wordOf(member(issue, 'code'), ISSUE_TYPES),
  }
}

/** In lower case: some servers write the names of constants (`ERROR`, `Not-Found`). */
function wordOf(node: unknown, known: ReadonlySet<string>): string | undefined {
  const word = text(node)
  if (word === undefined || word.length > MAX_WORD) return undefined
  const lower = word.toLowerCase()
  return known.has(lower) ? lower : undefined
}
