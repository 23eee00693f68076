/** The suite in Node, Bun or Deno, each a process of its own: `process-entry.js CONTROL VARIANT DIST`. */
import type { Plan, Variant } from './plan.ts'
import { runProbes } from './probes.ts'
import { ask, runSuite, type Modules } from './suite.ts'

const [control = '', variant = 'default', dist = ''] = process.argv.slice(2) as [
  string?,
  Variant?,
  string?,
]
const { inspect } = await import('node:util')
const library = (await import(`${dist}/index.js`)) as Modules['library']
const fhir = (await import(`${dist}/fhir/index.js`)) as Modules['fhir']
const testing = (await import(`${dist}/testing/index.js`)) as Modules['testing']
const udap = (await import(`${dist}/udap/index.js`)) as Modules['udap']
const node = (await import(`${dist}/node/index.js`)) as typeof import('../../src/node/index.ts')

const plan = await ask<Plan>({ control }, '/plan')
const network = variant === 'fetch' ? { fetch: (request: Request) => fetch(request) } : {}
const report = await runSuite(
  {
    ...{ library, fhir, testing, udap, plan, network, atATime: 40 },
    inspect: (value) => inspect(value, { depth: 8 }),
  },
  () => (variant === 'default' ? runProbes(library, node, plan.probes) : Promise.resolve([])),
)
await ask({ control }, '/report', report)
