/** Waiting that ends when a signal does. */

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => {
      reject(reasonOf(signal))
    }
    if (signal.aborted) {
      promise.catch(() => undefined) // nobody else is listening
      leave()
      return
    }
    signal.addEventListener('abort', leave, { once: true })
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave)
    })
  })
}

/** Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it aborts. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  return untilAborted(passed, signal).finally(() => {
    clearTimeout(timer)
  })
}

/** The reason of an aborted signal, as an error that can be thrown. */
export function reasonOf(signal: AbortSignal): Error {
  return signal.reason as Error // the caller's own value, handed back untouched whatever it is
}

/**
 * A signal that follows `parent` and aborts by itself after `ms` milliseconds with the error that
 * `timeUp` makes. Call `end` in a `finally`.
 */
export function limited(
  ms: number,
  parent: AbortSignal | undefined,
  timeUp: () => Error,
): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController()
  const leave = (): void => {
    if (parent !== undefined) controller.abort(reasonOf(parent))
  }
  // Two timers: the second turn lets what has already arrived be seen before time is called.
  let timer = setTimeout(
    () => {
      timer = setTimeout(() => {
        controller.abort(timeUp())
      }, 0)
    },
    Math.min(ms, LONGEST_TIMER_MS),
  )
  if (parent?.aborted === true) leave()
  else parent?.addEventListener('abort', leave, { once: true })
  const end = (): void => {
    clearTimeout(timer)
    parent?.removeEventListener('abort', leave)
  }
  return { signal: controller.signal, end }
}

/** Timers that are set for longer fire at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1
