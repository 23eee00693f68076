import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test, afterAll, afterEach, beforeAll, vi } from 'vitest'
import { type BinaryContent, FhirClient, type FhirClientOptions } from '../../../src/fhir/index.ts'
import { base, failure, fhir, inTurn, leaks, outcome } from '../../support/fhir-answers.ts'
import { fhirWorld } from '../../support/fhir-world.ts'
import { CarequalityClient } from '../../../src/index.ts'
import { kyTransport } from '../../../src/http/transport/ky-transport.ts'
import { nodeTransport } from '../../../src/node/index.ts'
import { signer } from '../../support/fake-responder.ts'
import { holdTime, settledIn, turns, until } from '../../support/time.ts'

describe('binary', () => {
  const pdf = (status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
    new Response('%PDF-1.7', { status, headers: { 'content-type': 'application/pdf', ...headers } })

  async function textOf({ body }: BinaryContent): Promise<string> {
    let text = ''
    for await (const piece of body) text += new TextDecoder().decode(piece)
    return text
  }

  describe('the request', () => {
    test('asks for any type, or for the attachment’s, and carries the token', async () => {
      const authorize = () => Promise.resolve('opaque')
      const { fhir: client, seen } = fhirWorld(() => pdf(), { authorize })
      const content = await client.binary(`${base}/Binary/1`)
      expect(content.contentType).toBe('application/pdf')
      expect(await textOf(content)).toBe('%PDF-1.7')
      await textOf(await client.binary(`${base}/Binary/1`, { contentType: 'application/pdf' }))
      expect(seen.map(({ headers }) => headers.get('accept'))).toEqual(['*/*', 'application/pdf'])
      expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
        'Bearer opaque',
        'Bearer opaque',
      ])
    })

    test.each([
      [`${base}/Binary/1`, `${base}/Binary/1`],
      ['Binary/1', `${base}/Binary/1`],
      ['/r4/Binary/1', `${base}/Binary/1`],
      ['Binary/1?x=y', `${base}/Binary/1?x=y`],
      ['Binary/1/_history/2', `${base}/Binary/1/_history/2`],
      ['HTTPS://FHIR.example.org:443/r4/files/a.pdf', `${base}/files/a.pdf`],
      ['x/../Binary/1', `${base}/Binary/1`],
      [' Binary/1 ', `${base}/Binary/1`],
    ])('for %s goes to %s', async (url, asked) => {
      const { fhir: client, seen } = fhirWorld(() => pdf())
      await textOf(await client.binary(url))
      expect(seen.map((one) => one.url)).toEqual([asked])
    })

    test.each([
      'https://evil.example/r4/Binary/1',
      'https://fhir.example.org.evil.example/r4/Binary/1',
      'https://fhir.example.org:8443/r4/Binary/1',
      'http://fhir.example.org/r4/Binary/1',
      'https://user@fhir.example.org/r4/Binary/1',
      '//evil.example/r4/Binary/1',
      '\\\\evil.example/r4/Binary/1',
      'https://fhir.example.org/r5/Binary/1',
      'https://fhir.example.org/r4evil/Binary/1',
      'https://fhir.example.org/R5/Binary/1',
      '/other-hospital/Binary/1',
      '../other-hospital/Binary/1',
      'Binary/../../other-hospital/Binary/1',
      '%2e%2e/other-hospital/Binary/1',
      'Binary/..%2f..%2fother-hospital/1',
      'Binary/..;/..;/other-hospital',
      'Bin\nary/1',
      'data:application/pdf;base64,JVBERg==',
      'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
      'file:///etc/passwd',
      '   ',
    ])('for %j is refused before anything is asked, the token too', async (url) => {
      let asked = 0
      const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
      const { fhir: client, seen } = fhirWorld(() => pdf(), { authorize, nextLinks: 'same-origin' })
      const error = await failure(client.binary(url))
      expect(error).toMatchObject({ code: 'ERR_CQ_ORIGIN_REFUSED', operation: 'fhir.binary' })
      expect(error.message).not.toMatch(/Binary|other-hospital|passwd|JVBER/)
      expect([seen, asked]).toEqual([[], 0])
    })

    test('follows a redirect on the same origin, and none to another', async () => {
      const moved = (location: string) => () => pdf(302, { location })
      const followed = fhirWorld(inTurn(moved(`${base}/files/1`), () => pdf()))
      expect(await textOf(await followed.fhir.binary('Binary/1'))).toBe('%PDF-1.7')
      expect(followed.lines()).toEqual(['GET /Binary/1', 'GET /files/1'])
      const refused = fhirWorld(moved('https://store.example/signed?key=S3CRET-KEY'))
      const error = await failure(refused.fhir.binary('Binary/1'))
      expect(error.code).toBe('ERR_CQ_REDIRECT_REFUSED')
      expect([leaks(error), refused.seen.length]).toEqual([[], 1])
    })

    test.each<[string, unknown, object]>([
      ['url', '', {}],
      ['url', undefined, {}],
      ['url', new URL(`${base}/Binary/1`), {}],
      ['options', 'Binary/1', [] as object],
      ['contentType', 'Binary/1', { contentType: '' }],
      ['contentType', 'Binary/1', { contentType: 'a\r\nx-evil: 1' }],
      ['contentType', 'Binary/1', { contentType: ' application/pdf' }],
      ['contentType', 'Binary/1', { contentType: 7 }],
      ['signal', 'Binary/1', { signal: {} }],
      ['timeoutMs', 'Binary/1', { timeoutMs: 0 }],
    ])('with a wrong %s is a TypeError, unsent', async (option, url, wrong) => {
      const { fhir: client, seen } = fhirWorld(() => pdf())
      const asked = client.binary(url as string, wrong)
      const error: unknown = await asked.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect([String(error).includes(`"${option}"`), seen]).toEqual([true, []])
    })
  })

  describe('the answer', () => {
    test('says its size where it is told and not compressed', async () => {
      const sized = async (headers: Readonly<Record<string, string>>) => {
        const { fhir: client } = fhirWorld(() => pdf(200, headers))
        const content = await client.binary('Binary/1')
        content.cancel()
        return content.size
      }
      expect(await sized({ 'content-length': '8' })).toBe(8)
      expect(await sized({})).toBeUndefined()
      expect(await sized({ 'content-length': '8', 'content-encoding': 'identity' })).toBeUndefined()
      expect(await sized({ 'content-length': '-8' })).toBeUndefined()
    })

    test('may have no type and no bytes', async () => {
      const { fhir: client } = fhirWorld(() => new Response(null))
      const content = await client.binary('Binary/1')
      expect([content.contentType, await textOf(content)]).toEqual([undefined, ''])
    })

    test('that is a Binary resource comes as it is', async () => {
      const resource = { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' }
      const { fhir: client } = fhirWorld(() => fhir(200, resource))
      const content = await client.binary('Binary/1', { contentType: 'text/plain' })
      expect(content.contentType).toBe('application/fhir+json')
      expect(JSON.parse(await textOf(content))).toEqual(resource)
    })

    test.each([
      [404, 'ERR_CQ_NOT_FOUND'],
      [410, 'ERR_CQ_GONE'],
      [403, 'ERR_CQ_FORBIDDEN'],
      [204, 'ERR_CQ_UNEXPECTED_STATUS'],
      [206, 'ERR_CQ_UNEXPECTED_STATUS'],
      [400, 'ERR_CQ_OPERATION_FAILED'],
    ])('%i is %s', async (status, code) => {
      const { fhir: client, seen } = fhirWorld(() =>
        status === 206 ? pdf(206) : fhir(status, status === 204 ? '' : outcome('x')),
      )
      const error = await failure(client.binary('Binary/MRN-777-MARKER'))
      expect(error).toMatchObject({ code, status, operation: 'fhir.binary' })
      expect([leaks(error), seen.length]).toEqual([[], 1])
    })

    test('406 names the type that was asked for', async () => {
      const { fhir: client } = fhirWorld(() => fhir(406, ''))
      const error = await failure(client.binary('Binary/1', { contentType: 'image/tiff' }))
      expect(error.code).toBe('ERR_CQ_NOT_ACCEPTABLE')
      expect(error.message).toContain('image/tiff')
    })

    test('401 is renewed once', async () => {
      let asked = 0
      const authorize = () => Promise.resolve(`token-${(asked += 1)}`)
      const { fhir: client, seen } = fhirWorld(
        inTurn(
          () => fhir(401, outcome('login')),
          () => pdf(),
        ),
        // Smaller than the refusal, which is no content.
        { authorize, bodyLimits: { binary: 8 } },
      )
      expect(await textOf(await client.binary('Binary/1'))).toBe('%PDF-1.7')
      expect(seen.map(({ headers }) => headers.get('authorization'))).toEqual([
        'Bearer token-1',
        'Bearer token-2',
      ])
      const refused = fhirWorld(() => fhir(401, ''), { authorize })
      expect((await failure(refused.fhir.binary('Binary/1'))).code).toBe('ERR_CQ_UNAUTHORIZED')
      expect(refused.seen).toHaveLength(2)
    })

    test('503 is repeated before the content begins', async () => {
      const { fhir: client, seen } = fhirWorld(
        inTurn(
          () => fhir(503, ''),
          () => fhir(503, ''),
          () => pdf(),
        ),
      )
      expect(await textOf(await client.binary('Binary/1'))).toBe('%PDF-1.7')
      expect(seen).toHaveLength(3)
    })

    test('that announces more than it holds is broken off', async () => {
      const { fhir: client, seen } = fhirWorld(() => pdf(200, { 'content-length': '9' }))
      const content = await client.binary('Binary/1')
      const error = await failure(textOf(content))
      expect(error).toMatchObject({ code: 'ERR_CQ_INCOMPLETE_BODY', operation: 'fhir.binary' })
      expect(seen).toHaveLength(1)
    })

    test('that is encoded in an unknown way is refused', async () => {
      const { fhir: client } = fhirWorld(() => pdf(200, { 'content-encoding': 'gzip, gzip' }))
      expect((await failure(client.binary('Binary/1'))).code).toBe('ERR_CQ_UNEXPECTED_CONTENT')
    })

    test('is read once: a second loop is an error and not an empty file', async () => {
      const { fhir: client } = fhirWorld(() => pdf())
      const content = await client.binary('Binary/1')
      expect(await textOf(content)).toBe('%PDF-1.7')
      await expect(textOf(content)).rejects.toThrow(TypeError)
    })

    test('reads on at the end as the end', async () => {
      const { fhir: client } = fhirWorld(() => pdf())
      const pieces = (await client.binary('Binary/1')).body[Symbol.asyncIterator]()
      expect((await pieces.next()).done).toBe(false)
      expect((await pieces.next()).done).toBe(true)
      expect((await pieces.next()).done).toBe(true)
    })
  })
})

