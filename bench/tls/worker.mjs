/** One contender in a process of its own: `node worker.mjs <name> <what the server said, as JSON>`. */
import { spent } from '../lib/interleaved.mjs'
import { contenders } from './contenders.mjs'
import { nameOf } from './identities.mjs'

/** As many servers as are asked only once. */
const MOST = 2_500

const [, , name, said] = process.argv
const { ports, ca, client } = JSON.parse(said)
const originOf = (version, number) => `https://${nameOf(number)}:${ports[version]}`
const numbers = Array.from({ length: MOST }, (_, number) => number)
const origins = Object.keys(ports).flatMap((version) =>
  numbers.map((number) => originOf(version, number)),
)
const get = contenders[name]({ ca, client, origins })
let next = 1

/** Where each kind of exchange goes. */
const urls = {
  whole: (version) => `${originOf(version, next++)}/close`,
  resumed: (version) => `${originOf(version, 0)}/close`,
  kept: (version) => originOf(version, 0),
}

process.on('message', async ({ kind, version, times }) => {
  const work = async () => {
    for (let time = 0; time < times; time += 1) await get(urls[kind](version))
    return times
  }
  process.send(await spent(work))
})
process.on('disconnect', () => process.exit())
process.send('ready')
