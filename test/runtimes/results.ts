/** test/runtimes/results.json, and the tables made of it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { ProbeResult } from './plan.ts'

/** How one runtime came out. */
export interface Result {
  readonly id: string
  readonly title: string
  readonly version: string
  readonly checks: number
  readonly cases: number
  readonly problems: readonly string[]
  readonly differences: readonly string[]
  readonly probes: readonly ProbeResult[]
}

const FILE = 'test/runtimes/results.json'

export function readResults(root: string): readonly Result[] {
  const file = `${root}/${FILE}`
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Result[]) : []
}

export function writeResults(root: string, results: readonly Result[]): void {
  writeFileSync(`${root}/${FILE}`, `${JSON.stringify(results, null, 2)}\n`)
}
