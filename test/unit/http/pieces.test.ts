import { describe, expect, test } from 'vitest'
import { readBody } from '../../../src/http/body/read.ts'
import { Pieces } from '../../../src/http/body/pieces.ts'
import { LazyAbortController } from '../../../src/lib/abort.ts'
import { heapMb } from '../../adversarial/memory.ts'

/** In use after a collection, bytes outside of the heap included. */
function liveMb(): number {
  return heapMb() + process.memoryUsage().arrayBuffers / 1e6
}

const MEGABYTE = 1_000_000

describe('the pieces of a body', () => {
  test('of one byte each cost little more than their bytes while they wait', () => {
    const before = liveMb()
    const pieces = new Pieces()
    for (let at = 0; at < 4 * MEGABYTE; at += 1) pieces.add(Uint8Array.of(at & 0xff))
    expect(liveMb() - before).toBeLessThan(12)
    expect(pieces.size).toBe(4 * MEGABYTE)
    const all = pieces.joined()
    expect(all).toHaveLength(4 * MEGABYTE)
    expect(all[1_000_003]).toBe(1_000_003 & 0xff)
  })

  test('of one byte each cost little more than their bytes while a body is read', async () => {
    let most = 0
    const before = liveMb()
    async function* bytes(): AsyncGenerator<Uint8Array, undefined> {
      for (let at = 0; at < MEGABYTE; at += 1) {
        yield await Promise.resolve(Uint8Array.of(0x20))
        if (at === MEGABYTE - 1) most = liveMb() - before
      }
      return undefined
    }
    const response = { status: 200, headers: new Headers(), body: bytes() }
    expect(await readBody(response, 2 * MEGABYTE, new LazyAbortController(), {})).toHaveLength(
      MEGABYTE,
    )
    expect(most).toBeLessThan(10)
  })

  test('come out whole and in their order, whatever their sizes', () => {
    const pieces = new Pieces()
    const [given, taken]: [number[], number[]] = [[], []]
    let next = 0
    for (let round = 0; round < 500; round += 1) {
      const size = [1, 7, 300, 4_095, 4_096, 9_000][round % 6] ?? 1
      const piece = Uint8Array.from({ length: size }, () => (next += 1) & 0xff)
      given.push(...piece)
      pieces.add(piece)
      if (round % 3 === 0) taken.push(...(pieces.take() ?? []))
    }
    for (let piece = pieces.take(); piece; piece = pieces.take()) taken.push(...piece)
    expect(pieces.size).toBe(0)
    expect(taken).toEqual(given)
  })
})
