/** One pass over the directory in a fresh process: `node pass.mjs <contender> <encoding> <port> <size>`. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const [, , contender, encoding, port, size] = process.argv
const base = `http://localhost:${port}/${encoding}/fhir`

/** What anybody would write, and nothing done with the entries. */
async function bareLoop(fetch) {
  let count = 0
  let url = `${base}/Organization?_count=1000&size=${size}`
  while (url !== undefined) {
    const response = await fetch(url)
    const bundle = await response.json()
    for (const { resource } of bundle.entry) {
      if (resource.id === undefined) throw new Error('no id')
      count += 1
    }
    url = bundle.link.find(({ relation }) => relation === 'next')?.url
  }
  return count
}

/** Every entry read into the model, every check on. */
async function ours({ DirectoryClient }, options) {
  const directory = new DirectoryClient({
    release: 'rce-r4',
    baseUrl: `${base}?size=${size}`,
    apiKey: 'key',
    allowInsecureLoopback: true,
    ...options,
  })
  const listing = directory.entries()
  let count = 0
  for await (const entry of listing) {
    if (entry.endpoints.length !== 4) throw new Error('endpoints are missing')
    count += 1
  }
  if (!listing.account.complete) throw new Error(listing.account.why.join())
  return count
}

/** Loaded before the clock starts: what loading takes is the import suite's. */
const contenders = {
  async 'bare fetch loop'() {
    const { fetch } = globalThis
    return () => bareLoop(fetch)
  },
  async 'ours, default'() {
    const library = await import('../../dist/index.js')
    return () => ours(library, {})
  },
  async 'ours over fetch'() {
    const library = await import('../../dist/index.js')
    return () => ours(library, { fetch: (request) => fetch(request) })
  },
}
const work = await contenders[contender]()

// Of the time between two ticks of a timer that is due each millisecond, the longest.
const loop = monitorEventLoopDelay({ resolution: 1 })
loop.enable()
const before = process.cpuUsage()
const began = performance.now()
const count = await work()
const wallMs = performance.now() - began
const { user, system } = process.cpuUsage(before)
loop.disable()
if (count !== Number(size)) throw new Error(`saw ${count} of ${size}`)
process.send({
  cpuMs: (user + system) / 1000,
  wallMs,
  peakMb: process.resourceUsage().maxRSS / 1024,
  longestStopMs: loop.max / 1e6,
})
process.disconnect()
