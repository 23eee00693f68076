import type { ClientEvent, UntimedEvent } from '../events.ts'
import { ignoreRejection } from './ignore-rejection.ts'

/** Reports an event; the time is added. */
export type Emit = (event: UntimedEvent) => void

/** Makes an {@link Emit} of the user's function; what it returns or throws is ignored. */
export function emitter(
  onEvent: ((event: ClientEvent) => void) | undefined,
  now: () => number,
): Emit {
  return (event) => {
    try {
      ignoreRejection(onEvent?.({ ...event, at: now() }))
    } catch {
      // An observer must not change what happens.
    }
  }
}
