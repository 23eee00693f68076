/**
 * A patient's documents: the patient, the list, and each content as a stream, to its size and
 * digest. Offline on the sandbox; the variables of docs/getting-started.md take a real network.
 */
import { createHash } from 'node:crypto'
import { CarequalityClient } from 'carequality-fhir'
import { network } from './_network.ts'

const { options, organization, patient: id } = await network('2.999.10')
const client = new CarequalityClient({
  ...options,
  scope: 'system/Patient.read system/DocumentReference.read system/Binary.read',
})
const { patients, fhir } = await client.organization(organization)

const patient = await patients.read(id)
const [name] = patient.name ?? []
print(`Documents of ${name?.text ?? id}, born ${patient.birthDate ?? 'on no known date'}`)

const documents = fhir.search('DocumentReference', { patient: id, status: 'current' })
for await (const { type, date, content } of documents) {
  print(`\n${type?.text ?? 'A document'}, ${date?.slice(0, 10) ?? 'no date'}`)
  for (const { attachment } of content) {
    if (attachment.url === undefined) continue
    const binary = await fhir.binary(attachment.url, { contentType: attachment.contentType })
    const digest = createHash('sha256')
    let size = 0
    for await (const piece of binary.body) {
      size += piece.length
      digest.update(piece)
    }
    // A loop that ends without a throw has all of it; the listed size is the server's word.
    print(
      `  ${binary.contentType ?? 'of no stated type'}, ${size} bytes (listed: ${attachment.size ?? 'no size'})`,
    )
    print(`  sha256 ${digest.digest('hex')}`)
  }
}

await client.close()

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
