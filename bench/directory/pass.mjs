/** One pass over the directory in a fresh process: `node pass.mjs <variant> <port> <size>`. */
import { DirectoryClient } from '../../dist/index.js'

const [, , variant, port, size] = process.argv
const base = `http://localhost:${port}/fhir`

const variants = {
  /** What anybody would write. */
  async fetch() {
    let seen = 0
    let url = `${base}/Organization?_count=1000&size=${size}`
    while (url !== undefined) {
      const response = await fetch(url)
      const bundle = JSON.parse(await response.text())
      seen += bundle.entry.length
      url = bundle.link.find(({ relation }) => relation === 'next')?.url
    }
    return seen
  },
  async entries() {
    const directory = new DirectoryClient({
      release: 'rce-r4',
      baseUrl: `${base}?size=${size}`,
      apiKey: 'key',
      allowInsecureLoopback: true,
    })
    const listing = directory.entries()
    let endpoints = 0
    for await (const entry of listing) endpoints += entry.endpoints.length
    if (!listing.account.complete || endpoints !== 4 * listing.account.seen)
      throw new Error(listing.account.why.join())
    return listing.account.seen
  },
}

const before = process.cpuUsage()
const began = performance.now()
const seen = await variants[variant]()
const { user, system } = process.cpuUsage(before)
if (seen !== Number(size)) throw new Error(`saw ${seen} of ${size}`)
process.send({
  cpuMs: (user + system) / 1000,
  wallMs: performance.now() - began,
  peakMb: process.resourceUsage().maxRSS / 1024,
})
process.disconnect()
