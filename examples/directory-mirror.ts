/**
 * A local copy of a whole directory: built with a progress bar, saved, loaded, brought up to date,
 * compared, and used in place of the network. Offline on the sandbox; `CAREQUALITY_API_KEY` and
 * `CAREQUALITY_ENVIRONMENT` take a real R4 directory.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  DirectoryClient,
  selectEndpoint,
  type ClientEvent,
  type DirectoryOptions,
} from 'carequality-fhir'
import { DirectorySnapshot } from 'carequality-fhir/directory'
import { createSandbox, type Sandbox } from 'carequality-fhir/testing'
import { environmentOf } from './_network.ts'

const sandbox = await sandboxUnlessReal()
const directory = new DirectoryClient({ ...optionsOf(sandbox), onEvent: drawBar })

const copy = await DirectorySnapshot.build(directory)
const { seen, pages, complete, why } = copy.lastFullPass
print(`\n${seen} entries on ${pages} pages, ${complete ? 'complete' : why.join('; ')}`)

const folder = await mkdtemp(join(tmpdir(), 'directory-mirror-'))
const file = join(folder, 'directory.ndjson')
await pipeline(copy.save(), createWriteStream(file))
const loaded = await DirectorySnapshot.load(createReadStream(file), {
  network: directory.network,
  environment: directory.environment,
})
await rm(folder, { recursive: true })
print(`saved and loaded: ${loaded.size} entries, ${Math.round(loaded.ageMs / 1000)} s old`)

// Meanwhile the network changes.
sandbox?.directory.put({
  oid: '2.999.100.1',
  name: 'Clinic 00001 (sandbox)',
  endpoints: [{ address: 'https://fhir.new-clinic.example/r4' }],
})
sandbox?.directory.remove('2.999.100.2')
const changed = await loaded.refresh(directory)
const whole = await changed.refresh(directory, { full: true })
const { endpointsAdded, entriesGone } = DirectorySnapshot.diff(loaded, whole)
for (const { entry, endpoint } of endpointsAdded) print(`new at ${entry}: ${endpoint.address}`)
for (const id of entriesGone) print(`gone: ${id}`)

const clinic = await whole.find('2.999.100.3')
if (clinic !== undefined) {
  const { endpoint, servedBy } = await selectEndpoint(clinic, { parents: whole })
  print(`${clinic.name} is served by ${servedBy?.name ?? 'nobody'} at ${endpoint?.address ?? '-'}`)
}

async function sandboxUnlessReal(): Promise<Sandbox | undefined> {
  return process.env['CAREQUALITY_API_KEY'] === undefined
    ? createSandbox({ directorySize: 5000 })
    : undefined
}

function optionsOf(network: Sandbox | undefined): DirectoryOptions {
  const release = 'carequality-r4'
  return network === undefined
    ? { release, environment: environmentOf(), apiKey: process.env['CAREQUALITY_API_KEY'] ?? '' }
    : {
        release,
        environment: 'production',
        apiKey: network.options.directory.apiKey,
        fetch: network.fetch,
      }
}

/** A bar where there is a terminal, a line a page elsewhere. */
function drawBar(event: ClientEvent): void {
  if (event.type !== 'directory.progress') return
  const { seen: done, total = 0, perSecond } = event
  const share = total > 0 ? done / total : 0
  const bar = '#'.repeat(Math.round(30 * share)).padEnd(30, '.')
  const line = `[${bar}] ${done} of ${total > 0 ? total : '?'}`
  if (process.stdout.isTTY) process.stdout.write(`\r${line}, ${perSecond} a second `)
  else print(line)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
