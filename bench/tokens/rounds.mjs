/** Interleaved rounds in one process: what the machine does meanwhile hits every variant alike. */
import { cpus } from 'node:os'
import { performance } from 'node:perf_hooks'

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Microseconds of each variant ({ name, work, times, base? }), medians over rounds, and the median of the ratios. */
export async function interleaved(variants, rounds = 21) {
  const found = new Map(variants.map(({ name }) => [name, []]))
  // Warm: compiled code, imported keys, cached tokens.
  for (const variant of variants) await timed(variant)
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? variants : variants.toReversed()
    for (const variant of order) found.get(variant.name).push(await timed(variant))
  }
  return variants.map(({ name, base }) => {
    const own = found.get(name)
    const bases = base === undefined ? undefined : found.get(base)
    const ratios = bases && own.map((micros, round) => micros / bases[round])
    return { name, micros: median(own), base, ratio: ratios && median(ratios) }
  })
}

async function timed({ work, times }) {
  const begun = performance.now()
  for (let time = 0; time < times; time += 1) await work()
  return ((performance.now() - begun) / times) * 1000
}

/** The machine, and a markdown table of the results. */
export function print(title, results) {
  console.log(
    `\n${title} (Node ${process.version}, ${cpus().length} x ${cpus()[0].model.trim()})\n`,
  )
  console.log('| | µs | |\n|---|---|---|')
  for (const { name, micros, base, ratio } of results) {
    const beside = ratio === undefined ? '' : `${ratio.toFixed(2)} of ${base}`
    console.log(`| ${name} | ${micros.toFixed(2)} | ${beside} |`)
  }
}
