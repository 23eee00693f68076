/** A Patient read with a warm token: ours, what people use, and what both stand on. */
import { CLIENTS, OURS, withServer } from '../fhir/contest.mjs'
import { ratioOf, rowsOf, target } from '../lib/statistics.mjs'

const KY = 'ky with a signal'
const CONTENDERS = ['fetch', 'undici.request', KY, ...CLIENTS, ...OURS]
const [DEFAULT, OVER_FETCH] = OURS
const [major] = process.versions.node.split('.')
/** Node 24's fetch costs less. */
const MOST = Number(major) >= 24 ? 0.6 : 0.5

export async function run({ short }) {
  const [rounds, inFlights] = short ? [1, [1, 64]] : [13, [1, 16, 64, 256]]
  const tables = []
  const targets = []
  await withServer(async ({ contest }) => {
    // Compiled code, all of it, before anything counts.
    await contest(CONTENDERS, 0, { times: short ? 1 : 3_000, inFlight: 16 })
    for (const inFlight of inFlights) {
      const times = short ? 64 : Math.max(256, 10 * inFlight)
      const results = await contest(CONTENDERS, rounds, { times, inFlight })
      tables.push({
        title: `${inFlight} at once; medians of ${rounds} rounds of ${times}`,
        base: 'fetch',
        rows: rowsOf(results, { base: 'fetch', by: 'cpuUs' }).map(({ peakMb: _, ...row }) => row),
      })
      const beside = (ours, base) => ratioOf(results, ours, base, 'cpuUs')
      const best = CLIENTS.map((name) => [name, beside(name, 'fetch').median]).toSorted(
        ([, a], [, b]) => a - b,
      )[0][0]
      targets.push(
        target(`default, ${inFlight} at once, of bare fetch`, MOST, beside(DEFAULT, 'fetch')),
        target(
          `default, ${inFlight} at once, of ${best}, the cheapest FHIR client`,
          0.65,
          beside(DEFAULT, best),
        ),
        target(`over fetch, ${inFlight} at once, of bare ky`, 1.15, beside(OVER_FETCH, KY)),
      )
    }
  })
  return { title: 'A Patient read, warm token: CPU of the client', tables, targets }
}
