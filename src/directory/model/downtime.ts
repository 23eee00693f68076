import { isRecord } from '../../lib/arguments.ts'
import type { DirectoryDowntime, DirectoryPeriod } from './model.ts'
import { member, text } from '../../hl7/tree.ts'

const DAY_MS = 86_400_000
/**
 * Whether a planned outage covers the moment `at` (milliseconds since the epoch); undefined where
 * that is unknown, for example for a recurrence.
 */
export function isDown({ start, end, timing }: DirectoryDowntime, at: number): boolean | undefined {
  return timing === undefined ? within(start, end, at) : timed(timing, at)
}

/**
 * Where `at` (milliseconds since the epoch) is before or after a period; undefined where it is
 * within, or unknown.
 */
export function outsideOf(
  { start, end }: DirectoryPeriod,
  at: number,
): 'before' | 'after' | undefined {
  const [from = at] = start === undefined ? [] : spanOf(start)
  const [, to = Infinity] = end === undefined ? [] : spanOf(end)
  if (at < from) return 'before'
  return at >= to ? 'after' : undefined
}

function within(
  start: string | undefined,
  end: string | undefined,
  at: number,
): boolean | undefined {
  const [from] = start === undefined ? [-Infinity] : spanOf(start)
  const [, to] = end === undefined ? [undefined, Infinity] : spanOf(end)
  if ((start === undefined && end === undefined) || from === undefined || to === undefined)
    return undefined
  return from <= at && at < to
}

/** First millisecond of a FHIR dateTime and the first one after it: `2026-11-24` is a whole day. */
function spanOf(dateTime: string): [number, number] | [undefined, undefined] {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?)?)?$/.exec(dateTime)
  if (parts === null) return [undefined, undefined]
  const [, year = '', month, day, time] = parts
  const from = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}${time ?? 'T00:00:00Z'}`)
  // `Date` reads the 30th of February as the 2nd of March.
  const real =
    day === undefined || new Date(`${year}-${month ?? ''}-${day}`).getUTCDate() === Number(day)
  if (Number.isNaN(from) || !real) return [undefined, undefined]
  // An end names its last second, month or year as a whole.
  if (time !== undefined) return [from, time.includes('.') ? from + 1 : from + 1000]
  if (day !== undefined) return [from, from + DAY_MS]
  const [y, m] = [Number(year), Number(month ?? 1)]
  return [from, month === undefined ? Date.UTC(y + 1, 0) : Date.UTC(y, m)]
}

/** A Timing that is a period: bounds without a recurrence. Any other is not interpreted. */
function timed(timing: unknown, at: number): boolean | undefined {
  const repeat = member(timing, 'repeat')
  const bounds = member(repeat, 'boundsPeriod')
  if (bounds === undefined) return undefined
  const isInBounds = within(text(member(bounds, 'start')), text(member(bounds, 'end')), at)
  return isInBounds === true && recurs(timing, repeat) ? undefined : isInBounds
}

function recurs(timing: unknown, repeat: unknown): boolean {
  const others = isRecord(repeat)
    ? Object.keys(repeat).filter((name) => name !== 'boundsPeriod')
    : []
  return others.length > 0 || member(timing, 'event') !== undefined
}
