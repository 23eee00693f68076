/** When a server is left alone, whoever remembers it. */
export const breakerRules = {
  failuresInARow: 5,
  windowMs: 60_000,
  sliceMs: 10_000,
  /** Of at least so many requests in the window, half have failed. */
  fewest: 20,
  shortestMs: 30_000,
  longestMs: 600_000,
  /** How long the others wait while one probes. */
  probeMs: 1_000,
} as const
