/** Tables: aligned where they fit the terminal, a block for each row where they do not. */
import { wrap, type Paint } from './style.ts'

/** A column; one that is `flexible` is cut before the table becomes blocks. */
export interface Column {
  readonly title: string
  readonly flexible?: boolean | undefined
  readonly right?: boolean | undefined
}

const GAP = 2
/** A column that is cut further says nothing. */
const LEAST = 24

/** The lines of a table; `width` is Infinity for files and pipes, where nothing is cut. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: Paint,
): readonly string[] {
  const widths = fit(columns, rows, width)
  if (widths === undefined) return blocks(columns, rows, width, paint)
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ right }, index) => {
        const size = widths[index] ?? 0
        const cell = cut(cells[index] ?? '', size)
        return right === true ? cell.padStart(size) : cell.padEnd(size)
      })
      .join(' '.repeat(GAP))
      .trimEnd()
  return [paint('faint', line(columns.map(({ title }) => title))), ...rows.map(line)]
}

function fit(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly number[] | undefined {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  )
  const room = width - GAP * (columns.length - 1)
  // The widest flexible ones give way, to one width that all of them keep to.
  const isFlexible = columns.map(({ flexible }) => flexible === true)
  const fits = (most: number): boolean => sum(limited(widths, isFlexible, most)) <= room
  if (!fits(LEAST)) return undefined
  let [least, most] = [LEAST, Math.max(LEAST, ...widths)]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (fits(middle)) least = middle
    else most = middle - 1
  }
  return limited(widths, isFlexible, least)
}

function limited(
  widths: readonly number[],
  isFlexible: readonly boolean[],
  most: number,
): readonly number[] {
  return widths.map((size, at) => (isFlexible[at] === true ? Math.min(size, most) : size))
}

function blocks(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: Paint,
): readonly string[] {
  const size = Math.max(...columns.map(({ title }) => title.length))
  const room = Math.max(LEAST, width - size - GAP)
  return rows.flatMap((row, number) => [
    ...(number === 0 ? [] : ['']),
    ...columns.flatMap(({ title }, index) => {
      const cell = row[index] ?? ''
      if (cell === '') return []
      return wrap(cell, room).map((line, at) => {
        const head = at === 0 ? paint('faint', title.padEnd(size)) : ' '.repeat(size)
        return `${head}${' '.repeat(GAP)}${line}`
      })
    }),
  ])
}

function cut(text: string, size: number): string {
  return text.length > size ? `${text.slice(0, Math.max(0, size - 1))}…` : text
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
