import type { ClientEvent, JsonValue } from '../types.ts'

/** Tells the user what happens. */
export type Emit = (type: string, details?: Readonly<Record<string, JsonValue | undefined>>) => void

/** Makes an {@link Emit} of the user's function; whatever that one does or throws changes nothing here. */
export function emitter(
  onEvent: ((event: ClientEvent) => void) | undefined,
  now: () => number,
): Emit {
  return (type, details = {}) => {
    try {
      const result: unknown = onEvent?.({ ...details, type, at: now() })
      if (result instanceof Promise) result.catch(() => undefined)
    } catch {
      // an observer must not change what happens
    }
  }
}
