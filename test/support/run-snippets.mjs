/**
 * Runs the snippets of one page of the documentation one after the other, each in a folder of its own
 * with the files that it reads, `fetch` being the sandbox's. Prints what each printed and how it failed
 * when all have ended, timers and sockets included. To start a process takes longer than most snippets.
 */
import { writeSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSandbox } from 'carequality-fhir/testing'

const [folder, ...snippets] = process.argv.slice(2)
const texts = await Promise.all(snippets.map((snippet) => readFile(snippet, 'utf8')))
// The keys of the UDAP servers take some tenths of a second.
const udap = texts.some((text) => text.includes('carequality-fhir/udap'))
const sandbox = await createSandbox({ udap })
// Run with `node -C workerd`, where `fetch` is the default transport.
globalThis.fetch = (request) => sandbox.fetch(request)

const results = []
process.on('exit', () => writeSync(1, JSON.stringify(results)))
for (const stream of [process.stdout, process.stderr])
  stream.write = (text) => {
    results.at(-1).output += text
    return true
  }
for (const [at, snippet] of snippets.entries()) {
  const own = resolve(folder, String(at))
  await mkdir(own)
  process.chdir(own)
  await writeFiles()
  const result = { output: '', failure: '' }
  results.push(result)
  await import(snippet).catch((error) => {
    result.failure = error?.stack ?? String(error)
  })
}

async function writeFiles() {
  const { key, certificates } = sandbox.pem
  await writeFile('key.pem', key)
  await writeFile('chain.pem', certificates)
  await writeFile(
    'leaf.pem',
    certificates.slice(0, certificates.indexOf('-----END CERTIFICATE-----') + 26),
  )
  await writeFile('api-key.txt', `${sandbox.options.directory.apiKey}\n`)
  if (udap) await writeUdapFiles(sandbox.udap)
}
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
