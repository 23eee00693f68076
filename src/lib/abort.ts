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
