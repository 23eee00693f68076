/** From a CapabilityStatement to the facts, and what is kept of it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CapabilityResolver } from '../../dist/index.js'
import { jsonOf } from '../../build/http/body/text.js'
import { readCapabilityStatement } from '../../build/discovery/documents.js'
import { timed } from '../lib/interleaved.mjs'
import { ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { capabilityStatement } from './statement.mjs'

const BASE_URL = 'https://fhir.example.org/r4'
const PARSE = 'JSON.parse'
const BYTES = 'JSON.parse of its bytes'
const FACTS = 'facts from its bytes'
const worker = fileURLToPath(new URL('held.mjs', import.meta.url))

export async function run({ short }) {
  const text = capabilityStatement(BASE_URL)
  const bytes = new TextEncoder().encode(text)
  const headers = new Headers({ 'content-type': 'application/fhir+json' })
  const answer = { status: 200, headers, bytes, sentAt: 0, context: {} }
  const fetch = fetchOf(bytes)
  const decoder = new TextDecoder()
  const times = short ? 20 : 150
  const measured = await timed(
    [
      { name: PARSE, work: () => JSON.parse(text) },
      { name: BYTES, work: () => JSON.parse(decoder.decode(bytes)) },
      {
        name: FACTS,
        work: async () => readCapabilityStatement(await jsonOf(answer, 'fhir'), answer, BASE_URL),
      },
      {
        name: 'fetch from memory, then JSON.parse',
        work: async () => JSON.parse(await (await fetch(`${BASE_URL}/metadata`)).text()),
      },
      {
        name: 'resolve, from memory',
        work: () => new CapabilityResolver({ fetch }).resolve(BASE_URL),
      },
    ].map((variant) => ({ ...variant, times })),
    short ? 2 : 25,
  )
  const held = []
  for (const keeps of ['facts', 'trees']) held.push(await heldBy(keeps, short ? 20 : 300))
  const [facts] = held
  return {
    title: 'Discovery',
    tables: [
      {
        title: `A CapabilityStatement of ${Math.round(bytes.length / 1000)} kB in memory`,
        base: BYTES,
        rows: rowsOf(measured, { base: BYTES, by: 'us' }),
      },
      { title: 'Heap held for each of many servers', rows: held },
    ],
    targets: [
      target(
        'bytes to facts, of decoding and JSON.parse',
        1.2,
        ratioOf(measured, FACTS, BYTES, 'us'),
      ),
      target('held for a server', 16, facts['held kB'], ' kB'),
    ],
    notes: [
      'Facts and base both begin with the bytes of the answer and decode them; the first row is given the text. `resolve` is a client made anew each time, with both documents asked for, every limit and every check, the second document not published.',
      'Held: the heap after garbage collection in a fresh process, with many servers resolved by one client (`facts`) and with as many parsed statements kept (`trees`), divided by their number.',
    ],
  }
}

function fetchOf(bytes) {
  return async (input) => {
    const { pathname } = new URL(typeof input === 'string' ? input : input.url)
    return pathname.endsWith('/metadata')
      ? new Response(bytes, { headers: { 'content-type': 'application/fhir+json' } })
      : new Response(null, { status: 404 })
  }
}

async function heldBy(keeps, servers) {
  const child = fork(worker, [keeps, String(servers)], { execArgv: ['--expose-gc'] })
  const [heldKb] = await once(child, 'message')
  return { name: `${keeps} of ${servers}`, 'held kB': heldKb }
}
