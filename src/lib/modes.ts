import type { Mode } from '../types.ts'
import { requireOneOf } from './arguments.ts'

const MODES: readonly Mode[] = ['carequality-legacy', 'smart-backend', 'udap']

/** Throws unless `value` is a mode, or undefined. */
export function requireMode(value: unknown): Mode | undefined {
  return requireOneOf(value, MODES, 'mode')
}
