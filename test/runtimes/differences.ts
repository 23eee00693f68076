/** Where a runtime's own network decides otherwise, and why that is not the library's to change. */
import type { RunReport } from './plan.ts'

interface Difference {
  readonly runtimes: RegExp
  /** Of the finding, which begins with the title of its case. */
  readonly finding: RegExp
  /** For docs/runtimes.md. */
  readonly why: string
}

export const DIFFERENCES: readonly Difference[] = []

/** Problems, and the differences that explain what else was found. */
export function explain(
  id: string,
  { checks, faults }: RunReport,
): { readonly problems: readonly string[]; readonly differences: readonly string[] } {
  const found = [
    ...checks.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [`${name}: ${problem}`],
    ),
    ...faults.findings,
  ]
  const differences = new Set<string>()
  const problems = found.filter((finding) => {
    const known = DIFFERENCES.find((one) => one.runtimes.test(id) && one.finding.test(finding))
    if (known !== undefined) differences.add(known.why)
    return known === undefined
  })
  return { problems, differences: [...differences] }
}
