/** One contender in a process of its own, with its own compiled code and heap: `node worker.mjs <name> <port> <token>`. */
import { contenders } from './contenders.mjs'

const [, , name, port, token] = process.argv
const contender = await contenders[name](port, token)

/** `times` reads, `inFlight` of them at once. */
async function reads({ times, inFlight }) {
  let left = times
  const lane = async () => {
    while (left-- > 0) {
      const { id } = await contender.read()
      if (id !== 'patient-1') throw new Error('no patient')
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return times
}

/** All patients; `busyMs` is what the consumer computes for each. */
async function walk({ count, busyMs = 0, delayMs, by = 'walk' }) {
  let patients = 0
  const seen = ({ id }) => {
    if (id === undefined) throw new Error('no id')
    patients += 1
    for (const until = performance.now() + busyMs; performance.now() < until;);
  }
  await contender[by](count, seen, delayMs)
  if (patients !== 10_000) throw new Error(`saw ${patients}`)
  return patients
}

process.on('message', async (task) => {
  const before = process.cpuUsage()
  const began = performance.now()
  const done = await (task.count === undefined ? reads(task) : walk(task))
  const wallMs = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  process.send({
    cpuUs: (user + system) / done,
    wallUs: (wallMs * 1000) / done,
    rssMb: process.resourceUsage().maxRSS / 1024,
  })
})
process.on('disconnect', () => process.exit())
process.send('ready')