/** The content of attachments over real sockets, for both transports: what is left when it ends in any way. */
describe('attachments as streams', () => {
  const PIECE = new Uint8Array(65_536).fill(7)

  let requests = 0
  let answer: (response: ServerResponse, number: number) => void
  /** The sockets over which an answer is under way. */
  const busy = new Set<Socket>()
  const server = createServer((request, response) => {
    if (request.url?.includes('/Binary/') !== true) {
      const found = request.url?.endsWith('/metadata') === true
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/fhir+json' })
      response.end('{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"}')
      return
    }
    const { socket } = request
    busy.add(socket)
    response.on('close', () => {
      if (response.writableFinished) busy.delete(socket)
    })
    socket.once('close', () => busy.delete(socket))
    answer(response, (requests += 1))
  })
  let base = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`
  })
  afterAll(() => {
    server.close()
  })

  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  process.on('unhandledRejection', note)
  afterAll(() => process.off('unhandledRejection', note))
  afterEach(async () => {
    await turns()
    expect(unhandled).toEqual([])
    server.closeAllConnections()
    requests = 0
  })

  const set = vi.spyOn(globalThis, 'setTimeout')
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  afterAll(() => void vi.restoreAllMocks())

  /** Timers of days: one that is left behind keeps a process alive. */
  function timers(): number {
    const gone = new Set<unknown>(cleared.mock.calls.map(([timer]) => timer))
    return set.mock.calls.filter(
      ([, ms = 0], index) => ms > 1e9 && !gone.has(set.mock.results[index]?.value),
    ).length
  }

  /** Bytes that are read to the end, or until it throws. */
  async function drained({ body }: BinaryContent): Promise<number> {
    let size = 0
    for await (const piece of body) size += piece.byteLength
    return size
  }

  /** Writes as fast as the other side reads, until `size`; tells how much went out. */
  function pour(response: ServerResponse, size: number): { sent: number } {
    const poured = { sent: 0 }
    const more = (): void => {
      while (poured.sent < size && !response.destroyed) {
        poured.sent += PIECE.byteLength
        if (!response.write(PIECE)) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
    return poured
  }

  /** The head and a first piece, and then nothing. */
  function stall(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/pdf' })
    response.write('%PDF-1.7')
  }

  describe.each([
    ['fetch', false, () => kyTransport()],
    ['nodeTransport', true, () => nodeTransport()],
  ])('over %s', (_, seesTheEnd, transport) => {
    function options(more: Partial<FhirClientOptions> = {}): FhirClientOptions {
      return {
        baseUrl: base,
        allowInsecureLoopback: true,
        randomUUID: () => '00000000-0000-4000-8000-000000000000',
        transport: transport(),
        ...more,
      }
    }
    const client = (more: Partial<FhirClientOptions> = {}): FhirClient =>
      new FhirClient(options(more))

    /** One that is open, with its first piece read. */
    async function begun(
      more: Partial<FhirClientOptions> = {},
      own: Parameters<FhirClient['binary']>[1] = {},
    ) {
      answer = stall
      const content = await client(more).binary('Binary/1', own)
      const pieces = content.body[Symbol.asyncIterator]()
      expect((await pieces.next()).done).toBe(false)
      return { ...content, pieces }
    }

    test('content larger than a page comes through, all of it', async () => {
      answer = (response) => pour(response, 320 * PIECE.byteLength)
      const content = await client({ bodyLimits: { page: 1_000 } }).binary('Binary/1')
      expect(await drained(content)).toBe(320 * PIECE.byteLength)
    })

    test('nothing is read ahead of the consumer, however long it takes', async () => {
      const time = holdTime()
      let poured = { sent: 0 }
      answer = (response) => (poured = pour(response, 1_024 * PIECE.byteLength))
      // The idle time is far shorter than the consumer's own.
      // A kept-alive socket that the test before closed is replaced after no time, which is a timer.
      const opened = client({ attemptTimeoutMs: 100 }).binary('Binary/1')
      const content = await settledIn(time, opened, 0)
      const pieces = content.body[Symbol.asyncIterator]()
      await pieces.next()
      await turns()
      await time.pass(300)
      await turns()
      // What sockets and streams buffer themselves; the whole is 64 MB.
      expect(poured.sent).toBeLessThan(16e6)
      let rest = 0
      const reading = async (): Promise<void> => {
        for (let one = await pieces.next(); one.done !== true; one = await pieces.next()) rest += 1
      }
      await settledIn(time, reading(), 0)
      expect([rest > 0, poured.sent]).toEqual([true, 1_024 * PIECE.byteLength])
    })

    test('a server that stalls is left after the idle time, and its socket closed', async () => {
      const time = holdTime()
      const { pieces } = await settledIn(time, begun({ attemptTimeoutMs: 60 }), 0)
      const error = await settledIn(time, failure(pieces.next()))
      expect(error).toMatchObject({ code: 'ERR_CQ_TIMEOUT', operation: 'fhir.binary' })
      expect(error.message).toContain('60 ms')
      await until(() => busy.size === 0)
      expect(await failure(pieces.next())).toBe(error)
      expect(requests).toBe(1)
    })

    test('a server that is slow but steady is not', async () => {
      const time = holdTime()
      let steady: ServerResponse | undefined
      answer = (response) => {
        steady = response.writeHead(200)
        response.flushHeaders()
      }
      const asked = client({ attemptTimeoutMs: 200, timeoutMs: 250 }).binary('Binary/1')
      const opened = await settledIn(time, asked, 0)
      const pieces = opened.body[Symbol.asyncIterator]()
      for (let count = 0; count < 8; count += 1) {
        const piece = pieces.next()
        await time.pass(40)
        steady?.write('.')
        expect((await settledIn(time, piece, 0)).value).toHaveLength(1)
      }
      steady?.end()
      expect((await settledIn(time, pieces.next(), 0)).done).toBe(true)
    })

    test('a server that never begins is left after timeoutMs', async () => {
      answer = () => undefined
      const error = await failure(client().binary('Binary/1', { timeoutMs: 60 }))
      expect(error.code).toBe('ERR_CQ_TIMEOUT')
      await until(() => busy.size === 0)
    })

    test.each<[string, (response: ServerResponse) => void]>([
      ['in chunks', (response) => response.write('%PDF')],
      [
        'with a length',
        (response) => response.writeHead(200, { 'content-length': '500' }).write('%PDF'),
      ],
      [
        'that is compressed',
        (response) =>
          response
            .writeHead(200, { 'content-encoding': 'gzip' })
            .write(gzipSync(PIECE).subarray(0, 60)),
      ],
    ])('content %s that breaks off throws, and is not asked for again', async (how, begin) => {
      let broken: ServerResponse | undefined
      answer = (response) => {
        begin(response)
        broken = response
      }
      const refused = how === 'that is compressed' && !seesTheEnd
      const begun = client().binary('Binary/1')
      const error = await failure(
        begun.then((content) => {
          broken?.destroy()
          return drained(content)
        }),
      )
      expect(error).toMatchObject({
        code: refused ? 'ERR_CQ_UNEXPECTED_CONTENT' : 'ERR_CQ_INCOMPLETE_BODY',
        operation: 'fhir.binary',
      })
      expect(requests).toBe(1)
    })

    test('compressed content is given decoded, and counted so, where its end can be seen', async () => {
      answer = (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(PIECE))
      }
      if (!seesTheEnd) {
        // Node's fetch would take one that breaks off for whole.
        const error = await failure(client().binary('Binary/1'))
        expect(error.code).toBe('ERR_CQ_UNEXPECTED_CONTENT')
        return
      }
      expect(await drained(await client().binary('Binary/1'))).toBe(PIECE.byteLength)
      const small = client({ bodyLimits: { binary: 1_000 } })
      const error = await failure(drained(await small.binary('Binary/1')))
      expect(error.code).toBe('ERR_CQ_RESPONSE_TOO_LARGE')
    })

    test('more than bodyLimits.binary throws, and the rest is not fetched', async () => {
      let poured = { sent: 0 }
      answer = (response) => (poured = pour(response, 1_024 * PIECE.byteLength))
      const content = await client({ bodyLimits: { binary: 300_000 } }).binary('Binary/1')
      const error = await failure(drained(content))
      expect(error).toMatchObject({ code: 'ERR_CQ_RESPONSE_TOO_LARGE', retryable: false })
      await until(() => busy.size === 0)
      expect(poured.sent).toBeLessThan(16e6)
    })

    test('the caller’s abort before it begins ends it with the caller’s reason', async () => {
      answer = () => undefined
      const leaving = new AbortController()
      const asked = client().binary('Binary/1', { signal: leaving.signal })
      await until(() => requests === 1)
      leaving.abort('mine')
      await expect(asked).rejects.toBe('mine')
      await until(() => busy.size === 0)
      await expect(client().binary('Binary/1', { signal: leaving.signal })).rejects.toBe('mine')
      expect(requests).toBe(1)
    })

    test('the caller’s abort in the middle, while it waits for a piece', async () => {
      const leaving = new AbortController()
      const { pieces } = await begun({}, { signal: leaving.signal })
      const mine = new Error('mine')
      const waiting = pieces.next()
      leaving.abort(mine)
      await expect(waiting).rejects.toBe(mine)
      await until(() => busy.size === 0)
    })

    test('the caller’s abort in the middle, between two pieces', async () => {
      const leaving = new AbortController()
      const { pieces } = await begun({}, { signal: leaving.signal })
      leaving.abort('mine')
      await until(() => busy.size === 0)
      // Nobody reads on, and nothing of it keeps the process alive.
      await until(() => timers() === 0)
      await expect(pieces.next()).rejects.toBe('mine')
    })

    test('the caller’s abort after the end is none', async () => {
      answer = (response) => response.end('%PDF')
      const leaving = new AbortController()
      const content = await client().binary('Binary/1', { signal: leaving.signal })
      expect(await drained(content)).toBe(4)
      leaving.abort('mine')
      content.cancel()
    })

    test('cancel() closes the socket, before anything was read and in the middle', async () => {
      answer = stall
      const unread = await client().binary('Binary/1')
      unread.cancel()
      await until(() => busy.size === 0)
      const content = await begun()
      const waiting = content.pieces.next()
      content.cancel()
      // Not as an end: a part is not the whole.
      await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
      await until(() => busy.size === 0 && timers() === 0)
      content.cancel()
    })

    test('what was cancelled does not look complete to a loop that begins later', async () => {
      answer = stall
      const content = await client().binary('Binary/1')
      content.cancel()
      await expect(drained(content)).rejects.toMatchObject({ name: 'AbortError' })
    })

    test('breaking out of the loop closes the socket', async () => {
      answer = stall
      const { body } = await client().binary('Binary/1')
      let pieces = 0
      for await (const piece of body) {
        pieces += piece.byteLength
        break
      }
      expect(pieces).toBe(8)
      await until(() => busy.size === 0 && timers() === 0)
    })

    test('an error of the consumer’s own comes out of the loop, and the socket is closed', async () => {
      answer = stall
      const { body } = await client().binary('Binary/1')
      const mine = new Error('disk full')
      const reading = async (): Promise<void> => {
        for await (const piece of body) if (piece.byteLength > 0) throw mine
      }
      await expect(reading()).rejects.toBe(mine)
      await until(() => busy.size === 0)
    })

    test.each([
      ['while it waits for a piece', true],
      ['between two pieces', false],
    ])('client.close() in the middle, %s', async (_when, waits) => {
      answer = stall
      const whole = new CarequalityClient({
        ...options(),
        ...{ clientId: 'x', signer: await signer() },
      })
      const { fhir } = await whole.responder({ baseUrl: base })
      const { body } = await fhir.binary('Binary/1')
      const pieces = body[Symbol.asyncIterator]()
      await pieces.next()
      const waiting = waits ? pieces.next() : undefined
      const ended = waiting && expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
      await whole.close()
      await ended
      await expect(pieces.next()).rejects.toMatchObject({ name: 'AbortError' })
      await until(() => busy.size === 0 && timers() === 0)
      await expect(fhir.binary('Binary/1')).rejects.toMatchObject({ name: 'AbortError' })
    })

    test('a socket that broke before the content began is asked again, one that broke after is not', async () => {
      answer = (response, number) => {
        if (number === 1) response.socket?.destroy()
        else response.end('%PDF')
      }
      expect(await drained(await client().binary('Binary/1'))).toBe(4)
      expect(requests).toBe(2)
    })

    test('an answer that refuses leaves no request behind', async () => {
      answer = (response) => response.writeHead(404).end()
      expect((await failure(client().binary('Binary/1'))).code).toBe('ERR_CQ_NOT_FOUND')
      await until(() => timers() === 0)
    })
  })
})
