/** Connections that hang, crawl, break and speak nonsense. */
import type { ServerResponse } from 'node:http'
import type { ErrorCode } from '../../../src/errors.ts'
import {
  ALL,
  either,
  recovers,
  refused,
  WHOLE_STAGES,
  type Expect,
  type FaultRow,
} from '../cases.ts'
import type { Play, Reply, StageId } from '../world.ts'

const QUICK = { timeoutMs: 40_000, attemptTimeoutMs: 8_000 }
const NETWORK: readonly ErrorCode[] = ['ERR_CQ_NETWORK']
const BROKEN: readonly ErrorCode[] = ['ERR_CQ_INCOMPLETE_BODY', 'ERR_CQ_NETWORK']

/** The head of a good answer, with other framing. */
function head({ headers }: Reply, framing: string): string {
  return `HTTP/1.1 200 OK\r\ncontent-type: ${headers['content-type'] ?? ''}\r\n${framing}\r\n\r\n`
}

function half({ body }: Reply): Buffer {
  const bytes = Buffer.from(body)
  return bytes.subarray(0, bytes.length >> 1)
}

function size({ body }: Reply): number {
  return Buffer.byteLength(body)
}

/** What was written has arrived: both ends are in this process. */
function afterTurns(count: number, then: () => void): void {
  setImmediate(() => (count === 0 ? then() : afterTurns(count - 1, then)))
}

type Step = (play: Play) => void
/** A content that is read as it comes is not asked for again once it has begun. */
const inBody =
  (codes: readonly ErrorCode[]) =>
  (stage: StageId): Expect =>
    refused(codes, stage === 'binary' ? [1, 1] : [1, 3])

/** The server lets the client wait. */
const SLOW: readonly (readonly [string, readonly StageId[], Step])[] = [
  ['nothing at all', ALL, () => undefined],
  [
    'headers that never end',
    ALL,
    ({ socket }) => drip(socket, 'HTTP/1.1 200 OK\r\n', 'x-a: b\r\n'),
  ],
  [
    'early hints for ever',
    ALL,
    ({ socket }) => drip(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n'),
  ],
  [
    'a body byte by byte',
    WHOLE_STAGES,
    ({ socket, good }) => drip(socket, head(good, 'content-length: 60000'), ' '),
  ],
  [
    'a body that stalls',
    ALL,
    ({ socket, good }) => {
      socket.write(head(good, `content-length: ${size(good)}`))
      socket.write(half(good))
    },
  ],
  [
    'a body shorter than announced, and the line left open',
    ALL,
    ({ socket, good }) => {
      socket.write(head(good, `content-length: ${size(good) + 9}`))
      socket.write(good.body)
    },
  ],
  [
    'chunks without an end',
    ALL,
    ({ socket, good }) => {
      socket.write(head(good, 'transfer-encoding: chunked'))
      socket.write(chunk(good.body))
    },
  ],
]

function chunk(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ])
}

/** `start`, then `more` again and again until the other side goes. */
function drip(socket: Play['socket'], start: string, more: string): void {
  socket.write(start)
  const timer = setInterval(() => socket.write(more), 60)
  timer.unref()
  socket.on('close', () => clearInterval(timer))
}

const slow: readonly FaultRow[] = SLOW.flatMap(([name, stages, step]): readonly FaultRow[] => {
  const fault = { stages, play: played(step), options: () => QUICK }
  const body = name.includes('body') || name.includes('chunks')
  return [
    {
      ...{ ...fault, group: 'slow', threat: 'R3', name },
      expect: (stage) => refused(['ERR_CQ_TIMEOUT'], stage === 'binary' && body ? [1, 1] : [1, 3]),
    },
    {
      ...{ ...fault, group: 'slow once', threat: 'R3', name: `${name}, once`, times: 1 },
      options: () => ({ timeoutMs: 15_000, attemptTimeoutMs: 4_000 }),
      expect: (stage) =>
        stage === 'binary' && body ? either(['ERR_CQ_TIMEOUT'], [1, 2]) : recovers([2, 3]),
    },
  ]
})

/** The server breaks the connection. */
const BREAKS: readonly (readonly [string, 'before' | 'headers' | 'body', Step])[] = [
  ['reset before the answer', 'before', ({ socket }) => socket.resetAndDestroy()],
  ['closed before the answer', 'before', ({ socket }) => socket.destroy()],
  [
    'broken in the headers',
    'headers',
    ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => socket.destroy()),
  ],
  [
    'broken in the body',
    'body',
    ({ socket, good }) => {
      socket.write(head(good, `content-length: ${size(good)}`))
      socket.write(half(good), () => socket.destroy())
    },
  ],
  [
    'reset in the body',
    'body',
    ({ socket, good }) => {
      socket.write(head(good, `content-length: ${size(good)}`))
      socket.write(half(good), () => afterTurns(50, () => socket.resetAndDestroy()))
    },
  ],
  [
    'chunks that break off',
    'body',
    ({ socket, good }) => {
      socket.write(head(good, 'transfer-encoding: chunked'))
      socket.write(chunk(good.body), () => socket.end())
    },
  ],
  [
    'a chunk with a bad size',
    'body',
    ({ socket, good }) => {
      socket.write(head(good, 'transfer-encoding: chunked'))
      socket.write(Buffer.concat([chunk(half(good)), Buffer.from('zz\r\nMARK\r\n')]))
    },
  ],
  [
    'a body shorter than announced',
    'body',
    ({ socket, good }) => {
      socket.write(head(good, `content-length: ${size(good) + 9}`))
      socket.write(good.body, () => socket.end())
    },
  ],
]

