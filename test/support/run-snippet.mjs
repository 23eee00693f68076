/** Runs one snippet of the documentation in a folder with the files that it reads, its `fetch` being the sandbox's. */
import { readFile, writeFile } from 'node:fs/promises'
import { createSandbox } from 'carequality-fhir/testing'

const snippet = process.argv[2]
// The keys of the UDAP servers take some tenths of a second.
const udap = (await readFile(snippet, 'utf8')).includes('carequality-fhir/udap')
const sandbox = await createSandbox({ udap })
const { key, certificates } = sandbox.pem
await writeFile('key.pem', key)
await writeFile('chain.pem', certificates)
await writeFile(
  'leaf.pem',
  certificates.slice(0, certificates.indexOf('-----END CERTIFICATE-----') + 26),
)
await writeFile('api-key.txt', `${sandbox.options.directory.apiKey}\n`)
if (udap) await writeUdapFiles(sandbox.udap)
// Run with `node -C workerd`, where `fetch` is the default transport.
globalThis.fetch = (request) => sandbox.fetch(request)
await import(snippet)

/** Anchors and intermediates by server, key and chain by server and by TEFCA's purposes. */
async function writeUdapFiles({ communities, servers, identity }) {
  for (const { profile, community } of Object.values(servers)) {
    const { anchors, intermediates } = communities.find((one) => one.community === community)
    await writeFile(`${profile}-anchors.pem`, anchors)
    await writeFile(`${profile}-intermediates.pem`, intermediates)
    await writeIdentity(profile, await identity(profile))
  }
  for (const purpose of ['T-TREAT', 'T-IAS']) {
    await writeIdentity(purpose, await identity('tefca', purpose))
  }
}

async function writeIdentity(name, { pem }) {
  await writeFile(`${name}-key.pem`, pem.key)
  await writeFile(`${name}-chain.pem`, pem.certificates)
}
