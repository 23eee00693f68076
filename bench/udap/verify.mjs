// What a warm verification costs beside its bare signature checks: node bench/udap/verify.mjs (after npm run build).
// Prints processor time (process.cpuUsage: user and system, all threads), not elapsed time.
// Warm: the authorities are known, their lists are there; every leaf is new, as from another server.
import { X509Certificate } from 'node:crypto'
import { trustStore } from '../../dist/udap/index.js'
import { createKeys, issueCertificate } from '../../build/testing/pki.js'
import { issueCrl } from '../../build/testing/pki-revocation.js'

const CHAINS = 300
const NOW = Date.now()
const DAY = 24 * 60 * 60 * 1000
const dates = { notBefore: NOW - DAY, notAfter: NOW + 300 * DAY }
const [rootKeys, caKeys, leafKeys] = await Promise.all([1, 2, 3].map(() => createKeys('RSA')))
const root = await issueCertificate({ subject: 'Root', keys: rootKeys, ca: true, ...dates })
const ca = await issueCertificate({
  ...{ subject: 'CA', issuer: root, keys: caKeys, ca: true, ...dates },
  crlUrls: ['http://pki.example.org/root.crl'],
})
const lists = {
  'http://pki.example.org/root.crl': await issueCrl({
    issuer: root,
    thisUpdate: NOW - DAY,
    nextUpdate: NOW + DAY,
  }),
  'http://pki.example.org/ca.crl': await issueCrl({
    issuer: ca,
    thisUpdate: NOW - DAY,
    nextUpdate: NOW + DAY,
  }),
}
const leaves = []
for (let index = 0; index < CHAINS; index += 1) {
  leaves.push(
    await issueCertificate({
      ...{ subject: `Server ${index}`, issuer: ca, keys: leafKeys, ...dates },
      uris: [`https://fhir${index}.example.org/r4`],
      crlUrls: ['http://pki.example.org/ca.crl'],
    }),
  )
}
const text = ({ der }) => Buffer.from(der).toString('base64')
const trust = trustStore([{ community: 'urn:bench', anchors: [root.der] }], {
  fetch: async ({ url }) => new Response(lists[url]),
})
const chains = leaves.map((leaf) => [text(leaf), text(ca)])
await trust.verify(chains[0])

const alg = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
const spki = new Uint8Array(
  new X509Certificate(ca.der).publicKey.export({ type: 'spki', format: 'der' }),
)
const caKey = await crypto.subtle.importKey('spki', spki, alg, false, ['verify'])
const jws = new Uint8Array(800)
const jwsSignature = await crypto.subtle.sign(alg, leafKeys.privateKey, jws)
const signedParts = leaves.map(({ der }) => ({
  tbs: partOf(der),
  signature: der.subarray(der.length - 256),
}))

/** One leaf's signature by its issuer, and one document's by the leaf, whose key is imported. */
async function bare({ tbs, signature }) {
  if (!(await crypto.subtle.verify(alg, caKey, signature, tbs))) throw new Error('bad')
  await document()
}
async function document() {
  const key = await crypto.subtle.importKey('spki', leafKeys.spki, alg, false, ['verify'])
  if (!(await crypto.subtle.verify(alg, key, jwsSignature, jws))) throw new Error('bad')
}
function partOf(der) {
  const length = 4 + der[6] * 256 + der[7]
  return der.subarray(4, 4 + length)
}
/** Microseconds of processor time for one piece of work; other work on the machine changes it less than elapsed time, but it does. */
async function timed(work) {
  const started = process.cpuUsage()
  for (let index = 1; index < CHAINS; index += 1) await work(index)
  const { user, system } = process.cpuUsage(started)
  return (user + system) / (CHAINS - 1)
}

for (let round = 0; round < 5; round += 1) {
  const first = await timed((index) => bare(signedParts[index]))
  const store = trustStore([{ community: 'urn:bench', anchors: [root.der] }], {
    fetch: async ({ url }) => new Response(lists[url]),
  })
  await store.verify(chains[0])
  const newLeaf = await timed(async (index) => {
    await store.verify(chains[index])
    await document()
  })
  const knownLeaf = await timed(async (index) => {
    await store.verify(chains[index])
    await document()
  })
  console.log(
    `bare ${first.toFixed(0)} us, new leaf ${newLeaf.toFixed(0)} us (${(newLeaf / first).toFixed(2)}), ` +
      `known leaf ${knownLeaf.toFixed(0)} us (${(knownLeaf / first).toFixed(2)})`,
  )
}
