/** What a value and each of its members cost besides their contents: header, slot, shape. */
const EACH = 32

/**
 * About how many bytes plain data keeps alive: texts at two bytes a character, byte arrays at the
 * whole buffer they are a view of, since that stays. Walks with a list of its own, so that depth
 * does no harm. Stops above `most`, where only that it is more is of interest.
 */
export function heapBytesOf(value: unknown, most?: number): number {
  const limit = most ?? Infinity
  const pending: unknown[] = [value]
  const seen = new Set<object>()
  let bytes = 0
  while (pending.length > 0 && bytes <= limit) {
    const next = pending.pop()
    bytes += EACH
    if (typeof next === 'string') bytes += 2 * next.length
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if (ArrayBuffer.isView(next)) {
      bytes += next.buffer.byteLength
      continue
    }
    if (Array.isArray(next) || next instanceof Map || next instanceof Set) {
      for (const item of next as Iterable<unknown>) pending.push(item)
      continue
    }
    for (const [name, member] of membersOf(next)) {
      bytes += 2 * name.length
      pending.push(member)
    }
  }
  return bytes
}

function membersOf(value: object): Iterable<[string, unknown]> {
  // Plain ones first: Node loads its whole `fetch` when it is asked for `Headers`.
  const isPlain = Object.getPrototypeOf(value) === Object.prototype
  return !isPlain && value instanceof Headers ? value.entries() : Object.entries(value)
}
