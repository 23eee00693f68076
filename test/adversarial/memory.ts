import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { turns } from '../support/time.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is in use after a collection, in MB. */
export function heapMb(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed / 1e6
}

const ROUNDS = 30
const SETTLED_MB = 0.1

/**
 * What is in use, texts and bytes outside the heap, once collections free no more. One collection is
 * not enough: streams, weak references and finalizers each release theirs in a later turn of the event loop.
 */
export async function settledMb(): Promise<number> {
  let least = Infinity
  let unchanged = 0
  for (let round = 0; round < ROUNDS && unchanged < 2; round += 1) {
    await turns(20)
    collect()
    const { heapUsed, external } = process.memoryUsage()
    const used = (heapUsed + external) / 1e6
    unchanged = used > least - SETTLED_MB ? unchanged + 1 : 0
    least = Math.min(least, used)
  }
  return least
}
