/** Bodies that are read as they come, and connections that are let go of. */
import type { FhirClient } from '../../src/fhir/index.ts'
import { equal, eventually, rejection, truthy } from './checks.ts'
import { ask, type Check, type Suite } from './suite.ts'

/** A client of a FHIR server that hangs, drips and never ends. */
export function slowServer({ fhir, plan, network }: Suite): FhirClient {
  return new fhir.FhirClient({ baseUrl: plan.slowBase, allowInsecureLoopback: true, ...network })
}

/** Waits until the server has seen one more connection close before its answer was whole. */
export async function closedBy(suite: Suite, act: () => Promise<void>): Promise<void> {
  const before = await ask<number>(suite.plan, '/closed')
  await act()
  await eventually(
    async () => (await ask<number>(suite.plan, '/closed')) > before,
    'the connection stays open',
  )
}

export const streamChecks: readonly Check[] = [
  {
    name: 'an attachment of 3 MB arrives in pieces, whole',
    run: async (suite) => {
      const { body, contentType, size } = await slowServer(suite).binary('Binary/whole')
      let [bytes, pieces] = [0, 0]
      for await (const piece of body) {
        bytes += piece.length
        pieces += 1
      }
      equal([bytes, contentType, size], [3_000_000, 'application/pdf', 3_000_000])
      truthy(pieces > 1, 'it came in one piece')
    },
  },
  {
    name: 'an attachment that breaks off throws, and never ends as if it were whole',
    run: async (suite) => {
      const { body } = await slowServer(suite).binary('Binary/broken')
      const error = await rejection(read(body))
      truthy(suite.library.isCarequalityError(error), String(error))
    },
  },
  {
    name: 'leaving an endless attachment early closes its connection',
    run: (suite) =>
      closedBy(suite, async () => {
        const { body } = await slowServer(suite).binary('Binary/endless')
        for await (const piece of body) if (piece.length > 0) break
      }),
  },
  {
    name: 'a directory of 2,500 organizations is listed page by page',
    run: async ({ library, plan, network }) => {
      const { directoryBaseUrl, apiKey } = plan.sandbox
      const directory = new library.DirectoryClient({
        ...{ release: 'carequality-stu3', baseUrl: directoryBaseUrl, apiKey, ...network },
        allowInsecureLoopback: true,
      })
      let entries = 0
      for await (const { oid } of directory.entries()) entries += oid === '' ? 0 : 1
      truthy(entries > 2_500, `${entries} entries`)
    },
  },
]

async function read(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0
  for await (const piece of body) bytes += piece.length
  return bytes
}
