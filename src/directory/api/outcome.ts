import { list, member, text } from '../model/tree.ts'

/** [IssueType](https://hl7.org/fhir/R4/valueset-issue-type.html) of STU3 to R5: a code that is none may be anything, what was sent included. */
const ISSUE_CODES: ReadonlySet<string> = new Set(
  (
    'invalid structure required value invariant security login unknown expired forbidden ' +
    'suppressed processing not-supported duplicate multiple-matches not-found deleted too-long ' +
    'code-invalid extension too-costly business-rule conflict limited-filter transient ' +
    'lock-error no-store exception timeout incomplete throttled informational success'
  ).split(' '),
)
const MAX_CODES = 20

/** What an OperationOutcome says, JSON or XML. */
export interface OutcomeIssues {
  /** Different codes of its issues, at most 20; those that FHIR does not define are left out. */
  readonly codes: readonly string[]
  /** True where an issue is an error, fatal or `incomplete`: beside results it says that there are others. */
  readonly incomplete: boolean
}

/** Reads an OperationOutcome; undefined where there is none. */
export function issuesOf(outcome: unknown): OutcomeIssues | undefined {
  if (outcome === undefined) return undefined
  const codes = new Set<string>()
  let incomplete = false
  for (const issue of list(member(outcome, 'issue'))) {
    const code = wordOf(member(issue, 'code'))
    const severity = wordOf(member(issue, 'severity'))
    if (code !== undefined && ISSUE_CODES.has(code) && codes.size < MAX_CODES) codes.add(code)
    if (severity === 'error' || severity === 'fatal' || code === 'incomplete') incomplete = true
  }
  return { codes: [...codes], incomplete }
}

/** In lower case, as servers that write names of constants mean it. */
function wordOf(node: unknown): string | undefined {
  const word = text(node)
  return word === undefined || word.length > 20 ? undefined : word.toLowerCase()
}
