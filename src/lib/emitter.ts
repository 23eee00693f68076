import type { ClientEvent, UntimedEvent } from '../events.ts'
import { ignoreRejection } from './ignore-rejection.ts'

/** Reports what happens; the time is added. */
export type Emit = (event: UntimedEvent) => void

/** Makes an {@link Emit} of the user's function; what it returns or throws changes nothing here. */
export function emitter(
  onEvent: ((event: ClientEvent) => void) | undefined,
  now: () => number,
): Emit {
  return (event) => {
    try {
      ignoreRejection(onEvent?.({ ...event, at: now() }))
    } catch {
      // an observer must not change what happens
    }
  }
}
