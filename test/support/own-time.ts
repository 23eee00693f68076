/** Time as this process has it, whatever others do with the machine. Needs no test runner. */
import { performance } from 'node:perf_hooks'

/** How many milliseconds of processor time the work took. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  return cpuSince(before)
}

export function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/**
 * Starts a clock that counts the milliseconds in which this process worked or had nothing to do. On a
 * quiet machine that is the time on the wall; time in which it was kept from working does not count.
 */
export function ownClock(): () => number {
  const began = performance.now()
  const cpu = process.cpuUsage()
  const { idle } = performance.eventLoopUtilization()
  return () => {
    const own = cpuSince(cpu) + performance.eventLoopUtilization().idle - idle
    // Other threads may have worked while this one waited.
    return Math.min(own, performance.now() - began)
  }
}
