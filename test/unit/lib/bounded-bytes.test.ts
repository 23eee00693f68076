import { describe, expect, test } from 'vitest'
import { BoundedMap } from '../../../src/lib/bounded-map.ts'
import { heapBytesOf } from '../../../src/lib/heap-bytes.ts'

const text = (kilobytes: number): string => 'x'.repeat(kilobytes * 512)

describe('BoundedMap with a limit in bytes', () => {
  test('forgets the least recently used entries until the bytes fit', () => {
    const map = new BoundedMap<string>(100, { maxBytes: 10_000 })
    map.set('a', text(4))
    map.set('b', text(4))
    map.get('a')
    map.set('c', text(4))
    expect(['a', 'b', 'c'].map((key) => map.get(key) !== undefined)).toEqual([true, false, true])
    expect(map.bytes).toBeLessThanOrEqual(10_000)
  })

  test('does not store a value that is larger than everything, and drops what it replaces', () => {
    const map = new BoundedMap<string>(100, { maxBytes: 10_000 })
    map.set('other', text(1))
    map.set('a', text(1))
    map.set('a', text(100))
    expect(map.get('a')).toBeUndefined()
    expect(map.get('other')).toBe(text(1))
  })

  test('counts keys, replaced values and deletions', () => {
    const map = new BoundedMap<string>(100, { maxBytes: 1e6 })
    map.set(text(8), '')
    expect(map.bytes).toBeGreaterThan(8_000)
    map.set(text(8), text(1))
    map.set(text(8), '')
    map.delete(text(8))
    expect([map.bytes, map.size]).toEqual([0, 0])
  })

  test('keeps to the number of entries, too, and takes a weight of your own', () => {
    const map = new BoundedMap<number>(3, { maxBytes: 1_000, weigh: (value) => value })
    for (let at = 0; at < 10; at += 1) map.set(`k${at}`, 1)
    expect(map.size).toBe(3)
    map.set('heavy', 800)
    expect(map.get('k7')).toBeUndefined()
    expect(map.get('heavy')).toBe(800)
  })
})

describe('heapBytesOf', () => {
  test('counts names and texts at any depth, and byte arrays by their whole buffer', () => {
    expect(heapBytesOf({ [text(2)]: [{ deep: text(4) }] })).toBeGreaterThan(6_000)
    expect(heapBytesOf(new Uint8Array(new ArrayBuffer(50_000), 0, 1))).toBeGreaterThan(50_000)
    expect(heapBytesOf(new Headers({ etag: text(8) }))).toBeGreaterThan(8_000)
  })

  test('bears what is nested without end, and counts what is shared once', () => {
    let nested: unknown = 'x'
    for (let at = 0; at < 200_000; at += 1) nested = [nested]
    const loop: { self?: unknown; text: string } = { text: text(4) }
    loop.self = loop
    expect(heapBytesOf(nested)).toBeGreaterThan(200_000)
    expect(heapBytesOf(loop)).toBeLessThan(5_000)
  })
})
