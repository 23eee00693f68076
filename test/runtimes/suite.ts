/** One suite for all runtimes: Web standards only, against a build of the library that is handed in. */
import type { FetchLike } from '../../src/index.ts'
import { abortChecks } from './abort-checks.ts'
import { playFaults } from './faults.ts'
import { keyChecks } from './key-checks.ts'
import { pathChecks } from './path-checks.ts'
import type { CheckResult, Plan, ProbeResult, RunReport } from './plan.ts'
import { streamChecks } from './stream-checks.ts'
import { udapChecks } from './udap-checks.ts'

/** The entry points that every runtime has. */
export interface Modules {
  readonly library: typeof import('../../src/index.ts')
  readonly fhir: typeof import('../../src/fhir/index.ts')
  readonly testing: typeof import('../../src/testing/index.ts')
  readonly udap: typeof import('../../src/udap/index.ts')
}

/** What a check works with. */
export interface Suite extends Modules {
  readonly plan: Plan
  /** Given to every client: nothing, or a `fetch`. */
  readonly network: { readonly fetch?: FetchLike }
  /** How this runtime prints a value for people, where it has a way of its own. */
  readonly inspect?: ((value: unknown) => string) | undefined
  /** Cases of the fault matrix under way at once. */
  readonly atATime: number
}

export interface Check {
  readonly name: string
  run(suite: Suite): Promise<void>
}

/** Asks the runner, which answers with JSON. */
export async function ask<T>(
  plan: Pick<Plan, 'control'>,
  path: string,
  body?: unknown,
): Promise<T> {
  const init =
    body === undefined
      ? {}
      : {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }
  const response = await fetch(plan.control + path, init)
  if (!response.ok) throw new Error(`the runner answers ${response.status} to ${path}`)
  return (await response.json()) as T
}

const CHECKS: readonly Check[] = [
  ...pathChecks,
  ...keyChecks,
  ...udapChecks,
  ...streamChecks,
  ...abortChecks,
]

/** Runs all of it, in order. */
export async function runSuite(
  suite: Suite,
  probes: () => Promise<readonly ProbeResult[]> = () => Promise.resolve([]),
): Promise<RunReport> {
  const checks: CheckResult[] = []
  for (const check of CHECKS)
    checks.push({ name: check.name, problem: await problemOf(check, suite) })
  return { checks, faults: await playFaults(suite), probes: await probes() }
}

/** What is wrong, or undefined; a check that hangs is wrong, too. */
async function problemOf(check: Check, suite: Suite): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const hung = new Promise<string>((done) => {
    timer = setTimeout(() => done('it hangs'), 60_000)
  })
  try {
    return await Promise.race([check.run(suite).then(() => undefined), hung])
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  } finally {
    clearTimeout(timer)
  }
}
