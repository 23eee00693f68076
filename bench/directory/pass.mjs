/** One pass over the directory in a fresh process: `node pass.mjs <variant> <port> <size>`. */
import { DirectoryClient } from '../../dist/index.js'

const [, , variant, port, size] = process.argv
const base = `http://localhost:${port}/fhir`
const measuresHeld = variant.endsWith('-held')
let held = 0

/** Called for each entry; what is held is looked at now and then. */
function seen(number) {
  if (!measuresHeld || number % 500 !== 250) return
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  held = Math.max(held, heapUsed + arrayBuffers)
}

const variants = {
  /** What anybody would write. */
  async fetch() {
    let count = 0
    let url = `${base}/Organization?_count=1000&size=${size}`
    while (url !== undefined) {
      const response = await fetch(url)
      const bundle = JSON.parse(await response.text())
      for (const { resource } of bundle.entry) {
        if (resource.id === undefined) throw new Error('no id')
        seen((count += 1))
      }
      url = bundle.link.find(({ relation }) => relation === 'next')?.url
    }
    return count
  },
  async entries() {
    const directory = new DirectoryClient({
      release: 'rce-r4',
      baseUrl: `${base}?size=${size}`,
      apiKey: 'key',
      allowInsecureLoopback: true,
    })
    const listing = directory.entries()
    let count = 0
    for await (const entry of listing) {
      if (entry.endpoints.length !== 4) throw new Error('endpoints are missing')
      seen((count += 1))
    }
    if (!listing.account.complete) throw new Error(listing.account.why.join())
    return count
  },
}

const before = process.cpuUsage()
const began = performance.now()
const count = await variants[variant.replace('-held', '')]()
const { user, system } = process.cpuUsage(before)
if (count !== Number(size)) throw new Error(`saw ${count} of ${size}`)
process.send({
  cpuMs: (user + system) / 1000,
  wallMs: performance.now() - began,
  rssMb: process.resourceUsage().maxRSS / 1024,
  heldMb: held / 1e6,
})
process.disconnect()
