/** Runs one snippet of the documentation in a folder with the files that it reads, its `fetch` being the sandbox's. */
import { writeFile } from 'node:fs/promises'
import { createSandbox } from 'carequality-fhir/testing'

const sandbox = await createSandbox()
const { key, certificates } = sandbox.pem
await writeFile('key.pem', key)
await writeFile('chain.pem', certificates)
await writeFile(
  'leaf.pem',
  certificates.slice(0, certificates.indexOf('-----END CERTIFICATE-----') + 26),
)
await writeFile('api-key.txt', `${sandbox.options.directory.apiKey}\n`)
// Run with `node -C workerd`, where `fetch` is the default transport.
globalThis.fetch = (request) => sandbox.fetch(request)
await import(process.argv[2])
