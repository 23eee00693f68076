/** One run of a thousand sandbox responders, three in ten faulty, drawn over time: docs/discover-run.svg. */
import { writeFileSync } from 'node:fs'
import { CarequalityClient } from '../../dist/index.js'
import { createSandbox } from '../../dist/testing/index.js'

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [760, 300, 46, 40, 16]
const GROUPS = [
  ['answered', ['matched', 'candidates', 'no-match', 'refused'], '#2a7f62'],
  ['invalid, unsupported', ['invalid', 'unsupported'], '#b07d2b'],
  ['unauthorized, untrusted', ['unauthorized', 'untrusted'], '#7a4fa3'],
  [
    'unreachable, overloaded, skipped, withheld',
    ['unreachable', 'overloaded', 'skipped', 'withheld'],
    '#b3412f',
  ],
  ['timeout, cancelled', ['timeout', 'cancelled'], '#6b7280'],
]

export async function picture() {
  const sandbox = await createSandbox({
    ...{ responders: 1000, responderOrigins: 300, faults: 0.3, seed: 1 },
    latency: { p50Ms: 80, p99Ms: 2000 },
  })
  const client = new CarequalityClient({ ...sandbox.options, mode: 'smart-backend' })
  const patient = {
    name: [{ family: 'Peters', given: ['Timothy'] }],
    birthDate: '1946-04-05',
    gender: 'male',
  }
  const began = performance.now()
  const points = []
  const run = client.discover({ patient, targets: sandbox.responders, deadlineMs: 60_000 })
  for await (const { kind } of run) points.push({ at: performance.now() - began, kind })
  await client.close()
  writeFileSync(new URL('../../docs/discover-run.svg', import.meta.url), drawn(points))
}

function drawn(points) {
  const end = points.at(-1).at
  const x = (at) => (LEFT + ((WIDTH - LEFT - 12) * at) / end).toFixed(1)
  const y = (count) => (TOP + (HEIGHT - TOP - BOTTOM) * (1 - count / points.length)).toFixed(1)
  const lines = GROUPS.map(([label, kinds, colour], index) => {
    const own = points.filter(({ kind }) => kinds.includes(kind))
    const steps = own.map(({ at }, count) => `L${x(at)} ${y(count + 1)}`)
    const path = `M${x(0)} ${y(0)}${steps.join('')}L${x(end)} ${y(own.length)}`
    const place = `x="${LEFT + 14}" y="${TOP + 14 + index * 16}"`
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/><text ${place} fill="${colour}">${label}: ${own.length}</text>`
  })
  const seconds = Array.from({ length: Math.floor(end / 5000) + 1 }, (_, index) => index * 5)
  const ticks = seconds.map(
    (second) =>
      `<text x="${x(second * 1000)}" y="${HEIGHT - 20}" text-anchor="middle">${second} s</text>`,
  )
  const counts = [0, 250, 500, 750, 1000].map(
    (count) =>
      `<text x="${LEFT - 6}" y="${Number(y(count)) + 4}" text-anchor="end">${count}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333"><title>Outcomes of one run over time</title><rect width="100%" height="100%" fill="#fff"/><path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 12}" fill="none" stroke="#999"/>${[...lines, ...ticks, ...counts].join('')}<text x="${WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">1,000 sandbox responders at 300 origins, 30 of 100 faulty, latency p50 80 ms, p99 2 s</text></svg>\n`
}
