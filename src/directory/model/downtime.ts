import type { DirectoryDowntime, DirectoryPeriod } from './model.ts'
import { member, text } from '../../hl7/tree.ts'
import { items, texts } from './concepts.ts'

const DAY_MS = 86_400_000
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  wk: 7 * DAY_MS,
}
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

/**
 * Whether a planned outage covers the moment `at` (milliseconds since the epoch); undefined where
 * it cannot be told. Times of day without a zone are taken as UTC.
 */
export function isDown({ start, end, timing }: DirectoryDowntime, at: number): boolean | undefined {
  return timing === undefined ? within(start, end, at) : timed(timing, at)
}

/** Where `at` (milliseconds since the epoch) is before or after a period; undefined where it is within, or cannot be told. */
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
  // `Date` takes the 30th of February for the 2nd of March.
  const real =
    day === undefined || new Date(`${year}-${month ?? ''}-${day}`).getUTCDate() === Number(day)
  if (Number.isNaN(from) || !real) return [undefined, undefined]
  // An end names its last second, month or year as a whole.
  if (time !== undefined) return [from, time.includes('.') ? from + 1 : from + 1000]
  if (day !== undefined) return [from, from + DAY_MS]
  const [y, m] = [Number(year), Number(month ?? 1)]
  return [from, month === undefined ? Date.UTC(y + 1, 0) : Date.UTC(y, m)]
}

function timed(timing: unknown, at: number): boolean | undefined {
  const repeat = member(timing, 'repeat')
  const bounds = member(repeat, 'boundsPeriod')
  const inBounds =
    bounds === undefined
      ? undefined
      : within(text(member(bounds, 'start')), text(member(bounds, 'end')), at)
  if (inBounds === false) return false
  if ((bounds !== undefined && inBounds === undefined) || recursOddly(repeat)) return undefined
  const lasts = durationOf(repeat)
  const events = texts(member(timing, 'event')).map((event) => spanOf(event))
  if (events.length > 0) return anyOf(events.map((span) => covers(span, lasts, at)))
  const days = new Set(texts(member(repeat, 'dayOfWeek')).map((day) => day.toLowerCase()))
  const times = items(member(repeat, 'timeOfDay')).map(text)
  if (times.length > 0) return anyOf(times.map((time) => daily(time, days, lasts, at)))
  if (days.size > 0) return days.has(DAYS[new Date(at).getUTCDay()] ?? '')
  return text(member(repeat, 'period')) === undefined ? inBounds : undefined
}

/** Every day and every week are worked out, every second week or once a month are not. */
function recursOddly(repeat: unknown): boolean {
  const period = text(member(repeat, 'period')) ?? '1'
  const unit = text(member(repeat, 'periodUnit')) ?? 'd'
  return Number(period) !== 1 || (unit !== 'd' && unit !== 'wk')
}

/** Undefined where there is no duration, or one in months. */
function durationOf(repeat: unknown): number | undefined {
  const amount = Number(text(member(repeat, 'duration')) ?? Number.NaN)
  const name = text(member(repeat, 'durationUnit')) ?? ''
  const unit = Object.hasOwn(UNIT_MS, name) ? UNIT_MS[name] : undefined
  return unit === undefined || !(amount > 0) ? undefined : amount * unit
}

function covers(
  [from, to]: [number, number] | [undefined, undefined],
  lasts: number | undefined,
  at: number,
): boolean | undefined {
  if (from === undefined) return undefined
  return from <= at && at < (lasts === undefined ? to : from + lasts)
}

/** An outage that begins each day at a time, or on some days of the week only. */
function daily(
  time: string | undefined,
  days: ReadonlySet<string>,
  lasts: number | undefined,
  at: number,
): boolean | undefined {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(time ?? '')
  if (parts === null || lasts === undefined || lasts > 7 * DAY_MS) return undefined
  const [, hours, minutes, seconds = 0] = parts
  const intoDay = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  const today = Math.floor(at / DAY_MS) * DAY_MS
  // One that began yesterday may reach into today.
  for (let begun = today + intoDay; begun > at - lasts; begun -= DAY_MS) {
    const named = days.size === 0 || days.has(DAYS[new Date(begun).getUTCDay()] ?? '')
    if (begun <= at && named) return true
  }
  return false
}

function anyOf(verdicts: readonly (boolean | undefined)[]): boolean | undefined {
  if (verdicts.includes(true)) return true
  return verdicts.includes(undefined) ? undefined : false
}
