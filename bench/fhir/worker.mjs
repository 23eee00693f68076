/** One contender in a process of its own: `node worker.mjs <name> <port> <token>`. */
import { spent } from '../lib/interleaved.mjs'
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
async function walk({ count, patients, busyMs = 0, delayMs, by = 'walk' }) {
  let met = 0
  const seen = ({ id }) => {
    if (id === undefined) throw new Error('no id')
    met += 1
    for (const until = performance.now() + busyMs; performance.now() < until;);
  }
  await contender[by]({ count, patients, delayMs }, seen)
  if (met !== patients) throw new Error(`saw ${met}`)
  return met
}

process.on('message', async (task) => {
  const found = await spent(() => (task.count === undefined ? reads(task) : walk(task)))
  process.send({ ...found, peakMb: process.resourceUsage().maxRSS / 1024 })
})
process.on('disconnect', () => process.exit())
process.send('ready')
