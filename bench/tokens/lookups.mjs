/** A token that is there, beside a look-up in a Map. */
import { timed } from '../lib/interleaved.mjs'
import { callOf, provider, requestTo } from './provider.mjs'

export const MAP = 'async Map look-up'
export const AUTHORIZER = 'authorizer'
const IN_TURN = 'authorizer, a hundred tokens in turn'
export const WITH_CLAIMS = 'getToken with claims'

const claims = {
  extensions: {
    'hl7-b2b': { version: '1', subject_name: 'A B', purpose_of_use: 'TREATMENT' },
  },
}

export async function lookups(server, { rounds, times }) {
  const tokens = provider()
  const request = { ...requestTo(server.ready, { delayMs: 0, lifeS: 3600 }), claims }
  const authorize = tokens.authorizer(request)
  const call = callOf(request)
  const map = new Map([['key', await authorize(call)]])
  const inTurn = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const other = tokens.authorizer({ ...request, purposeOfUse: `purpose ${index}` })
      await other(callOf(request))
      return other
    }),
  )
  let turn = 0
  return timed(
    [
      { name: MAP, times, work: async () => map.get('key') },
      { name: AUTHORIZER, times, work: () => authorize(call) },
      { name: IN_TURN, times, work: () => inTurn[(turn = (turn + 1) % inTurn.length)](call) },
      { name: WITH_CLAIMS, times: times / 10, work: () => tokens.getToken(request) },
    ],
    rounds,
  )
}
