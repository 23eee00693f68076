/** A callback that is to be synchronous gave a promise: that nobody listens to it must not end the process. */
export function ignoreRejection(value: unknown): void {
  if (value instanceof Promise) value.catch(() => undefined)
}
