/** One flow in a fresh process, cold and then warm, the third time: `node --expose-gc worker.mjs <flow> <port> <how many>`. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { addressOf, numbersTo } from '../fan-out/origins.mjs'
import { flows } from './flows.mjs'

const [, , name, port, count] = process.argv
const bases = numbersTo(Number(count)).map((number) => `http://${addressOf(number)}:${port}/fhir`)
const run = await flows[name]()

async function measured() {
  globalThis.gc()
  const rest = process.memoryUsage().heapUsed
  let most = rest
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 20)
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const before = process.cpuUsage()
  const began = performance.now()
  const matched = await run(bases)
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  loop.disable()
  clearInterval(watch)
  return {
    cpuMs: (user + system) / 1000,
    wallMs,
    longestStopMs: loop.max / 1e6,
    heapRiseMB: (most - rest) / 1e6,
    missing: bases.length - matched,
  }
}

process.on('message', async () => {
  const cold = await measured()
  await measured() // what runs often is compiled by then, here and there
  process.send({ cold, warm: await measured() })
})
process.on('disconnect', () => process.exit())
process.send('ready')
