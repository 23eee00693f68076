/**
 * A callback that must be synchronous returned a promise: its rejection must not end the process.
 */
export function ignoreRejection(value: unknown): void {
  if (value instanceof Promise) value.catch(() => undefined)
}
