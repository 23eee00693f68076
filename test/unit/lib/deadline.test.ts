import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadline } from '../../../src/lib/deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const timeUp = (): Error => new Error('time is up')

test('a deadline that has ended starts no clock: it would keep the process alive', () => {
  const deadline = new Deadline(30_000, timeUp, undefined, 'on start')
  expect(vi.getTimerCount()).toBe(0)
  deadline.end()
  deadline.start()
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(60_000)
  expect(deadline.aborter.aborted).toBe(false)
})

test('a deadline that is counted on start has all its time from then', () => {
  const deadline = new Deadline(1_000, timeUp, undefined, 'on start')
  vi.advanceTimersByTime(5_000)
  deadline.start()
  vi.advanceTimersByTime(999)
  expect(deadline.aborter.aborted).toBe(false)
  vi.advanceTimersByTime(2)
  expect(deadline.aborter.reason).toEqual(timeUp())
  deadline.end()
  expect(vi.getTimerCount()).toBe(0)
})
