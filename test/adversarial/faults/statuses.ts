/** Statuses that are no success, for good and once; what servers ask for by Retry-After. */
import type { ErrorCode } from '../../../src/errors.ts'
import { ALL, FHIR_STAGES, recovers, refused, type Expect, type FaultRow } from '../cases.ts'
import { outcome } from '../documents.ts'
import type { Reply, StageId } from '../world.ts'

const PASSING = [408, 425, 429, 502, 503, 504]
const STATUSES = [
  ...[204, 206, 300, 304, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414],
  ...[415, 421, 422, 425, 429, 500, 501, 502, 503, 504, 511, 599],
]

function answer(status: number, stage: StageId, headers: Reply['headers'] = {}): Reply {
  const fhir = FHIR_STAGES.includes(stage)
  return {
    status,
    headers: { 'content-type': fhir ? 'application/fhir+json' : 'text/plain', ...headers },
    body: fhir ? JSON.stringify(outcome(['no'])) : 'no',
  }
}

/** Which error a status is at a stage. */
function codesOf(status: number, stage: StageId): readonly ErrorCode[] {
  if (status === 406)
    return [stage === 'token' ? 'ERR_CQ_UNEXPECTED_STATUS' : 'ERR_CQ_NOT_ACCEPTABLE']
  const gone = status === 404 || status === 410
  if (stage.startsWith('directory')) {
    if (status === 401 || status === 403) return ['ERR_CQ_DIRECTORY_KEY_REFUSED']
    return [gone ? 'ERR_CQ_ENTRY_NOT_FOUND' : 'ERR_CQ_UNEXPECTED_STATUS']
  }
  if (stage === 'capability' || stage === 'smart')
    return [gone ? 'ERR_CQ_UNSUPPORTED_SERVER' : 'ERR_CQ_UNEXPECTED_STATUS']
  if (stage === 'token')
    return [[400, 401, 403].includes(status) ? 'ERR_CQ_TOKEN_REJECTED' : 'ERR_CQ_UNEXPECTED_STATUS']
  return [fhirCode(status, stage)]
}

function fhirCode(status: number, stage: StageId): ErrorCode {
  const lacking =
    ([405, 501].includes(status) && ['match', 'everything', 'history', 'vread'].includes(stage)) ||
    (status === 404 && ['match', 'everything'].includes(stage))
  if (lacking) return 'ERR_CQ_OPERATION_NOT_SUPPORTED'
  if ((status === 404 || status === 410) && stage === 'page') return 'ERR_CQ_PAGE_EXPIRED'
  const known: Readonly<Record<number, ErrorCode>> = {
    204: 'ERR_CQ_UNEXPECTED_STATUS',
    304: 'ERR_CQ_UNEXPECTED_STATUS',
    401: 'ERR_CQ_UNAUTHORIZED',
    403: 'ERR_CQ_FORBIDDEN',
    404: 'ERR_CQ_NOT_FOUND',
    410: 'ERR_CQ_GONE',
    422: ['search', 'page'].includes(stage) ? 'ERR_CQ_TOO_MANY_RESULTS' : 'ERR_CQ_OPERATION_FAILED',
    429: 'ERR_CQ_RATE_LIMITED',
  }
  return known[status] ?? 'ERR_CQ_OPERATION_FAILED'
}

function requestsOf(status: number, stage: StageId): Expect['requests'] {
  if (PASSING.includes(status)) return [3, 3]
  if (status === 500) return stage === 'token' ? [1, 1] : [2, 2]
  return status === 401 && FHIR_STAGES.includes(stage) ? [2, 2] : [1, 1]
}

function threatOf(status: number): string {
  if (status === 401) return 'T5'
  if ([204, 206, 304, 599].includes(status)) return 'R18'
  return PASSING.includes(status) || status === 500 ? 'R16' : 'R17'
}

/** A POST search that is not taken is asked by GET. */
const NO_POST = [404, 405, 415, 501]

