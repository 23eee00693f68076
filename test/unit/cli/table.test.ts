import { expect, test } from 'vitest'
import { tableLines } from '../../../src/cli/table.ts'

const plain = (_style: unknown, text: string): string => text
const columns = [
  { title: 'name', flexible: true },
  { title: 'id' },
  { title: 'address', flexible: true },
] as const

test('columns that may be cut share the room that is left, and the others stay whole', () => {
  const rows = [
    ['n'.repeat(30), '1234567890', 'a'.repeat(300)],
    ['short', '2', 'b'.repeat(40)],
  ]
  const lines = tableLines(columns, rows, 80, plain)
  expect(lines.every((line) => line.length <= 80)).toBe(true)
  expect(lines[1]).toBe(`${'n'.repeat(30)}  1234567890  ${'a'.repeat(35)}…`)
})

test('a cell of ten million characters costs no more than reading it', () => {
  const lines = tableLines(columns, [['n'.repeat(1e7), '1', 'a'.repeat(1e7)]], 100, plain)
  expect(lines[1]?.length).toBeLessThanOrEqual(100)
})
