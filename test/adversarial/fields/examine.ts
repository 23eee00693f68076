/** Serves hostile documents and looks at what became of them. */
import { inspect } from 'node:util'
import { isCarequalityError, type ClientEvent } from '../../../src/index.ts'
import type { Attack } from './places.ts'
import { ASKED } from './samples.ts'
import type { Served } from './servers.ts'
import type { Subject } from './subjects.ts'
import { Turns } from './turns.ts'

/** What a field may hold a call up. */
export const LONGEST_MS = 250
const WHOLE = 1_000_000
/** A field that is slow at a sixteenth of the size is not tried at all of it: what grows by the square would take hours. */
const STEPS = [WHOLE / 16, WHOLE / 4, WHOLE]
/** The machine is busy with other things; what the code takes at its best is what counts. */
const TRIES = 4
/** A caller's log has a line for each. */
const LONGEST_MESSAGE = 4_000
const LONGEST_EVENT = 8_000

/** What is wrong with how one hostile document was read; undefined where nothing is. */
export async function examine(subject: Subject, attack: Attack): Promise<string | undefined> {
  for (const bytes of STEPS) {
    const served = subject.served(attack.text(bytes))
    const first = await read(subject, served)
    const wrong = first.wrong ?? (await slow(subject, served, first.blockedMs))
    if (wrong !== undefined)
      return `${subject.name}: ${attack.field}, ${attack.value}, ${bytes / 1000} kB: ${wrong}`
    // It does not grow.
    if (served.text.length < bytes / 2 && Object.values(served.headers).join().length < bytes / 2)
      return undefined
  }
  return undefined
}

async function slow(
  subject: Subject,
  served: Served,
  firstMs: number,
): Promise<string | undefined> {
  let best = firstMs
  for (let tries = 1; tries < TRIES && best > LONGEST_MS && best < 10 * LONGEST_MS; tries += 1)
    best = Math.min(best, (await read(subject, served)).blockedMs)
  return best > LONGEST_MS ? `blocked for ${Math.round(best)} ms` : undefined
}

/** The good document must be read, or fail with one of our errors where it is one of an error. */
export async function readGood(subject: Subject): Promise<string | undefined> {
  const { wrong, error } = await read(subject, subject.good)
  return (
    wrong ??
    (error !== undefined && subject.good.status === 200
      ? `${subject.name}: ${inspect(error)}`
      : undefined)
  )
}

async function read(
  subject: Subject,
  served: Served,
): Promise<{ blockedMs: number; error: unknown; wrong: string | undefined }> {
  const events: ClientEvent[] = []
  const turns = new Turns()
  await turns.begin()
  let error: unknown
  try {
    await subject.read(served, { onEvent: (event) => events.push(event) })
  } catch (thrown) {
    error = thrown
  }
  const blockedMs = turns.end()
  return { blockedMs, error, wrong: wrongError(error) ?? shown(error, events) }
}

function wrongError(error: unknown): string | undefined {
  if (error === undefined || isCarequalityError(error)) return undefined
  return `no error of ours: ${inspect(error, { depth: 2 }).slice(0, 600)}`
}

/** Secrets and patient values that were sent, and texts of a length that no log bears. */
function shown(error: unknown, events: readonly ClientEvent[]): string | undefined {
  const message = error instanceof Error ? error.message : ''
  if (message.length > LONGEST_MESSAGE) return `a message of ${message.length} characters`
  const texts = [
    message,
    error === undefined ? '' : JSON.stringify(error),
    error === undefined ? '' : inspect(error, { depth: 6 }),
    ...events.map((event) => JSON.stringify(event)),
  ]
  const long = events.find((event) => JSON.stringify(event).length > LONGEST_EVENT)
  if (long !== undefined)
    return `an event of ${JSON.stringify(long).length} characters (${long.type})`
  const all = texts.join('\n')
  if (all.length > 60_000) return `an error that is shown with ${all.length} characters`
  const lower = all.toLowerCase()
  const found = Object.entries(ASKED).find(([, value]) => lower.includes(value.toLowerCase()))
  if (found === undefined) return /eyj[\w-]{30}/.test(lower) ? 'shows the assertion' : undefined
  const at = lower.indexOf(found[1].toLowerCase())
  return `shows what was asked for (${found[0]}): …${all.slice(Math.max(0, at - 80), at + 60)}…`
}