const breaks: readonly FaultRow[] = BREAKS.flatMap(([name, phase, step]): readonly FaultRow[] => [
  {
    ...{ group: `broken ${phase}`, threat: 'R4', name, stages: ALL, play: played(step) },
    expect: phase === 'body' ? inBody(BROKEN) : refused(NETWORK, [2, 3]),
  },
  {
    ...{ group: `broken ${phase} once`, threat: 'R4', name: `${name}, once`, stages: ALL },
    ...{ play: played(step), times: 1 },
    expect: (stage) =>
      phase === 'body' && stage === 'binary' ? refused(BROKEN) : recovers([2, 2]),
  },
])

/** The server does not speak HTTP, or too much of it. */
const NONSENSE: readonly (readonly [string, string, (play: Play) => string | Buffer])[] = [
  ['no HTTP', 'R4', () => 'MARK MARK MARK\r\n\r\n'],
  ['TLS bytes', 'R4', () => Buffer.from('150301000202285f', 'hex')],
  ['a header line that is none', 'B7', () => 'HTTP/1.1 200 OK\r\nMARK\r\n\r\n'],
  ['a header of 100 kB', 'R4', () => `HTTP/1.1 200 OK\r\nx: ${'m'.repeat(100_000)}\r\n\r\n`],
  ['10,000 headers', 'R4', () => `HTTP/1.1 200 OK\r\n${'x-m: 1\r\n'.repeat(10_000)}\r\n`],
  [
    'two lengths that differ',
    'R4',
    ({ good }) => head(good, `content-length: ${size(good)}\r\ncontent-length: 3`) + text(good),
  ],
  ['a length that is none', 'R4', ({ good }) => head(good, 'content-length: -1') + text(good)],
  ['a switch of protocols', 'R4', () => 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
]

function text({ body }: Reply): string {
  return body.toString()
}

const nonsense: readonly FaultRow[] = NONSENSE.map(([name, threat, bytes]) => ({
  ...{ group: 'nonsense', threat, name, stages: ALL },
  play: played((play) => play.socket.write(bytes(play), () => play.socket.end())),
  expect: refused([...NETWORK, 'ERR_CQ_INCOMPLETE_BODY', 'ERR_CQ_UNEXPECTED_STATUS'], [1, 3]),
}))

const special: readonly FaultRow[] = [
  {
    ...{ group: 'smuggling', threat: 'B7', name: 'length and chunks at once', stages: ALL },
    play: played(({ socket, good }) => {
      socket.write(head(good, 'content-length: 5\r\ntransfer-encoding: chunked'))
      socket.write(Buffer.concat([chunk(good.body), Buffer.from('0\r\n\r\n')]), () => socket.end())
    }),
    expect: either([...NETWORK, 'ERR_CQ_INCOMPLETE_BODY'], [1, 3]),
  },
  {
    ...{ group: 'smuggling', threat: 'R4', name: 'a length too small', stages: WHOLE_STAGES },
    play: played(({ socket, good }) => {
      socket.write(head(good, `content-length: ${size(good) >> 1}`))
      socket.write(good.body, () => socket.end())
    }),
    expect: refused(
      [
        ...NETWORK,
        'ERR_CQ_INVALID_JSON',
        'ERR_CQ_INVALID_RESPONSE',
        'ERR_CQ_INVALID_TOKEN_RESPONSE',
      ],
      [1, 3],
    ),
  },
  {
    ...{ group: 'stale', threat: 'R5', name: 'a kept connection that was closed', stages: ALL },
    times: 1,
    // What is sent on a connection that the server lets go of in the same instant.
    play: played(({ socket }) => socket.end()),
    expect: recovers([2, 2]),
  },
  {
    ...{
      group: 'framing',
      threat: 'R4',
      name: 'a body that ends with the connection',
      stages: ALL,
    },
    play: played(({ socket, good }) => {
      socket.write(head(good, 'connection: close'))
      socket.write(good.body, () => socket.end())
    }),
    expect: recovers(),
  },
]

function played(step: Step): FaultRow['play'] {
  return (play) => {
    detach(play.response)
    step(play)
    return undefined
  }
}

/** From here on the socket is the fault's own. */
function detach(response: ServerResponse): void {
  response.on('error', () => undefined)
}

export const WIRE_ROWS: readonly FaultRow[] = [...slow, ...breaks, ...nonsense, ...special]
