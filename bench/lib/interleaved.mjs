/** Rounds in which every contender has a turn, in an order that changes: what the machine does meanwhile hits all alike. */
import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * `measure(name)` gives one sample; the first of each is thrown away (compiled code, kept connections),
 * unless each is `cold`.
 */
export async function interleaved(names, rounds, measure, { cold = false } = {}) {
  const results = new Map(names.map((name) => [name, []]))
  if (!cold) for (const name of names) await measure(name)
  for (let round = 0; round < rounds; round += 1) {
    const from = round % names.length
    const order = [...names.slice(from), ...names.slice(0, from)]
    if (round % 2 === 1) order.reverse()
    for (const name of order) results.get(name).push(await measure(name))
  }
  return results
}

/** Microseconds of one `work()`, in this process: variants are `{ name, work, times }`. */
export function timed(variants, rounds) {
  const byName = new Map(variants.map((variant) => [variant.name, variant]))
  return interleaved([...byName.keys()], rounds, async (name) => {
    const { work, times } = byName.get(name)
    const began = performance.now()
    for (let time = 0; time < times; time += 1) await work()
    return { us: ((performance.now() - began) / times) * 1000 }
  })
}

/** A module in a process of its own, that answers each message with one; `close` ends it. */
export async function spawn(file, args = [], execArgv = []) {
  const child = fork(file, args.map(String), { execArgv })
  const failed = new Promise((_resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ${args.join(' ')} ended with ${code}`)))
  })
  failed.catch(() => undefined)
  const answer = async () => (await Promise.race([once(child, 'message'), failed]))[0]
  return {
    ready: await answer(),
    ask(task) {
      child.send(task)
      return answer()
    },
    close: () => child.connected && child.disconnect(),
  }
}

/** CPU and wall time of some work of this process, in µs for each of the things it did. */
export async function spent(work) {
  const before = process.cpuUsage()
  const began = performance.now()
  const done = await work()
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  return { cpuUs: (user + system) / done, wallUs: (wallMs * 1000) / done }
}
