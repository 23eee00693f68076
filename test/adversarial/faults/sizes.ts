/** Bodies that are too large, and encodings that hide it or lie. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { ErrorCode } from '../../../src/errors.ts'
import {
  ALL,
  either,
  NOT_JSON,
  recovers,
  refused,
  WHOLE_STAGES,
  type Expect,
  type FaultRow,
} from '../cases.ts'
import { LIMITS } from '../run.ts'
import type { Play, Reply, StageId } from '../world.ts'

/** Far beyond every cap, and more than two kernels hold. */
const ENDLESS = 48e6
const PIECE = Buffer.alloc(65_536, ' ')
const TOO_LARGE = refused(['ERR_CQ_RESPONSE_TOO_LARGE'])
/** A content is not taken encoded where what breaks off cannot be seen. */
const BOMB = refused(['ERR_CQ_RESPONSE_TOO_LARGE', 'ERR_CQ_UNEXPECTED_CONTENT'])
const ZEROS = Buffer.alloc(20e6, ' ')
const GZIP_BOMB = gzipSync(ZEROS)
const BROTLI_BOMB = brotliCompressSync(ZEROS)
const LIES: readonly ErrorCode[] = [
  ...NOT_JSON,
  ...(['ERR_CQ_INCOMPLETE_BODY', 'ERR_CQ_NETWORK', 'ERR_CQ_INVALID_TOKEN_RESPONSE'] as const),
]

/** Writes as long as it is read. */
function pour({ response }: Play, status: number, headers: Reply['headers']): undefined {
  response.writeHead(status, headers)
  let sent = 0
  const more = (): void => {
    while (sent < ENDLESS && !response.destroyed) {
      sent += PIECE.length
      if (!response.write(PIECE)) {
        response.once('drain', more)
        return
      }
    }
    response.destroy()
  }
  more()
}

function typed(good: Reply, more: Reply['headers'] = {}): Reply['headers'] {
  return { ...good.headers, ...more }
}

function encoded(good: Reply, encoding: string, body: Buffer): Reply {
  return { status: 200, headers: typed(good, { 'content-encoding': encoding }), body }
}

function capOf(stage: StageId): number {
  if (stage === 'token') return LIMITS.token
  return LIMITS.page
}

const sizes: readonly FaultRow[] = [
  {
    ...{ group: 'too large', threat: 'R1', name: 'a body without an end', stages: ALL },
    play: (play) => pour(play, 200, typed(play.good)),
    expect: TOO_LARGE,
  },
  {
    ...{ group: 'too large', threat: 'R1', name: 'a length of 10^12', stages: ALL },
    play: (play) => pour(play, 200, typed(play.good, { 'content-length': '1000000000000' })),
    expect: TOO_LARGE,
  },
  {
    ...{ group: 'too large', threat: 'R1', name: 'an error without an end', stages: ALL },
    play: (play) => pour(play, 400, typed(play.good)),
    expect: TOO_LARGE,
  },
  {
    ...{ group: 'too large', threat: 'R1', name: 'a redirect without an end', stages: ALL },
    play: (play) => pour(play, 302, { location: play.world.evil }),
    expect: refused(['ERR_CQ_REDIRECT_REFUSED']),
  },
  {
    ...{ group: 'bomb', threat: 'R1', name: 'a gzip bomb', stages: ALL },
    play: ({ good }) => encoded(good, 'gzip', GZIP_BOMB),
    expect: BOMB,
  },
  {
    ...{ group: 'bomb', threat: 'R1', name: 'a br bomb', stages: ALL },
    play: ({ good }) => encoded(good, 'br', BROTLI_BOMB),
    expect: BOMB,
  },
  {
    ...{ group: 'bomb', threat: 'R1', name: 'an error with a gzip bomb', stages: ALL },
    play: ({ good }) => ({ ...encoded(good, 'gzip', GZIP_BOMB), status: 503 }),
    expect: TOO_LARGE,
  },
  {
    ...{ group: 'large', threat: 'R1', name: 'one byte over the cap', stages: ALL },
    play: (play) => padded(play, 1),
    expect: TOO_LARGE,
  },
  {
    ...{ group: 'large', threat: 'R1', name: 'as large as the cap', stages: WHOLE_STAGES },
    play: (play) => padded(play, 0),
    expect: recovers(),
  },
]

function padded({ good, world }: Play, more: number): Reply {
  const bytes = Buffer.from(good.body)
  const padding = Buffer.alloc(capOf(world.stage) + more - bytes.length, ' ')
  return { ...good, body: Buffer.concat([bytes, padding]) }
}

type Make = (body: Buffer) => Buffer
const tail = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 12)

/** An encoding as announced, what is really sent, and what must come of it. */
const ENCODINGS: readonly (readonly [string, string, Make, Expect])[] = [
  ['gzip', 'gzip', gzipSync, recovers()],
  ['x-gzip', 'x-gzip', gzipSync, recovers()],
  ['GZIP in capitals', 'GZIP', gzipSync, recovers()],
  ['br', 'br', brotliCompressSync, recovers()],
  ['deflate', 'deflate', deflateSync, recovers()],
  ['identity', 'identity', (body) => body, recovers()],
  ['gzip twice', 'gzip, gzip', (body) => gzipSync(gzipSync(body)), refused(LIES)],
  ['br in gzip', 'br, gzip', (body) => gzipSync(brotliCompressSync(body)), refused(LIES)],
  ['ten layers', Array<string>(10).fill('gzip').join(), gzipSync, refused(LIES, [1, 3])],
  ['an encoding nobody knows', 'snappy', (body) => body, refused(LIES)],
  ['a label of 8 kB', 'x'.repeat(8_000), (body) => body, refused(LIES)],
  ['gzip that is none', 'gzip', (body) => body, refused(LIES, [1, 3])],
  ['br that is none', 'br', (body) => body, refused(LIES, [1, 3])],
  ['gzip that breaks off', 'gzip', (body) => tail(gzipSync(body)), refused(LIES, [1, 3])],
  ['br that breaks off', 'br', (body) => tail(brotliCompressSync(body)), refused(LIES, [1, 3])],
  [
    'gzip of half the body',
    'gzip',
    (body) => gzipSync(body).subarray(0, 30),
    refused(LIES, [1, 3]),
  ],
  ['gzip with a wrong sum', 'gzip', wrongSum, either(LIES, [1, 3])],
  ['gzip and then rubbish', 'gzip', (body) => rubbish(gzipSync(body)), either(LIES, [1, 3])],
]

function wrongSum(body: Buffer): Buffer {
  const bytes = gzipSync(body)
  bytes.fill(0, bytes.length - 8, bytes.length - 4)
  return bytes
}

function rubbish(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.from('MARK')])
}

const encodings: readonly FaultRow[] = ENCODINGS.map(([name, label, make, expect]) => ({
  ...{ group: `encoding ${expect.outcome}`, threat: 'R2', name: `encoding: ${name}`, stages: ALL },
  play: ({ good }) => encoded(good, label, make(Buffer.from(good.body))),
  // A content is asked for without; where it comes encoded it must be refused, or whole.
  expect: (stage) =>
    stage === 'binary' && label !== 'identity' && expect.outcome === 'recovers'
      ? either(LIES)
      : expect,
}))

const unlabelled: FaultRow = {
  ...{ group: 'encoding refused', threat: 'R2', name: 'encoding: gzip without a label' },
  stages: WHOLE_STAGES,
  play: ({ good }) => ({ ...good, body: gzipSync(good.body) }),
  expect: refused(LIES),
}

export const SIZE_ROWS: readonly FaultRow[] = [...sizes, ...encodings, unlabelled]
