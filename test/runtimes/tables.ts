/** The tables of docs/runtimes.md and README.md. */
import type { Result } from './results.ts'

export function writeTables(_root: string, _results: readonly Result[]): void {
  // Follows.
}
