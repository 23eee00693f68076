/** Where reads and pages spend their CPU time, by part and by function: `npm run profile` in bench/. The same as `node --cpu-prof`, added up. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Session } from 'node:inspector/promises'
import { contenders } from './fhir/contenders.mjs'

const [, , only] = process.argv
const server = fork(new URL('fhir/server.mjs', import.meta.url).pathname)
const [{ port, token }] = await once(server, 'message')

for (const name of only === undefined ? ['ours, default', 'ours over fetch', 'fetch'] : [only]) {
  const { read, walk } = await contenders[name](port, token)
  await profiled(`${name}, reads, 64 at once`, () => reads(read, 6_000))
  await profiled(
    `${name}, pages of 1000`,
    () => walk({ count: 1000, patients: 10_000 }, () => undefined),
    8,
  )
}
server.disconnect()

/** The first half only warms up. */
async function profiled(title, work, times = 1) {
  const session = new Session()
  session.connect()
  for (let time = 0; time < times; time += 1) await work()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  await session.post('Profiler.start')
  for (let time = 0; time < times; time += 1) await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  show(title, profile)
}

async function reads(read, times) {
  let left = times
  const lane = async () => {
    while (left-- > 0) await read()
  }
  await Promise.all(Array.from({ length: 64 }, lane))
}

function show(name, { nodes, samples, timeDeltas }) {
  const self = new Map()
  samples.forEach((id, at) => self.set(id, (self.get(id) ?? 0) + timeDeltas[at]))
  const parts = new Map()
  const functions = new Map()
  let all = 0
  for (const { id, callFrame } of nodes) {
    const { functionName, url, lineNumber } = callFrame
    const spent = self.get(id) ?? 0
    if (functionName === '(idle)' || spent === 0) continue
    all += spent
    const part = partOf(functionName, url)
    parts.set(part, (parts.get(part) ?? 0) + spent)
    const where = `${functionName || '(anonymous)'} ${url.replace(/^.*\/(dist|node_modules)\//, '')}:${lineNumber + 1}`
    functions.set(where, (functions.get(where) ?? 0) + spent)
  }
  const most = (map, count) => [...map].toSorted(([, a], [, b]) => b - a).slice(0, count)
  const share = (spent) => `${((100 * spent) / all).toFixed(1)} %`
  console.log(`\n${name}\n`)
  for (const [part, spent] of most(parts, 10)) console.log(`  ${share(spent).padStart(7)}  ${part}`)
  console.log('')
  for (const [where, spent] of most(functions, 15))
    console.log(`  ${share(spent).padStart(7)}  ${where}`)
}

function partOf(functionName, url) {
  if (functionName.startsWith('(')) return functionName
  const [, ours] = /\/dist\/(\w+)\/?/.exec(url.replace(/.*node_modules.*/, '')) ?? []
  if (ours !== undefined) return `ours: ${ours}`
  const [, installed] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? []
  if (installed !== undefined) return installed
  if (url.startsWith('node:internal/deps/undici')) return "Node's fetch"
  if (url.startsWith('node:internal/webstreams')) return "Node's web streams"
  if (url.startsWith('node:internal/abort') || /event_target/.test(url))
    return "Node's AbortSignal and events"
  return url === '' ? 'native' : 'Node, other'
}
