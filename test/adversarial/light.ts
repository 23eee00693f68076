/**
 * The matrix's light form, for runtimes that have no vitest: every kind of fault at every stage and
 * every fault at one stage. It needs `node:http`, `node:https`, `node:net` and `node:crypto`, which
 * the servers and the signer are made with, and gives back what the oracles object to.
 */
import { startAdversary } from './adversary.ts'
import { judgeEvil } from './oracles.ts'
import { LIGHT_CASES } from './rows.ts'
import { runCase, type Library, type RunSetup } from './run.ts'

/** What came of it. */
export interface LightResult {
  readonly cases: number
  /** One line for each objection; empty where all is well. */
  readonly findings: readonly string[]
}

/** Runs the light form over a library's module, `atATime` cases at once. */
export async function runLightMatrix(
  library: Library,
  options: {
    readonly transport?: RunSetup['transport']
    readonly atATime?: number
    /** Titles that a runtime cannot play, and so leaves out. */
    readonly without?: (title: string) => boolean
  } = {},
): Promise<LightResult> {
  const { transport, atATime = 60, without = () => false } = options
  const adversary = await startAdversary()
  const cases = LIGHT_CASES.filter(({ title }) => !without(title))
  const waiting = [...cases]
  const findings: string[] = []
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const objections = await runCase({ library, adversary, transport }, one)
      findings.push(...objections.map((objection) => `${one.title}: ${objection}`))
    }
  }
  try {
    await Promise.all(Array.from({ length: atATime }, work))
  } finally {
    await adversary.close()
  }
  return { cases: cases.length, findings: [...findings, ...judgeEvil(adversary.evil)] }
}
