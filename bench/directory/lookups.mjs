/** Look-ups in a local copy of 50,000 entries, the same with ten times as many, and what reading one entry costs. */
import { DirectorySnapshot, readDirectoryEntry } from '../../dist/index.js'
import { parseXml } from '../../build/directory/xml.js'
import { organizationXml } from '../../build/testing/directory-documents.js'
import { naiveJson } from '../../build/testing/naive-json.js'
import { carequalityEntries } from '../../build/testing/directory-data.js'
import { addressOf, oidOf, organization } from './entries.mjs'

const WORKING_SIZE = 50_000

/** Median of some rounds, in microseconds for one. */
async function microseconds(times, work) {
  const rounds = []
  for (let round = 0; round < 9; round += 1) {
    const began = performance.now()
    for (let number = 0; number < times; number += 1) await work(number)
    rounds.push(((performance.now() - began) / times) * 1000)
  }
  return rounds.sort((a, b) => a - b)[4].toFixed(2)
}

/** The same without an `await` for each: for what is no promise. */
function microsecondsSync(times, work) {
  const rounds = []
  for (let round = 0; round < 9; round += 1) {
    const began = performance.now()
    for (let number = 0; number < times; number += 1) work(number)
    rounds.push(((performance.now() - began) / times) * 1000)
  }
  return rounds.sort((a, b) => a - b)[4].toFixed(2)
}

function* lines(size) {
  const lastFullPass = { seen: size, complete: true, why: [], problems: [] }
  const named = { network: 'n', environment: 'e', release: 'r' }
  yield `${JSON.stringify({ format: 'carequality-fhir directory', version: 1, entries: size, ...named, asOf: Date.now(), lastFullPass })}\n`
  for (let number = 0; number < size; number += 1) {
    const { resource: _, ...entry } = readDirectoryEntry(organization(number))
    yield `${JSON.stringify(entry)}\n`
  }
}

async function copyOf(size) {
  const began = performance.now()
  const copy = await DirectorySnapshot.load(lines(size), { network: 'n', environment: 'e' })
  copy.at(addressOf(0)) // builds the index of addresses
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  globalThis.gc?.()
  const mb = Math.round(process.memoryUsage().heapUsed / 1e6)
  console.log(
    `copy of ${size}: loaded in ${seconds} s (the lines are made on the way), ${mb} MB of heap`,
  )
  return copy
}

for (const size of [WORKING_SIZE, 10 * WORKING_SIZE]) {
  const copy = await copyOf(size)
  const spread = (number) => (number * 7919) % size
  const oids = Array.from({ length: 20_000 }, (_, number) => oidOf(spread(number)))
  const urls = Array.from({ length: 20_000 }, (_, number) => addressOf(spread(number)))
  console.log(`  read(oid)  ${await microseconds(20_000, (number) => copy.read(oids[number]))} µs`)
  console.log(`  at(url)    ${microsecondsSync(20_000, (number) => copy.at(urls[number]))} µs`)
  let found = 0
  for (const url of urls) found += copy.at(url).length
  if (found !== 20_000) throw new Error(`found ${found}`)
}

const [entry] = carequalityEntries(0)
const xml = organizationXml(entry, (host) => `https://${host}`)
const naive = naiveJson(xml)
const r4 = JSON.stringify(organization(1))
console.log('reading one entry')
console.log(
  `  legacy XML  ${xml.length} characters, 2 endpoints: ${await microseconds(2000, async () => readDirectoryEntry((await parseXml(xml, {})).Organization))} µs`,
)
console.log(
  `  naive JSON  ${naive.length} characters, 2 endpoints: ${microsecondsSync(5000, () => readDirectoryEntry(JSON.parse(naive).Organization))} µs`,
)
console.log(
  `  FHIR R4     ${r4.length} characters, 4 endpoints: ${microsecondsSync(5000, () => readDirectoryEntry(JSON.parse(r4)))} µs`,
)