const always: readonly FaultRow[] = STATUSES.map((status) => ({
  ...{ group: `status ${Math.floor(status / 100)}xx`, threat: threatOf(status), stages: ALL },
  name: `${status}`,
  play: ({ world }) => answer(status, world.stage),
  expect: (stage) =>
    byFetch(status, stage) ??
    (stage === 'search' && NO_POST.includes(status)
      ? recovers()
      : refused(codesOf(status, stage), requestsOf(status, stage))),
}))

/** What the platform's fetch makes of a status before anyone else sees it. */
function byFetch(status: number, stage: StageId): Expect | undefined {
  if (status === 407) return refused(['ERR_CQ_NETWORK', ...codesOf(status, stage)], [1, 3])
  // It asks once more where it holds no body.
  return status === 421 ? refused(codesOf(status, stage), [1, 2]) : undefined
}

const once: readonly FaultRow[] = [...PASSING, 500].map((status) => ({
  ...{ group: 'status once', threat: 'R16', stages: ALL, times: 1 },
  name: `${status}, once`,
  play: ({ world }) => answer(status, world.stage),
  expect: (stage) =>
    status === 500 && stage === 'token' ? refused(['ERR_CQ_UNEXPECTED_STATUS']) : recovers([2, 2]),
}))

const unauthorizedOnce: FaultRow = {
  ...{ group: 'status once', threat: 'T5', stages: FHIR_STAGES, times: 1, name: '401, once' },
  play: ({ world }) => answer(401, world.stage),
  expect: recovers([2, 2], {
    also: ({ world }) =>
      world.count('token') === 2 ? undefined : 'no new token was asked for exactly once',
  }),
}

const insufficient: FaultRow = {
  ...{
    group: 'status 4xx',
    threat: 'T5',
    stages: FHIR_STAGES,
    name: '401 with insufficient_scope',
  },
  play: ({ world }) =>
    answer(401, world.stage, { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
  expect: refused(['ERR_CQ_UNAUTHORIZED']),
}

/** What Retry-After says, and how long to wait for it; undefined where that is too long. */
const PAUSES: readonly (readonly [string, () => string, number | undefined])[] = [
  ['1', () => '1', 1_000],
  ['0', () => '0', 0],
  ['a date in a second or two', () => new Date(Date.now() + 2_000).toUTCString(), 950],
  ['a date gone by', () => new Date(Date.now() - 3_600_000).toUTCString(), 0],
  ['-5', () => '-5', 0],
  ['1.5', () => '1.5', 0],
  ['soon', () => 'soon', 0],
  ['nothing', () => '', 0],
  ['7200', () => '7200', undefined],
  ['twenty digits', () => '9'.repeat(20), undefined],
  ['a date tomorrow', () => new Date(Date.now() + 86_400_000).toUTCString(), undefined],
]

const pauses: readonly FaultRow[] = [429, 503].flatMap((status) =>
  PAUSES.map(([name, value, gapMs]): FaultRow => ({
    ...{ group: `retry-after ${gapMs === undefined ? 'far' : 'near'}`, threat: 'R15', stages: ALL },
    name: `${status} with Retry-After ${name}`,
    times: gapMs === undefined ? undefined : 1,
    play: ({ world }) => answer(status, world.stage, { 'retry-after': value() }),
    expect: (stage) =>
      gapMs === undefined
        ? refused(codesOf(status, stage), [1, 1], { also: ({ error }) => saysWhen(error) })
        : recovers([2, 2], { gapMs }),
  })),
)

function saysWhen(error: unknown): string | undefined {
  const { retryAfterMs } = error as { retryAfterMs?: number }
  return (retryAfterMs ?? 0) > 7_000_000 ? undefined : `retryAfterMs is ${retryAfterMs}`
}

export const STATUS_ROWS: readonly FaultRow[] = [
  ...always,
  ...once,
  unauthorizedOnce,
  insufficient,
  ...pauses,
]
