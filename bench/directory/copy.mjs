/** A saved copy: loading it beside `JSON.parse` of its lines, and look-ups in it beside a bare `Map`. */
import { DirectorySnapshot, readDirectoryEntry } from '../../dist/directory/index.js'
import { timed } from '../lib/interleaved.mjs'
import { ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { addressOf, oidOf, organization } from './entries.mjs'

const NAMED = { network: 'n', environment: 'e' }
const LOOKED_UP = 20_000
const PARSE = 'JSON.parse of each line'

export async function copyTables({ size, rounds }) {
  const lines = linesOf(size)
  const load = await timed(
    [
      { name: PARSE, work: () => lines.map((line) => JSON.parse(line)), times: 1 },
      {
        name: 'DirectorySnapshot.load',
        work: () => DirectorySnapshot.load(lines, NAMED),
        times: 1,
      },
    ],
    rounds,
  )
  const found = await timed(await lookUps(lines, size), rounds)
  const pair = (ours, base) => ratioOf(found, ours, base, 'us')
  const loaded = rowsOf(load, { base: PARSE, by: 'us' })
  return {
    tables: [
      {
        title: `Loading a copy of ${size} entries from lines in memory`,
        base: PARSE,
        rows: loaded.map(({ name, us, ratio }) => ({ name, wallMs: us / 1000, ratio })),
      },
      {
        title: `${LOOKED_UP} look-ups in a copy of ${size}, one after another; the base makes the same promise, and writes the same key: a trimmed URL in lower case without the slash at its end`,
        rows: rowsOf(found, { base: 'Map.get', by: 'us' }).map(({ name, us }) => ({ name, us })),
      },
    ],
    targets: [
      target('load of JSON.parse', 1.3, ratioOf(load, 'DirectorySnapshot.load', PARSE, 'us')),
      target('read(oid) of an async Map.get', 1.5, pair('read(oid)', 'Map.get')),
      target('at(url) of a normalised Map.get', 1.5, pair('at(url)', 'Map.get of a URL')),
    ],
  }
}

/** Each run looks up all keys, so that a timer's grain does not matter; the figure is for one. */
async function lookUps(lines, size) {
  const copy = await DirectorySnapshot.load(lines, NAMED)
  const byId = new Map([...copy].map((entry) => [entry.id, entry]))
  const byUrl = new Map()
  for (const entry of byId.values())
    for (const { address } of entry.endpoints) byUrl.set(plainKey(address), [entry])
  const scattered = Array.from({ length: LOOKED_UP }, (_, number) => (number * 7919) % size)
  const [oids, urls] = [scattered.map(oidOf), scattered.map(addressOf)]
  const getAsync = async (oid) => byId.get(oid)
  let at = 0
  const next = (keys) => keys[(at += 1) % LOOKED_UP]
  return [
    { name: 'Map.get', work: () => getAsync(next(oids)) },
    { name: 'read(oid)', work: () => copy.read(next(oids)) },
    { name: 'Map.get of a URL', work: () => found(byUrl.get(plainKey(next(urls)))) },
    { name: 'at(url)', work: () => found(copy.at(next(urls))) },
  ].map((variant) => ({ ...variant, times: LOOKED_UP }))
}

function plainKey(url) {
  return url.trim().toLowerCase().replace(/\/$/, '')
}

function found(entries) {
  if (entries?.length !== 1) throw new Error('not found')
}

/** As `save` writes them. */
function linesOf(size) {
  const lastFullPass = { seen: size, complete: true, why: [], problems: [] }
  const header = { format: 'carequality-fhir directory', version: 1, entries: size, ...NAMED }
  const all = [{ ...header, release: 'r', asOf: Date.now(), lastFullPass }]
  for (let number = 0; number < size; number += 1) {
    const { resource: _, ...entry } = readDirectoryEntry(organization(number))
    all.push(entry)
  }
  return all.map((one) => `${JSON.stringify(one)}\n`)
}
