/** How long finding by place and by name takes in a copy of 50,000 entries: `node bench/discover/near.mjs`. */
import { DirectorySnapshot } from '../../dist/directory/index.js'

const COUNT = 50_000
const states = ['MO', 'KS', 'NE', 'IA', 'TX']
const entry = (number) => ({
  id: `2.999.${number}`,
  oid: `2.999.${number}`,
  name: `Clinic ${number} of Springfield`,
  active: true,
  endpoints: [],
  position: {
    latitude: 30 + ((number * 7919) % 15_000) / 1000,
    longitude: -120 + ((number * 104_729) % 50_000) / 1000,
  },
  addresses: [{ state: states[number % states.length] }],
})
const account = { complete: true, startedAt: Date.now(), warnings: [] }

async function* entries() {
  for (let number = 0; number < COUNT; number += 1) yield entry(number)
}
const source = {
  network: 'n',
  environment: 'e',
  release: 'carequality-r4',
  knowsLastUpdated: true,
  entries: () => ({ account, [Symbol.asyncIterator]: () => entries()[Symbol.asyncIterator]() }),
}
const copy = await DirectorySnapshot.build(source)

function measure(what, work) {
  const times = Array.from({ length: 20 }, () => {
    const began = performance.now()
    const { length } = work()
    return { ms: performance.now() - began, length }
  })
  const [first, ...others] = times
  const sorted = others.map(({ ms }) => ms).sort((a, b) => a - b)
  console.log(
    `${what}: ${first.length} entries, first ${first.ms.toFixed(1)} ms, then ${sorted[9].toFixed(2)} ms`,
  )
}
const place = { latitude: 39.1, longitude: -94.6 }
measure('near, 50 miles', () => copy.near(place, { miles: 50 }))
measure('near, 500 miles', () => copy.near(place, { miles: 500 }))
measure('inState', () => copy.inState('MO'))
measure('search', () => copy.search('springfield 777'))
