/**
 * Responders asked at once by one flow, in a fresh process: `node sweep.mjs <flow> <port> <how many>
 * <ms for an attempt>`; the silent ones, too, where that says so: `… silent`.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { flows } from './flows.mjs'
import { addressOf, isHealthy, numbersTo } from './origins.mjs'

const [, , name, port, count, attemptMs, silent] = process.argv
const numbers = numbersTo(Number(count)).filter((one) => isHealthy(one) || silent === 'silent')
const ask = await flows[name](port, Number(attemptMs))

/** What became of it: `answered`, `timedOut` or `failed`. */
async function fateOf(number) {
  try {
    await ask(addressOf(number))
    return 'answered'
  } catch (error) {
    return isTimeout(error) ? 'timedOut' : 'failed'
  }
}

const isTimeout = ({ name: kind, code }) => kind === 'TimeoutError' || code === 'ERR_CQ_TIMEOUT'

async function sweep() {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const before = process.cpuUsage()
  const began = performance.now()
  let healthyMs = 0
  const fates = await Promise.all(
    numbers.map(async (number) => {
      const fate = await fateOf(number)
      if (isHealthy(number)) healthyMs = performance.now() - began
      return [isHealthy(number), fate]
    }),
  )
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  loop.disable()
  const number = (healthy, ...wanted) =>
    fates.filter(([one, fate]) => one === healthy && wanted.includes(fate)).length
  return {
    falseTimeouts: number(true, 'timedOut'),
    otherFailures: number(true, 'failed'),
    silentNotTimedOut: number(false, 'answered', 'failed'),
    cpuMs: (user + system) / 1000,
    healthyMs,
    wallMs,
    longestStopMs: loop.max / 1e6,
  }
}

process.on('message', async () => process.send(await sweep()))
process.on('disconnect', () => process.exit())
process.send('ready')
