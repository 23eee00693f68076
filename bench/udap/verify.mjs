// What a warm verification costs beside its bare signature checks: node bench/udap/verify.mjs [rounds] (after npm run build).
// Processor time (process.cpuUsage: user and system, all threads), not elapsed time; each round takes
// the three in another order, and the ratio is that of the same round.
// Warm: the authorities are known, their lists are there. A new leaf is as from another server.
import { X509Certificate } from 'node:crypto'
import { trustStore } from '../../dist/udap/index.js'
import { createKeys, issueCertificate } from '../../build/testing/pki.js'
import { issueCrl } from '../../build/testing/pki-revocation.js'
import { interleaved, spent } from '../lib/interleaved.mjs'
import { ratioOf, spread } from '../lib/statistics.mjs'

const CHAINS = 200
const ROUNDS = Number(process.argv[2] ?? 24)
/** Rounds before the counted ones: until everything is compiled. */
const WARM_UP = 8
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
const chains = leaves.map((leaf) => [text(leaf), text(ca)])

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

/** A store that knows the authorities and has their lists. */
async function warmStore() {
  const store = trustStore([{ community: 'urn:bench', anchors: [root.der] }], {
    fetch: async ({ url }) => new Response(lists[url]),
  })
  await store.verify(chains[0])
  return store
}
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
/** A leaf's path, and one document that it signed. */
const verified = (store) => async (index) => {
  await store.verify(chains[index])
  await document()
}
const each = (work) =>
  spent(async () => {
    for (let index = 1; index < CHAINS; index += 1) await work(index)
    return CHAINS - 1
  })

let store
const measures = {
  bare: () => each((index) => bare(signedParts[index])),
  'new leaf': async () => each(verified((store = await warmStore()))),
  'known leaf': () => each(verified(store)),
}
const names = Object.keys(measures)
store = await warmStore()
await interleaved(names, WARM_UP, (name) => measures[name]())
await each(verified(store))
const results = await interleaved(names, ROUNDS, (name) => measures[name]())
for (const [name, samples] of results) {
  const { median } = spread(samples.map(({ cpuUs }) => cpuUs))
  const ratio = ratioOf(results, name, 'bare', 'cpuUs')
  const quartiles = `${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`
  console.log(`${name}: ${median.toFixed(0)} us, ${ratio.median.toFixed(2)} of bare (${quartiles})`)
}
