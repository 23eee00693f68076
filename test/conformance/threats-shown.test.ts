/** Rows B of the threats: what is shown, printed and kept. */
import { createServer, type AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { MemoryTokenCache } from '../../src/auth/index.ts'
import { failureOf } from '../support/answering-fetch.ts'
import {
  answer,
  hostileNetwork,
  json,
  OID,
  PATIENT,
  type Fault,
} from '../support/hostile-network.ts'
import { ask, clientOf, shownOf } from '../unit/http/loopback.ts'
import { nodeTransport } from '../../src/node/index.ts'

test('B5: nothing is printed, whether it goes well or not', async () => {
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true),
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true),
    ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => undefined),
    ),
  ]
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  const faults: readonly (Fault | undefined)[] = [
    undefined,
    () => answer(500),
    () => answer(200, '<html>', 'text/html'),
    () => Promise.reject(new Error('MARKED')),
    () => answer(302, '', 'text/plain', { location: 'https://evil.example' }),
  ]
  for (const stage of ['directory', 'metadata', 'token', 'read'] as const) {
    for (const fault of faults) {
      const network = await hostileNetwork(fault === undefined ? {} : { [stage]: fault })
      await network.client
        .organization(OID)
        .then(({ patients }) => patients.read(PATIENT))
        .catch(() => undefined)
      await network.client.close()
    }
  }
  const printed = [...spies, warned].map((spy) => spy.mock.calls.length)
  vi.restoreAllMocks()
  expect(printed).toEqual(printed.map(() => 0))
})

test('B6: a shared cache is given digests for keys, and nothing else that is secret', async () => {
  const keys: string[] = []
  class Watching extends MemoryTokenCache {
    override get(key: string) {
      keys.push(key)
      return super.get(key)
    }
  }
  const network = await hostileNetwork(
    { token: () => json({ access_token: 'MARKEDtoken', token_type: 'Bearer', expires_in: 300 }) },
    { tokenCache: new Watching(), purposeOfUse: 'TREAT', claims: { who: 'MARKED Timothy Peters' } },
  )
  const { patients } = await network.client.organization(OID)
  await patients.read(PATIENT).catch(() => undefined)
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) expect(key).toMatch(/^[\w-]{43}$|^[\da-f]{64}$/)
  network.expectNothingShown(keys)
  network.expectNothingShown(inspect(network.client, { depth: 9, showHidden: true }))
})

/** Answers of a server that breaks HTTP itself; `MARK` stands where a parser might quote it. */
const broken: Readonly<Record<string, string>> = {
  garbage: 'MARK MARK MARK\r\n\r\n',
  'no version': 'HTTP/MARK 200 OK\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 9\r\n\r\nMARK',
  'length and chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nMARK\r\n',
  'a bad length': 'HTTP/1.1 200 OK\r\nContent-Length: MARK\r\n\r\nMARK',
  'a bad chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nMARK\r\nMARK',
  'a bad header': 'HTTP/1.1 200 OK\r\nMA RK\u0000: MARK\r\n\r\n',
  'a header bomb': `HTTP/1.1 200 OK\r\n${'X-MARK: MARK\r\n'.repeat(20_000)}\r\n{}`,
  'no end of headers': 'HTTP/1.1 200 OK\r\nX-MARK: MARK\r\n',
  'nothing at all': '',
}

describe.each([
  ['fetch', () => ({ fetch: (request: Request) => fetch(request) })],
  ['nodeTransport', () => ({ transport: nodeTransport() })],
] as const)('over %s', (_, options) => {
  test.each(Object.entries(broken))(
    'B7, R4: of an answer with %s no byte is in the error',
    async (_what, text) => {
      let connections = 0
      const server = createServer((socket) => {
        connections += 1
        socket.on('error', () => undefined)
        socket.once('data', () => socket.end(text))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void server.close())
      const { port } = server.address() as AddressInfo
      const error = await failureOf(ask(clientOf(options()), `http://127.0.0.1:${port}/`))
      expect(error).toMatchObject({
        code: expect.stringMatching(/^ERR_CQ_(NETWORK|INCOMPLETE_BODY)$/) as unknown,
        retryable: true,
      })
      expect(shownOf(error)).not.toContain('MARK')
      expect((error as Error).cause).toBeUndefined()
      expect(connections).toBeLessThanOrEqual(4)
    },
  )
})
