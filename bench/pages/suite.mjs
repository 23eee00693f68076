/** All patients of a search, page by page. */
import { CLIENTS, OURS, withServer } from '../fhir/contest.mjs'
import { median, ratioOf, rowsOf, target } from '../lib/statistics.mjs'

const CONTENDERS = ['fetch', ...CLIENTS, ...OURS]
const [DEFAULT, OVER_FETCH] = OURS
const LEVELS = [`${DEFAULT}, validation off`, DEFAULT, `${DEFAULT}, own schema`]
/** Of the bare fetch loop, with the validation that is on by default ('shell'). */
const MOST = { 100: 0.8, 1_000: 0.85 }

export async function run({ short }) {
  const [rounds, patients] = short ? [1, 1_000] : [11, 10_000]
  const tables = []
  const targets = []
  const of = (results, name) => ratioOf(results, name, 'fetch', 'cpuUs')
  await withServer(async ({ contest, alone }) => {
    for (const count of [100, 1_000]) {
      const results = await contest(CONTENDERS, rounds, { count, patients })
      const peaks = await peaksOf(alone, { count, patients }, short ? 1 : 3)
      tables.push({
        title: `${patients} patients over pages of ${count}, for each patient; medians of ${rounds} rounds, peak memory of fresh processes`,
        base: 'fetch',
        rows: rowsOf(results, { base: 'fetch', by: 'cpuUs' }).map((row) => ({
          ...row,
          peakMb: median(peaks.get(row.name)),
        })),
      })
      targets.push(
        target(`pages of ${count}, default, of the fetch loop`, MOST[count], of(results, DEFAULT)),
        target(`pages of ${count}, over fetch, of the fetch loop`, 1.1, of(results, OVER_FETCH)),
      )
    }
    const levels = await contest(LEVELS, rounds, { count: 1_000, patients })
    tables.push({
      title: 'What the levels of validation cost, pages of 1,000',
      base: LEVELS[0],
      rows: rowsOf(levels, { base: LEVELS[0], by: 'cpuUs' }).map(({ peakMb: _, ...row }) => row),
    })
    const consumer = { count: 100, patients: short ? 1_000 : 3_000, busyMs: 0.2, delayMs: 20 }
    const walks = new Map()
    for (const name of OURS)
      for (const by of ['walk', 'walkPages'])
        walks.set(
          `${name}, ${by}`,
          (await contest([name], short ? 1 : 3, { ...consumer, by })).get(name),
        )
    tables.push({
      title:
        'A consumer that computes 0.2 ms for each patient, a server that takes 20 ms for each page of 100: items (one page ahead) and pages (none ahead)',
      rows: rowsOf(walks, { base: `${DEFAULT}, walk`, by: 'wallUs' }).map(({ name, wallUs }) => ({
        name,
        wallUs,
      })),
    })
    for (const name of OURS) {
      const ahead = ratioOf(walks, `${name}, walk`, `${name}, walkPages`, 'wallUs')
      targets.push(target(`${name}: wall time with one page ahead, of none`, 0.8, ahead))
    }
  })
  return { title: 'Patients of a search, page by page: CPU of the client', tables, targets }
}

async function peaksOf(alone, task, times) {
  const peaks = new Map(CONTENDERS.map((name) => [name, []]))
  for (let time = 0; time < times; time += 1)
    for (const name of CONTENDERS) peaks.get(name).push((await alone(name, task)).peakMb)
  return peaks
}
