/** Kilobytes of heap that each of many servers leaves behind: `node --expose-gc held.mjs <facts|trees> <servers>`. */
import { CapabilityResolver } from '../../dist/index.js'
import { capabilityStatement } from './statement.mjs'

const [, , keeps, servers] = process.argv

async function fetch(request) {
  const { origin, pathname } = new URL(request.url)
  return pathname.endsWith('/metadata')
    ? new Response(capabilityStatement(`${origin}/r4`), {
        headers: { 'content-type': 'application/fhir+json' },
      })
    : new Response(null, { status: 404 })
}

const kept = new Map()
const resolver = new CapabilityResolver({ fetch })
const keep = {
  facts: (baseUrl) => resolver.resolve(baseUrl),
  async trees(baseUrl) {
    const response = await fetch(new Request(`${baseUrl}/metadata`))
    kept.set(baseUrl, await response.json())
  },
}[keeps]

/** What is being collected is seen to the end: streams let go of their buffers a turn later. */
async function heap() {
  for (let time = 0; time < 3; time += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

await keep('https://warm-up.example/r4')
const before = await heap()
for (let number = 0; number < Number(servers); number += 1)
  await keep(`https://fhir-${number}.example/r4`)
process.send(((await heap()) - before) / Number(servers) / 1000)
process.disconnect()
// The servers are needed until here.
if (kept.size > 0 && resolver === undefined) throw new Error('nothing was kept')
