/** The bytes of a response as they pass, and their text up to a limit for who listens. */

/** By hand and not by a generator: one that was never started does not pass a cancellation on. */
export function watchedBody(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  onText: (text: string) => void,
): AsyncIterable<Uint8Array> {
  const decoder = new TextDecoder()
  let left = limit
  return {
    [Symbol.asyncIterator]() {
      const reader = body[Symbol.asyncIterator]()
      return {
        async next() {
          const result = await reader.next()
          if (result.done !== true && left > 0) {
            const text = decoder.decode(result.value, { stream: true }).slice(0, left)
            left -= text.length
            onText(text)
          }
          return result
        },
        async return() {
          await reader.return?.()
          return { done: true, value: undefined } as const
        },
      }
    },
  }
}
