/** What a client assertion costs beside the bare signature with the same key over as many bytes. */
import { interleaved, spent } from '../lib/interleaved.mjs'
import { rowsOf, target } from '../lib/statistics.mjs'
import { BARE, contenders, KINDS } from './contenders.mjs'

const HEADERS = [
  { what: 'without certificates', chainLength: undefined },
  { what: 'with an x5c header of 4 kB', chainLength: 4_000 },
]

export async function run({ short }) {
  const tables = []
  const targets = []
  for (const alg of Object.keys(KINDS)) {
    for (const { what, chainLength } of HEADERS) {
      const title = `${alg} ${what}`
      const results = await measured(await contenders(alg, { chainLength }), alg, short)
      const rows = rowsOf(results, { base: BARE, by: 'cpuUs' })
      tables.push({ title, base: BARE, rows })
      for (const name of ['local signer', 'whole assertion']) {
        const { ratio } = rows.find((row) => row.name === name)
        targets.push(target(`${name}, ${title}`, 1.15, ratio))
      }
    }
  }
  return { title: 'Client assertions', tables, targets, notes: NOTES }
}

/** One after the other: with several at a time the second core would sign, and hide what is beside it. */
async function measured(works, alg, short) {
  // An assertion is made of more code than a signature, which takes longer to be compiled.
  for (const work of Object.values(works)) await repeated(work, short ? 5 : 1_000)
  // With P-256 one takes a tenth of the others' time: as long a block holds more of them.
  const times = short ? 5 : alg === 'ES256' ? 300 : 50
  return interleaved(Object.keys(works), short ? 1 : 15, (name) =>
    spent(() => repeated(works[name], times)),
  )
}

async function repeated(work, times) {
  for (let time = 0; time < times; time += 1) await work()
  return times
}

const NOTES = [
  'Bare: `crypto.subtle.sign` over a signing input of the same length. A whole assertion is `AssertionSigner.sign`: claims, header, signature, under the deadline for signers. A JWT by hand is the least that any assertion costs: with ES256, whose signature takes some 40 µs, claims and base64 alone are more than a tenth of it.',
]
