/** One question to a thousand healthy responders, cold and warm, beside the same flow by hand. */
import { interleaved, spawn } from '../lib/interleaved.mjs'
import { median, ratioOf, rowsOf, target } from '../lib/statistics.mjs'
import { ANSWER_MS, AT_ONCE, flows } from './flows.mjs'
import { picture } from './picture.mjs'

const here = new URL('.', import.meta.url).pathname
const [OURS, BASE] = Object.keys(flows)

export async function run({ short }) {
  const [count, rounds] = short ? [20, 1] : [1000, 3]
  const server = await spawn(`${here}server.mjs`, [count])
  const sample = async (name) => {
    const { port } = server.ready
    const worker = await spawn(`${here}worker.mjs`, [name, port, count], ['--expose-gc'])
    const found = await worker.ask('run')
    worker.close()
    return { ...found, ...(await server.ask('report')) }
  }
  try {
    const results = await interleaved(Object.keys(flows), rounds, sample, { cold: true })
    const of = (part) =>
      new Map([...results].map(([name, all]) => [name, all.map((one) => one[part])]))
    const [cold, warm] = [of('cold'), of('warm')]
    if (!short) await picture()
    const table = (title, samples) => ({
      title: `${title}; medians of ${rounds} fresh processes`,
      base: BASE,
      rows: rowsOf(samples, { base: BASE, by: 'cpuMs' }),
    })
    return {
      title: `Discover: ${count} responders, each answer after ${ANSWER_MS} ms, ${AT_ONCE} at once`,
      tables: [
        table('Cold: metadata, smart-configuration, token, $match', cold),
        table('Warm, the third pass: $match', warm),
      ],
      targets: targetsOf(results, cold, warm, count),
      notes: [
        'The flow by hand has no policy, validation, retries, breaker or comparison; it asks the same four requests of each responder, with ES256. The ideal is the latency of the steps one after another, times the responders, divided by those at once. The servers are one process on the same machine.',
      ],
    }
  } finally {
    server.close()
  }
}

function targetsOf(results, cold, warm, count) {
  const ours = (samples, key) => samples.get(OURS).map((one) => one[key])
  const worst = (key) => Math.max(...ours(cold, key), ...ours(warm, key))
  const ideal = (steps) => (steps * ANSWER_MS * count) / AT_ONCE
  return [
    target('cold, CPU', 0.6, ratioOf(cold, OURS, BASE, 'cpuMs'), 'of the flow by hand'),
    target('warm, CPU', 0.5, ratioOf(warm, OURS, BASE, 'cpuMs'), 'of the flow by hand'),
    target('cold, wall time', 1.1, median(ours(cold, 'wallMs')) / ideal(3), 'of the ideal'),
    target('warm, wall time', 1.1, median(ours(warm, 'wallMs')) / ideal(1), 'of the ideal'),
    target('longest stop of the event loop, worst', 50, worst('longestStopMs'), 'ms'),
    target('heap above rest, worst', 64, worst('heapRiseMB'), 'MB'),
    target('responders without their match, worst', 0, worst('missing')),
    target(
      'requests at one origin at the same time, worst',
      4,
      Math.max(...results.get(OURS).map(({ mostAtOnce }) => mostAtOnce)),
    ),
  ]
}
