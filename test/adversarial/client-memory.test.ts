/** What a hostile partner leaves in memory. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { jsonAnswer } from '../support/answering-fetch.ts'
import { capability, OAUTH_URIS, uriGroup } from '../support/capability-documents.ts'
import { world } from '../support/fake-responder.ts'
import { base } from '../support/fhir-answers.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heap(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** A server that gives its token endpoint a new name, of this length, each time. */
function renaming(length: number): () => Response {
  let count = 0
  return () => {
    count += 1
    const token = `https://fhir.example.org/${count}/`.padEnd(length, 'x')
    return jsonAnswer(capability([uriGroup(OAUTH_URIS, { token })]), {
      'cache-control': 'no-store',
    })
  }
}

test.each([
  ['15 names of 7.9 MB', 15, 7.9e6],
  ['1,000 names of 8 kB', 1_000, 8_000],
])(
  '%s for a token endpoint, that no token came from, leave less than 20 MB',
  async (_, calls, length) => {
    const { client, of } = await world({ metadata: renaming(length) })
    await client.responder({ baseUrl: base })
    const before = heap()
    for (let count = 1; count < calls; count += 1) await client.responder({ baseUrl: base })
    expect((heap() - before) / 1e6).toBeLessThan(20)
    expect(of('metadata')).toHaveLength(calls)
  },
)

test('1,000 tokens of 64 kB, each for a name of its own, leave less than 20 MB', async () => {
  let made = 0
  const { client, seen } = await world(
    {
      metadata: renaming(200),
      token: () => {
        made += 1
        return jsonAnswer(
          { access_token: `${made}-`.padEnd(63_000, 't'), token_type: 'Bearer', expires_in: 3600 },
          { 'content-type': 'application/json' },
        )
      },
    },
    { tokenRequestsPerMinute: 100_000 },
  )
  const before = heap()
  for (let count = 0; count < 1_000; count += 1) {
    const { patients } = await client.responder({ baseUrl: base })
    await patients.read('1')
  }
  expect(made).toBe(1_000)
  seen.length = 0 // the requests as this test recorded them, tokens included
  expect((heap() - before) / 1e6).toBeLessThan(25)
})
