/** Tokens: what a cached one costs, and how many requests are made for many callers. */
import { spawn } from '../lib/interleaved.mjs'
import { rowsOf, spread, target } from '../lib/statistics.mjs'
import { crowds } from './crowds.mjs'
import { steadyLoad } from './load.mjs'
import { AUTHORIZER, lookups, MAP, WITH_CLAIMS } from './lookups.mjs'

export async function run({ short }) {
  const server = await spawn(new URL('server.mjs', import.meta.url).pathname)
  try {
    const found = await lookups(
      server,
      short ? { rounds: 1, times: 1_000 } : { rounds: 41, times: 100_000 },
    )
    const cached = rowsOf(found, { base: MAP, by: 'us' })
    const crowd = await crowds(server, short ? 100 : 10_000)
    const load = await steadyLoad(
      server,
      short ? { tokens: 2, seconds: 0.5 } : { tokens: 8, seconds: 20 },
    )
    return {
      title: 'Tokens',
      tables: [
        { title: 'A cached token', base: MAP, rows: cached },
        { title: 'Many callers at once', rows: crowd },
        { title: 'Steady callers', rows: [{ name: 'tokens of 10 s, renewed in 300 ms', ...load }] },
      ],
      targets: [...targetsOfCached(found, cached), ...targetsOfCallers(crowd, load)],
      notes: NOTES,
    }
  } finally {
    server.close()
  }
}

function targetsOfCached(found, rows) {
  const micros = (name) => spread(found.get(name).map(({ us }) => us))
  const { ratio } = rows.find(({ name }) => name === AUTHORIZER)
  return [
    target('a cached token through `authorizer`, of an async Map look-up', 2, ratio),
    target('a cached token through `authorizer`', 1, micros(AUTHORIZER), ' µs'),
    target('bare `getToken` with claims, cached', 6, micros(WITH_CLAIMS), ' µs'),
  ]
}

function targetsOfCallers(crowd, load) {
  return [
    ...crowd.map(({ name, requests }) => target(`requests for all callers: ${name}`, 1, requests)),
    ...crowd
      .filter(({ name }) => name.endsWith('in the time of renewal'))
      .map(({ name, waited }) => target(`callers that wait: ${name}`, 0, waited)),
    target('steady callers that wait while the old token is valid', 0, load.waited),
  ]
}

const NOTES = [
  'The token endpoint is a process of its own and answers after 300 ms. Many callers at once: a caller that gets another token than the cached one has waited; the clock is put forward to the time of renewal, and beyond the end. Steady callers: eight tokens, a call for each every 5 ms for 20 s by the true clock; a caller without a token after 20 ms has waited.',
]
