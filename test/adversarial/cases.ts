/** Faults as data: what a server does, where, and which class of behaviour is expected of the client. */
import type { CarequalityClient, CarequalityClientOptions } from '../../src/index.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { STAGES, type Fault, type StageId, type World } from './world.ts'

/** What the client must make of a fault. */
export interface Expect {
  /** `either`: right data or one of the codes; never wrong data. */
  readonly outcome: 'recovers' | 'refused' | 'either'
  readonly codes: readonly ErrorCode[]
  /** Least and most requests of the stage. */
  readonly requests: readonly [least: number, most: number]
  /** The next request of the stage comes no earlier than this after the first, in milliseconds. */
  readonly gapMs?: number | undefined
  /** How far a walk through pages had come; at the stage of the second page by default 2 on 1. */
  readonly received?: readonly [items: number, pages: number] | undefined
  /** Looks at what is left: an objection, or undefined. */
  readonly also?: ((seen: { world: World; error: unknown }) => string | undefined) | undefined
}

/** One fault, at all stages where it can occur. */
export interface FaultRow {
  readonly group: string
  readonly name: string
  /** The row of the threat table behind it. */
  readonly threat?: string | ((stage: StageId) => string) | undefined
  readonly stages: readonly StageId[]
  readonly play: Fault
  /** How many requests meet it. Default: all. */
  readonly times?: number | undefined
  readonly expect: Expect | ((stage: StageId) => Expect)
  readonly options?: ((world: World) => Partial<CarequalityClientOptions>) | undefined
  /** In place of the stage's own call. */
  readonly call?: ((client: CarequalityClient, world: World) => Promise<string>) | undefined
}

/** One fault at one stage. */
export interface Case {
  readonly title: string
  readonly stage: StageId
  readonly row: FaultRow
  readonly expect: Expect
}

export function casesOf(rows: readonly FaultRow[]): readonly Case[] {
  return rows.flatMap((row) =>
    row.stages.map((stage) => {
      const threat = typeof row.threat === 'function' ? row.threat(stage) : row.threat
      const expect = typeof row.expect === 'function' ? row.expect(stage) : row.expect
      const title = `${threat === undefined ? '' : `${threat} `}${stage}: ${row.name}`
      return { title, stage, row, expect }
    }),
  )
}

export function refused(
  codes: readonly ErrorCode[],
  requests: Expect['requests'] = [1, 1],
  more: Partial<Expect> = {},
): Expect {
  return { outcome: 'refused', codes, requests, ...more }
}

export function recovers(
  requests: Expect['requests'] = [1, 1],
  more: Partial<Expect> = {},
): Expect {
  return { outcome: 'recovers', codes: [], requests, ...more }
}

export function either(codes: readonly ErrorCode[], requests: Expect['requests'] = [1, 1]): Expect {
  return { outcome: 'either', codes, requests }
}

export const ALL: readonly StageId[] = STAGES
/** Where a document of JSON is expected. */
export const JSON_STAGES: readonly StageId[] = STAGES.filter(
  (stage) => stage !== 'directory-xml' && stage !== 'binary',
)
/** Where a body is read whole. */
export const WHOLE_STAGES: readonly StageId[] = STAGES.filter((stage) => stage !== 'binary')
/** Where a resource of a FHIR server is expected, with a token. */
export const FHIR_STAGES: readonly StageId[] = STAGES.slice(5)
/** Where an answer is a Bundle. */
export const BUNDLE_STAGES: readonly StageId[] = [
  'history',
  'search',
  'page',
  'match',
  'everything',
]
export const GET_STAGES: readonly StageId[] = STAGES.filter(
  (stage) => !['token', 'search', 'match'].includes(stage),
)
export const POST_STAGES: readonly StageId[] = ['token', 'search', 'match']

export const NOT_JSON: readonly ErrorCode[] = [
  'ERR_CQ_INVALID_JSON',
  'ERR_CQ_UNEXPECTED_CONTENT',
  'ERR_CQ_INVALID_RESPONSE',
  'ERR_CQ_UNEXPECTED_RESOURCE',
]

/** What a document that is none is called at a stage. */
export function unreadable(stage: StageId): Expect {
  return refused(stage === 'token' ? ['ERR_CQ_INVALID_TOKEN_RESPONSE'] : NOT_JSON)
}
