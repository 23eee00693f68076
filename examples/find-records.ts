/**
 * From demographics to a list of documents by place: the organizations within 60 miles of Kansas
 * City from a local copy of the directory, who of them knows the patient, what documents they have,
 * and who could not be asked, and why. Offline on the sandbox.
 */
import { CarequalityClient, DirectoryClient } from 'carequality-fhir'
import { DirectorySnapshot } from 'carequality-fhir/directory'
import { network, patient } from './_responders.ts'

const { directory: settings, ...options } = await network()
if (settings === undefined || 'read' in settings) throw new Error('no directory')
const { fetch, now } = options
const copy = await DirectorySnapshot.build(new DirectoryClient({ ...settings, fetch, now }), {
  now,
})
const client = new CarequalityClient({ ...options, directory: copy })

const place = { latitude: 39.0997, longitude: -94.5786 }
const near = copy.near(place, { miles: 60 }).filter(({ name }) => name.startsWith('Hospital'))
const targets = near.slice(0, 40)
print(`${targets.length} organizations within 60 miles`)

const run = client.discover({ patient, targets })
const places: { readonly name: string; readonly documents: readonly string[] }[] = []
const toReview: string[] = []
const refused: string[] = []
for await (const outcome of run) {
  const name = outcome.target.name ?? outcome.target.id
  if (outcome.kind === 'matched') {
    const [{ resource }] = outcome.matches
    const found = outcome.responder.fhir.search('DocumentReference', { patient: resource.id ?? '' })
    const { resources } = await found.toArray({ max: 100 })
    places.push({
      name,
      documents: resources.map(
        ({ date, type }) => `${date?.slice(0, 10) ?? 'no date'}  ${type?.text ?? 'a document'}`,
      ),
    })
  }
  if (outcome.kind === 'refused') {
    refused.push(
      `${name}: ${outcome.consent === undefined ? outcome.error.message : 'it wants a consent first'}`,
    )
  }
  // Somebody like that: a person decides, and no program.
  if (outcome.kind === 'candidates') toReview.push(name)
}

for (const { name, documents } of places.sort((a, b) => a.name.localeCompare(b.name))) {
  print(`\n${name}`)
  for (const line of documents) print(`  ${line}`)
}
print(`\nTo be looked at by a person: ${toReview.sort().join(', ') || 'nobody'}`)

print('Refused:')
for (const line of refused.sort()) print(`  ${line}`)

const { unanswered } = await run.summary
print('Not answered:')
for (const { target, kind, code } of unanswered)
  print(`  ${target.name ?? target.id}: ${kind} (${code ?? ''})`)

await client.close()

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
