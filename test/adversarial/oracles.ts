/** The oracles: the same for every case. */
import { format, inspect } from 'node:util'
import { PATIENT_VALUES } from './documents.ts'
import type { Expect } from './cases.ts'
import { PRIVATE_KEY, type Library, type Trace } from './run.ts'
import type { World } from './world.ts'
import { ownClock } from '../support/own-time.ts'

/** A busy machine is late. */
const SLACK_MS = 4_000
const CUT_MS = 4_000
/** What the kernel's buffers of both sides hold at most, besides the cap. */
const IN_FLIGHT = 16e6
/** Timers may fire a little before the millisecond they were set for. */
const EARLY_MS = 3

const PROTOTYPE = shapeOfPrototype()

/** What is wrong with how a case ended; empty where nothing is. */
export async function judge(
  library: Pick<Library, 'isCarequalityError'>,
  trace: Trace,
  expect: Expect,
  wanted: string,
): Promise<readonly string[]> {
  const { world } = trace
  return [
    ...judgeOutcome(library, trace, expect, wanted),
    ...judgeTime(trace),
    ...judgeRequests(world, expect),
    ...shownSecrets(trace),
    ...world.violations,
    ...(shapeOfPrototype() === PROTOTYPE ? [] : ['R8: Object.prototype was changed']),
    ...(await judgeSockets(world)),
    ...[expect.also?.({ world, error: trace.error }) ?? []].flat(),
  ]
}

function judgeOutcome(
  { isCarequalityError }: Pick<Library, 'isCarequalityError'>,
  { value, error, world }: Trace,
  { outcome, codes, received }: Expect,
  wanted: string,
): readonly string[] {
  if (value !== undefined) {
    if (outcome === 'refused') return [`bad input was accepted: ${value.slice(0, 80)}`]
    return value === wanted ? [] : [`wrong data was given: ${value.slice(0, 80)}`]
  }
  if (!isCarequalityError(error)) return [`no error of ours: ${inspect(error, { depth: 3 })}`]
  const { code, message } = error
  if (outcome === 'recovers') return [`what is recoverable failed with ${code}: ${message}`]
  // Whoever walks through pages must know how far they came.
  const atPage = world.stage === 'page' && world.count('page') > 0
  const [items, pages] = received ?? (atPage ? [2, 1] : [error.received, error.pages])
  return [
    ...(codes.includes(code) ? [] : [`${code} in place of ${codes.join(' or ')}: ${message}`]),
    ...(error.received !== items || error.pages !== pages
      ? [`R20: the error says ${error.received} received on ${error.pages} pages`]
      : []),
  ]
}

function judgeTime({ elapsedMs, timeoutMs }: Trace): readonly string[] {
  return elapsedMs <= timeoutMs + SLACK_MS
    ? []
    : [`it took ${Math.round(elapsedMs)} ms where ${timeoutMs} were given`]
}

function judgeRequests(world: World, { requests, gapMs }: Expect): readonly string[] {
  const [least, most] = requests
  const hits = world.seen.filter(({ stage }) => stage === world.stage)
  const [first, second] = hits
  const gap = first === undefined || second === undefined ? undefined : second.at - first.at
  return [
    ...(hits.length < least || hits.length > most
      ? [`${hits.length} requests where ${least} to ${most} are right`]
      : []),
    ...(world.count('token') > 3 ? [`${world.count('token')} token requests`] : []),
    ...(gap !== undefined && gap < (gapMs ?? 0) - EARLY_MS
      ? [`R15: asked again after ${Math.round(gap)} ms where ${gapMs} were demanded`]
      : []),
  ]
}

/** Secrets and patient values in anything a log could make of the end. */
function shownSecrets({ error, events, world }: Trace): readonly string[] {
  const shown = [...shownOf(error), JSON.stringify(events), inspect(events, { depth: 8 })].join(
    '\n',
  )
  return [...world.secrets, ...PATIENT_VALUES, PRIVATE_KEY]
    .filter((secret) => secret !== '' && shown.includes(secret))
    .map((secret) => `B1: shown: ${secret.slice(0, 60)}`)
    .concat(CONTROLS.test(messageOf(error)) ? ['B3: control characters in the message'] : [])
}

const CONTROLS = /\p{Cc}/u

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

function shownOf(error: unknown, depth = 0): readonly string[] {
  if (error === undefined || depth > 5) return []
  const own = [format('%s', error), inspect(error, { depth: 8 }), JSON.stringify(error)]
  if (!(error instanceof Error)) return own
  return [...own, error.message, error.stack ?? '', ...shownOf(error.cause, depth + 1)]
}

/** Nothing is left open, and a body past its limit was cut. */
async function judgeSockets(world: World): Promise<readonly string[]> {
  const waited = ownClock()
  while (world.open.size > 0 && waited() < CUT_MS) await new Promise((done) => setTimeout(done, 5))
  return [
    ...(world.open.size > 0 ? [`R3: ${world.open.size} sockets are left open`] : []),
    ...(world.written > IN_FLIGHT ? [`R1: ${world.written} bytes were taken before the cut`] : []),
  ]
}

/** What reached the evil origin; a contact alone is one too many. */
export function judgeEvil(evil: readonly string[]): readonly string[] {
  return evil.map((bytes) => `the evil origin was contacted: ${bytes.slice(0, 300)}`)
}

function shapeOfPrototype(): string {
  return Reflect.ownKeys(Object.prototype).map(String).join()
}
