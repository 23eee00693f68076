/**
 * TEFCA's directory: an organization without endpoints of its own, and the ancestor that serves it.
 * Offline on the sandbox; `RCE_BASE_URL`, `RCE_API_KEY` and `RCE_ORGANIZATION` take the real one.
 */
import { DirectoryClient, selectEndpoint, type DirectoryEntry } from 'carequality-fhir'
import { createSandbox } from 'carequality-fhir/testing'

const baseUrl = process.env['RCE_BASE_URL']
const sandbox = baseUrl === undefined ? await createSandbox() : undefined
const directory = new DirectoryClient({
  release: 'rce-r4',
  baseUrl: baseUrl ?? 'https://directory.rce.example/fhir',
  apiKey: process.env['RCE_API_KEY'] ?? 'sandbox-api-key',
  fetch: sandbox?.fetch,
})

const room = await directory.read(process.env['RCE_ORGANIZATION'] ?? '2.999.500.1.1.1')
print(described(room))
for (let parent = room.partOf; parent !== undefined;) {
  const entry = await directory.read(parent)
  print(`  part of ${described(entry)}`)
  parent = entry.partOf
}

const { endpoint, servedBy, candidates } = await selectEndpoint(room, {
  parents: directory,
  purposeOfUse: 'T-TREAT',
})
print(`served by ${servedBy?.name ?? 'nobody'}: ${endpoint?.address ?? 'no endpoint'}`)
for (const { entry, why } of candidates) print(`  ${entry}: ${why}`)

const { entries } = await directory.search({ partOf: servedBy?.id ?? room.id, active: true })
print(`below it: ${entries.map(({ name }) => name).join(', ')}`)

function described({ name, types = [], domains = [], addresses = [] }: DirectoryEntry): string {
  const [{ city, state } = {}] = addresses
  return `${name} (${types.join()}, ${domains.join()}, ${city ?? '?'} ${state ?? ''})`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
