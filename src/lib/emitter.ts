import type { ClientEvent, JsonValue } from '../types.ts'
import { ignoreRejection } from './ignore-rejection.ts'

/** Tells the user what happens. */
export type Emit = (type: string, details?: Readonly<Record<string, JsonValue | undefined>>) => void

/** Makes an {@link Emit} of the user's function; whatever that one does or throws changes nothing here. */
export function emitter(
  onEvent: ((event: ClientEvent) => void) | undefined,
  now: () => number,
): Emit {
  return (type, details = {}) => {
    try {
      ignoreRejection(onEvent?.({ ...details, type, at: now() }))
    } catch {
      // an observer must not change what happens
    }
  }
}
