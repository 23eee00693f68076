/** The curves of docs/queue-run.svg: throughput by workers, time by targets. */

const [WIDTH, HEIGHT, TOP, BOTTOM] = [860, 300, 44, 46]
const PANEL = 340
const BLUE = '#2f7ed8'
const GREY = '#8a94a6'

export function drawn({ byWorkers, byTargets }) {
  const rate = ({ targets, seconds }) => targets / seconds
  const count = (number) => number.toLocaleString('en')
  const left = panel({
    x: 60,
    title: `Targets a second, ${count(byWorkers[0].targets)} targets`,
    axis: 'workers',
    points: byWorkers.map((one) => ({
      at: Math.log2(one.workers),
      value: rate(one),
      tick: one.workers,
      label: rate(one).toFixed(0),
    })),
  })
  const right = panel({
    x: 480,
    title: `Targets a second, ${byTargets[0].workers} workers`,
    axis: 'targets',
    points: byTargets.map((one) => ({
      at: Math.log10(one.targets),
      value: rate(one),
      tick: count(one.targets),
      label: `${rate(one).toFixed(0)} (${one.seconds.toFixed(one.seconds < 10 ? 1 : 0)} s)`,
    })),
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#1d2433" role="img"><title>A run on a queue by workers and by targets</title><rect width="100%" height="100%" fill="#fff"/>${left}${right}</svg>\n`
}

/** One line over its axis; every point has its value beside it. */
function panel({ x: left, title, axis, points }) {
  const [from, to] = [points[0].at, points.at(-1).at]
  const most = Math.max(...points.map(({ value }) => value)) * 1.15
  const x = (at) => (left + 14 + ((PANEL - 60) * (at - from)) / (to - from)).toFixed(1)
  const y = (value) => (TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most)).toFixed(1)
  const floor = HEIGHT - BOTTOM
  const path = points.map(
    ({ at, value }, index) => `${index === 0 ? 'M' : 'L'}${x(at)} ${y(value)}`,
  )
  const marks = points.map(({ at, value, tick, label }) =>
    [
      `<circle cx="${x(at)}" cy="${y(value)}" r="4" fill="${BLUE}"/>`,
      `<text x="${x(at)}" y="${Number(y(value)) - 10}" text-anchor="middle">${label}</text>`,
      `<text x="${x(at)}" y="${floor + 18}" text-anchor="middle">${tick}</text>`,
    ].join(''),
  )
  return [
    `<text x="${left}" y="22" font-weight="bold">${title}</text>`,
    `<path d="M${left} ${TOP}V${floor}H${left + PANEL - 20}" fill="none" stroke="${GREY}"/>`,
    `<path d="${path.join('')}" fill="none" stroke="${BLUE}" stroke-width="2"/>`,
    ...marks,
    `<text x="${left + PANEL - 20}" y="${floor + 36}" text-anchor="end" fill="${GREY}">${axis}</text>`,
  ].join('')
}
